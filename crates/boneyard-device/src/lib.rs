//! The GPU backend: N games in lockstep, everything on the device, one read-back at the end.
//!
//! [`Device`] is a `Backend` of `boneyard-core`: its buffers live on the device for the whole run, each step is
//! a handful of launches, and the host waits once, for the records. Strategies come in two faces: a *host face*
//! ([`DeviceSampler`], [`DeviceEvaluator`], [`DevicePolicy`]) with options, and a *device face*
//! ([`SamplerKernel`](kernels::sample::SamplerKernel), [`EvaluatorKernel`](kernels::evaluate::EvaluatorKernel),
//! [`PolicyKernel`](kernels::choose::PolicyKernel)), a `#[cube]` trait that is compiled into its own kernel.
//!
//! A kernel that does not compile, a grid beyond the device's limits and memory that is not there are errors of the
//! call that asked for them. What a kernel leaves undone is an error when the records come back, never a wrong
//! value: items are counted after each step ([`layout::status`]), and every sampled world is held against hand
//! sizes and voids.
#![deny(missing_docs)]

mod answers;
mod backend;
mod buffers;
mod check;
mod faces;
mod fused;
pub mod kernels;
mod launch;
pub mod layout;
mod peek;
mod readback;
mod referee;
mod replay;
mod rescue;
mod solver;
mod step;
mod tokenize;

pub use answers::MOST_POINTS;
pub use backend::{DEFAULT_BUDGET, Device, DeviceGames, DeviceWorlds, MOST_FINE_SAMPLES};
pub use check::Picked;
pub use faces::{
    CubeEvaluator, CubePolicy, CubeSampler, CubeSolver, DeviceEvaluator, DevicePolicy, DeviceSampler,
};
pub use fused::Fused;
pub use launch::{Grid, Kernel};
pub use peek::Peek;
pub use referee::Verdict;
pub use replay::Replay;
pub use step::DeviceStep;
