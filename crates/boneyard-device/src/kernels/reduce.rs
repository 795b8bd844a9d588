//! Values to sums.

use crate::layout::{VALUES, estimate, seen};
use cubecl::prelude::*;

/// Units of a cube of [`reduce_kernel`].
pub const UNITS: u32 = 64;
/// Words of a game's row of histograms: 7 slots × 85 bins.
pub const BINS: usize = 7 * 85;

/// One cube a game of the chunk: adds its values, in whole points, to its estimate.
#[cube(launch_unchecked)]
pub fn reduce_kernel(
    observations: &Array<u32>,
    starts: &Array<u32>,
    values: &Array<u32>,
    estimates: &mut Array<u32>,
    histograms: &mut Array<u32>,
    first: u32,
    n_games: u32,
    #[comptime] histogram: bool,
) {
    let sums = SharedMemory::<Atomic<u32>>::new(comptime!(estimate::ROW));
    let bins = SharedMemory::<Atomic<u32>>::new(comptime!(if histogram { BINS } else { 1 }));
    let k = u32::min(CUBE_POS as u32, n_games - 1u32);
    let g = (first + k) as usize;
    let start = starts[k as usize];
    let mut end = starts[(k + 1u32) as usize];
    if CUBE_POS as u32 >= n_games {
        end = start;
    }
    let needed = observations[g * comptime!(seen::ROW) + comptime!(seen::NEEDED)] as i32;
    if UNIT_POS < comptime!(estimate::ROW as u32) {
        sums[UNIT_POS as usize].store(0u32);
    }
    if comptime!(histogram) {
        let mut at = UNIT_POS;
        while at < comptime!(BINS as u32) {
            bins[at as usize].store(0u32);
            at += comptime!(UNITS);
        }
    }
    sync_cube();
    #[unroll]
    for slot in 0u32..7u32 {
        let mut sum = 0i32.runtime();
        let mut squares = 0u32.runtime();
        let mut made = 0u32.runtime();
        let mut item = start + UNIT_POS;
        while item < end {
            let word = values[item as usize * comptime!(VALUES) + (slot / 2u32) as usize];
            let half = (word >> ((slot % 2u32) * 16u32)) & 0xffffu32;
            if half != 0x8000u32 {
                // Sign extension of 16 bits.
                let value = ((half ^ 0x8000u32) as i32) - 0x8000i32;
                sum += value;
                squares += (value * value) as u32;
                if value >= needed {
                    made += 1u32;
                }
                if comptime!(histogram) {
                    bins[(slot * 85u32 + (value + 42i32) as u32) as usize].fetch_add(1u32);
                }
            }
            item += comptime!(UNITS);
        }
        sums[(comptime!(estimate::SUM as u32) + slot) as usize].fetch_add(sum as u32);
        sums[(comptime!(estimate::SUM_SQUARES as u32) + slot) as usize].fetch_add(squares);
        sums[(comptime!(estimate::MADE as u32) + slot) as usize].fetch_add(made);
    }
    if UNIT_POS == 0u32 {
        sums[comptime!(estimate::WORLDS)].store(end - start);
    }
    sync_cube();
    if (CUBE_POS as u32) < n_games {
        if UNIT_POS < comptime!(estimate::ROW as u32) {
            estimates[g * comptime!(estimate::ROW) + UNIT_POS as usize] = sums[UNIT_POS as usize].load();
        }
        if comptime!(histogram) {
            let mut at = UNIT_POS;
            while at < comptime!(BINS as u32) {
                histograms[g * comptime!(BINS) + at as usize] = bins[at as usize].load();
                at += comptime!(UNITS);
            }
        }
    }
}
