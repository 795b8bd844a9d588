//! The GPU backend: N games in lockstep, everything on the device, one read-back at the end.
//!
//! [`Device`] is a `Backend` of `boneyard-core`: its buffers live on the device for the whole run, each step is
//! a handful of launches, and the host waits once, for the records. Strategies come in two faces: a *host face*
//! ([`DeviceSampler`], [`DeviceEvaluator`], [`DevicePolicy`]) with options, and a *device face*
//! ([`SamplerKernel`](kernels::sample::SamplerKernel), [`EvaluatorKernel`](kernels::evaluate::EvaluatorKernel),
//! [`PolicyKernel`](kernels::choose::PolicyKernel)), a `#[cube]` trait that is compiled into its own kernel.
//!
//! What a kernel leaves undone is an error when the records come back, never a wrong value: items are counted after
//! each step ([`layout::status`]), and every sampled world is held against hand sizes and voids.
#![deny(missing_docs)]

mod backend;
mod faces;
pub mod kernels;
pub mod layout;
mod tokenize;

pub use backend::{DEFAULT_BUDGET, Device, DeviceGames, DeviceStep, DeviceWorlds};
pub use faces::{
    CubeEvaluator, CubePolicy, CubeSampler, CubeSolver, DeviceEvaluator, DevicePolicy, DeviceSampler,
};
