//! Memory of a CUDA device as an array that other libraries take without a copy.

use boneyard::device::Words;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

/// An array in the memory of a CUDA device, by NumPy's protocol for such: version 3 of `__cuda_array_interface__`. Whoever made
/// it has waited for its device, so that no stream need be waited for. The memory is kept as long as this is.
#[pyclass(frozen, module = "boneyard._boneyard")]
pub struct DeviceArray {
    _memory: Words,
    pointer: u64,
    kind: &'static str,
    shape: Vec<usize>,
    /// In bytes; of rows without gaps if `None`.
    strides: Option<Vec<usize>>,
}

impl DeviceArray {
    /// The array that begins at `pointer`, which lies in `memory`. `kind` is NumPy's name of its numbers.
    pub fn new(
        memory: &Words,
        pointer: u64,
        kind: &'static str,
        shape: Vec<usize>,
        strides: Option<Vec<usize>>,
    ) -> Self {
        Self { _memory: memory.clone(), pointer, kind, shape, strides }
    }
}

#[pymethods]
impl DeviceArray {
    #[getter]
    fn __cuda_array_interface__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        dict.set_item("version", 3)?;
        dict.set_item("typestr", self.kind)?;
        dict.set_item("shape", PyTuple::new(py, &self.shape)?)?;
        dict.set_item("strides", self.strides.as_ref().map(|it| PyTuple::new(py, it)).transpose()?)?;
        // Torch takes nothing that is read-only.
        dict.set_item("data", (self.pointer, false))?;
        dict.set_item("stream", py.None())?;
        Ok(dict)
    }
}
