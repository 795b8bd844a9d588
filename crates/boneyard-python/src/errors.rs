//! Errors as exceptions: `ValueError` for what the caller gave us, `boneyard.Error` for trouble of the machine.

use boneyard::{core, record, rules};
use boneyard_run::Error;
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::{PyErr, create_exception};

create_exception!(
    boneyard,
    MachineError,
    PyRuntimeError,
    "Trouble of the machine: no memory, no driver, a disk that is full, a network that gives no numbers."
);

/// An error of a run, in the words of the package: its settings are arguments here.
pub fn of_run(error: Error) -> PyErr {
    let text = match &error {
        Error::Core(core::Error::Setting { setting: "games at once", got, expected }) => {
            format!("batch_games {got}: expected {expected}")
        }
        Error::Core(core::Error::Setting { setting: "memory budget", got, expected }) => {
            format!("memory_budget {got}: expected {expected}")
        }
        Error::Core(core::Error::Setting {
            setting: setting @ ("min-samples" | "max-samples"),
            got,
            expected,
        }) => {
            format!("{} {got}: expected {expected}", setting.replace('-', "_"))
        }
        error => error.to_string(),
    };
    if error.is_bad_input() { PyValueError::new_err(text) } else { MachineError::new_err(text) }
}

/// An error of the library.
pub fn of_core(error: core::Error) -> PyErr {
    of_run(error.into())
}

/// An error of a dataset.
pub fn of_records(error: record::Error) -> PyErr {
    of_run(error.into())
}

/// An error of the rules, of one of many positions.
pub fn of_rules(index: usize, error: &rules::RuleError) -> PyErr {
    PyValueError::new_err(format!("position {index}: {error}"))
}

/// A value that is not what it should be.
pub fn refuse(name: &str, got: impl std::fmt::Display, expected: impl std::fmt::Display) -> PyErr {
    PyValueError::new_err(format!("{name} {got}: expected {expected}"))
}
