//! Answers to values, and values to finer units.

use crate::kernels::position::{is_value, no_values};
use crate::layout::{VALUES, seen, status};
use cubecl::prelude::*;

/// Numbers that an answer has room for, by slot; the last one is free.
pub const ANSWERS: usize = 8;

/// Units of a cube of the kernels here.
pub const UNITS: u32 = 128;

/// One unit a world: rounds its answers to units, of which `unit` make a point, at most `most` of them, where moves are
/// legal. What is no number is counted.
#[cube(launch_unchecked)]
pub fn answers_kernel(
    observations: &Array<u32>,
    owners: &Array<u32>,
    starts: &Array<u32>,
    answers: &Array<f32>,
    values: &mut Array<u32>,
    tally: &mut Array<Atomic<u32>>,
    first: u32,
    n_worlds: u32,
    n_games: u32,
    unit: f32,
    most: f32,
) {
    let item = first as usize + ABSOLUTE_POS;
    // One after the other: the second would read beyond the end.
    if ABSOLUTE_POS < n_worlds as usize {
        if item < starts[n_games as usize] as usize {
            let legal = observations[owners[item] as usize * comptime!(seen::ROW) + comptime!(seen::SLOTS)];
            let mut result = no_values();
            #[unroll]
            for slot in 0u32..7u32 {
                if (legal >> slot) & 1u32 == 1u32 {
                    let answer = answers[ABSOLUTE_POS * comptime!(ANSWERS) + slot as usize] * unit;
                    let near = f32::clamp(f32::floor(answer + 0.5f32), -most, most);
                    // Neither a number beyond all reason nor none at all.
                    if f32::abs(answer) < 1e30f32 {
                        result.put(slot, near as i32);
                    } else {
                        result.put(slot, 0i32.runtime());
                        tally[comptime!(status::NOT_NUMBERS)].fetch_add(1u32);
                    }
                }
            }
            result.write(values, item as u32);
        }
    }
}

/// One unit a word: multiplies the values of a chunk.
#[cube(launch_unchecked)]
pub fn multiply_kernel(starts: &Array<u32>, values: &mut Array<u32>, n_games: u32, factor: u32) {
    if ABSOLUTE_POS < starts[n_games as usize] as usize * comptime!(VALUES) {
        let word = values[ABSOLUTE_POS];
        let mut product = 0u32.runtime();
        #[unroll]
        for half in 0u32..2u32 {
            let value = (word >> comptime!(16u32 * half)) & 0xffffu32;
            let mut finer = (value * factor) & 0xffffu32;
            if !is_value(value) {
                finer = value;
            }
            product |= finer << comptime!(16u32 * half);
        }
        values[ABSOLUTE_POS] = product;
    }
}
