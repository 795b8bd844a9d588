//! The true deal as the only world.

#![allow(missing_docs)]
#![allow(clippy::too_many_arguments)]

use boneyard_device::kernels::strength::{STRENGTHS, by_strength};
use boneyard_device::layout::{WORLD, game, seen, status};
use cubecl::prelude::*;

/// Units of a cube of `true_deal_kernel`.
pub const UNITS: u32 = 64;

/// One unit a game of the chunk: every world to be looked at is what the others really hold.
#[cube(launch_unchecked)]
pub fn true_deal_kernel(
    games: &Array<u32>,
    observations: &Array<u32>,
    strengths: &Array<u32>,
    starts: &Array<u32>,
    worlds: &mut Array<u32>,
    owners: &mut Array<u32>,
    tally: &mut Array<Atomic<u32>>,
    first: u32,
    n_games: u32,
) {
    if ABSOLUTE_POS < n_games as usize {
        let g = first + ABSOLUTE_POS as u32;
        let row = g as usize * comptime!(game::ROW);
        let from = g as usize * comptime!(seen::ROW);
        let mover = observations[from + comptime!(seen::MOVER)];
        let strengths_row = observations[from + comptime!(seen::DECLARATION)] as usize * comptime!(STRENGTHS);
        let start = starts[ABSOLUTE_POS];
        let end = starts[ABSOLUTE_POS + 1usize];
        for other in 0u32..3u32 {
            let seat = ((mover + 1u32 + other) & 3u32) as usize;
            let hand = games[row + comptime!(game::HANDS) + seat];
            let held =
                by_strength(hand & !games[row + comptime!(game::PLAYED) + seat], strengths, strengths_row);
            for item in start..end {
                worlds[(item * comptime!(WORLD as u32) + other) as usize] = held;
            }
        }
        for item in start..end {
            owners[item as usize] = g;
        }
        tally[comptime!(status::SAMPLED)].fetch_add(end - start);
    }
}
