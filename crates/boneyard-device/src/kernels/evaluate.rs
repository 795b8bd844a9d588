//! Evaluators that look at one move in one world at a time.

use crate::kernels::position::{Position, position};
use crate::kernels::values::{UNFINISHED, no_values};
use core::{fmt::Debug, hash::Hash};
use cubecl::prelude::*;

/// The device face of an evaluator without memory between moves.
///
/// Law: the value depends on the position and the move only. Loops have a known bound, and one that ended before
/// its time makes the value [`UNFINISHED`]: some devices cut loops short without saying so.
#[cube]
pub trait EvaluatorKernel: Send + Sync + 'static {
    /// The blueprint: whatever changes the generated code.
    type Config: Copy + Eq + Hash + Debug + Send + Sync + 'static;

    /// The value in points, mover's team minus the others from now to the end, of playing the domino of this
    /// strength.
    /// If the question is the contract: 1 if the mover's team succeeds, else 0.
    fn value(
        position: &Position,
        strengths: &Array<u32>,
        strength: u32,
        #[comptime] config: Self::Config,
    ) -> i32;
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
    strengths: &Array<u32>,
    values: &mut Array<u32>,
    n_games: u32,
    #[comptime] config: E::Config,
) {
    if ABSOLUTE_POS < starts[n_games as usize] as usize {
        let item = ABSOLUTE_POS as u32;
        let at = position(observations, worlds, strengths, owners[ABSOLUTE_POS], item);
        let mut result = no_values();
        let mut rest = at.legal;
        let mut finished = true.runtime();
        while rest != 0u32 {
            let strength = rest.trailing_zeros();
            rest &= rest - 1u32;
            let value = E::value(&at, strengths, strength, config);
            if value == comptime!(UNFINISHED) {
                finished = false.runtime();
            }
            result.put(at.slot(strengths, strength), value);
        }
        // Every world of the chunk is written, so that none shows values of another chunk.
        if (rest == 0u32) & finished {
            result.write(values, item);
        } else {
            no_values().write(values, item);
        }
    }
}
