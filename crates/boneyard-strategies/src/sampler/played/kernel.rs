//! How likely plays were, on the device, to the bit: numbers of 64 bits in two words.

#![allow(missing_docs)]
// Kernels neither short-circuit nor return early.
#![allow(clippy::collapsible_if, clippy::too_many_arguments)]

use super::mixed::STEPS as MIXTURES;
use super::{MOST, STEPS};
use boneyard_core::ONE;
use boneyard_device::kernels::logarithm::log2;
use boneyard_device::kernels::values::{is_value, signed, slot_bits};
use boneyard_device::layout::{LIKELIHOOD, past, seen, status};
use cubecl::prelude::*;

/// Units of a cube of the kernels of this file.
pub const UNITS: u32 = 128;

/// Words of how likely a world's plays were, in units of 2⁻³²: the low one, and the high one.
pub const LIKELY: usize = 2;

/// No step of a mixture has been taken yet.
const STILL_OPEN: u32 = 99;

/// Of a product, what is left without its 16 low bits; it must fit.
#[cube]
fn product(a: u32, b: u32) -> u32 {
    (u32::mul_hi(a, b) << 16u32) | ((a * b) >> 16u32)
}

/// `a` · 2¹⁶ / `b`, for both below 2²³ and `a` at most seven times `b`.
#[cube]
fn quotient(a: u32, b: u32) -> u32 {
    let high = (a << 8u32) / b;
    let rest = (a << 8u32) % b;
    (high << 8u32) | ((rest << 8u32) / b)
}

/// One unit a world: its plays were as likely as any.
#[cube(launch_unchecked)]
pub fn unlikely_kernel(likely: &mut Array<u32>, n: u32) {
    if ABSOLUTE_POS < n as usize {
        likely[ABSOLUTE_POS * comptime!(LIKELY)] = 0u32.runtime();
        likely[ABSOLUTE_POS * comptime!(LIKELY) + 1usize] = 1u32.runtime();
    }
}

/// One unit a decision that was made: how likely its world is goes up or down by how likely the play was there.
#[cube(launch_unchecked)]
pub fn likely_kernel(
    observations: &Array<u32>,
    values: &Array<u32>,
    of: &Array<u32>,
    listed: &Array<u32>,
    odds: &Array<u32>,
    likely: &mut Array<u32>,
    tally: &mut Array<Atomic<u32>>,
    unit: u32,
    beta: u32,
) {
    if ABSOLUTE_POS < listed[1usize] as usize {
        let at = ABSOLUTE_POS as u32;
        let slots = observations[ABSOLUTE_POS * comptime!(seen::ROW) + comptime!(seen::SLOTS)];
        let mut best = comptime!(-32_768i32).runtime();
        for slot in 0u32..7u32 {
            let bits = slot_bits(values, at, slot);
            if is_value(bits) {
                best = i32::max(best, signed(bits));
            } else {
                if (slots >> slot) & 1u32 == 1u32 {
                    tally[comptime!(status::CUT_VALUES)].fetch_max(1u32);
                }
            }
        }
        let played = of[ABSOLUTE_POS * comptime!(past::OF) + 1usize];
        let mut n = 0u32.runtime();
        let mut sum = 0u32.runtime();
        let mut of_played = 0u32.runtime();
        for slot in 0u32..7u32 {
            let bits = slot_bits(values, at, slot);
            if is_value(bits) {
                let away = comptime!(2 * STEPS as u32) * (best - signed(bits)) as u32;
                let entry = u32::min((away + unit) / (2u32 * unit), odds.len() as u32 - 1u32);
                let of_slot = odds[entry as usize];
                n += 1u32;
                sum += of_slot;
                if slot == played {
                    of_played = of_slot;
                }
            }
        }
        // Without a value at all, which has been counted, there is nothing to divide by.
        if sum > 0u32 {
            let alike = product(comptime!(ONE) - beta, quotient(n * of_played, sum));
            let ratio = alike + beta;
            let world = of[ABSOLUTE_POS * comptime!(past::OF)] as usize * comptime!(LIKELY);
            let (low, high) = (likely[world], likely[world + 1usize]);
            let of_high = high * ratio;
            let of_low = product(low, ratio);
            let sum_low = of_low + (of_high << 16u32);
            let mut sum_high = (of_high >> 16u32) + (u32::mul_hi(low, ratio) >> 16u32);
            if sum_low < of_low {
                sum_high += 1u32;
            }
            let mut least = sum_low;
            if (sum_low == 0u32) & (sum_high == 0u32) {
                least = 1u32.runtime();
            }
            if sum_high >= comptime!(MOST as u32) {
                least = 0u32.runtime();
                sum_high = comptime!(MOST as u32).runtime();
            }
            likely[world] = least;
            likely[world + 1usize] = sum_high;
        }
    }
}

/// One unit a world: its weight as it was drawn, times how likely its plays were.
#[cube(launch_unchecked)]
pub fn weights_kernel(
    starts: &Array<u32>,
    likely: &Array<u32>,
    drawn: &Array<u32>,
    weights: &mut Array<u32>,
    n_games: u32,
) {
    if ABSOLUTE_POS < starts[n_games as usize] as usize {
        let (low, high) =
            (likely[ABSOLUTE_POS * comptime!(LIKELY)], likely[ABSOLUTE_POS * comptime!(LIKELY) + 1usize]);
        let bits = comptime!(MOST.ilog2());
        let weight = u32::max((high << (16u32 - bits)) | (low >> (16u32 + bits)), 1u32);
        weights[ABSOLUTE_POS] = u32::max(product(drawn[ABSOLUTE_POS], weight), 1u32);
    }
}

/// A weight mixed by so many sixteenths with the one that was drawn, of which plays make `factor` / [`ONE`] on average.
#[cube]
fn mixture(weight: u32, drawn: u32, factor: u32, step: u32) -> u32 {
    let part = product(drawn, factor);
    let mut mixed = u32::max(((16u32 - step) * weight + step * part) >> 4u32, 1u32);
    if step == 0u32 {
        mixed = weight;
    }
    if step == 16u32 {
        mixed = drawn;
    }
    mixed
}

/// As on the host: whether (Σw)² / Σw² is at least `least` / [`ONE`] of `n`.
#[cube]
fn is_enough(total: u64, squares: u64, n: u32, least: u32) -> bool {
    let one = total * total;
    let all = (n as u64) * squares;
    let mut shift = 0u64.runtime();
    while (all >> shift) >= comptime!(1u64 << 46).runtime() {
        shift += 1u64;
    }
    (one >> shift) << 16u64 >= (least as u64) * (all >> shift)
}

/// Two numbers of 64 bits of each unit of a cube, added up; only unit 0 has them. To be called by all units.
#[cube]
fn added_up(words: &mut SharedMemory<u32>, one: u64, other: u64) -> (u64, u64) {
    sync_cube();
    let at = 4usize * UNIT_POS as usize;
    words[at] = one as u32;
    words[at + 1usize] = (one >> 32u64) as u32;
    words[at + 2usize] = other as u32;
    words[at + 3usize] = (other >> 32u64) as u32;
    sync_cube();
    let mut first = 0u64.runtime();
    let mut second = 0u64.runtime();
    if UNIT_POS == 0u32 {
        for unit in 0usize..comptime!(UNITS as usize) {
            first += ((words[4usize * unit + 1usize] as u64) << 32u64) | (words[4usize * unit] as u64);
            second +=
                ((words[4usize * unit + 3usize] as u64) << 32u64) | (words[4usize * unit + 2usize] as u64);
        }
    }
    (first, second)
}

/// One cube a game: adds up how likely plays were in its worlds, and mixes their weights with those that were drawn, so that their
/// effective sample size is `least` / [`ONE`] of their number; not at all if that is 0.
#[cube(launch_unchecked)]
pub fn likelihood_kernel(
    starts: &Array<u32>,
    likely: &Array<u32>,
    drawn: &Array<u32>,
    weights: &mut Array<u32>,
    likelihoods: &mut Array<u32>,
    n_games: u32,
    least: u32,
    #[comptime] mixes: bool,
) {
    let mut words = SharedMemory::<u32>::new(comptime!(4 * UNITS as usize));
    // What unit 0 decides for all: the factor of the mixture, and the step.
    let mut decided = SharedMemory::<u32>::new(2usize);
    let k = u32::min(CUBE_POS as u32, n_games - 1u32) as usize;
    let begin = starts[k];
    let mut end = starts[k + 1usize];
    if CUBE_POS as u32 >= n_games {
        end = begin;
    }
    let mut against = 0u64.runtime();
    let mut logs = 0u64.runtime();
    let mut world = begin + UNIT_POS;
    while world < end {
        let at = world as usize * comptime!(LIKELY);
        if likely[at + 1usize] == 0u32 {
            against += 1u64;
        }
        logs += log2(likely[at], likely[at + 1usize]) as u64;
        world += comptime!(UNITS);
    }
    let (against, logs) = added_up(&mut words, against, logs);
    if UNIT_POS == 0u32 {
        decided[1usize] = 0u32.runtime();
    }
    if comptime!(mixes) {
        let mut all = 0u64.runtime();
        let mut all_drawn = 0u64.runtime();
        let mut world = begin + UNIT_POS;
        while world < end {
            all += weights[world as usize] as u64;
            all_drawn += drawn[world as usize] as u64;
            world += comptime!(UNITS);
        }
        let (all, all_drawn) = added_up(&mut words, all, all_drawn);
        if UNIT_POS == 0u32 {
            let some = u64::max(all_drawn, 1u64);
            decided[0usize] = u64::min((all << 16u64) / some, comptime!(ONE as u64).runtime()) as u32;
            decided[1usize] = comptime!(STILL_OPEN).runtime();
        }
        sync_cube();
        let factor = decided[0usize];
        #[unroll]
        for nth in 0..comptime!(MIXTURES.len()) {
            let step = comptime!(MIXTURES[nth]).runtime();
            let mut total = 0u64.runtime();
            let mut squares = 0u64.runtime();
            let mut world = begin + UNIT_POS;
            while world < end {
                let mixed = mixture(weights[world as usize], drawn[world as usize], factor, step) as u64;
                total += mixed;
                squares += mixed * mixed;
                world += comptime!(UNITS);
            }
            let (total, squares) = added_up(&mut words, total, squares);
            if UNIT_POS == 0u32 {
                let enough = is_enough(total, squares, end - begin, least) | (step == 16u32);
                if enough & (decided[1usize] == comptime!(STILL_OPEN)) {
                    decided[1usize] = step;
                }
            }
        }
        sync_cube();
        let step = decided[1usize];
        let mut world = begin + UNIT_POS;
        while world < end {
            weights[world as usize] = mixture(weights[world as usize], drawn[world as usize], factor, step);
            world += comptime!(UNITS);
        }
    }
    if (UNIT_POS == 0u32) & ((CUBE_POS as u32) < n_games) {
        let at = k * comptime!(LIKELIHOOD);
        likelihoods[at] = end - begin;
        likelihoods[at + 1usize] = against as u32;
        likelihoods[at + 2usize] = logs as u32;
        likelihoods[at + 3usize] = (logs >> 32u64) as u32;
        likelihoods[at + 4usize] = select(end > begin, decided[1usize], 0u32.runtime());
    }
}
