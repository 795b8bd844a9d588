//! How likely plays were, on the device, to the bit: numbers of 64 bits in two words.

#![allow(missing_docs)]
// Kernels neither short-circuit nor return early.
#![allow(clippy::collapsible_if, clippy::too_many_arguments)]

use super::{MOST, STEPS};
use boneyard_core::ONE;
use boneyard_device::kernels::values::{is_value, signed, slot_bits};
use boneyard_device::layout::{past, seen, status};
use cubecl::prelude::*;

/// Units of a cube of the kernels of this file.
pub const UNITS: u32 = 128;

/// Words of how likely a world's plays were, in units of 2⁻³²: the low one, and the high one.
pub const LIKELY: usize = 2;

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

/// One unit a world: its weight, times how likely its plays were.
#[cube(launch_unchecked)]
pub fn weights_kernel(starts: &Array<u32>, likely: &Array<u32>, weights: &mut Array<u32>, n_games: u32) {
    if ABSOLUTE_POS < starts[n_games as usize] as usize {
        let (low, high) =
            (likely[ABSOLUTE_POS * comptime!(LIKELY)], likely[ABSOLUTE_POS * comptime!(LIKELY) + 1usize]);
        let bits = comptime!(MOST.ilog2());
        let weight = u32::max((high << (16u32 - bits)) | (low >> (16u32 + bits)), 1u32);
        weights[ABSOLUTE_POS] = u32::max(product(weights[ABSOLUTE_POS], weight), 1u32);
    }
}
