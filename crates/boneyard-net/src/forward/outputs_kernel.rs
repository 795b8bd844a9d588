//! A network's outputs to values.

// The macro `cube` adds modules and types beside each item, without documentation.
#![allow(missing_docs)]
#![allow(clippy::collapsible_if, clippy::too_many_arguments)]

use boneyard_device::kernels::values::no_values;
use boneyard_device::layout::{seen, status};
use cubecl::prelude::*;

/// Numbers that the outputs for a world have room for, by slot; the last one is free.
pub const OUTPUTS: usize = 8;

/// Units of a cube of `outputs_kernel`.
pub const UNITS: u32 = 128;

/// One unit a world: rounds its outputs to units, of which `unit` make a point, at most `most` of them, where moves are
/// legal. What is no number is counted.
#[cube(launch_unchecked)]
pub fn outputs_kernel(
    observations: &Array<u32>,
    owners: &Array<u32>,
    starts: &Array<u32>,
    outputs: &Array<f32>,
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
                    let output = outputs[ABSOLUTE_POS * comptime!(OUTPUTS) + slot as usize] * unit;
                    let near = f32::clamp(f32::floor(output + 0.5f32), -most, most);
                    // Neither a number beyond all reason nor none at all.
                    if f32::abs(output) < 1e30f32 {
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
