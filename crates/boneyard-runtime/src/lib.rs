//! The edge between Boneyard and a machine: which devices are here, which one to take, and how to open it.
//!
//! Every other crate is generic over [`cubecl::Runtime`]; this is the only one that names CUDA and wgpu. Probing a
//! machine without any driver ([`probe()`]) finds the CPU and says why there is nothing more. A device that was asked
//! for ([`DeviceChoice`], [`choose`]) is that device or an error. An open device is CubeCL's [`ComputeClient`]; whoever
//! needs one implements [`OnDevice`] and calls [`Chosen::run`].
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

mod choice;
mod configuration;
mod device;
mod error;
mod family;
mod kernel_cache;
mod open;
mod several;

#[cfg(feature = "cuda")]
mod cuda;
#[cfg(feature = "wgpu")]
mod vulkan;

pub use choice::{Choice, Chosen, DeviceChoice, Uses, choose};
pub use configuration::check_configuration;
pub use cubecl::client::ComputeClient;
pub use device::{CpuInfo, DeviceInfo, DeviceKind, Listing, Probe, probe, probe_family};
pub use error::RuntimeError;
pub use family::Family;
pub use kernel_cache::KernelCache;
pub use open::{DeviceRuntime, OnDevice};
pub use several::{DeviceList, choose_all};

/// The CUDA runtime, for code that must name one.
#[cfg(feature = "cuda")]
pub use cuda::Runtime as Cuda;

/// Where memory of a CUDA device is.
#[cfg(feature = "cuda")]
pub use cuda::{Address, addresses};

/// The wgpu runtime, for code that must name one.
#[cfg(feature = "wgpu")]
pub use vulkan::Runtime as Wgpu;
