//! Values to sums.

use crate::kernels::accumulate::{Accumulated, CubeSums, UnitSums, adders, threshold};
use crate::kernels::values::{is_value, signed, slot_bits};
use crate::layout::{estimate, seen, status};
use boneyard_core::GROUPS;
use cubecl::prelude::*;

/// Units of a cube of `reduce_kernel`.
pub const UNITS: u32 = 64;

/// One cube a game of the chunk: adds up its values. `histograms` has a row for each of `stride` games and each ply.
#[cube(launch_unchecked)]
pub fn reduce_kernel(
    observations: &Array<u32>,
    starts: &Array<u32>,
    values: &Array<u32>,
    weights: &Array<u32>,
    likelihoods: &Array<u32>,
    estimates: &mut Array<u32>,
    histograms: &mut Array<u32>,
    tally: &mut Array<Atomic<u32>>,
    first: u32,
    n_games: u32,
    stride: u32,
    #[comptime] what: Accumulated,
    #[comptime] merge: bool,
    #[comptime] likely: bool,
) {
    // How many values were looked at, and how many of them were there or not needed.
    let counts = SharedMemory::<Atomic<u32>>::new(2usize);
    let k = u32::min(CUBE_POS as u32, n_games - 1u32);
    let row = (first + k) as usize * comptime!(seen::ROW);
    let start = starts[k as usize];
    let mut end = starts[(k + 1u32) as usize];
    if CUBE_POS as u32 >= n_games {
        end = start;
    }
    let least = threshold(observations[row + comptime!(seen::NEEDED)] as i32, what);
    let slots = observations[row + comptime!(seen::SLOTS)];
    // The number of the first world, and the group of this unit's.
    let mut from = 0u32.runtime();
    if comptime!(merge) {
        from = estimates[(first + k) as usize * comptime!(estimate::ROW) + comptime!(estimate::WORLDS)];
    }
    let group = (from + UNIT_POS) % comptime!(GROUPS as u32);
    let cube = CubeSums::null(UNITS, what);
    if UNIT_POS < 2u32 {
        counts[UNIT_POS as usize].store(0u32);
    }
    sync_cube();
    let mut looked_at = 0u32.runtime();
    let mut valued = 0u32.runtime();
    let mut unit = UnitSums::null();
    #[unroll]
    for slot in 0u32..7u32 {
        let mut item = start + UNIT_POS;
        if UNIT_POS >= comptime!(adders(UNITS)) {
            item = end;
        }
        while item < end {
            let bits = slot_bits(values, item, slot);
            looked_at += 1u32;
            let has_value = is_value(bits);
            if has_value | ((slots >> slot) & 1u32 == 0u32) {
                valued += 1u32;
            }
            let mut weight = 1u32.runtime();
            if comptime!(what.weights) {
                weight = weights[item as usize];
                if comptime!(slot == 0) {
                    unit.add_weight(weight);
                }
            }
            if has_value {
                unit.add(&cube, slot, signed(bits), weight, least, what);
            }
            item += comptime!(adders(UNITS));
        }
        cube.merge_slot(&unit, slot, group, what);
    }
    cube.merge_weights(&unit, group, what);
    if comptime!(likely) {
        cube.likelihood(likelihoods, k);
    }
    counts[0usize].fetch_add(looked_at);
    counts[1usize].fetch_add(valued);
    cube.count(from, end - start, what);
    sync_cube();
    let mut written = true.runtime();
    if (CUBE_POS as u32) < n_games {
        let decision = observations[row + comptime!(seen::PLY)] * stride + first + k;
        written = cube.write(estimates, histograms, first + k, decision, UNITS, what, merge);
    }
    if UNIT_POS == 0u32 {
        if written & (end > start) {
            tally[comptime!(status::REDUCED)].fetch_add(counts[0usize].load());
            tally[comptime!(status::VALUED)].fetch_add(counts[1usize].load());
        }
    }
}
