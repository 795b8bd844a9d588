//! Sampling, evaluating and adding up in one: worlds and values stay in registers, sums in shared memory.

use crate::kernels::{
    accumulate::{Accumulated, CubeSums, UnitSums, adders, threshold},
    count::add_wide,
    evaluate::EvaluatorKernel,
    position::position_in,
    sample::{SamplerKernel, Unseen, world_of},
    values::UNFINISHED,
};
use crate::layout::{ITEMS, seen, status};
use boneyard_core::GROUPS;
use cubecl::prelude::*;

/// Units of a cube of `fused_kernel`.
pub const UNITS: u32 = 128;

/// One cube a game of the chunk: draws or enumerates its worlds, values the legal moves in each, and writes the
/// sums; the same as `sample_kernel`, `evaluate_kernel` and `reduce_kernel` one after the other. `histograms` has a
/// row for each of `stride` games and each ply.
#[cube(launch_unchecked)]
pub fn fused_kernel<S: SamplerKernel, E: EvaluatorKernel>(
    observations: &Array<u32>,
    items: &Array<u32>,
    tables: &Array<u32>,
    strengths: &Array<u32>,
    estimates: &mut Array<u32>,
    histograms: &mut Array<u32>,
    tally: &mut Array<Atomic<u32>>,
    first: u32,
    n_games: u32,
    stride: u32,
    #[comptime] sampler: S::Config,
    #[comptime] evaluator: E::Config,
    #[comptime] what: Accumulated,
    #[comptime] merge: bool,
) {
    let k = u32::min(CUBE_POS as u32, n_games - 1u32);
    let g = first + k;
    let row = g as usize * comptime!(seen::ROW);
    let enumerate = observations[row + comptime!(seen::PLAN)] == 1u32;
    let least = threshold(observations[row + comptime!(seen::NEEDED)] as i32, what);
    let from = items[g as usize * comptime!(ITEMS)];
    let mut n = items[g as usize * comptime!(ITEMS) + 1usize];
    if CUBE_POS as u32 >= n_games {
        n = 0u32.runtime();
    }
    let mut unseen = Unseen::of(observations, g);
    let cube = CubeSums::null(UNITS, what);
    if n > 0u32 {
        unseen.load(tables, g, UNITS);
        if UNIT_POS == 0u32 {
            S::prepare(&mut unseen, sampler);
        }
    }
    sync_cube();
    let mut sampled = 0u32.runtime();
    let mut wanted = 0u32.runtime();
    let mut unfound = 0u32.runtime();
    let mut tries = 0u32.runtime();
    let mut valued = 0u32.runtime();
    // Added up by each unit first: a cube's atomics on the same word would wait for each other.
    let mut unit = UnitSums::null();
    let group = (from + UNIT_POS) % comptime!(GROUPS as u32);
    let mut i = UNIT_POS;
    if UNIT_POS >= comptime!(adders(UNITS)) {
        i = n;
    }
    while i < n {
        let world = world_of::<S>(&unseen, from + i, enumerate, sampler);
        if !enumerate {
            wanted += 1u32;
            tries += world.tries;
        }
        if world.tries > 0u32 {
            sampled += 1u32;
        }
        if unseen.admits(&world) {
            let at = position_in(observations, strengths, g, world.left, world.partner, world.right);
            let mut rest = at.legal;
            let mut finished = true.runtime();
            while rest != 0u32 {
                let strength = rest.trailing_zeros();
                rest &= rest - 1u32;
                let value = E::value(&at, strengths, strength, evaluator);
                if value == comptime!(UNFINISHED) {
                    finished = false.runtime();
                }
                let slot = at.slot(strengths, strength);
                unit.add(&cube, slot, value, 1u32.runtime(), least, what);
            }
            if (rest == 0u32) & finished {
                valued += 1u32;
            }
        } else {
            // Missing, and counted as that.
            unfound += 1u32;
            valued += 1u32;
        }
        i += comptime!(adders(UNITS));
    }
    for slot in 0u32..7u32 {
        cube.merge_slot(&unit, slot, group, what);
    }
    cube.count(from, n, what);
    sync_cube();
    let mut written = true.runtime();
    let decision = unseen.ply * stride + g;
    if (CUBE_POS as u32) < n_games {
        written = cube.write(estimates, histograms, g, decision, UNITS, what, merge);
    }
    if sampled > 0u32 {
        tally[comptime!(status::SAMPLED)].fetch_add(sampled);
    }
    if written & (valued > 0u32) {
        tally[comptime!(status::VALUED)].fetch_add(7u32 * valued);
        tally[comptime!(status::REDUCED)].fetch_add(7u32 * valued);
    }
    add_wide(tally, wanted, status::WANTED);
    add_wide(tally, tries, status::TRIES);
    if unfound > 0u32 {
        add_wide(tally, unfound, status::MISSING);
        tally[comptime!(status::FIRST)].fetch_max(!decision);
    }
}
