//! The compiled half of the Python package `boneyard`: arrays in, arrays out. What Python people see, with its
//! documentation, is in `python/boneyard` beside it.
#![deny(missing_docs)]

mod arrays;
mod batch;
#[cfg(feature = "cuda")]
mod device_array;
mod errors;
mod functions;
mod game;
mod generate;
mod job;
mod labels;
mod network;
mod options;
mod positions;
mod questions;
mod threads;

use pyo3::prelude::*;

#[pymodule]
fn _boneyard(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add("Error", module.py().get_type::<errors::MachineError>())?;
    let modes: Vec<&str> = boneyard::core::Mode::ALL.map(boneyard::core::Mode::name).into();
    module.add("MODES", pyo3::types::PyTuple::new(module.py(), modes)?)?;
    let stopped = boneyard::core::Stopped::EVERY.map(boneyard::core::Stopped::name);
    module.add("STOPPED", pyo3::types::PyTuple::new(module.py(), stopped)?)?;
    let declarations: Vec<&str> = boneyard::rules::Declaration::all().map(|it| it.name()).collect();
    module.add("DECLARATIONS", pyo3::types::PyTuple::new(module.py(), declarations)?)?;
    module.add_class::<options::Settings>()?;
    module.add_class::<batch::Rows>()?;
    module.add_class::<generate::Games>()?;
    module.add_class::<labels::LabelStream>()?;
    module.add_class::<game::Hand>()?;
    module.add("KNOWN", questions::KNOWN)?;
    module.add_function(wrap_pyfunction!(questions::deal, module)?)?;
    module.add_function(wrap_pyfunction!(questions::legal, module)?)?;
    module.add_function(wrap_pyfunction!(questions::solve, module)?)?;
    module.add_function(wrap_pyfunction!(questions::tokens, module)?)?;
    module.add_function(wrap_pyfunction!(questions::worlds, module)?)?;
    module.add_function(wrap_pyfunction!(questions::evaluate, module)?)?;
    module.add_function(wrap_pyfunction!(questions::encode, module)?)?;
    module.add_function(wrap_pyfunction!(generate::write, module)?)?;
    module.add_function(wrap_pyfunction!(options::devices, module)?)?;
    module.add_function(wrap_pyfunction!(job::end_all, module)?)?;
    Ok(())
}
