//! Rounds of worlds on devices: the integers of the host face.

#![allow(missing_docs)]
#![allow(clippy::collapsible_if)]

use super::{
    Adaptive,
    adaptive::{LEAST_SHARE, Limits},
};
use boneyard_device::DevicePlanner;
use boneyard_device::kernels::plan::PlannerKernel;
use boneyard_device::kernels::sight::{Sight, SlotEstimates};
use boneyard_device::kernels::spread::UNTOLD;
use cubecl::prelude::*;

/// The device face of [`Adaptive`].
pub struct AdaptiveKernel;

/// A legal slot is no hindrance to stopping.
#[cube]
fn is_settled(estimates: &SlotEstimates, best: u32, slot: u32, #[comptime] limits: Limits) -> bool {
    // In units of 2⁻²⁴ of the sums' unit.
    let scale = (estimates.worlds as u64) * (estimates.unit as u64);
    let mut settled = false.runtime();
    if comptime!(limits.error > 0) {
        let mut error = estimates.spread.sum_error(slot);
        if estimates.contract {
            error = estimates.spread.made_error(slot);
        }
        // What does not fit in 64 bits is not small.
        if error < (comptime!(1u64 << 46).runtime()) {
            settled = (error << 8u64) <= comptime!(limits.error as u64).runtime() * scale;
        }
    } else {
        let mut error = estimates.spread.sum_difference_error(best, slot);
        let mut behind = (estimates.sum[best as usize] - estimates.sum[slot as usize]) as u32;
        if estimates.contract {
            error = estimates.spread.made_difference_error(best, slot);
            behind = estimates.made[best as usize] - estimates.made[slot as usize];
        }
        if slot == best {
            settled = true.runtime();
        } else {
            if error != UNTOLD {
                let apart = (behind as u64) << 24u64;
                let doubt = error * comptime!(limits.t as u64).runtime();
                settled = (behind > 0u32) & (apart >= doubt);
                if (behind == 0u32) & (estimates.looked_at >= comptime!(limits.equals).runtime()) {
                    let mut equal = estimates.spread.sums_are_equal(best, slot);
                    if estimates.contract {
                        equal = estimates.spread.made_are_equal(best, slot);
                    }
                    settled |= equal;
                }
                if comptime!(limits.zone > 0) {
                    let zone = comptime!(limits.zone as u64).runtime() * scale;
                    // Rounded up, and then compared: the same, as the right side is a multiple of 2⁸.
                    if ((apart + doubt + 255u64) >> 8u64) <= zone {
                        settled = true.runtime();
                    }
                }
            }
        }
    }
    settled
}

/// How many more worlds to look at, where errors are not small enough.
#[cube]
fn short_of(estimates: &SlotEstimates, #[comptime] limits: Limits) -> u32 {
    let mut largest = 0u64.runtime();
    for slot in 0u32..7u32 {
        if (estimates.legal >> slot) & 1u32 == 1u32 {
            let mut error = estimates.spread.sum_error(slot);
            if estimates.contract {
                error = estimates.spread.made_error(slot);
            }
            if error > largest {
                largest = error;
            }
        }
    }
    let mut more = estimates.looked_at;
    if largest < (comptime!(1u64 << 46).runtime()) {
        let scale = (estimates.worlds as u64) * (estimates.unit as u64);
        let mut limit = (comptime!(limits.error as u64).runtime() * scale) >> 8u64;
        if limit == 0u64 {
            limit = 1u64.runtime();
        }
        let mut ratio = (largest << 10u64) / limit;
        if ratio > 2048u64 {
            ratio = 2048u64.runtime();
        }
        let mut needed = 3u64 * ratio * ratio / 4u64;
        let fewest = comptime!((1u64 << 20) + (1u64 << 20) / LEAST_SHARE as u64).runtime();
        if needed < fewest {
            needed = fewest;
        }
        if needed > (comptime!(2u64 << 20).runtime()) {
            needed = comptime!(2u64 << 20).runtime();
        }
        more = (((estimates.looked_at as u64) * (needed - comptime!(1u64 << 20).runtime())) >> 20u64) as u32;
    }
    more
}

#[cube]
impl PlannerKernel for AdaptiveKernel {
    type Config = Limits;

    fn more(sight: &Sight, estimates: &SlotEstimates, #[comptime] limits: Limits) -> u32 {
        let mut more = comptime!(limits.least).runtime();
        if sight.enumerates {
            more = u32::MAX.runtime();
        } else {
            if estimates.looked_at > 0u32 {
                let mut best = 8u32.runtime();
                for slot in 0u32..7u32 {
                    if (estimates.legal >> slot) & 1u32 == 1u32 {
                        let mut better = best == 8u32;
                        if !better {
                            if estimates.contract {
                                better = estimates.made[slot as usize] > estimates.made[best as usize];
                            } else {
                                better = estimates.sum[slot as usize] > estimates.sum[best as usize];
                            }
                        }
                        if better {
                            best = slot;
                        }
                    }
                }
                let mut enough = true.runtime();
                for slot in 0u32..7u32 {
                    if (estimates.legal >> slot) & 1u32 == 1u32 {
                        if !is_settled(estimates, best, slot, limits) {
                            enough = false.runtime();
                        }
                    }
                }
                more = estimates.looked_at;
                if comptime!(limits.error > 0) {
                    more = short_of(estimates, limits);
                }
                if enough {
                    more = 0u32.runtime();
                }
            }
        }
        more
    }
}

impl DevicePlanner for Adaptive {
    type Kernel = AdaptiveKernel;

    fn blueprint(&self) -> Limits {
        self.limits()
    }

    fn looks_at_errors(&self) -> bool {
        true
    }
}
