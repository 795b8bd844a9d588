//! How far sums may be off, in whole numbers: what choices and plans may look at.
//!
//! The same errors as those of [`errors`](crate::Estimate::mean_error), but of the sums that a policy sees, and rounded at
//! each step in a way that a device repeats to the bit.

use crate::errors::{RARE, SWING};
use crate::{Design, Estimate, GROUPS, ONE};

/// Errors are in units of 1/[`ERROR`] of a sum's unit.
pub const ERROR: u64 = 1 << 8;

/// What the groups of a decision's worlds say of its sums ([`SlotSums`](crate::SlotSums)), and, where it was corrected, those of
/// its checked worlds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spread {
    /// √(m / (m − 1) · what the design leaves) in units of 2⁻¹⁶, with m groups that have any weight; of sliced draws half of
    /// what is under the root; [`Spread::UNKNOWN`] if there is only one.
    factor: u32,
    /// Of sliced draws how many groups have a world, the first ones, whose neighbours are compared; else 0.
    neighbours: usize,
    sum: Apart,
    made: Apart,
    correction: Option<Correction>,
}

/// What sums over checked worlds say of how far the correction may be off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Correction {
    /// As that of the whole; 0 if all worlds were checked.
    factor: u32,
    /// Checked worlds.
    worlds: u32,
    /// Worlds that their sums are carried over to.
    of: u32,
    sum: Apart,
    made: Apart,
}

/// By group: its sum less its share of the whole sum, in units of 2^−`bits`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Apart {
    by_group: [[i64; 7]; GROUPS],
    bits: u32,
    /// What a world that was not seen adds to the squares.
    unseen: u64,
}

impl Apart {
    /// What each group `has`, and all have together, of which its share is `shares` of `of`; `units` says how large sums are.
    fn new(has: [[i64; 7]; GROUPS], all: [i64; 7], shares: [i64; GROUPS], of: i64, units: u64) -> Self {
        let bits = bits(units);
        let apart = |group: usize, slot: usize| {
            (has[group][slot] << bits) - ((all[slot] * shares[group]) << bits).div_euclid(of)
        };
        let of_group = |group: usize| std::array::from_fn(|slot| apart(group, slot));
        Self { by_group: std::array::from_fn(of_group), bits, unseen: 0 }
    }

    /// The same, where a world that was not seen may have so many units of 2⁻⁸; `halved` if half of the squares count.
    fn with_unseen(self, units: u64, halved: bool) -> Self {
        let square = ((units << self.bits) >> 8).pow(2);
        Self { unseen: (square << u32::from(halved)) / RARE, ..self }
    }

    /// Two slots' sums are the same in every group.
    fn are_equal(&self, one: usize, other: usize) -> bool {
        self.by_group.iter().all(|group| group[one] == group[other])
    }

    /// The root of the sum of their squares, or of those of the differences between the first `neighbours`, and of `unseen`, times `factor`.
    fn error(&self, factor: u32, neighbours: usize, unseen: u64, of: impl Fn(&[i64; 7]) -> i64) -> u64 {
        let apart = |group: usize| of(&self.by_group[group]);
        let squares: u64 = if neighbours == 0 {
            (0..GROUPS).map(|group| apart(group).unsigned_abs().pow(2)).sum()
        } else {
            (1..neighbours).map(|group| apart(group).abs_diff(apart(group - 1)).pow(2)).sum()
        };
        (root(squares + unseen) * u64::from(factor)) >> (16 + self.bits)
    }
}

impl Spread {
    /// The factor of too few groups to tell.
    pub const UNKNOWN: u32 = u32::MAX;

    /// Standard error of a slot's sum of values; `u64::MAX` if it cannot be told.
    pub fn sum_error(&self, slot: usize) -> u64 {
        self.error(&self.sum, 0, |it| &it.sum, |sum| sum[slot])
    }

    /// Standard error of the difference between two slots' sums of values.
    pub fn sum_difference_error(&self, one: usize, other: usize) -> u64 {
        let unseen = if one == other { 0 } else { self.sum.unseen };
        self.error(&self.sum, unseen, |it| &it.sum, |sum| sum[one] - sum[other])
    }

    /// Standard error of a slot's number of successes.
    pub fn made_error(&self, slot: usize) -> u64 {
        self.error(&self.made, self.made.unseen, |it| &it.made, |made| made[slot])
    }

    /// Standard error of the difference between two slots' numbers of successes.
    pub fn made_difference_error(&self, one: usize, other: usize) -> u64 {
        let unseen = if one == other { 0 } else { self.made.unseen };
        self.error(&self.made, unseen, |it| &it.made, |made| made[one] - made[other])
    }

    /// Two slots' sums of values are the same in every group of worlds, and so are their corrections: most likely they are in every world.
    pub fn sums_are_equal(&self, one: usize, other: usize) -> bool {
        self.sum.are_equal(one, other)
            && self.correction.is_none_or(|it| it.factor == 0 || it.sum.are_equal(one, other))
    }

    /// Two slots' numbers of successes are the same in every group of worlds, as [`Spread::sums_are_equal`].
    pub fn made_are_equal(&self, one: usize, other: usize) -> bool {
        self.made.are_equal(one, other)
            && self.correction.is_none_or(|it| it.factor == 0 || it.made.are_equal(one, other))
    }

    fn error(
        &self,
        drawn: &Apart,
        unseen: u64,
        corrected: impl Fn(&Correction) -> &Apart,
        of: impl Fn(&[i64; 7]) -> i64,
    ) -> u64 {
        let unknown = |factor: u32| factor == Self::UNKNOWN;
        if unknown(self.factor) || self.correction.is_some_and(|it| unknown(it.factor)) {
            return u64::MAX;
        }
        let drawn = drawn.error(self.factor, self.neighbours, unseen, &of);
        let Some(correction) = &self.correction else { return drawn };
        let of_checked = corrected(correction).error(correction.factor, 0, 0, of);
        both(drawn, of_checked * u64::from(correction.of) / u64::from(correction.worlds.max(1)))
    }
}

/// Two errors of which neither knows of the other, in one: √(a² + b²), of large ones without their low 16 bits.
fn both(a: u64, b: u64) -> u64 {
    if b == 0 {
        return a;
    }
    let bits = if a.max(b) < 1 << 31 { 0 } else { 16 };
    ((a >> bits).pow(2) + (b >> bits).pow(2)).isqrt() << bits
}

/// √(m / (m − 1) · `left`) in units of 2⁻¹⁶, for m groups, or of half of it; `left` is in units of 2⁻³².
fn factor(left: u64, m: u64, halved: bool) -> u32 {
    if m < 2 { Spread::UNKNOWN } else { ((left * m / (m - 1)) >> u32::from(halved)).isqrt() as u32 }
}

/// How many bits after the point shares of a sum over so many units have: some, as long as they are few enough for the squares
/// of all groups to fit 64 bits.
fn bits(units: u64) -> u32 {
    if units < 1 << 18 { 6 } else { 0 }
}

/// √`squares` in units of 1/[`ERROR`], rounded down; of large numbers to a whole one.
fn root(squares: u64) -> u64 {
    if squares < 1 << 48 { (squares << 16).isqrt() } else { squares.isqrt() << 8 }
}

impl Estimate {
    /// How far what a policy [sees](Estimate::seen) may be off, where `total` worlds agree with what was seen.
    pub fn spread(&self, total: u32) -> Spread {
        let seen = self.seen();
        let weight = i64::from(self.weight.max(1));
        // The scale of `seen`.
        let scaled = |sum: i64| {
            if self.weight == self.worlds || self.weight == 0 {
                sum
            } else if seen.worlds == self.worlds {
                sum.div_euclid(ONE.into())
            } else {
                (sum * i64::from(ONE)).div_euclid(weight)
            }
        };
        let (of, shares) = (i64::from(seen.worlds.max(1)), self.groups.map(|it| scaled(it.weight.into())));
        let m = self.groups.iter().filter(|group| group.weight > 0).count() as u64;
        let left = self.design.left_of(self.worlds, total);
        let sliced = self.design == Design::Sliced;
        let all_seen = self.worlds > 0 && self.worlds >= total;
        let factor = if all_seen { 0 } else { factor(left, m, sliced) };
        let neighbours = if sliced { GROUPS.min(self.worlds as usize) } else { 0 };
        let sum = self.groups.map(|group| group.sum.map(scaled));
        let made = self.groups.map(|group| group.made.map(|made| scaled(made.into())));
        // Of a corrected estimate the groups are still those of the values that it was made of.
        let all = |groups: &[[i64; 7]; GROUPS], seen: [i64; 7]| match self.correction() {
            Some(_) => std::array::from_fn(|slot| groups.iter().map(|group| group[slot]).sum()),
            None => seen,
        };
        let world = self.typical(seen.worlds);
        let (points, swing) = (seen.per_point(), SWING as u64 * u64::from(seen.unit) * world);
        let all_made = all(&made, seen.made.map(i64::from));
        Spread {
            factor,
            neighbours,
            sum: Apart::new(sum, all(&sum, seen.sum), shares, of, points).with_unseen(swing, sliced),
            made: Apart::new(made, all_made, shares, of, seen.worlds.into()).with_unseen(world, sliced),
            correction: self.correction_spread(),
        }
    }

    /// What a world counts that weighs as the worlds of all weight do on average, Σw² / Σw, in units of 2⁻⁸ of one of the `worlds` that stand
    /// for all weight.
    fn typical(&self, worlds: u32) -> u64 {
        if self.weight == self.worlds || self.weight == 0 {
            return 1 << 8;
        }
        let weight = u64::from(self.weight);
        (self.weight_squares << 8) / weight * u64::from(worlds) / weight
    }

    /// How far its correction may be off, if it was corrected.
    fn correction_spread(&self) -> Option<Correction> {
        let check = self.correction()?;
        let (m, n) = (check.worlds, self.worlds);
        let left = (u64::from(n.saturating_sub(m)) << 32) / u64::from(n.max(1));
        let factor = if m >= n { 0 } else { factor(left, u64::from(m).min(GROUPS as u64), false) };
        let shares = std::array::from_fn(|group| check.of_group(group).into());
        let apart = |has: [[i64; 7]; GROUPS], all: [i64; 7], units: u64| {
            Apart::new(has, all, shares, i64::from(m.max(1)), units)
        };
        let points = u64::from(m) * u64::from(self.question.unit());
        Some(Correction {
            factor,
            worlds: m,
            of: n,
            sum: apart(check.groups, check.sum, points),
            made: apart(check.groups_made, check.made, m.into()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Check, Coordinates, Design, ILLEGAL, Purpose, Question, SlotValues};

    /// The same as those in floating point, whatever the weights and the unit.
    #[test]
    fn errors_are_those_that_are_recorded() {
        for (unit, weighed, design, total) in [
            (1, false, Design::Independent, 1 << 20),
            (256, false, Design::Distinct, 700),
            (1, true, Design::Independent, 1 << 20),
            (256, true, Design::Distinct, 900),
            (1, false, Design::Sliced, 900),
            (256, true, Design::Sliced, 1 << 20),
        ] {
            let mut random = Coordinates { seed: 4, replicate: 0, ply: 0 }.stream(Purpose::Other, 0);
            let mut estimate = Estimate { design, ..Estimate::new(Question::Points { unit }, false) };
            for _ in 0..500 {
                let mut value = || random.below(85) as i16 - 42;
                let values: SlotValues = [value(), value(), 3, ILLEGAL, ILLEGAL, ILLEGAL, value()];
                let weight = if weighed { random.below(ONE + 1) } else { 1 };
                estimate.add(&values, 1, weight, 5);
            }
            let (seen, spread) = (estimate.seen(), estimate.spread(total));
            let near = |found: u64, scale: f64, error: Option<f64>| {
                let (found, error) = (found as f64 / ERROR as f64 / scale, error.unwrap());
                assert!((found - error).abs() <= 0.003 * error + 1e-4, "{found} for {error}");
            };
            let (points, worlds) = (seen.per_point() as f64, f64::from(seen.worlds));
            for slot in [0, 1, 2, 6] {
                near(spread.sum_error(slot), points, estimate.mean_error(slot, total));
                near(spread.made_error(slot), worlds, estimate.p_make_error(slot, total));
                near(spread.sum_difference_error(1, slot), points, estimate.difference_error(1, slot, total));
                let made = estimate.p_make_difference_error(1, slot, total);
                near(spread.made_difference_error(1, slot), worlds, made);
                assert_eq!(spread.sums_are_equal(1, slot), slot == 1);
            }
            assert!(spread.sums_are_equal(3, 4) && spread.made_are_equal(3, 4), "both are illegal");
            assert!(spread.sum_difference_error(3, 4) > 0, "as far as was seen");
            assert_eq!(spread.made_difference_error(6, 6), 0);
            assert!(spread.made_difference_error(0, 6) > 0);
            assert_eq!(estimate.spread(500).sum_error(0), 0, "all were looked at");
        }
        let one = Estimate::new(Question::Points { unit: 1 }, false);
        assert_eq!(one.spread(9).sum_error(0), u64::MAX);
    }

    /// Those of corrected estimates too, of which all worlds were seen or few.
    #[test]
    fn errors_of_corrections_are_those_that_are_recorded() {
        for (unit, m, total) in
            [(1, 40, 1 << 20), (256, 40, 1 << 20), (256, 6, 400), (1, 100, 300), (2, 300, 900)]
        {
            let mut random = Coordinates { seed: 5, replicate: 0, ply: 0 }.stream(Purpose::Other, 0);
            let design = Design::Distinct;
            let mut estimate = Estimate { design, ..Estimate::new(Question::Points { unit }, false) };
            let mut check = Check { corrected: true, ..Check::default() };
            let n = 300;
            let picks: Vec<u32> = Check::picks(n, m, 1 << 31).collect();
            for i in 0..n {
                let exact = [0, 1, 2, 3].map(|_| random.below(61) as i16 - 30);
                let near = exact.map(|exact| (exact + random.below(15) as i16 - 5) * unit as i16);
                let of = |it: [i16; 4]| [it[0], it[1], ILLEGAL, it[2], it[3], ILLEGAL, ILLEGAL];
                estimate.add(&of(near), unit, 1, 5);
                if picks.contains(&i) {
                    check.add(&of(near), &of(exact), unit, 5);
                }
            }
            estimate.correct(&check);
            estimate.check = Some(Box::new(check));
            let (seen, spread) = (estimate.seen(), estimate.spread(total));
            let near = |found: u64, scale: f64, error: Option<f64>| {
                let (found, error) = (found as f64 / ERROR as f64 / scale, error.unwrap());
                assert!((found - error).abs() <= 0.004 * error + 1e-4, "{found} for {error}, {m}");
            };
            let (points, worlds) = (seen.per_point() as f64, f64::from(seen.worlds));
            for slot in [0, 1, 3, 4] {
                near(spread.sum_error(slot), points, estimate.mean_error(slot, total));
                near(spread.made_error(slot), worlds, estimate.p_make_error(slot, total));
                if slot != 1 {
                    let (sum, made) =
                        (spread.sum_difference_error(1, slot), spread.made_difference_error(1, slot));
                    near(sum, points, estimate.difference_error(1, slot, total));
                    near(made, worlds, estimate.p_make_difference_error(1, slot, total));
                }
            }
            let none = Estimate { check: None, ..estimate.clone() };
            let apart = spread.sum_error(0) > none.spread(total).sum_error(0);
            assert_eq!(apart, m < n, "the correction has an error of its own unless all was checked");
        }
        let mut one = Estimate::new(Question::Points { unit: 1 }, false);
        (0..50).for_each(|_| one.add(&[1; 7], 1, 1, 0));
        one.check = Some(Box::new(Check { worlds: 1, corrected: true, ..Check::default() }));
        assert_eq!((one.spread(99).sum_error(0), one.mean_error(0, 99)), (u64::MAX, None));
    }

    #[test]
    fn errors_are_added_in_squares() {
        assert_eq!([both(3, 4), both(0, 7), both(7, 0)], [5, 7, 7]);
        assert_eq!((both(3 << 36, 4 << 36), both((1 << 40) + 1, 0)), (5 << 36, (1 << 40) + 1));
    }

    #[test]
    fn roots_are_rounded_down() {
        assert_eq!([0, 1, 2, 1 << 40].map(root), [0, 256, 362, 256 << 20]);
        assert_eq!(root((1 << 50) + 5), 256 << 25);
    }
}
