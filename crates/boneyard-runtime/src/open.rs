//! From a chosen device to code that is generic over it.

use cubecl::{Runtime, client::ComputeClient};

use crate::{Chosen, RuntimeError};

/// A runtime whose devices this crate can open by their index in the listing.
pub trait DeviceRuntime: Runtime {
    /// Opens the device at `index` of this runtime's part of [`crate::probe()`].
    ///
    /// # Errors
    /// [`RuntimeError::DeviceMissing`] when there is no such device, [`RuntimeError::Open`] when it cannot be
    /// opened.
    fn open(index: usize) -> Result<ComputeClient<Self>, RuntimeError>;
}

/// Work that can be done on any device: one generic method for the runtimes, one for the CPU.
///
/// This is how code that must not name a runtime gets one: implement it and call [`Chosen::run`].
pub trait OnDevice: Sized {
    /// What the work returns.
    type Output;

    /// Does the work through a runtime.
    fn on_runtime<R: DeviceRuntime>(self, client: ComputeClient<R>) -> Self::Output;

    /// Does the work on the CPU.
    fn on_cpu(self) -> Self::Output;
}

impl Chosen {
    /// Opens the device and hands it to `work`.
    ///
    /// # Errors
    /// As [`DeviceRuntime::open`]; never for the CPU.
    pub fn run<W: OnDevice>(&self, work: W) -> Result<W::Output, RuntimeError> {
        match self {
            Self::Device(info) => info.family.run(info.index, work),
            Self::Cpu => Ok(work.on_cpu()),
        }
    }
}

/// Runs a step of the runtimes that panics where it should return an error.
#[cfg(any(feature = "cuda", feature = "wgpu"))]
pub(crate) fn guarded<T>(device: &str, step: impl FnOnce() -> T) -> Result<T, RuntimeError> {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    catch_unwind(AssertUnwindSafe(step))
        .map_err(|panic| RuntimeError::Open { device: device.to_owned(), reason: panic_text(&*panic) })
}

/// What a caught panic said.
#[cfg(any(feature = "cuda", feature = "wgpu"))]
fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no reason given").to_owned()
}
