//! How much each world counts.

use crate::kernels::position::{Position, position};
use core::{fmt::Debug, hash::Hash};
use cubecl::prelude::*;

/// The device face of a weight.
///
/// Law: the weight depends on the position only.
#[cube]
pub trait WeightKernel: Send + Sync + 'static {
    /// The blueprint: whatever changes the generated code.
    type Config: Copy + Eq + Hash + Debug + Send + Sync + 'static;

    /// The weight in units of 2⁻¹⁶, at most 2¹⁶.
    fn weight(position: &Position, strengths: &Array<u32>, #[comptime] config: Self::Config) -> u32;
}

/// Units of a cube of `weigh_kernel`.
pub const UNITS: u32 = 128;

/// One unit a world.
#[cube(launch_unchecked)]
pub fn weigh_kernel<W: WeightKernel>(
    observations: &Array<u32>,
    worlds: &Array<u32>,
    owners: &Array<u32>,
    starts: &Array<u32>,
    strengths: &Array<u32>,
    weights: &mut Array<u32>,
    n_games: u32,
    #[comptime] config: W::Config,
) {
    if ABSOLUTE_POS < starts[n_games as usize] as usize {
        let at = position(observations, worlds, strengths, owners[ABSOLUTE_POS], ABSOLUTE_POS as u32);
        weights[ABSOLUTE_POS] = u32::min(W::weight(&at, strengths, config), comptime!(boneyard_core::ONE));
    }
}
