//! Worlds that are valued exactly too, and what that says about the estimates.

#![allow(missing_docs)]
// Sums in kernels wrap, and a sum below an addend has.
#![allow(clippy::collapsible_if, clippy::panicking_overflow_checks, clippy::too_many_arguments)]
// The methods of the standard library that clippy proposes do not exist in kernels.
#![allow(clippy::manual_div_ceil)]

use boneyard_core::{GROUPS, Purpose};
use boneyard_device::kernels::items::start_games;
use boneyard_device::kernels::random::stream;
use boneyard_device::kernels::values::{is_value, signed, slot_bits};
use boneyard_device::layout::{ITEMS, WORLD, check, estimate, seen, status};
use cubecl::prelude::*;

/// Units of a cube of the kernels here.
pub const UNITS: u32 = 64;

/// The random word by which worlds of a decision are picked.
#[cube]
fn random_word(observations: &Array<u32>, row: usize) -> u32 {
    let at = observations[row + comptime!(seen::PLY)] | comptime!((Purpose::Check as u32) << 8);
    let mut random = stream(
        observations[row + comptime!(seen::SEED)],
        observations[row + comptime!(seen::SEED + 1)],
        at,
        0u32.runtime(),
    );
    random.next_word() >> 16u32
}

/// How many of at most `n` worlds are checked: see `boneyard_core::Check::count`.
#[cube]
fn count(n: u32, one_in: u32) -> u32 {
    u32::min(u32::max((n + one_in - 1u32) / one_in, 2u32), n)
}

/// How many of the `m` picks of `n` worlds come before `world`: see `boneyard_core::Check::picks_among`.
#[cube]
fn picks_before(world: u32, n: u32, m: u32, word: u32) -> u32 {
    // Below 2⁶⁴, as there are at most 2²⁴ worlds.
    let least = (((world as u64) * (m as u64)) << 16u64) + (n as u64) - 1u64;
    let least = least / (n as u64);
    let start = word as u64;
    let mut before = 0u32.runtime();
    if least > start {
        before = ((least - start + 65_535u64) >> 16u64) as u32;
    }
    u32::min(before, m)
}

/// One unit a game of a chunk: which of its picks are among the worlds of this round, as items, the first and how many.
#[cube(launch_unchecked)]
pub fn share_picks_kernel(
    observations: &Array<u32>,
    estimates: &Array<u32>,
    starts: &Array<u32>,
    shares: &mut Array<u32>,
    first: u32,
    n_games: u32,
    one_in: u32,
) {
    if ABSOLUTE_POS < n_games as usize {
        let game = first as usize + ABSOLUTE_POS;
        let row = game * comptime!(seen::ROW);
        let n = starts[ABSOLUTE_POS + 1usize] - starts[ABSOLUTE_POS];
        let to = estimates[game * comptime!(estimate::ROW) + comptime!(estimate::WORLDS)];
        let most = observations[row + comptime!(seen::MOST)];
        let mut before = 0u32.runtime();
        let mut after = 0u32.runtime();
        if n > 0u32 {
            let (m, word) = (count(most, one_in), random_word(observations, row));
            before = picks_before(to - n, most, m, word);
            after = picks_before(to, most, m, word);
        }
        shares[ABSOLUTE_POS * comptime!(ITEMS)] = before;
        shares[ABSOLUTE_POS * comptime!(ITEMS) + 1usize] = after - before;
    }
}

/// Where the picked worlds of each game of a chunk begin: an exclusive prefix sum, the total last. One cube of
/// [`STARTERS`](boneyard_device::kernels::items::STARTERS) units.
#[cube(launch_unchecked)]
pub fn start_picked_kernel(shares: &Array<u32>, picked_starts: &mut Array<u32>, n_games: u32) {
    let _total = start_games(shares, picked_starts, 0u32.runtime(), n_games);
}

/// One cube a game: copies the worlds that are picked, and says where they come from.
#[cube(launch_unchecked)]
pub fn pick_kernel(
    observations: &Array<u32>,
    estimates: &Array<u32>,
    worlds: &Array<u32>,
    starts: &Array<u32>,
    shares: &Array<u32>,
    picked_starts: &Array<u32>,
    picked_worlds: &mut Array<u32>,
    picked_owners: &mut Array<u32>,
    items: &mut Array<u32>,
    first: u32,
    n_games: u32,
    one_in: u32,
) {
    let k = CUBE_POS as u32;
    if k < n_games {
        let game = first + k;
        let row = game as usize * comptime!(seen::ROW);
        let start = starts[k as usize];
        let n = starts[(k + 1u32) as usize] - start;
        // The number of the first world of this round.
        let from = estimates[game as usize * comptime!(estimate::ROW) + comptime!(estimate::WORLDS)] - n;
        let before = shares[k as usize * comptime!(ITEMS)];
        let n_picked = shares[k as usize * comptime!(ITEMS) + 1usize];
        let to = picked_starts[k as usize];
        let most = observations[row + comptime!(seen::MOST)];
        let (m, word) = (count(most, one_in), random_word(observations, row));
        let mut j = UNIT_POS;
        while j < n_picked {
            // As in `boneyard_core::Check::picks`: below 2⁶⁴, as there are at most 2²⁴ worlds.
            let fraction = (((before + j) as u64) << 16u64) | (word as u64);
            let pick = ((fraction * (most as u64) / (m as u64)) >> 16u64) as u32;
            let item = start + pick - from;
            let copy = (to + j) as usize;
            items[copy] = item;
            picked_owners[copy] = game;
            #[unroll]
            for i in 0..WORLD {
                picked_worlds[copy * comptime!(WORLD) + i] = worlds[item as usize * comptime!(WORLD) + i];
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

/// One cube a game: compares the values of its picked worlds with the exact ones, beside those of earlier rounds, and, if
/// `corrected` is 1, corrects its estimates. `checks` has a row for each of `stride` games and each ply, of zeros at first.
#[cube(launch_unchecked)]
pub fn check_kernel(
    observations: &Array<u32>,
    starts: &Array<u32>,
    values: &Array<u32>,
    shares: &Array<u32>,
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
    let k = u32::min(CUBE_POS as u32, n_games - 1u32);
    let row = (first + k) as usize * comptime!(seen::ROW);
    let decision = observations[row + comptime!(seen::PLY)] * stride + first + k;
    let to_check = decision as usize * comptime!(check::ROW);
    let mut word = UNIT_POS;
    while word < comptime!(check::ROW as u32) {
        sums[word as usize].store(checks[to_check + word as usize]);
        word += comptime!(UNITS);
    }
    sync_cube();
    let mut n = starts[(k + 1u32) as usize] - starts[k as usize];
    let begin = picked_starts[k as usize];
    let before = shares[k as usize * comptime!(ITEMS)];
    let mut m = shares[k as usize * comptime!(ITEMS) + 1usize];
    if CUBE_POS as u32 >= n_games {
        n = 0u32.runtime();
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
                let of_group = comptime!(check::GROUP_SUM as u32)
                    + 7u32 * ((before + j) % comptime!(GROUPS as u32))
                    + slot;
                sums[of_group as usize].fetch_add(apart as u32);
                sums[(comptime!(check::ABSOLUTE as u32) + slot) as usize]
                    .fetch_add(i32::max(apart, 0i32 - apart) as u32);
                let made = (exact >= needed) as i32 - (near >= needed) as i32;
                sums[(comptime!(check::MADE as u32) + slot) as usize].fetch_add(made as u32);
                let of_group = comptime!(check::GROUP_MADE as u32)
                    + 7u32 * ((before + j) % comptime!(GROUPS as u32))
                    + slot;
                sums[of_group as usize].fetch_add(made as u32);
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
        sums[comptime!(check::WORLDS)].fetch_add(m);
        sums[comptime!(check::CORRECTED)].store(corrected);
    }
    sync_cube();
    if n > 0u32 {
        let mut word = UNIT_POS;
        while word < comptime!(check::ROW as u32) {
            checks[to_check + word as usize] = sums[word as usize].load();
            word += comptime!(UNITS);
        }
        let checked = sums[comptime!(check::WORLDS)].load();
        if (UNIT_POS < 7u32) & (corrected == 1u32) & (checked > 0u32) {
            // What the values add up to is told by the groups; the sums may have been corrected before.
            let from = (first + k) as usize * comptime!(estimate::ROW);
            let seen = estimates[from + comptime!(estimate::WORLDS)];
            let slot = UNIT_POS as usize;
            let mut sum = carried(sums[comptime!(check::SUM) + slot].load() as i32, seen, checked) as u32;
            let mut made = carried(sums[comptime!(check::MADE) + slot].load() as i32, seen, checked);
            for group in 0usize..comptime!(GROUPS) {
                sum += estimates[from + comptime!(estimate::GROUP_SUM) + 7usize * group + slot];
                made += estimates[from + comptime!(estimate::GROUP_MADE) + 7usize * group + slot] as i32;
            }
            estimates[from + comptime!(estimate::SUM) + slot] = sum;
            estimates[from + comptime!(estimate::SUM_HIGH) + slot] = ((sum as i32) >> 31i32) as u32;
            estimates[from + comptime!(estimate::MADE) + slot] = i32::clamp(made, 0i32, seen as i32) as u32;
        }
    }
}
