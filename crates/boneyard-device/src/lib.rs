//! The GPU backend: N games in lockstep, everything on the device, one read-back at the end.
//!
//! [`Device`] is a `Backend` of `boneyard-core`: its buffers live on the device for the whole run, each step is
//! a handful of launches, and the host waits once, for the records. Strategies come in two faces: a *host face*
//! ([`DeviceSampler`], [`DevicePolicy`]) with options, and a *device face*
//! ([`SamplerKernel`](kernels::sample::SamplerKernel), [`PolicyKernel`](kernels::choose::PolicyKernel)), a
//! `#[cube]` trait that is compiled into its own kernel.
#![deny(missing_docs)]

mod backend;
mod faces;
pub mod kernels;
pub mod layout;

pub use backend::{DEFAULT_BUDGET, Device, DeviceGames, DeviceStep, DeviceWorlds};
pub use faces::{CubePolicy, CubeSampler, CubeSolver, DevicePolicy, DeviceSampler};
