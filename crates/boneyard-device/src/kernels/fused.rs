//! Sampling, evaluating and adding up in one: worlds and values stay in registers, sums in shared memory.

use crate::kernels::{
    count::add_wide,
    evaluate::{EvaluatorKernel, UNFINISHED},
    position::position_in,
    reduce::{add_slot, clear_sums, write_sums},
    sample::{SamplerKernel, Unseen, world_of},
};
use crate::layout::{HISTOGRAM, estimate, seen, status};
use cubecl::prelude::*;

/// Units of a cube of `fused_kernel`.
pub const UNITS: u32 = 128;

/// One cube a game of the chunk: draws or enumerates its worlds, values the legal moves in each, and writes the
/// sums; the same as `sample_kernel`, `evaluate_kernel` and `reduce_kernel` one after the other. `histograms` has a
/// row for each of `stride` games and each ply. Only successes are added up if values are answers about the `contract`.
#[cube(launch_unchecked)]
pub fn fused_kernel<S: SamplerKernel, E: EvaluatorKernel>(
    observations: &Array<u32>,
    tables: &Array<u32>,
    orders: &Array<u32>,
    estimates: &mut Array<u32>,
    histograms: &mut Array<u32>,
    tally: &mut Array<Atomic<u32>>,
    first: u32,
    n_games: u32,
    stride: u32,
    #[comptime] sampler: S::Config,
    #[comptime] evaluator: E::Config,
    #[comptime] histogram: bool,
    #[comptime] contract: bool,
) {
    let sums = SharedMemory::<Atomic<u32>>::new(comptime!(estimate::ROW));
    let bins = SharedMemory::<Atomic<u32>>::new(comptime!(if histogram { HISTOGRAM } else { 1 }));
    let k = u32::min(CUBE_POS as u32, n_games - 1u32);
    let g = first + k;
    let row = g as usize * comptime!(seen::ROW);
    let enumerate = observations[row + comptime!(seen::PLAN)] == 1u32;
    let mut needed = observations[row + comptime!(seen::NEEDED)] as i32;
    if comptime!(contract) {
        needed = 1i32.runtime();
    }
    let mut items = observations[row + comptime!(seen::ITEMS)];
    if CUBE_POS as u32 >= n_games {
        items = 0u32.runtime();
    }
    let mut unseen = Unseen::of(observations, g, items);
    clear_sums(&sums, &bins, UNITS, histogram);
    if items > 0u32 {
        unseen.load_completions(tables, g, UNITS);
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
    let mut sum = Array::<i32>::new(7usize);
    let mut squares = Array::<u32>::new(7usize);
    let mut made = Array::<u32>::new(7usize);
    for slot in 0usize..7usize {
        sum[slot] = 0i32.runtime();
        squares[slot] = 0u32.runtime();
        made[slot] = 0u32.runtime();
    }
    let mut i = UNIT_POS;
    while i < items {
        let world = world_of::<S>(&unseen, i, enumerate, sampler);
        if !enumerate {
            wanted += 1u32;
            tries += world.tries;
        }
        if world.tries > 0u32 {
            sampled += 1u32;
        }
        if unseen.admits(&world) {
            let at = position_in(observations, orders, g, world.left, world.partner, world.right);
            let mut rest = at.legal;
            let mut finished = true.runtime();
            while rest != 0u32 {
                let place = rest.trailing_zeros();
                rest &= rest - 1u32;
                let value = E::value(&at, orders, place, evaluator);
                if value == comptime!(UNFINISHED) {
                    finished = false.runtime();
                }
                let slot = at.slot(orders, place);
                if comptime!(!contract) {
                    sum[slot as usize] += value;
                    squares[slot as usize] += (value * value) as u32;
                }
                if value >= needed {
                    made[slot as usize] += 1u32;
                }
                if comptime!(histogram) {
                    let points = i32::max(i32::min(value, 42i32), -42i32);
                    bins[(slot * 85u32 + (points + 42i32) as u32) as usize].fetch_add(1u32);
                }
            }
            if (rest == 0u32) & finished {
                valued += 1u32;
            }
        } else {
            // Missing, and counted as that.
            unfound += 1u32;
            valued += 1u32;
        }
        i += comptime!(UNITS);
    }
    for slot in 0usize..7usize {
        add_slot(&sums, slot as u32, sum[slot], squares[slot], 0u32.runtime(), made[slot]);
    }
    if UNIT_POS == 0u32 {
        sums[comptime!(estimate::WORLDS)].store(items);
    }
    sync_cube();
    let mut written = true.runtime();
    let decision = unseen.ply * stride + g;
    if (CUBE_POS as u32) < n_games {
        written = write_sums(&sums, &bins, estimates, histograms, g, decision, UNITS, histogram);
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
