//! How far sums may be off: `boneyard_core::Spread`, to the bit.

use crate::kernels::sight::scaled;
use crate::layout::{check, estimate};
use boneyard_core::{Design, GROUPS, RARE, SWING};
use cubecl::prelude::*;

/// Stands for an error that cannot be told.
pub const UNTOLD: u64 = u64::MAX;

/// Stands for the factor of such errors.
const UNKNOWN: u32 = boneyard_core::Spread::UNKNOWN;

/// What the groups of a decision's worlds say of its sums, and, where they were corrected, those of its checked worlds.
#[derive(CubeType)]
pub struct Spread {
    factor: u32,
    /// Of sliced draws how many groups have a world, the first ones; else 0.
    neighbours: u32,
    sum: Apart,
    made: Apart,
    /// There are corrections.
    #[cube(comptime)]
    corrected: bool,
    correction: Correction,
}

/// What sums over checked worlds say of how far the correction may be off.
#[derive(CubeType)]
struct Correction {
    /// 0 if all worlds were checked, or the sums are as they were.
    factor: u32,
    /// Checked worlds.
    worlds: u32,
    /// Worlds that their sums are carried over to.
    of: u32,
    sum: Apart,
    made: Apart,
}

/// By group: its sum less its share of the whole sum, in units of 2^−`bits`.
#[derive(CubeType)]
struct Apart {
    /// `[12, 7]`, or one word if errors are not looked at.
    by_group: Array<i32>,
    bits: u32,
    /// What a world that was not seen adds to the squares.
    unseen: u64,
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

/// √(m / (m − 1) · `left`) in units of 2⁻¹⁶, for m groups, or of half of it; `left` is in units of 2⁻³².
#[cube]
fn factor(left: u64, groups: u32, halved: bool) -> u32 {
    let mut factor = UNKNOWN.runtime();
    if groups >= 2u32 {
        let mut share = left * (groups as u64) / ((groups - 1u32) as u64);
        if halved {
            share >>= 1u64;
        }
        factor = whole_root(share) as u32;
    }
    factor
}

/// What is left of the variance of a mean over `worlds` of `total`, where none comes twice, in units of 2⁻³².
#[cube]
fn left(worlds: u32, total: u32) -> u64 {
    (((total - worlds) as u64) << 32u64) / (total as u64)
}

/// Two errors of which neither knows of the other, in one: √(a² + b²), of large ones without their low 16 bits.
#[cube]
fn both(a: u64, b: u64) -> u64 {
    let large = (a | b) >= comptime!(1u64 << 31).runtime();
    let bits = select(large, 16u64.runtime(), 0u64.runtime());
    let root = whole_root((a >> bits) * (a >> bits) + (b >> bits) * (b >> bits)) << bits;
    select(b == 0u64, a, root)
}

/// What a world counts that weighs as the worlds of all weight do on average, in units of 2⁻⁸ of one of the `worlds` that stand for all
/// weight; the estimate's row begins at `from`.
#[cube]
fn typical(estimates: &Array<u32>, from: usize, worlds: u32, #[comptime] weighed: bool) -> u64 {
    let mut world = 256u64.runtime();
    if comptime!(weighed) {
        let weight = estimates[from + comptime!(estimate::WEIGHT)];
        if (weight != estimates[from + comptime!(estimate::WORLDS)]) & (weight != 0u32) {
            let low = estimates[from + comptime!(estimate::WEIGHT_SQUARES)];
            let high = estimates[from + comptime!(estimate::WEIGHT_SQUARES + 1)];
            let squares = (low as u64) | ((high as u64) << 32u64);
            world = (squares << 8u64) / (weight as u64) * (worlds as u64) / (weight as u64);
        }
    }
    world
}

/// How many bits after the point shares of a sum over so many units have.
#[cube]
fn bits(units: u32) -> u32 {
    select(units < comptime!(1u32 << 18).runtime(), 6u32.runtime(), 0u32.runtime())
}

#[cube]
impl Apart {
    fn none() -> Apart {
        Apart { by_group: Array::<i32>::new(1usize), bits: 0u32.runtime(), unseen: 0u64.runtime() }
    }

    /// Of no group yet, of sums over so many units.
    fn new(units: u32) -> Apart {
        let by_group = Array::<i32>::new(comptime!(7 * GROUPS));
        Apart { by_group, bits: bits(units), unseen: 0u64.runtime() }
    }

    /// A world that was not seen may have so many units of 2⁻⁸; `halved` if half of the squares count.
    fn set_unseen(&mut self, units: u64, halved: bool) {
        let size = (units << (self.bits as u64)) >> 8u64;
        let mut square = size * size;
        if halved {
            square <<= 1u64;
        }
        self.unseen = square / comptime!(RARE).runtime();
    }

    /// Two slots' sums are the same in every group.
    fn are_equal(&self, one: u32, other: u32) -> bool {
        let mut equal = true.runtime();
        for group in 0u32..comptime!(GROUPS as u32) {
            if self.of(group, one, other, true) != 0i32 {
                equal = false.runtime();
            }
        }
        equal
    }

    /// A group has `there` of a slot's sum `all`, of which its share is `shares` of `of`.
    fn set(&mut self, at: usize, there: i32, all: i32, shares: u32, of: u32) {
        self.by_group[at] = (there << (self.bits as i32)) - share(all, shares, of, self.bits);
    }

    /// The root of the sum of their squares, or of those of the differences between the first `neighbours`, and of `unseen`, times `factor`;
    /// of a slot, or of the difference between two.
    fn error(
        &self,
        factor: u32,
        neighbours: u32,
        unseen: u64,
        one: u32,
        other: u32,
        #[comptime] difference: bool,
    ) -> u64 {
        let mut squares = unseen;
        for group in 0u32..comptime!(GROUPS as u32) {
            let mut apart = self.of(group, one, other, difference);
            if neighbours > 0u32 {
                // The first has none before it, and is not counted.
                apart -= self.of(u32::max(group, 1u32) - 1u32, one, other, difference);
            }
            let alone = (group == 0u32) | (group >= neighbours);
            squares += select((neighbours > 0u32) & alone, 0u64.runtime(), square(apart));
        }
        let mut root = 0u64.runtime();
        if squares < comptime!(1u64 << 48).runtime() {
            root = whole_root(squares << 16u64);
        } else {
            root = whole_root(squares) << 8u64;
        }
        (root * (factor as u64)) >> ((16u32 + self.bits) as u64)
    }

    fn of(&self, group: u32, one: u32, other: u32, #[comptime] difference: bool) -> i32 {
        let mut apart = self.by_group[(7u32 * group + one) as usize];
        if comptime!(difference) {
            apart -= self.by_group[(7u32 * group + other) as usize];
        }
        apart
    }
}

#[cube]
impl Correction {
    fn none() -> Correction {
        Correction {
            factor: 0u32.runtime(),
            worlds: 0u32.runtime(),
            of: 0u32.runtime(),
            sum: Apart::none(),
            made: Apart::none(),
        }
    }

    /// Of sums over `of` worlds, by a row of checks.
    fn read(checks: &Array<u32>, row: usize, of: u32, unit: u32) -> Correction {
        let m = checks[row + comptime!(check::WORLDS)];
        let mut sum = Apart::new(m * unit);
        let mut made = Apart::new(m);
        let some = u32::max(m, 1u32);
        for group in 0u32..comptime!(GROUPS as u32) {
            let shares = (m + comptime!(GROUPS as u32 - 1) - group) / comptime!(GROUPS as u32);
            for slot in 0u32..7u32 {
                let at = (7u32 * group + slot) as usize;
                let all = checks[row + comptime!(check::SUM) + slot as usize] as i32;
                sum.set(at, checks[row + comptime!(check::GROUP_SUM) + at] as i32, all, shares, some);
                let all = checks[row + comptime!(check::MADE) + slot as usize] as i32;
                made.set(at, checks[row + comptime!(check::GROUP_MADE) + at] as i32, all, shares, some);
            }
        }
        let mut scale = 0u32.runtime();
        if (checks[row + comptime!(check::CORRECTED)] == 1u32) & (m < of) {
            scale = factor(left(m, of), u32::min(m, comptime!(GROUPS as u32).runtime()), false);
        }
        Correction { factor: scale, worlds: some, of, sum, made }
    }
}

#[cube]
impl Spread {
    /// Of nothing: its errors are not to be looked at.
    pub fn none() -> Spread {
        Spread {
            factor: UNKNOWN.runtime(),
            neighbours: 0u32.runtime(),
            sum: Apart::none(),
            made: Apart::none(),
            corrected: false,
            correction: Correction::none(),
        }
    }

    /// Of a game with these sums over `worlds` of `total` worlds, drawn as `design` says (the number of `boneyard_core::Design`);
    /// `unit` units make a point. If estimates may be `corrected`, row `check` of `checks` says by what.
    pub fn of(
        estimates: &Array<u32>,
        checks: &Array<u32>,
        g: usize,
        check: usize,
        sums: &Array<i32>,
        successes: &Array<u32>,
        worlds: u32,
        unit: u32,
        total: u32,
        design: u32,
        #[comptime] weighed: bool,
        #[comptime] corrected: bool,
    ) -> Spread {
        let from = g * comptime!(estimate::ROW);
        let looked_at = estimates[from + comptime!(estimate::WORLDS)];
        let weight = estimates[from + comptime!(estimate::WEIGHT)];
        // Both below 2²⁵.
        let mut sum = Apart::new(worlds * unit);
        let mut made = Apart::new(worlds);
        let some = u32::max(worlds, 1u32);
        let mut groups = 0u32.runtime();
        for slot in 0u32..7u32 {
            let mut all = sums[slot as usize];
            let mut all_made = successes[slot as usize] as i32;
            if comptime!(corrected) {
                // The groups are those of the values that the sums were made of.
                all = 0i32.runtime();
                all_made = 0i32.runtime();
                for group in 0u32..comptime!(GROUPS as u32) {
                    let at = from + (7u32 * group + slot) as usize;
                    all += estimates[at + comptime!(estimate::GROUP_SUM)] as i32;
                    all_made += estimates[at + comptime!(estimate::GROUP_MADE)] as i32;
                }
            }
            for group in 0u32..comptime!(GROUPS as u32) {
                let mut of_group = estimates[from + comptime!(estimate::GROUP_WEIGHT) + group as usize];
                if (slot == 0u32) & (of_group > 0u32) {
                    groups += 1u32;
                }
                let at = (7u32 * group + slot) as usize;
                let low = estimates[from + comptime!(estimate::GROUP_SUM) + at];
                let count = estimates[from + comptime!(estimate::GROUP_MADE) + at];
                let mut there = low as i32;
                let mut there_made = count as i32;
                if comptime!(weighed) {
                    if (weight != looked_at) & (weight != 0u32) {
                        let high = estimates[from + comptime!(estimate::GROUP_SUM_HIGH) + at];
                        if weight == looked_at << 16u32 {
                            of_group >>= 16u32;
                            there = ((low >> 16u32) | (high << 16u32)) as i32;
                            there_made = (count >> 16u32) as i32;
                        } else {
                            of_group = scaled(of_group, 0u32.runtime(), weight) as u32;
                            there = scaled(low, high, weight);
                            there_made = scaled(count, 0u32.runtime(), weight);
                        }
                    }
                }
                sum.set(at, there, all, of_group, some);
                made.set(at, there_made, all_made, of_group, some);
            }
        }
        let sliced = design == comptime!(Design::Sliced as u32);
        let world = typical(estimates, from, worlds, weighed);
        sum.set_unseen((comptime!(SWING as u32).runtime() * unit) as u64 * world, sliced);
        made.set_unseen(world, sliced);
        let mut scale = 0u32.runtime();
        if (looked_at == 0u32) | (looked_at < total) {
            let mut rest = comptime!(1u64 << 32).runtime();
            if design != comptime!(Design::Independent as u32) {
                rest = left(looked_at, total);
            }
            scale = factor(rest, groups, sliced);
        }
        let some_groups = u32::min(looked_at, comptime!(GROUPS as u32).runtime());
        let neighbours = select(sliced, some_groups, 0u32.runtime());
        let correction = if comptime!(corrected) {
            Correction::read(checks, check * comptime!(check::ROW), looked_at, unit)
        } else {
            Correction::none()
        };
        Spread { factor: scale, neighbours, sum, made, corrected, correction }
    }

    /// Two errors of sums over all worlds and over the checked ones.
    fn whole(&self, drawn: u64, checked: u64) -> u64 {
        let mut error = drawn;
        if comptime!(self.corrected) {
            error = both(drawn, checked * (self.correction.of as u64) / (self.correction.worlds as u64));
            if self.correction.factor == UNKNOWN {
                error = UNTOLD.runtime();
            }
        }
        if self.factor == UNKNOWN {
            error = UNTOLD.runtime();
        }
        error
    }

    fn error_of_sum(&self, one: u32, other: u32, #[comptime] difference: bool) -> u64 {
        let mut unseen = 0u64.runtime();
        if comptime!(difference) {
            unseen = select(one == other, 0u64.runtime(), self.sum.unseen);
        }
        let drawn = self.sum.error(self.factor, self.neighbours, unseen, one, other, difference);
        let mut checked = 0u64.runtime();
        if comptime!(self.corrected) {
            let (none, nothing) = (0u32.runtime(), 0u64.runtime());
            checked =
                self.correction.sum.error(self.correction.factor, none, nothing, one, other, difference);
        }
        self.whole(drawn, checked)
    }

    fn error_of_made(&self, one: u32, other: u32, #[comptime] difference: bool) -> u64 {
        let mut unseen = self.made.unseen;
        if comptime!(difference) {
            unseen = select(one == other, 0u64.runtime(), self.made.unseen);
        }
        let drawn = self.made.error(self.factor, self.neighbours, unseen, one, other, difference);
        let mut checked = 0u64.runtime();
        if comptime!(self.corrected) {
            let (none, nothing) = (0u32.runtime(), 0u64.runtime());
            checked =
                self.correction.made.error(self.correction.factor, none, nothing, one, other, difference);
        }
        self.whole(drawn, checked)
    }

    /// Two slots' sums of values are the same in every group of worlds.
    pub fn sums_are_equal(&self, one: u32, other: u32) -> bool {
        let mut equal = self.sum.are_equal(one, other);
        if comptime!(self.corrected) {
            equal &= (self.correction.factor == 0u32) | self.correction.sum.are_equal(one, other);
        }
        equal
    }

    /// Two slots' numbers of successes are the same in every group of worlds.
    pub fn made_are_equal(&self, one: u32, other: u32) -> bool {
        let mut equal = self.made.are_equal(one, other);
        if comptime!(self.corrected) {
            equal &= (self.correction.factor == 0u32) | self.correction.made.are_equal(one, other);
        }
        equal
    }

    /// Standard error of a slot's sum of values, in units of 1/256; [`UNTOLD`] if it cannot be told.
    pub fn sum_error(&self, slot: u32) -> u64 {
        self.error_of_sum(slot, slot, false)
    }

    /// Standard error of the difference between two slots' sums of values.
    pub fn sum_difference_error(&self, one: u32, other: u32) -> u64 {
        self.error_of_sum(one, other, true)
    }

    /// Standard error of a slot's number of successes.
    pub fn made_error(&self, slot: u32) -> u64 {
        self.error_of_made(slot, slot, false)
    }

    /// Standard error of the difference between two slots' numbers of successes.
    pub fn made_difference_error(&self, one: u32, other: u32) -> u64 {
        self.error_of_made(one, other, true)
    }
}
