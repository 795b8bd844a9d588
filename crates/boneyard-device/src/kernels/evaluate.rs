//! Evaluators that look at one move in one world at a time.

use crate::kernels::position::{Position, no_values, position};
use core::{fmt::Debug, hash::Hash};
use cubecl::prelude::*;

/// What [`EvaluatorKernel::value`] gives when it could not come to its end.
pub const UNFINISHED: i32 = 0x7fff;

/// The device face of an evaluator without memory between moves.
///
/// Law: the value depends on the position and the move only. Loops have a known bound, and one that ended before
/// its time makes the value [`UNFINISHED`]: some devices cut loops short without saying so.
#[cube]
pub trait EvaluatorKernel: Send + Sync + 'static {
    /// The blueprint: whatever changes the generated code.
    type Config: Copy + Eq + Hash + Debug + Send + Sync + 'static;

    /// The value in points, mover's team minus the others from now to the end, of playing the domino in `place`.
    /// If the question is the contract: 1 if the mover's team succeeds, else 0.
    fn value(position: &Position, orders: &Array<u32>, place: u32, #[comptime] config: Self::Config) -> i32;
}

/// Units of a cube of `evaluate_kernel`.
pub const UNITS: u32 = 128;

/// One unit a world.
#[cube(launch_unchecked)]
pub fn evaluate_kernel<E: EvaluatorKernel>(
    observations: &Array<u32>,
    worlds: &Array<u32>,
    owners: &Array<u32>,
    starts: &Array<u32>,
    orders: &Array<u32>,
    values: &mut Array<u32>,
    n_games: u32,
    #[comptime] config: E::Config,
) {
    if ABSOLUTE_POS < starts[n_games as usize] as usize {
        let item = ABSOLUTE_POS as u32;
        let at = position(observations, worlds, orders, owners[ABSOLUTE_POS], item);
        let mut result = no_values();
        let mut rest = at.legal;
        let mut finished = true.runtime();
        while rest != 0u32 {
            let place = rest.trailing_zeros();
            rest &= rest - 1u32;
            let value = E::value(&at, orders, place, config);
            if value == comptime!(UNFINISHED) {
                finished = false.runtime();
            }
            result.put(at.slot(orders, place), value);
        }
        if (rest == 0u32) & finished {
            result.write(values, item);
        }
    }
}
