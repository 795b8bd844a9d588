//! What can go wrong between a pipeline and a device.

use thiserror::Error;

/// Everything this crate reports. Each message names the device or runtime, the operation and the bound.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RuntimeError {
    /// The text of a device choice could not be read.
    #[error(
        "cannot read device {input:?}: {problem}; expected auto, cuda, cuda:<index>, wgpu, wgpu:<index> or cpu"
    )]
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

    /// A launch asks for more than the device allows; nothing was launched.
    #[error("kernel {kernel} on {runtime}: {limit} is {asked}, at most {allowed} allowed")]
    Limit {
        /// The runtime, `cuda` for example.
        runtime: String,
        /// The kernel's name.
        kernel: String,
        /// The limit that would be broken.
        limit: &'static str,
        /// What the launch asked for.
        asked: u64,
        /// What the device allows.
        allowed: u64,
    },

    /// A kernel could not be compiled or submitted.
    #[error("kernel {kernel} on {runtime} could not be launched: {reason}")]
    Launch {
        /// The runtime, `cuda` for example.
        runtime: String,
        /// The kernel's name.
        kernel: String,
        /// What the runtime said.
        reason: String,
    },

    /// Work that was submitted earlier failed.
    #[error("work on {runtime} failed, kernels since the last check: {kernels}: {reason}")]
    Execution {
        /// The runtime, `cuda` for example.
        runtime: String,
        /// The kernels launched since the last successful check, in order of first use.
        kernels: String,
        /// What the runtime said.
        reason: String,
    },

    /// Memory for a buffer could not be had. A caller may drop its buffers and retry with a smaller chunk.
    #[error("out of memory on {runtime}: {asked} bytes asked for, {in_use} bytes in use, {bound}")]
    OutOfMemory {
        /// The runtime, `cuda` for example.
        runtime: String,
        /// Bytes asked for.
        asked: u64,
        /// Bytes held by this session's buffers at that moment.
        in_use: u64,
        /// The bound that was met: the budget, the largest single buffer, or the device itself.
        bound: String,
    },

    /// A read-back did not have the expected shape.
    #[error("read-back on {runtime}: expected {expected}, got {got}")]
    Readback {
        /// The runtime, `cuda` for example.
        runtime: String,
        /// What the caller asked for.
        expected: String,
        /// What was there.
        got: String,
    },
}

impl RuntimeError {
    /// Whether a smaller chunk may succeed.
    #[must_use]
    pub fn is_out_of_memory(&self) -> bool {
        matches!(self, Self::OutOfMemory { .. })
    }
}

/// What a caught panic said.
pub(crate) fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no reason given").to_owned()
}
