//! The GPU backend: N games in lockstep, everything on the device, one read-back at the end.
//!
//! [`Device`] is a `Backend` of `boneyard-core`: its buffers live on the device for the whole run, each stage is
//! a handful of launches, and the host waits once, for the records. Observations, worlds, values, estimates and choices
//! are types of their own ([`stages`], in the order of a ply), each with its kernel in [`kernels`].
//!
//! Strategies come in two faces: a *host face* with options ([`DeviceSampler`], [`DeviceEvaluator`], [`DevicePolicy`],
//! [`DevicePlanner`], [`DeviceWeight`]), and a *device face* ([`SamplerKernel`](kernels::sample::SamplerKernel),
//! [`EvaluatorKernel`](kernels::evaluate::EvaluatorKernel), [`PolicyKernel`](kernels::choose::PolicyKernel),
//! [`PlannerKernel`](kernels::plan::PlannerKernel), [`WeightKernel`](kernels::weigh::WeightKernel)), a `#[cube]` trait that
//! is compiled into its own kernel. A strategy with launch code of its own implements the backend's side itself, such as
//! `Evaluates<Solver> for Device<R>`, through [`Connection::launch`].
//!
//! Letters in shapes: G games of a batch, C games of a chunk, W worlds of a chunk.
//!
//! A kernel that does not compile, a grid beyond the device's limits and memory that is not there are errors of the
//! call that asked for them. What a kernel leaves undone is an error when the records come back, never a wrong
//! value: items are counted after each step ([`layout::status`]), and every sampled world is held against hand
//! sizes and voids.
#![deny(missing_docs)]

mod account;
mod backend;
mod buffers;
mod connection;
mod device;
mod games;
pub mod kernels;
pub mod layout;
mod needs;
mod readback;
pub mod stages;

pub use buffers::{Keep, Wanted, Words};
pub use connection::{Connection, DeviceReport, Grid, Kernel};
pub use device::{DEFAULT_BUDGET, DEFAULT_CAP, Device, HostPart};
pub use games::DeviceGames;
pub use needs::bytes_per_game;
pub use stages::choose::{DeviceChoices, DevicePolicy};
pub use stages::evaluate::{DeviceEvaluator, DeviceValues, unpacked};
pub use stages::fused::Fused;
pub use stages::observe::DeviceObservations;
pub use stages::past::DevicePast;
pub use stages::plan::{DeviceItems, DevicePlanner};
pub use stages::reduce::{DeviceEstimates, MOST_FINE_SAMPLES};
pub use stages::sample::{DeviceSampler, DeviceWorlds, DrawnWorlds, WorldsOfGames};
pub use stages::weigh::DeviceWeight;
