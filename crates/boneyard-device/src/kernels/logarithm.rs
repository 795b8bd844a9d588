//! Logarithms in fixed point: `boneyard_core::fixed::log2`, to the bit.

use cubecl::prelude::*;

/// log₂ of a number in two words in units of 2⁻²⁰, rounded down at each of its steps; 0 of 0.
#[cube]
pub fn log2(low: u32, high: u32) -> u32 {
    let mut log = 0u32.runtime();
    // From 1 to 2, in units of 2⁻³¹: the leading 32 bits.
    let mut rest = comptime!(1u32 << 31).runtime();
    if high > 0u32 {
        let skipped = high.leading_zeros();
        log = 63u32 - skipped;
        let both = ((high as u64) << 32u64) | (low as u64);
        rest = (both >> ((32u32 - skipped) as u64)) as u32;
    } else {
        if low > 0u32 {
            let skipped = low.leading_zeros();
            log = 31u32 - skipped;
            rest = low << skipped;
        }
    }
    for _ in 0u32..20u32 {
        let square = (rest as u64) * (rest as u64);
        let doubled = square >> 63u64;
        rest = (square >> (31u64 + doubled)) as u32;
        log = (log << 1u32) | (doubled as u32);
    }
    log
}
