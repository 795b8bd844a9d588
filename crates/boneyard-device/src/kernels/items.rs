//! Where the worlds of each game of a chunk begin, and the chunk's accounts.

use crate::layout::{ITEMS, status};
use cubecl::prelude::*;

/// Units of the one cube of `start_kernel`.
pub const STARTERS: u32 = 256;

/// Counts a chunk of which a step fell short.
#[cube]
fn settle(tally: &mut Array<u32>, expected: u32, #[comptime] counter: usize, #[comptime] cut: usize) {
    if tally[counter] != expected {
        tally[cut] += 1u32;
    }
    tally[counter] = 0u32.runtime();
}

/// Where the worlds of each game of a chunk begin: an exclusive prefix sum, the total last. One cube. Settles the
/// accounts of the chunk before, and opens new ones.
#[cube(launch_unchecked)]
pub fn start_kernel(
    items: &Array<u32>,
    starts: &mut Array<u32>,
    tally: &mut Array<u32>,
    first: u32,
    n_games: u32,
) {
    let total = start_games(items, starts, first, n_games);
    if UNIT_POS == 0u32 {
        let expected = tally[comptime!(status::EXPECTED)];
        settle(tally, expected, status::SAMPLED, status::CUT_SAMPLING);
        settle(tally, 7u32 * expected, status::VALUED, status::CUT_VALUES);
        settle(tally, 7u32 * expected, status::REDUCED, status::CUT_REDUCING);
        tally[comptime!(status::EXPECTED)] = total;
        tally[comptime!(status::NEXT)] = 0u32.runtime();
        tally[comptime!(status::UNFOUND)] = 0u32.runtime();
    }
}

/// Where the worlds of each game begin, by their `items`, from the game `first` on. Unit 0 learns the total. For a cube of
/// [`STARTERS`] units.
#[cube]
pub fn start_games(items: &Array<u32>, starts: &mut Array<u32>, first: u32, n_games: u32) -> u32 {
    let mut sums = SharedMemory::<u32>::new(256usize);
    // Each unit sums a run of neighbouring games, unit 0 adds up the runs, each unit starts its own.
    let share = (n_games + 255u32) / 256u32;
    let begin = u32::min(UNIT_POS * share, n_games);
    let end = u32::min(begin + share, n_games);
    let mut sum = 0u32.runtime();
    for k in begin..end {
        sum += items[(first + k) as usize * comptime!(ITEMS) + 1usize];
    }
    sums[UNIT_POS as usize] = sum;
    sync_cube();
    let mut total = 0u32.runtime();
    if UNIT_POS == 0u32 {
        for unit in 0u32..256u32 {
            let run = sums[unit as usize];
            sums[unit as usize] = total;
            total += run;
        }
        starts[n_games as usize] = total;
    }
    sync_cube();
    let mut start = sums[UNIT_POS as usize];
    for k in begin..end {
        starts[k as usize] = start;
        start += items[(first + k) as usize * comptime!(ITEMS) + 1usize];
    }
    total
}

/// Units of a cube of `fill_kernel`.
pub const FILLERS: u32 = 128;

/// Writes `value` to the first `n` words: what nobody has written yet is known to be so.
#[cube(launch_unchecked)]
pub fn fill_kernel(words: &mut Array<u32>, n: u32, value: u32) {
    if ABSOLUTE_POS < n as usize {
        words[ABSOLUTE_POS] = value;
    }
}
