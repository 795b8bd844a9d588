//! Which worlds every game looks at next.

use crate::kernels::sight::{Sight, SlotEstimates, sight_of, slot_estimates};
use crate::layout::{ITEMS, estimate, seen};
use core::{fmt::Debug, hash::Hash};
use cubecl::prelude::*;

/// The device face of a planner.
///
/// Law: it wants what the host face wants.
#[cube]
pub trait PlannerKernel: Send + Sync + 'static {
    /// The blueprint: whatever changes the generated code.
    type Config: Copy + Eq + Hash + Debug + Send + Sync + 'static;

    /// How many more worlds the decision is to look at; 0 if it has seen enough. What exceeds its plan is cut off.
    fn more(sight: &Sight, estimates: &SlotEstimates, #[comptime] config: Self::Config) -> u32;
}

/// The device face of `boneyard_core::AtOnce`.
pub struct AtOnceKernel;

#[cube]
impl PlannerKernel for AtOnceKernel {
    type Config = ();

    fn more(_sight: &Sight, _estimates: &SlotEstimates, #[comptime] _config: ()) -> u32 {
        u32::MAX.runtime()
    }
}

/// Units of a cube of `plan_kernel`.
pub const UNITS: u32 = 64;

/// One unit a game. In the `is_first` round no world has been added up yet, and estimates hold anything.
#[cube(launch_unchecked)]
pub fn plan_kernel<N: PlannerKernel>(
    games: &Array<u32>,
    observations: &Array<u32>,
    estimates: &Array<u32>,
    checks: &Array<u32>,
    items: &mut Array<u32>,
    n_games: u32,
    unit: u32,
    contract: u32,
    design: u32,
    #[comptime] config: N::Config,
    #[comptime] is_first: bool,
    #[comptime] weighed: bool,
    #[comptime] errors: bool,
    #[comptime] corrected: bool,
) {
    let g = ABSOLUTE_POS;
    if g < n_games as usize {
        let row = g * comptime!(seen::ROW);
        let mut from = 0u32.runtime();
        if comptime!(!is_first) {
            from = estimates[g * comptime!(estimate::ROW) + comptime!(estimate::WORLDS)];
        }
        let most = observations[row + comptime!(seen::MOST)];
        let left = most - u32::min(from, most);
        let mut more = 0u32.runtime();
        if left > 0u32 {
            let sight = sight_of(games, observations, g);
            let sums = slot_estimates(
                observations,
                estimates,
                checks,
                g,
                n_games,
                unit,
                contract,
                design,
                is_first,
                weighed,
                errors,
                corrected,
            );
            more = u32::min(N::more(&sight, &sums, config), left);
        }
        items[g * comptime!(ITEMS)] = from;
        items[g * comptime!(ITEMS) + 1usize] = more;
    }
}
