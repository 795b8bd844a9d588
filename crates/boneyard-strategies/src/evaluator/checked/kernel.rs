//! Worlds that are valued exactly too, and what that says about the estimates.

#![allow(missing_docs)]
// Sums in kernels wrap, and a sum below an addend has.
#![allow(clippy::collapsible_if, clippy::panicking_overflow_checks, clippy::too_many_arguments)]

use boneyard_core::{GROUPS, Purpose};
use boneyard_device::kernels::items::start_games;
use boneyard_device::kernels::random::stream;
use boneyard_device::kernels::values::{is_value, signed, slot_bits};
use boneyard_device::layout::{WORLD, check, estimate, seen, status};
use cubecl::prelude::*;

/// Units of a cube of the kernels here.
pub const UNITS: u32 = 64;

/// Where the picked worlds of each game of a chunk begin: an exclusive prefix sum, the total last. One cube of
/// [`STARTERS`](boneyard_device::kernels::items::STARTERS) units.
#[cube(launch_unchecked)]
pub fn start_picked_kernel(starts: &Array<u32>, picked_starts: &mut Array<u32>, n_games: u32, one_in: u32) {
    let _total = start_games(starts, picked_starts, 0u32.runtime(), n_games, one_in, true);
}

/// One cube a game: copies the worlds that are picked, and says where they come from.
#[cube(launch_unchecked)]
pub fn pick_kernel(
    observations: &Array<u32>,
    worlds: &Array<u32>,
    starts: &Array<u32>,
    picked_starts: &Array<u32>,
    picked_worlds: &mut Array<u32>,
    picked_owners: &mut Array<u32>,
    items: &mut Array<u32>,
    first: u32,
    n_games: u32,
) {
    let k = CUBE_POS as u32;
    if k < n_games {
        let game = first + k;
        let row = game as usize * comptime!(seen::ROW);
        let start = starts[k as usize];
        let n = starts[(k + 1u32) as usize] - start;
        let to = picked_starts[k as usize];
        let m = picked_starts[(k + 1u32) as usize] - to;
        let at = observations[row + comptime!(seen::PLY)] | comptime!((Purpose::Check as u32) << 8);
        let mut random = stream(
            observations[row + comptime!(seen::SEED)],
            observations[row + comptime!(seen::SEED + 1)],
            at,
            0u32.runtime(),
        );
        let word = random.next_word();
        let mut j = UNIT_POS;
        while j < m {
            // As in `boneyard_core::Check::picks`: below 2^48, as there are at most 2^16 worlds.
            let fraction = ((j as u64) << 16u64) | ((word >> 16u32) as u64);
            let pick = ((fraction * (n as u64) / (m as u64)) >> 16u64) as u32;
            let item = (start + pick) as usize;
            let copy = (to + j) as usize;
            items[copy] = start + pick;
            picked_owners[copy] = game;
            #[unroll]
            for i in 0..WORLD {
                picked_worlds[copy * comptime!(WORLD) + i] = worlds[item * comptime!(WORLD) + i];
            }
            j += comptime!(UNITS);
        }
    }
}

/// Adds to a sum of two words, of which the high one stands seven words behind.
#[cube]
fn add_square(sums: &SharedMemory<Atomic<u32>>, at: u32, value: i32) {
    let square = (value * value) as u32;
    let before = sums[at as usize].fetch_add(square);
    if before + square < before {
        sums[(at + 7u32) as usize].fetch_add(1u32);
    }
}

/// A sum over `m` worlds, carried over to `n`, rounded to nearest.
#[cube]
fn carried(sum: i32, n: u32, m: u32) -> i32 {
    let mut size = sum as u32;
    if sum < 0i32 {
        size = (0i32 - sum) as u32;
    }
    let rounded = (((size as u64) * (n as u64) + ((m / 2u32) as u64)) / (m as u64)) as i32;
    select(sum < 0i32, 0i32 - rounded, rounded)
}

/// One cube a game: compares the values of its picked worlds with the exact ones, and, if `corrected` is 1, corrects its
/// estimates. `checks` has a row for each of `stride` games and each ply.
#[cube(launch_unchecked)]
pub fn check_kernel(
    observations: &Array<u32>,
    starts: &Array<u32>,
    values: &Array<u32>,
    picked_starts: &Array<u32>,
    exact_values: &Array<u32>,
    items: &Array<u32>,
    estimates: &mut Array<u32>,
    checks: &mut Array<u32>,
    tally: &mut Array<Atomic<u32>>,
    first: u32,
    n_games: u32,
    stride: u32,
    unit: u32,
    corrected: u32,
) {
    let sums = SharedMemory::<Atomic<u32>>::new(comptime!(check::ROW));
    let mut word = UNIT_POS;
    while word < comptime!(check::ROW as u32) {
        sums[word as usize].store(0u32);
        word += comptime!(UNITS);
    }
    sync_cube();
    let k = u32::min(CUBE_POS as u32, n_games - 1u32);
    let row = (first + k) as usize * comptime!(seen::ROW);
    let n = starts[(k + 1u32) as usize] - starts[k as usize];
    let begin = picked_starts[k as usize];
    let mut m = picked_starts[(k + 1u32) as usize] - begin;
    if CUBE_POS as u32 >= n_games {
        m = 0u32.runtime();
    }
    let slots = observations[row + comptime!(seen::SLOTS)];
    let factor = unit as i32;
    // A value between two whole points counts as the nearer one.
    let needed = observations[row + comptime!(seen::NEEDED)] as i32 * factor - factor / 2i32;
    let mut j = UNIT_POS;
    while j < m {
        let picked = begin + j;
        let item = items[picked as usize];
        let mut best = 0i32.runtime();
        let mut best_exact = 0i32.runtime();
        let mut most = 0i32.runtime();
        let mut any = false.runtime();
        for slot in 0u32..7u32 {
            if (slots >> slot) & 1u32 == 1u32 {
                let there = slot_bits(exact_values, picked, slot);
                if !is_value(there) {
                    tally[comptime!(status::CUT_VALUES)].fetch_max(1u32);
                }
                let exact = signed(there) * factor;
                let near = signed(slot_bits(values, item, slot));
                let apart = exact - near;
                sums[(comptime!(check::SUM as u32) + slot) as usize].fetch_add(apart as u32);
                let of_group =
                    comptime!(check::GROUP_SUM as u32) + 7u32 * (j % comptime!(GROUPS as u32)) + slot;
                sums[of_group as usize].fetch_add(apart as u32);
                sums[(comptime!(check::ABSOLUTE as u32) + slot) as usize]
                    .fetch_add(i32::max(apart, 0i32 - apart) as u32);
                let made = (exact >= needed) as i32 - (near >= needed) as i32;
                sums[(comptime!(check::MADE as u32) + slot) as usize].fetch_add(made as u32);
                add_square(&sums, comptime!(check::SQUARES as u32) + slot, apart);
                add_square(&sums, comptime!(check::EXACT_SQUARES as u32) + slot, exact);
                add_square(&sums, comptime!(check::ESTIMATED_SQUARES as u32) + slot, near);
                if !any | (near > best) {
                    best = near;
                    best_exact = exact;
                }
                if !any | (exact > most) {
                    most = exact;
                }
                any = true.runtime();
            }
        }
        sums[comptime!(check::GAP)].fetch_add((most - best_exact) as u32);
        j += comptime!(UNITS);
    }
    if UNIT_POS == 0u32 {
        sums[comptime!(check::WORLDS)].store(m);
        sums[comptime!(check::CORRECTED)].store(corrected);
    }
    sync_cube();
    if m > 0u32 {
        let decision = observations[row + comptime!(seen::PLY)] * stride + first + k;
        let mut word = UNIT_POS;
        while word < comptime!(check::ROW as u32) {
            checks[decision as usize * comptime!(check::ROW) + word as usize] = sums[word as usize].load();
            word += comptime!(UNITS);
        }
        if (UNIT_POS < 7u32) & (corrected == 1u32) {
            let to = (first + k) as usize * comptime!(estimate::ROW) + UNIT_POS as usize;
            let sum = sums[(comptime!(check::SUM as u32) + UNIT_POS) as usize].load() as i32;
            let more = carried(sum, n, m);
            let corrected_sum = estimates[to + comptime!(estimate::SUM)] + more as u32;
            estimates[to + comptime!(estimate::SUM)] = corrected_sum;
            estimates[to + comptime!(estimate::SUM_HIGH)] = ((corrected_sum as i32) >> 31i32) as u32;
            let made = sums[(comptime!(check::MADE as u32) + UNIT_POS) as usize].load() as i32;
            let made = estimates[to + comptime!(estimate::MADE)] as i32 + carried(made, n, m);
            estimates[to + comptime!(estimate::MADE)] = i32::clamp(made, 0i32, n as i32) as u32;
        }
    }
}
