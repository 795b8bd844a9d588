//! How far sums may be off, in whole numbers: what choices and plans may look at.
//!
//! The same errors as those of [`errors`](crate::Estimate::mean_error), but of the sums that a policy sees, and rounded at
//! each step in a way that a device repeats to the bit.

use crate::{Design, Estimate, GROUPS, ONE};

/// Errors are in units of 1/[`ERROR`] of a sum's unit.
pub const ERROR: u64 = 1 << 8;

/// What the groups of a decision's worlds say of its sums ([`SlotSums`](crate::SlotSums)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spread {
    /// √(m / (m − 1) · what the design leaves) in units of 2⁻¹⁶, with m groups that have any weight; of sliced draws half of
    /// what is under the root; [`Spread::UNKNOWN`] if there is only one.
    factor: u32,
    /// Of sliced draws how many groups have a world, the first ones, whose neighbours are compared; else 0.
    neighbours: usize,
    /// By group: its sum of values less its share of the whole sum, in units of 2^−`sum_bits`.
    sum: [[i64; 7]; GROUPS],
    sum_bits: u32,
    /// The same of successes.
    made: [[i64; 7]; GROUPS],
    made_bits: u32,
}

impl Spread {
    /// The factor of too few groups to tell.
    pub const UNKNOWN: u32 = u32::MAX;

    /// Standard error of a slot's sum of values; `u64::MAX` if it cannot be told.
    pub fn sum_error(&self, slot: usize) -> u64 {
        self.error(self.sum_bits, |group| self.sum[group][slot])
    }

    /// Standard error of the difference between two slots' sums of values.
    pub fn sum_difference_error(&self, one: usize, other: usize) -> u64 {
        self.error(self.sum_bits, |group| self.sum[group][one] - self.sum[group][other])
    }

    /// Standard error of a slot's number of successes.
    pub fn made_error(&self, slot: usize) -> u64 {
        self.error(self.made_bits, |group| self.made[group][slot])
    }

    /// Standard error of the difference between two slots' numbers of successes.
    pub fn made_difference_error(&self, one: usize, other: usize) -> u64 {
        self.error(self.made_bits, |group| self.made[group][one] - self.made[group][other])
    }

    fn error(&self, bits: u32, apart: impl Fn(usize) -> i64) -> u64 {
        if self.factor == Self::UNKNOWN {
            return u64::MAX;
        }
        let squares = if self.neighbours == 0 {
            (0..GROUPS).map(|group| apart(group).unsigned_abs().pow(2)).sum()
        } else {
            (1..self.neighbours).map(|group| apart(group).abs_diff(apart(group - 1)).pow(2)).sum()
        };
        (root(squares) * u64::from(self.factor)) >> (16 + bits)
    }
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
        let (worlds, shares) =
            (i64::from(seen.worlds.max(1)), self.groups.map(|it| scaled(it.weight.into())));
        let (sum_bits, made_bits) = (bits(seen.per_point()), bits(seen.worlds.into()));
        // What a group has more than its share of a sum.
        let apart = |group: usize, there: i64, all: i64, bits: u32| {
            (scaled(there) << bits) - ((all * shares[group]) << bits).div_euclid(worlds)
        };
        let sum = |group: usize| -> [i64; 7] {
            let there = self.groups[group].sum;
            std::array::from_fn(|slot| apart(group, there[slot], seen.sum[slot], sum_bits))
        };
        let made = |group: usize| -> [i64; 7] {
            let there = self.groups[group].made;
            std::array::from_fn(|slot| apart(group, there[slot].into(), seen.made[slot].into(), made_bits))
        };
        let m = self.groups.iter().filter(|group| group.weight > 0).count() as u64;
        let left = self.design.left_of(self.worlds, total);
        let factor = if self.worlds > 0 && self.worlds >= total {
            0
        } else if m < 2 {
            Spread::UNKNOWN
        } else {
            let halved = u64::from(self.design == Design::Sliced);
            ((left * m / (m - 1)) >> halved).isqrt() as u32
        };
        let neighbours = if self.design == Design::Sliced { GROUPS.min(self.worlds as usize) } else { 0 };
        Spread {
            factor,
            neighbours,
            sum: std::array::from_fn(sum),
            sum_bits,
            made: std::array::from_fn(made),
            made_bits,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Coordinates, Design, ILLEGAL, Purpose, Question, SlotValues};

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
            }
            assert_eq!(spread.made_difference_error(6, 6), 0);
            assert!(spread.made_difference_error(0, 6) > 0);
            assert_eq!(estimate.spread(500).sum_error(0), 0, "all were looked at");
        }
        let one = Estimate::new(Question::Points { unit: 1 }, false);
        assert_eq!(one.spread(9).sum_error(0), u64::MAX);
    }

    #[test]
    fn roots_are_rounded_down() {
        assert_eq!([0, 1, 2, 1 << 40].map(root), [0, 256, 362, 256 << 20]);
        assert_eq!(root((1 << 50) + 5), 256 << 25);
    }
}
