//! The edge between Boneyard and a machine: which device, how to launch, where the bytes live.
//!
//! Every other crate is generic over [`cubecl::Runtime`]; this is the only one that names CUDA and wgpu.
//! It does three things and nothing else:
//!
//! - **Choose a device** ([`probe()`], [`DeviceChoice`], [`choose`]). Probing a machine without any driver finds
//!   the CPU and says why there is nothing more. A device that was asked for is that device or an error.
//! - **Launch with checks** ([`Session`], [`Grid`], [`Kernel`]). Cube counts are never zero and never beyond a
//!   dimension's limit, a kernel that does not compile is an error on its first launch instead of a buffer of
//!   zeros, and host synchronisations are counted so that a test can assert how many there were.
//! - **Keep buffers** ([`Buffer`], [`Ring`], [`shrink_to_fit`]). Allocated once, reused, counted against an
//!   optional budget; running out of memory is an error that a caller can answer with a smaller chunk.
//!
//! ```
//! use boneyard_runtime::{Chosen, DeviceChoice, Probe, choose, probe};
//!
//! let here: Probe = probe();
//! println!("{here}");
//! let choice: DeviceChoice = "cpu".parse()?;
//! assert_eq!(choose(choice, &here)?.chosen, Chosen::Cpu);
//! # Ok::<(), boneyard_runtime::RuntimeError>(())
//! ```

mod buffers;
mod choice;
mod device;
mod error;
mod launch;
mod open;
mod session;

#[cfg(feature = "cuda")]
mod cuda;
#[cfg(feature = "wgpu")]
mod vulkan;

pub use buffers::{Buffer, Readback, Region, Ring, shrink_to_fit};
pub use choice::{Choice, Chosen, DeviceChoice, choose};
pub use device::{AdapterKind, CpuInfo, CudaInfo, Family, Probe, WgpuInfo, probe};
pub use error::RuntimeError;
pub use launch::{Grid, Kernel};
pub use open::{DeviceRuntime, OnDevice};
pub use session::{Counts, Session, SessionOptions};

/// The CUDA runtime, for code that must name one.
#[cfg(feature = "cuda")]
pub type Cuda = cubecl::cuda::CudaRuntime;

/// The wgpu runtime, for code that must name one.
#[cfg(feature = "wgpu")]
pub type Wgpu = cubecl::wgpu::WgpuRuntime;
