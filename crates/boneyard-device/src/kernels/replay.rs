//! Choices that were made elsewhere.

use cubecl::prelude::*;

/// Units of a cube of `replay_kernel`.
pub const UNITS: u32 = 64;

/// One unit a game: takes over its choice, packed as by [`choose`](super::choose).
#[cube(launch_unchecked)]
pub fn replay_kernel(given: &Array<u32>, choices: &mut Array<u32>, n_games: u32) {
    if ABSOLUTE_POS < n_games as usize {
        choices[ABSOLUTE_POS] = given[ABSOLUTE_POS];
    }
}
