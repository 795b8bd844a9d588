//! What writing kernels needs: the device faces of strategies, their vocabulary, and CubeCL's language.
//!
//! The macro `cube` writes paths that begin with `cubecl`, so that name must be in scope where it is used: import
//! everything, `use boneyard::kernels::*;`, and no dependency on CubeCL of one's own is needed.
//!
//! Vocabulary of the device, such as [`World`] and [`Draws`], is named as its counterpart on the host. A file with
//! both faces imports the host's by name, which goes before a glob, and writes `kernels::World` for the other.

pub use boneyard_device::kernels::choose::{Draws, PolicyKernel, choice, greedy_slot, pick_slot};
pub use boneyard_device::kernels::evaluate::EvaluatorKernel;
pub use boneyard_device::kernels::plan::PlannerKernel;
pub use boneyard_device::kernels::position::Position;
pub use boneyard_device::kernels::random::Random;
pub use boneyard_device::kernels::sample::{SamplerKernel, Unseen, World};
pub use boneyard_device::kernels::sight::{Sight, SlotEstimates};
pub use boneyard_device::kernels::values::UNFINISHED;
pub use boneyard_device::kernels::weigh::WeightKernel;
pub use boneyard_device::{
    Device, DeviceEvaluator, DevicePlanner, DevicePolicy, DeviceSampler, DeviceWeight,
};
pub use cubecl::{self, prelude::*};
