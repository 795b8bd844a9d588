//! What can go wrong before a device is open.

use std::path::PathBuf;
use thiserror::Error;

/// Everything this crate reports. Each message names the device or the file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RuntimeError {
    /// The text of a device choice could not be read.
    #[error("cannot read device {input:?}: {problem}; expected {}", crate::DeviceChoice::expected())]
    ParseDevice {
        /// The text as given.
        input: String,
        /// What is wrong with it.
        problem: String,
    },

    /// The requested device is not on this machine; nothing else is taken in its place.
    #[error("device {requested} is not available: {reason}")]
    DeviceMissing {
        /// The device as it was asked for.
        requested: String,
        /// Why it is missing, and what is here instead.
        reason: String,
    },

    /// The device is listed but could not be opened.
    #[error("device {device} could not be opened: {reason}")]
    Open {
        /// The device as listed.
        device: String,
        /// What the driver said.
        reason: String,
    },

    /// A configuration that CubeCL finds, and would panic over when the first device is opened.
    #[error("{}: {what}; expected a configuration of CubeCL, or no file of that name", .file.display())]
    Configuration {
        /// The file.
        file: PathBuf,
        /// What is wrong with it, and where.
        what: String,
    },

    /// There is no working directory to look for CubeCL's configuration from.
    #[error("no device can be opened without a working directory: {reason}")]
    NoWorkingDirectory {
        /// What the system says.
        reason: String,
    },
}
