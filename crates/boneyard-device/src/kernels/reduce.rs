//! Values to sums.

use crate::kernels::position::{is_value, signed, slot_bits};
use crate::layout::{HISTOGRAM, estimate, seen, status};
use cubecl::prelude::*;

/// Units of a cube of `reduce_kernel`.
pub const UNITS: u32 = 64;

/// Empties the sums of a cube of `units` units: a row of estimates, and the bins of a histogram.
#[cube]
pub fn clear_sums(
    sums: &SharedMemory<Atomic<u32>>,
    bins: &SharedMemory<Atomic<u32>>,
    #[comptime] units: u32,
    #[comptime] histogram: bool,
) {
    if UNIT_POS < comptime!(estimate::ROW as u32) {
        sums[UNIT_POS as usize].store(0u32);
    }
    if comptime!(histogram) {
        let mut at = UNIT_POS;
        while at < comptime!(HISTOGRAM as u32) {
            bins[at as usize].store(0u32);
            at += units;
        }
    }
}

/// Adds a unit's sums of a slot to those of its cube; `squares` in two words, the low one first.
#[cube]
pub fn add_slot(
    sums: &SharedMemory<Atomic<u32>>,
    slot: u32,
    sum: i32,
    squares: u32,
    squares_high: u32,
    made: u32,
) {
    sums[(comptime!(estimate::SUM as u32) + slot) as usize].fetch_add(sum as u32);
    let before = sums[(comptime!(estimate::SUM_SQUARES as u32) + slot) as usize].fetch_add(squares);
    let mut high = squares_high;
    if before + squares < before {
        high += 1u32;
    }
    if high > 0u32 {
        sums[(comptime!(estimate::SUM_SQUARES_HIGH as u32) + slot) as usize].fetch_add(high);
    }
    sums[(comptime!(estimate::MADE as u32) + slot) as usize].fetch_add(made);
}

/// Writes the sums of a cube to the rows of its game and decision. False for a unit that did not come to its end.
#[cube]
pub fn write_sums(
    sums: &SharedMemory<Atomic<u32>>,
    bins: &SharedMemory<Atomic<u32>>,
    estimates: &mut Array<u32>,
    histograms: &mut Array<u32>,
    game: u32,
    decision: u32,
    #[comptime] units: u32,
    #[comptime] histogram: bool,
) -> bool {
    let mut written = true.runtime();
    if UNIT_POS < comptime!(estimate::ROW as u32) {
        let to = game as usize * comptime!(estimate::ROW) + UNIT_POS as usize;
        estimates[to] = sums[UNIT_POS as usize].load();
    }
    if comptime!(histogram) {
        let mut at = UNIT_POS;
        while at < comptime!(HISTOGRAM as u32) {
            let to = decision as usize * comptime!(HISTOGRAM) + at as usize;
            histograms[to] = bins[at as usize].load();
            at += units;
        }
        written = at >= comptime!(HISTOGRAM as u32);
    }
    written
}

/// One cube a game of the chunk: adds up its values, in units of 2^−`log_unit` points; or only the successes, if values
/// are answers about the `contract`. `histograms` has a row for each of `stride` games and each ply.
#[cube(launch_unchecked)]
pub fn reduce_kernel(
    observations: &Array<u32>,
    starts: &Array<u32>,
    values: &Array<u32>,
    estimates: &mut Array<u32>,
    histograms: &mut Array<u32>,
    tally: &mut Array<Atomic<u32>>,
    first: u32,
    n_games: u32,
    stride: u32,
    #[comptime] histogram: bool,
    #[comptime] contract: bool,
    #[comptime] log_unit: u32,
) {
    let sums = SharedMemory::<Atomic<u32>>::new(comptime!(estimate::ROW));
    // How many values were looked at, and how many of them were there or not needed.
    let counts = SharedMemory::<Atomic<u32>>::new(2usize);
    let bins = SharedMemory::<Atomic<u32>>::new(comptime!(if histogram { HISTOGRAM } else { 1 }));
    let k = u32::min(CUBE_POS as u32, n_games - 1u32);
    let row = (first + k) as usize * comptime!(seen::ROW);
    let start = starts[k as usize];
    let mut end = starts[(k + 1u32) as usize];
    if CUBE_POS as u32 >= n_games {
        end = start;
    }
    let mut needed = observations[row + comptime!(seen::NEEDED)] as i32;
    if comptime!(contract) {
        needed = 1i32.runtime();
    }
    if comptime!(log_unit > 0) {
        // A value between two whole points counts as the nearer one.
        needed = (needed << comptime!(log_unit as i32))
            - comptime!(if log_unit > 0 { 1 << (log_unit - 1) } else { 0 });
    }
    let slots = observations[row + comptime!(seen::SLOTS)];
    clear_sums(&sums, &bins, UNITS, histogram);
    if UNIT_POS < 2u32 {
        counts[UNIT_POS as usize].store(0u32);
    }
    sync_cube();
    let mut looked_at = 0u32.runtime();
    let mut valued = 0u32.runtime();
    #[unroll]
    for slot in 0u32..7u32 {
        let mut sum = 0i32.runtime();
        let mut squares = 0u32.runtime();
        let mut squares_high = 0u32.runtime();
        let mut made = 0u32.runtime();
        let mut item = start + UNIT_POS;
        while item < end {
            let bits = slot_bits(values, item, slot);
            looked_at += 1u32;
            let has_value = is_value(bits);
            if has_value | ((slots >> slot) & 1u32 == 0u32) {
                valued += 1u32;
            }
            if has_value {
                let value = signed(bits);
                if comptime!(!contract) {
                    sum += value;
                    let square = (value * value) as u32;
                    squares += square;
                    if comptime!(log_unit > 0) {
                        if squares < square {
                            squares_high += 1u32;
                        }
                    }
                }
                if value >= needed {
                    made += 1u32;
                }
                if comptime!(histogram) {
                    let mut points = value;
                    if comptime!(log_unit > 0) {
                        points = (2i32 * value + comptime!(1 << log_unit)) >> comptime!(log_unit as i32 + 1);
                    }
                    points = i32::max(i32::min(points, 42i32), -42i32);
                    bins[(slot * 85u32 + (points + 42i32) as u32) as usize].fetch_add(1u32);
                }
            }
            item += comptime!(UNITS);
        }
        add_slot(&sums, slot, sum, squares, squares_high, made);
    }
    counts[0usize].fetch_add(looked_at);
    counts[1usize].fetch_add(valued);
    if UNIT_POS == 0u32 {
        sums[comptime!(estimate::WORLDS)].store(end - start);
    }
    sync_cube();
    let mut written = true.runtime();
    if (CUBE_POS as u32) < n_games {
        let decision = observations[row + comptime!(seen::PLY)] * stride + first + k;
        written = write_sums(&sums, &bins, estimates, histograms, first + k, decision, UNITS, histogram);
    }
    if UNIT_POS == 0u32 {
        if written & (end > start) {
            tally[comptime!(status::REDUCED)].fetch_add(counts[0usize].load());
            tally[comptime!(status::VALUED)].fetch_add(counts[1usize].load());
        }
    }
}
