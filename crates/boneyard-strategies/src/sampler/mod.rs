//! Samplers: worlds that agree with what was seen.
//!
//! | id | strategy | distribution | can it fail? |
//! |---|---|---|---|
//! | `affine` | [`Unrank`], golden-ratio walk: the default | each world exactly uniform, spread evenly, no repeats | no |
//! | `uniform` | [`Unrank`], independent draws | exactly uniform | no |
//! | `distinct` | [`Unrank`], keyed permutation | uniform, no repeats | no |
//! | `stratified` | [`Unrank`], one draw an equal slice | exactly uniform on average, spread evenly | no |
//! | `first-fit` | [`FirstFit`], random deals until one fits | exactly uniform | yes, after its tries |
//! | `backtracking` | [`Backtracking`], complete search | not uniform | no |
//! | `first-fit+backtracking` | [`FirstFit`] rescued by [`Backtracking`] | uniform but for the rescued worlds | no |
//!
//! [`AnySampler`] is the same list for a command line.

mod any;
mod backtracking;
mod device;
pub mod first_fit;
mod or_else;
pub mod unrank;

pub use any::AnySampler;
pub use backtracking::Backtracking;
pub use first_fit::FirstFit;
pub use or_else::{OrElse, SamplerExt};
pub use unrank::{Draw, Unrank};

use boneyard_core::EMPTY;
use boneyard_rules::World;

/// The worlds that are still to be found, with their indices.
fn empty(out: &mut [World]) -> impl Iterator<Item = (u32, &mut World)> {
    out.iter_mut().enumerate().filter(|(_, world)| **world == EMPTY).map(|(i, world)| (i as u32, world))
}
