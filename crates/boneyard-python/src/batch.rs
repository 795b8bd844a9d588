//! Decisions as columns.

use crate::arrays;
use arrow_array::ffi::FFI_ArrowSchema;
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{Array, RecordBatch, RecordBatchIterator};
use pyo3::exceptions::{PyKeyError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

/// Rows of decisions; column by column shared with whoever looks at it.
#[pyclass(frozen, module = "boneyard._boneyard")]
pub struct Rows(RecordBatch);

impl Rows {
    /// These columns of a batch, in this order, or all of them.
    ///
    /// # Errors
    /// `ValueError` for a name of none.
    pub fn new(batch: RecordBatch, names: Option<&[String]>) -> PyResult<Self> {
        let Some(names) = names else { return Ok(Self(batch)) };
        let schema = batch.schema();
        let index = |name: &String| schema.index_of(name).map_err(|_| unknown(&batch, name));
        let indices = names.iter().map(index).collect::<PyResult<Vec<_>>>()?;
        Ok(Self(batch.project(&indices).expect("the columns are there")))
    }
}

/// There is no column of a name.
pub fn unknown(batch: &RecordBatch, name: &str) -> PyErr {
    let schema = batch.schema();
    let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    PyValueError::new_err(format!("columns: there is no `{name}`: expected some of {}", names.join(", ")))
}

#[pymethods]
impl Rows {
    fn __len__(&self) -> usize {
        self.0.num_rows()
    }

    /// The names of the columns, in order.
    #[getter]
    fn names(&self) -> Vec<String> {
        self.0.schema().fields().iter().map(|field| field.name().clone()).collect()
    }

    /// A column as an array of NumPy.
    fn column<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
        let column = self.0.column_by_name(name).ok_or_else(|| PyKeyError::new_err(name.to_owned()))?;
        arrays::array(py, column)
    }

    /// The bytes of all columns.
    #[getter]
    fn nbytes(&self) -> usize {
        self.0.columns().iter().map(|column| column.get_array_memory_size()).sum()
    }

    /// The schema, by the Arrow PyCapsule interface.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        let schema = FFI_ArrowSchema::try_from(self.0.schema().as_ref());
        let schema = schema.map_err(|error| PyValueError::new_err(error.to_string()))?;
        PyCapsule::new_with_value(py, schema, c"arrow_schema")
    }

    /// The rows, by the Arrow PyCapsule interface; whoever takes them casts them, if they are wanted in another schema.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        // The protocol lets a producer answer in its own schema.
        let _ = requested_schema;
        let reader = RecordBatchIterator::new([Ok(self.0.clone())], self.0.schema());
        let stream = FFI_ArrowArrayStream::new(Box::new(reader));
        PyCapsule::new_with_value(py, stream, c"arrow_array_stream")
    }
}
