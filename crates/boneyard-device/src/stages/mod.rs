//! The stages of a ply in their order: what each keeps on the device, and what it launches.

pub mod choose;
pub mod evaluate;
pub mod observe;
pub mod past;
pub mod plan;
pub mod reduce;
pub mod sample;
pub mod weigh;

pub mod fused;
pub mod rescue;
