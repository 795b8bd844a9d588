//! Exact values of some of an estimate's worlds: how good it is, and what is missing from it.

use crate::estimate::succeeds;
use crate::{DecisionRecord, Estimate, GROUPS, ILLEGAL, Question, SlotValues};
use std::ops::Range;

/// Sums over the worlds of one decision whose values were computed exactly too, by slot; in the estimate's unit.
///
/// The worlds are a systematic sample: each world of the estimate is as likely to be among them as any other. So the
/// mean of `exact − estimated` over them is an unbiased estimate of the same mean over all worlds, and adding it makes
/// E\[Q\] unbiased (the regression estimator with slope 1: Cochran, *Sampling Techniques*, 1977, chapter 7).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Check {
    /// How many worlds.
    pub worlds: u32,
    /// Sum of `exact − estimated`.
    pub sum: [i64; 7],
    /// Sum of its absolute value.
    pub sum_absolute: [u64; 7],
    /// Sum of its square.
    pub sum_squares: [u64; 7],
    /// Sum of squares of exact values.
    pub exact_squares: [u64; 7],
    /// Sum of squares of estimated values.
    pub estimated_squares: [u64; 7],
    /// Successes by exact values, less those by estimated ones.
    pub made: [i64; 7],
    /// Sum over worlds of what the move with the highest estimated value gives away.
    pub gap: u64,
    /// Sum of `exact − estimated` by group: the j-th world of the check is in group j mod [`GROUPS`].
    pub groups: [[i64; 7]; GROUPS],
    /// `made` by group.
    pub groups_made: [[i64; 7]; GROUPS],
    /// The estimate's sums have been corrected by it.
    pub corrected: bool,
}

impl Check {
    /// How many of `n` worlds are checked, if it is to be one in `one_in`, but two if there are two.
    pub fn count(n: u32, one_in: u32) -> u32 {
        n.div_ceil(one_in.max(1)).max(2).min(n)
    }

    /// The numbers of `m` of `n` worlds, ascending, from a random word: every so manieth from a random start.
    pub fn picks(n: u32, m: u32, word: u32) -> impl Iterator<Item = u32> {
        Self::picks_among(n, m, word, 0..n)
    }

    /// Those of [`Check::picks`] in a range of worlds, so that it does not matter in which rounds a decision looks at them.
    pub fn picks_among(n: u32, m: u32, word: u32, range: Range<u32>) -> impl Iterator<Item = u32> {
        let start = u128::from(word >> 16);
        let pick = move |j: u32| {
            let at = u128::from(j) << 16 | start;
            ((at * u128::from(n) / u128::from(m)) >> 16) as u32
        };
        // How many of them come before a world: those with (j + start) · n / m below it.
        let before = |world: u32| {
            let least = ((u128::from(world) * u128::from(m)) << 16).div_ceil(u128::from(n.max(1)));
            (least.saturating_sub(start).div_ceil(1 << 16) as u32).min(m)
        };
        (before(range.start)..before(range.end)).map(pick)
    }

    /// Adds a world; estimated values in units of 1/`unit` point, exact ones in points, of which `needed` are a success.
    pub fn add(&mut self, estimated: &SlotValues, exact: &SlotValues, unit: u16, needed: i32) {
        let group = self.worlds as usize % GROUPS;
        self.worlds += 1;
        let unit = i32::from(unit);
        let slots = (0..7).filter(|&slot| exact[slot] != ILLEGAL && estimated[slot] != ILLEGAL);
        let made = |value: i32| i64::from(succeeds(value, unit, needed));
        // The first of the highest.
        let best = slots.clone().rev().max_by_key(|&slot| estimated[slot]);
        let exact = |slot: usize| i32::from(exact[slot]) * unit;
        for slot in slots.clone() {
            let (near, exact) = (i32::from(estimated[slot]), exact(slot));
            let apart = exact - near;
            self.sum[slot] += i64::from(apart);
            self.groups[group][slot] += i64::from(apart);
            self.sum_absolute[slot] += u64::from(apart.unsigned_abs());
            self.sum_squares[slot] += u64::from(apart.unsigned_abs()).pow(2);
            self.exact_squares[slot] += u64::from(exact.unsigned_abs()).pow(2);
            self.estimated_squares[slot] += u64::from(near.unsigned_abs()).pow(2);
            let apart = made(exact) - made(near);
            self.made[slot] += apart;
            self.groups_made[group][slot] += apart;
        }
        if let (Some(best), Some(most)) = (best, slots.map(exact).max()) {
            self.gap += u64::from((most - exact(best)).unsigned_abs());
        }
    }

    /// Worlds of a group.
    pub(crate) fn of_group(&self, group: usize) -> u32 {
        (self.worlds + (GROUPS - 1 - group) as u32) / GROUPS as u32
    }

    /// A sum over the checked worlds, carried over to `n`, rounded to nearest.
    fn over(&self, sum: i128, n: u32) -> i128 {
        let m = i128::from(self.worlds.max(1));
        let rounded = (sum.abs() * i128::from(n) + m / 2) / m;
        sum.signum() * rounded
    }
}

impl Estimate {
    /// What it was corrected by, if it was.
    pub(crate) fn correction(&self) -> Option<&Check> {
        self.check.as_deref().filter(|check| check.corrected)
    }

    /// Makes the sums of values and successes those of the groups, with what the check says is missing: so once in every round,
    /// with all that has been checked. [`Estimate::finished`] corrects the squares; groups and histograms stay as they are.
    pub fn correct(&mut self, check: &Check) {
        for slot in 0..7 {
            let [sum, made] = [check.sum[slot], check.made[slot]]
                .map(|missing| check.over(missing.into(), self.worlds) as i64);
            self.sum[slot] = self.groups.iter().map(|group| group.sum[slot]).sum::<i64>() + sum;
            let made = self.groups.iter().map(|group| i64::from(group.made[slot])).sum::<i64>() + made;
            self.made[slot] = made.clamp(0, self.worlds.into()) as u32;
        }
    }

    /// Corrects the squares, when the sums of values have been corrected.
    pub(crate) fn correct_squares(&mut self, check: &Check) {
        for slot in 0..7 {
            let [exact, estimated] =
                [check.exact_squares[slot], check.estimated_squares[slot]].map(i128::from);
            let squares = i128::from(self.sum_squares[slot]) + check.over(exact - estimated, self.worlds);
            // No sum has fewer squares than this.
            let n = i128::from(self.worlds.max(1));
            let least = (i128::from(self.sum[slot]).pow(2) + n - 1) / n;
            self.sum_squares[slot] = squares.max(least) as u64;
        }
    }

    /// Standard error in points of a corrected E\[Q\] as an estimate of the exact mean over the same worlds; `None` if it
    /// was not corrected, or by fewer than two worlds. [`Estimate::mean_error`] says how far both are from the mean over all
    /// worlds.
    pub fn correction_error(&self, slot: usize) -> Option<f64> {
        let Question::Points { unit } = self.question else { return None };
        let check = self.correction().filter(|check| check.worlds >= 2)?;
        let (m, n) = (f64::from(check.worlds), f64::from(self.worlds));
        let sum = check.sum[slot] as f64;
        let variance = (check.sum_squares[slot] as f64 - sum * sum / m) / (m - 1.0);
        Some((variance.max(0.0) * (1.0 / m - 1.0 / n)).sqrt() / f64::from(unit))
    }
}

/// How far an evaluator's values are from exact ones, over many decisions.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Agreement {
    /// Worlds compared.
    pub worlds: u64,
    /// Values compared: one for each legal move in each of them.
    pub values: u64,
    /// Sum of the values' absolute errors, in points.
    pub absolute: f64,
    /// Sum of the values' errors, in points.
    pub sum: f64,
    /// Sum over worlds of what the best move by value gives away, in points.
    pub gap: f64,
}

impl std::ops::AddAssign for Agreement {
    /// Exact, as all sums are multiples of a small power of ½.
    fn add_assign(&mut self, other: Self) {
        self.worlds += other.worlds;
        self.values += other.values;
        self.absolute += other.absolute;
        self.sum += other.sum;
        self.gap += other.gap;
    }
}

impl Agreement {
    /// Adds what is known of a decision.
    pub fn add(&mut self, decision: &DecisionRecord) {
        let Some((estimate, check)) =
            decision.estimate.as_ref().and_then(|it| Some((it, it.check.as_ref()?)))
        else {
            return;
        };
        let Question::Points { unit } = estimate.question else { return };
        self.worlds += u64::from(check.worlds);
        self.values += u64::from(check.worlds) * u64::from(decision.legal.count_ones());
        self.absolute += check.sum_absolute.iter().sum::<u64>() as f64 / f64::from(unit);
        self.sum -= check.sum.iter().sum::<i64>() as f64 / f64::from(unit);
        self.gap += check.gap as f64 / f64::from(unit);
    }

    /// Mean absolute error of values in points.
    pub fn mae(&self) -> f64 {
        self.absolute / self.values as f64
    }

    /// Mean error of values in points: above 0 if they are too high.
    pub fn bias(&self) -> f64 {
        self.sum / self.values as f64
    }

    /// Mean of what the best move by value gives away in its world, in points.
    pub fn q_gap(&self) -> f64 {
        self.gap / self.worlds as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Coordinates, Purpose};

    const UNIT: u16 = 256;

    #[test]
    fn picks_are_distinct_and_equally_likely() {
        for (n, m) in [(1, 1), (2, 2), (7, 3), (50, 7), (1024, 128), (1000, 1000)] {
            let mut hits = vec![0u32; n as usize];
            const STARTS: u32 = 1 << 12;
            for start in 0..STARTS {
                let picks: Vec<u32> = Check::picks(n, m, start << 20).collect();
                assert!(picks.is_sorted_by(|a, b| a < b) && picks.iter().all(|&pick| pick < n));
                picks.iter().for_each(|&pick| hits[pick as usize] += 1);
            }
            let expected = f64::from(STARTS) * f64::from(m) / f64::from(n);
            assert!(hits.iter().all(|&hits| (f64::from(hits) - expected).abs() <= 1.0), "{n}, {m}: {hits:?}");
        }
        assert_eq!([0, 1, 2, 16, 17].map(|n| Check::count(n, 8)), [0, 1, 2, 2, 3]);
    }

    /// A decision's worlds in rounds, however they are cut, are picked as in one.
    #[test]
    fn picks_do_not_depend_on_rounds() {
        for (n, m) in [(1, 1), (7, 3), (50, 7), (97, 97), (1024, 128), (1000, 333)] {
            for word in [0, 1 << 16, 12_345_678, u32::MAX] {
                let all: Vec<u32> = Check::picks(n, m, word).collect();
                assert_eq!(all.len(), m as usize);
                for round in [1, 3, 10, 24, n] {
                    let rounds = (0..n).step_by(round as usize).map(|from| from..n.min(from + round));
                    let picked: Vec<u32> =
                        rounds.flat_map(|range| Check::picks_among(n, m, word, range)).collect();
                    assert_eq!(picked, all, "{m} of {n}, {round} a round");
                }
            }
        }
    }

    /// Corrected by all of its worlds, an estimate is the exact one; by some, on average.
    #[test]
    fn corrections_are_unbiased() {
        let mut random = Coordinates { seed: 1, replicate: 0, ply: 0 }.stream(Purpose::Other, 0);
        let mut value = |spread: u32| random.below(2 * spread + 1) as i16 - spread as i16;
        let n = 60;
        let worlds: Vec<(SlotValues, SlotValues)> = (0..n)
            .map(|_| {
                let exact: SlotValues =
                    std::array::from_fn(|slot| if slot == 6 { ILLEGAL } else { value(42) });
                let near = exact.map(|it| if it == ILLEGAL { ILLEGAL } else { it * 200 + 900 + value(1500) });
                (near, exact)
            })
            .collect();
        let (needed, question) = (5, Question::Points { unit: UNIT });
        let [mut near, mut exact] = [0; 2].map(|_| Estimate::new(question, false));
        for (estimated, points) in &worlds {
            near.add(estimated, UNIT, 1, needed);
            exact.add(points, 1, 1, needed);
        }
        let corrected = |m: u32, word: u32| {
            let mut check = Check { corrected: true, ..Check::default() };
            for pick in Check::picks(n, m, word) {
                let (estimated, points) = &worlds[pick as usize];
                check.add(estimated, points, UNIT, needed);
            }
            let mut estimate = near.clone();
            estimate.correct(&check);
            estimate.check = Some(Box::new(check));
            estimate.finished()
        };
        let by_all = corrected(n, 0);
        assert_eq!((by_all.sum, by_all.made, by_all.sum_squares), (exact.sum, exact.made, exact.sum_squares));
        assert_eq!(by_all.correction_error(0), Some(0.0));
        assert_eq!(near.correction_error(0), None);
        // All starts of a systematic sample of ten: every world is in one sixth of them.
        const STARTS: u32 = 6 * 64;
        let starts = (0..STARTS).map(|start| corrected(10, (((2 * start + 1) << 15) / STARTS) << 16));
        let (mut mean, mut errors, mut squares) = ([0.0; 7], [0.0; 7], [0.0; 7]);
        for estimate in starts {
            for slot in 0..6 {
                let q = estimate.mean(slot).unwrap();
                mean[slot] += q / f64::from(STARTS);
                squares[slot] += (q - exact.mean(slot).unwrap()).powi(2) / f64::from(STARTS);
                errors[slot] += estimate.correction_error(slot).unwrap().powi(2) / f64::from(STARTS);
            }
        }
        for slot in 0..6 {
            let expected = exact.mean(slot).unwrap();
            assert!((mean[slot] - expected).abs() < 0.01, "slot {slot}: {} for {expected}", mean[slot]);
            assert!((near.mean(slot).unwrap() - expected).abs() > 1.0, "there was something to correct");
            let ratio = errors[slot] / squares[slot];
            assert!((0.2..5.0).contains(&ratio), "slot {slot}: standard errors are those seen: {ratio}");
        }
    }
}
