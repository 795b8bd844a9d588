//! How far sums may be off: `boneyard_core::Spread`, to the bit.

use crate::kernels::sight::scaled;
use crate::layout::estimate;
use boneyard_core::{Design, GROUPS};
use cubecl::prelude::*;

/// Stands for an error that cannot be told.
pub const UNTOLD: u64 = u64::MAX;

/// Stands for the factor of such errors.
const UNKNOWN: u32 = boneyard_core::Spread::UNKNOWN;

/// What the groups of a decision's worlds say of its sums.
#[derive(CubeType)]
pub struct Spread {
    factor: u32,
    /// Of sliced draws how many groups have a world, the first ones; else 0.
    neighbours: u32,
    /// `[12, 7]`, or one word if errors are not looked at; in units of 2^−`sum_bits`.
    sum: Array<i32>,
    sum_bits: u32,
    made: Array<i32>,
    made_bits: u32,
}

/// √`square`, rounded down.
#[cube]
fn whole_root(square: u64) -> u64 {
    let mut rest = square;
    let mut root = 0u64.runtime();
    let mut bit = 1u64.runtime() << 62u64;
    for _ in 0u32..32u32 {
        let next = root + bit;
        root >>= 1u64;
        if rest >= next {
            rest -= next;
            root += bit;
        }
        bit >>= 2u64;
    }
    root
}

/// ⌊`sum` · `weight` · 2^`bits` / `worlds`⌋.
#[cube]
fn share(sum: i32, weight: u32, worlds: u32, bits: u32) -> i32 {
    let negative = sum < 0i32;
    let mut size = sum as u32;
    if negative {
        size = 0u32 - size;
    }
    let mut product = ((size as u64) * (weight as u64)) << (bits as u64);
    if negative {
        product += (worlds as u64) - 1u64;
    }
    let quotient = (product / (worlds as u64)) as i32;
    select(negative, 0i32 - quotient, quotient)
}

#[cube]
fn square(value: i32) -> u64 {
    let size = select(value < 0i32, 0i32 - value, value) as u32;
    (size as u64) * (size as u64)
}

#[cube]
impl Spread {
    /// Of nothing: its errors are not to be looked at.
    pub fn none() -> Spread {
        Spread {
            factor: UNKNOWN.runtime(),
            neighbours: 0u32.runtime(),
            sum: Array::<i32>::new(1usize),
            sum_bits: 0u32.runtime(),
            made: Array::<i32>::new(1usize),
            made_bits: 0u32.runtime(),
        }
    }

    /// Of a game with these sums over `worlds` of `total` worlds, drawn as `design` says (the number of `boneyard_core::Design`);
    /// `unit` units make a point.
    pub fn of(
        estimates: &Array<u32>,
        g: usize,
        sums: &Array<i32>,
        successes: &Array<u32>,
        worlds: u32,
        unit: u32,
        total: u32,
        design: u32,
        #[comptime] weighed: bool,
    ) -> Spread {
        let from = g * comptime!(estimate::ROW);
        let looked_at = estimates[from + comptime!(estimate::WORLDS)];
        let weight = estimates[from + comptime!(estimate::WEIGHT)];
        let mut sum = Array::<i32>::new(comptime!(7 * GROUPS));
        let mut made = Array::<i32>::new(comptime!(7 * GROUPS));
        let some = u32::max(worlds, 1u32);
        // Both below 2²⁵.
        let sum_bits =
            select(worlds * unit < comptime!(1u32 << 18).runtime(), 6u32.runtime(), 0u32.runtime());
        let made_bits = select(worlds < comptime!(1u32 << 18).runtime(), 6u32.runtime(), 0u32.runtime());
        let mut groups = 0u32.runtime();
        for group in 0u32..comptime!(GROUPS as u32) {
            let mut of_group = estimates[from + comptime!(estimate::GROUP_WEIGHT) + group as usize];
            if of_group > 0u32 {
                groups += 1u32;
            }
            let full = weight == looked_at << 16u32;
            let is_scaled = (weight != looked_at) & (weight != 0u32);
            if comptime!(weighed) {
                if is_scaled {
                    if full {
                        of_group >>= 16u32;
                    } else {
                        of_group = scaled(of_group, 0u32.runtime(), weight) as u32;
                    }
                }
            }
            for slot in 0u32..7u32 {
                let at = (7u32 * group + slot) as usize;
                let low = estimates[from + comptime!(estimate::GROUP_SUM) + at];
                let count = estimates[from + comptime!(estimate::GROUP_MADE) + at];
                let mut there = low as i32;
                let mut there_made = count as i32;
                if comptime!(weighed) {
                    if is_scaled {
                        let high = estimates[from + comptime!(estimate::GROUP_SUM_HIGH) + at];
                        if full {
                            there = ((low >> 16u32) | (high << 16u32)) as i32;
                            there_made = (count >> 16u32) as i32;
                        } else {
                            there = scaled(low, high, weight);
                            there_made = scaled(count, 0u32.runtime(), weight);
                        }
                    }
                }
                sum[at] = (there << (sum_bits as i32)) - share(sums[slot as usize], of_group, some, sum_bits);
                made[at] = (there_made << (made_bits as i32))
                    - share(successes[slot as usize] as i32, of_group, some, made_bits);
            }
        }
        let sliced = design == comptime!(Design::Sliced as u32);
        let mut factor = UNKNOWN.runtime();
        if (looked_at > 0u32) & (looked_at >= total) {
            factor = 0u32.runtime();
        } else {
            if groups >= 2u32 {
                let mut left = 1u64.runtime() << 32u64;
                if design != comptime!(Design::Independent as u32) {
                    left = (((total - looked_at) as u64) << 32u64) / (total as u64);
                }
                let mut share = left * (groups as u64) / ((groups - 1u32) as u64);
                if sliced {
                    share >>= 1u64;
                }
                factor = whole_root(share) as u32;
            }
        }
        let some_groups = u32::min(looked_at, comptime!(GROUPS as u32).runtime());
        let neighbours = select(sliced, some_groups, 0u32.runtime());
        Spread { factor, neighbours, sum, sum_bits, made, made_bits }
    }

    /// Of squares over groups.
    fn error(&self, squares: u64, bits: u32) -> u64 {
        let mut error = UNTOLD.runtime();
        if self.factor != UNKNOWN {
            let mut root = 0u64.runtime();
            if squares < comptime!(1u64 << 48).runtime() {
                root = whole_root(squares << 16u64);
            } else {
                root = whole_root(squares) << 8u64;
            }
            error = (root * (self.factor as u64)) >> ((16u32 + bits) as u64);
        }
        error
    }

    /// The group before one; the first has none, and is not counted.
    fn beside(&self, group: u32) -> u32 {
        u32::max(group, 1u32) - 1u32
    }

    /// Standard error of a slot's sum of values, in units of 1/256; [`UNTOLD`] if it cannot be told.
    pub fn sum_error(&self, slot: u32) -> u64 {
        let mut squares = 0u64.runtime();
        for group in 0u32..comptime!(GROUPS as u32) {
            let mut apart = self.sum[(7u32 * group + slot) as usize];
            if self.neighbours > 0u32 {
                apart -= self.sum[(7u32 * self.beside(group) + slot) as usize];
            }
            squares += self.counted(group, apart);
        }
        self.error(squares, self.sum_bits)
    }

    /// Standard error of the difference between two slots' sums of values.
    pub fn sum_difference_error(&self, one: u32, other: u32) -> u64 {
        let mut squares = 0u64.runtime();
        for group in 0u32..comptime!(GROUPS as u32) {
            let at = 7u32 * group;
            let mut apart = self.sum[(at + one) as usize] - self.sum[(at + other) as usize];
            if self.neighbours > 0u32 {
                let beside = 7u32 * self.beside(group);
                apart -= self.sum[(beside + one) as usize] - self.sum[(beside + other) as usize];
            }
            squares += self.counted(group, apart);
        }
        self.error(squares, self.sum_bits)
    }

    /// Standard error of a slot's number of successes.
    pub fn made_error(&self, slot: u32) -> u64 {
        let mut squares = 0u64.runtime();
        for group in 0u32..comptime!(GROUPS as u32) {
            let mut apart = self.made[(7u32 * group + slot) as usize];
            if self.neighbours > 0u32 {
                apart -= self.made[(7u32 * self.beside(group) + slot) as usize];
            }
            squares += self.counted(group, apart);
        }
        self.error(squares, self.made_bits)
    }

    /// Standard error of the difference between two slots' numbers of successes.
    pub fn made_difference_error(&self, one: u32, other: u32) -> u64 {
        let mut squares = 0u64.runtime();
        for group in 0u32..comptime!(GROUPS as u32) {
            let at = 7u32 * group;
            let mut apart = self.made[(at + one) as usize] - self.made[(at + other) as usize];
            if self.neighbours > 0u32 {
                let beside = 7u32 * self.beside(group);
                apart -= self.made[(beside + one) as usize] - self.made[(beside + other) as usize];
            }
            squares += self.counted(group, apart);
        }
        self.error(squares, self.made_bits)
    }

    /// The square of what a group is apart; of neighbours that are compared, nothing of the first and beyond the last.
    fn counted(&self, group: u32, apart: i32) -> u64 {
        let alone = (group == 0u32) | (group >= self.neighbours);
        select((self.neighbours > 0u32) & alone, 0u64.runtime(), square(apart))
    }
}
