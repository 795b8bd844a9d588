//! Powers of two in fixed point on devices, as `boneyard_core::fixed`, to the bit.

#![allow(missing_docs)]

use boneyard_core::fixed;
use cubecl::prelude::*;

/// Weight of an option that is `z` / 2^16 halvings below the best: see `boneyard_core::fixed::weight`.
#[cube]
pub fn weight(z: u64) -> u32 {
    let mut weight = 0u32.runtime();
    if z < comptime!(28u64 << 16).runtime() {
        let z = z as u32;
        weight = (1u32 << 28u32).runtime();
        #[unroll]
        for k in 0u32..16u32 {
            if (z >> comptime!(15u32 - k)) & 1u32 == 1u32 {
                weight = u32::mul_hi(weight, comptime!(fixed::FACTORS[k as usize]).runtime());
            }
        }
        weight >>= z >> 16u32;
    }
    weight
}
