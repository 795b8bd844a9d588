//! The policies on devices: one kernel, specialised by the terms of a mixture.

#![allow(missing_docs)]
#![allow(clippy::collapsible_if, clippy::collapsible_else_if)]

use super::fixed::weight;
use super::{Greedy, Mixture, MixtureBlueprint, Softmax};
use boneyard_core::Mode;
use boneyard_device::DevicePolicy;
use boneyard_device::kernels::choose::{Draws, PolicyKernel, choice, greedy_slot, pick_slot};
use boneyard_device::kernels::sight::{Sight, SlotEstimates};
use cubecl::prelude::*;

/// The device face of [`Mixture`], [`Softmax`] and [`Greedy`]: the same words of [`Draws`], the same integers.
pub struct MixtureKernel;

/// True for words below a threshold that may be 2³².
#[cube]
fn hits(word: u32, #[comptime] threshold: u64) -> bool {
    let mut hit = true.runtime();
    if comptime!(threshold < 1 << 32) {
        hit = word < comptime!(threshold as u32);
    }
    hit
}

/// The slots that a blunder may take.
#[cube]
fn blunders(estimates: &SlotEstimates, greedy: u32, #[comptime] most: u64) -> u32 {
    let best = estimates.sum[greedy_slot(estimates, false) as usize];
    // Below 2⁴⁰ times at most 2²³: what a blunder may cost is bounded.
    let bound = (estimates.worlds as u64) * (estimates.unit as u64) * most.runtime();
    let mut slots = 0u32.runtime();
    for slot in 0u32..7u32 {
        if (estimates.legal >> slot) & 1u32 == 1u32 {
            if slot != greedy {
                let regret = (best - estimates.sum[slot as usize]) as u32;
                if regret > 0u32 {
                    if ((regret as u64) << 16u64) <= bound {
                        slots |= 1u32 << slot;
                    }
                }
            }
        }
    }
    slots
}

/// The slot that softmax draws with a random word.
#[cube]
fn softmax(
    estimates: &SlotEstimates,
    greedy: u32,
    word: u32,
    #[comptime] make: bool,
    #[comptime] slope: u32,
) -> u32 {
    let scale = (u32::max(estimates.worlds, 1u32) as u64) * (estimates.unit as u64);
    let mut weights = Array::<u32>::new(7usize);
    let mut total = 0u32.runtime();
    for slot in 0u32..7u32 {
        let at = slot as usize;
        let mut here = 0u32.runtime();
        if (estimates.legal >> slot) & 1u32 == 1u32 {
            let mut below = (estimates.sum[greedy as usize] - estimates.sum[at]) as u32;
            if comptime!(make) {
                below = estimates.made[greedy as usize] - estimates.made[at];
            }
            if comptime!(make) {
                // Counts of worlds have no unit.
                below *= estimates.unit;
            }
            // Below 2³² times at most 2³⁰.
            here = weight((below as u64) * (slope.runtime() as u64) / scale);
        }
        weights[at] = here;
        total += here;
    }
    let r = u32::mul_hi(word, total);
    let mut up_to = 0u32.runtime();
    let mut result = greedy;
    let mut looking = true.runtime();
    for slot in 0u32..7u32 {
        up_to += weights[slot as usize];
        if looking & (r < up_to) {
            result = slot;
            looking = false.runtime();
        }
    }
    result
}

#[cube]
impl PolicyKernel for MixtureKernel {
    type Config = MixtureBlueprint;

    fn choose(
        _sight: &Sight,
        estimates: &SlotEstimates,
        draws: &Draws,
        #[comptime] config: MixtureBlueprint,
    ) -> u32 {
        let greedy = greedy_slot(estimates, config.make);
        let mut result = choice(greedy, greedy, Mode::Greedy);
        // The first term that applies wins, so the last one is looked at first.
        if comptime!(config.slope.is_some()) {
            let slope = comptime!(config.slope.unwrap_or(0));
            let slot = softmax(estimates, greedy, draws.softmax, config.make, slope);
            result = choice(slot, greedy, config.softmax_mode);
        }
        if comptime!(config.epsilon.is_some()) {
            if hits(draws.epsilon, comptime!(config.epsilon.unwrap_or(0))) {
                let slot = pick_slot(estimates.legal, draws.epsilon_pick);
                result = choice(slot, greedy, Mode::Epsilon);
            }
        }
        if comptime!(config.blunder.is_some()) {
            if hits(draws.blunder, comptime!(config.blunder.unwrap_or((0, 0)).0)) {
                let slots = blunders(estimates, greedy, comptime!(config.blunder.unwrap_or((0, 0)).1));
                if slots != 0u32 {
                    let slot = pick_slot(slots, draws.blunder_pick);
                    result = choice(slot, greedy, Mode::Blunder);
                }
            }
        }
        result
    }
}

impl DevicePolicy for Greedy {
    type Kernel = MixtureKernel;

    fn blueprint(&self) -> MixtureBlueprint {
        MixtureBlueprint::greedy(self.objective)
    }
}

impl DevicePolicy for Softmax {
    type Kernel = MixtureKernel;

    fn blueprint(&self) -> MixtureBlueprint {
        self.terms()
    }
}

impl DevicePolicy for Mixture {
    type Kernel = MixtureKernel;

    fn blueprint(&self) -> MixtureBlueprint {
        self.terms()
    }
}
