//! Draws of indices on the device: the formulas of [`draw`](super::draw), to the bit.

#![allow(missing_docs)]
#![allow(clippy::collapsible_if, clippy::collapsible_else_if)]

use super::{Draw, Unrank, draw::ROUNDS};
use boneyard_device::DeviceSampler;
use boneyard_device::kernels::sample::{SamplerKernel, Unseen, World};
use cubecl::prelude::*;

/// The device face of [`Unrank`].
pub struct UnrankKernel;

/// Most numbers tried on either side of W / φ; for every W there is one that is coprime within a few dozen.
const MOST_STEPS: u32 = 1024;
/// Most applications of the permutation to one index; each leads back into `0..W` with a chance above 1/4.
const MOST_WALKS: u32 = 4096;

#[cube]
fn gcd(first: u32, second: u32) -> u32 {
    let mut a = first;
    let mut b = second;
    while b != 0u32 {
        let rest = a % b;
        a = b;
        b = rest;
    }
    a
}

#[cube]
fn golden_step(count: u32) -> u32 {
    let centre = u32::mul_hi(count, 2_654_435_769u32);
    let mut step = 0u32.runtime();
    let mut distance = 0u32.runtime();
    let mut searching = true.runtime();
    while searching & (distance < MOST_STEPS) {
        let above = centre + distance;
        let below = centre - u32::min(distance, centre);
        if gcd(above, count) == 1u32 {
            step = above;
            searching = false.runtime();
        } else {
            if gcd(below, count) == 1u32 {
                step = below;
                searching = false.runtime();
            }
        }
        distance += 1u32;
    }
    step
}

#[cube]
#[allow(arithmetic_overflow)]
fn mix(word: u32) -> u32 {
    let a = (word ^ (word >> 16u32)) * 0x85EB_CA6Bu32;
    let b = (a ^ (a >> 13u32)) * 0xC2B2_AE35u32;
    b ^ (b >> 16u32)
}

#[cube]
fn feistel(half_bits: u32, keys: &SharedMemory<u32>, x: u32) -> u32 {
    let mask = (1u32 << half_bits) - 1u32;
    let mut left = x >> half_bits;
    let mut right = x & mask;
    #[unroll]
    for round in 0..comptime!(ROUNDS) {
        let next = left ^ (mix(right ^ keys[round]) & mask);
        left = right;
        right = next;
    }
    (left << half_bits) | right
}

#[cube]
impl SamplerKernel for UnrankKernel {
    type Config = Draw;

    /// Affine: start and step. Distinct: the round keys.
    fn prepare(unseen: &mut Unseen, #[comptime] config: Draw) {
        let mut random = unseen.stream(0u32.runtime());
        if comptime!(matches!(config, Draw::Affine)) {
            unseen.prepared[0usize] = random.below(unseen.total);
            unseen.prepared[1usize] = golden_step(unseen.total);
        }
        if comptime!(matches!(config, Draw::Distinct)) {
            #[unroll]
            for round in 0..comptime!(ROUNDS) {
                unseen.prepared[round] = random.next_word();
            }
        }
    }

    fn world(unseen: &Unseen, i: u32, #[comptime] config: Draw) -> World {
        let count = unseen.total;
        let mut index = 0u32.runtime();
        if comptime!(matches!(config, Draw::Affine)) {
            let walked = (unseen.prepared[0usize] as u64) + (i as u64) * (unseen.prepared[1usize] as u64);
            index = (walked % (count as u64)) as u32;
        }
        if comptime!(matches!(config, Draw::Uniform)) {
            let mut random = unseen.stream(i);
            index = random.below(count);
        }
        if comptime!(matches!(config, Draw::Stratified)) {
            let mut random = unseen.stream(i);
            let placed = (i as u64) * (count as u64) + (random.below(count) as u64);
            index = (placed / (unseen.samples as u64)) as u32;
        }
        if comptime!(matches!(config, Draw::Distinct)) {
            // The smallest h with 4ʰ ≥ W.
            let half_bits = (33u32 - (count - 1u32).leading_zeros()) / 2u32;
            index = feistel(half_bits, &unseen.prepared, i % count);
            let mut walks = 0u32.runtime();
            while (index >= count) & (walks < MOST_WALKS) {
                index = feistel(half_bits, &unseen.prepared, index);
                walks += 1u32;
            }
        }
        unseen.unrank(index)
    }
}

impl DeviceSampler for Unrank {
    type Kernel = UnrankKernel;

    fn blueprint(&self) -> Draw {
        self.draw
    }
}
