//! How far an estimate may be off: standard errors from the groups of its worlds.
//!
//! Every mean here is a ratio Σ s / Σ w, and each of the m groups that have any weight gives it too. Were the groups drawn
//! independently, the variance of the mean would be m / (m − 1) · Σ_g (s_g − w_g · s / w)² / w² (the ultimate-cluster
//! estimator: Hansen, Hurwitz and Madow, *Sample Survey Methods and Theory*, 1953; Cochran, *Sampling Techniques*, 1977,
//! chapter 10), times what the [design](crate::Design::left) leaves of it. Groups of an even walk are themselves a little
//! less even than the whole, so there it errs on the wide side. docs/ERRORS.md tells what intervals made of it cover.
//!
//! Of sliced draws each group has every m-th slice, so its mean differs from another's by what the slices differ, too, which is no
//! error of the whole. Neighbouring groups have neighbouring slices, which differ least: there the variance is
//! m / (m − 1) · Σ_g ½ (d_{g+1} − d_g)² / w² with d_g = s_g − w_g · s / w, over the m − 1 pairs of neighbours (successive
//! differences, as for systematic samples: Wolter, *Introduction to Variance Estimation*, 2007, chapter 8).
//!
//! What is so in one world of fifty is often so in none of those looked at, and then all groups agree. So for P(make), and for what moves are
//! apart, it is as if one more world had been seen, in a share of cases: a third of the square of what is apart there, a contract or
//! [`SWING`] points, is added to the sum of squares. (Of n worlds that weigh the same it adds 0.36 / n² to the square of an error of
//! P(make), where Agresti and Coull, *The American Statistician* 52, 1998, come to 2 / n² in all where no world is a success.)

use crate::{Check, Design, Estimate, GROUPS, Group, Question};

/// How many standard errors on both sides of a mean make an interval that covers the truth in 95 of 100 cases: measured, see
/// docs/ERRORS.md; between 1.96 of the normal distribution and 2.20 of Student's t with a degree of freedom for each group but one.
pub const INTERVAL: f64 = 2.1;

/// What moves are apart, in points, in a world that has not been seen: a trick with a count of five goes to the other side. Measured, too.
pub const SWING: i64 = 12;

/// One in so many of the worlds that have not been seen is like that.
pub const RARE: u64 = 3;

impl Estimate {
    /// Standard error in points of E\[Q\] of a slot, where `total` worlds agree with what was seen; 0 if all were looked at.
    /// `None` if only the contract was asked about, or if there are too few worlds to tell.
    ///
    /// Of a corrected estimate it includes the error of the correction.
    pub fn mean_error(&self, slot: usize, total: u32) -> Option<f64> {
        let drawn = self.points_error(total, 0, |group| group.sum[slot])?;
        Some(drawn.hypot(self.points_correction_error(|apart| apart[slot])?))
    }

    /// Standard error in points of the difference between E\[Q\] of two slots over the same worlds; as
    /// [`Estimate::mean_error`].
    pub fn difference_error(&self, one: usize, other: usize, total: u32) -> Option<f64> {
        if one == other {
            return self.mean_error(one, total).map(|_| 0.0);
        }
        let drawn = self.points_error(total, SWING, |group| group.sum[one] - group.sum[other])?;
        Some(drawn.hypot(self.points_correction_error(|apart| apart[one] - apart[other])?))
    }

    /// Standard error of P(make) of a slot; as [`Estimate::mean_error`].
    pub fn p_make_error(&self, slot: usize, total: u32) -> Option<f64> {
        let drawn = self.error(total, 1, |group| group.made[slot].into())?;
        Some(drawn.hypot(self.mean_correction_error(|check, group| check.groups_made[group][slot])?))
    }

    /// Standard error of the difference between P(make) of two slots over the same worlds; as [`Estimate::mean_error`].
    pub fn p_make_difference_error(&self, one: usize, other: usize, total: u32) -> Option<f64> {
        if one == other {
            return self.p_make_error(one, total).map(|_| 0.0);
        }
        let apart = |made: &[i64; 7]| made[one] - made[other];
        let drawn = self.error(total, 1, |group| apart(&group.made.map(i64::from)))?;
        Some(drawn.hypot(self.mean_correction_error(|check, group| apart(&check.groups_made[group]))?))
    }

    /// The best and the second-best of some slots by E\[Q\]; the lowest of equals first. `None` without points, or with fewer
    /// than two slots.
    pub fn best_two(&self, legal: u8) -> Option<[usize; 2]> {
        self.mean(0)?;
        let mut slots: Vec<usize> = (0..7).filter(|slot| legal >> slot & 1 == 1).collect();
        slots.sort_by_key(|&slot| std::cmp::Reverse(self.sum[slot]));
        slots.first_chunk().copied()
    }

    /// The best of some slots by E\[Q\], the lowest of equals; `None` without points, or without a slot.
    pub fn best(&self, legal: u8) -> Option<usize> {
        self.mean(0)?;
        let slots = (0..7).rev().filter(|slot| legal >> slot & 1 == 1);
        slots.max_by_key(|&slot| self.sum[slot])
    }

    /// Standard error of a mean over the checked worlds of what `of` says of each group, as an estimate of the mean over the worlds
    /// looked at; 0 of an estimate that was not corrected, or by all its worlds, `None` if it was by fewer than two.
    ///
    /// By groups of checked worlds, like all others: where worlds are spread evenly, so are the checked ones.
    fn mean_correction_error(&self, of: impl Fn(&Check, usize) -> i64) -> Option<f64> {
        let Some(check) = self.correction() else { return Some(0.0) };
        if check.worlds >= self.worlds {
            return Some(0.0);
        }
        let groups = GROUPS.min(check.worlds as usize);
        if groups < 2 {
            return None;
        }
        let (n, all) = (i64::from(check.worlds), (0..GROUPS).map(|group| of(check, group)).sum::<i64>());
        // (r_g − n_g · r / n) · n, exact.
        let apart = |group: usize| of(check, group) * n - i64::from(check.of_group(group)) * all;
        let squares: f64 = (0..groups).map(|group| (apart(group) as f64).powi(2)).sum();
        let left = 1.0 - f64::from(check.worlds) / f64::from(self.worlds);
        let m = groups as f64;
        Some((m / (m - 1.0) * squares * left).sqrt() / (n as f64).powi(2))
    }

    fn points_correction_error(&self, of: impl Fn(&[i64; 7]) -> i64) -> Option<f64> {
        Some(
            self.mean_correction_error(|check, group| of(&check.groups[group]))?
                / f64::from(self.question.unit()),
        )
    }

    fn points_error(&self, total: u32, unseen: i64, sum: impl Fn(&Group) -> i64) -> Option<f64> {
        let Question::Points { unit } = self.question else { return None };
        Some(self.error(total, unseen * i64::from(unit), sum)? / f64::from(unit))
    }

    /// Standard error of Σ s / Σ w, where a group has the sum `sum`, and a world that was not seen may have `unseen`.
    fn error(&self, total: u32, unseen: i64, sum: impl Fn(&Group) -> i64) -> Option<f64> {
        if self.worlds > 0 && self.worlds >= total {
            return Some(0.0);
        }
        let (all, weight) = (self.groups.iter().map(&sum).sum::<i64>(), i128::from(self.weight));
        // (s_g − w_g · s / w) · w, exact.
        let apart = |group: &Group| {
            (i128::from(sum(group)) * weight - i128::from(group.weight) * i128::from(all)) as f64
        };
        let m = self.groups.iter().filter(|group| group.weight > 0).count() as f64;
        if m < 2.0 {
            return None;
        }
        let groups = &self.groups[..GROUPS.min(self.worlds as usize)];
        let squares: f64 = match self.design {
            Design::Sliced => {
                groups.windows(2).map(|pair| (apart(&pair[1]) - apart(&pair[0])).powi(2) / 2.0).sum()
            }
            Design::Independent | Design::Distinct => groups.iter().map(|group| apart(group).powi(2)).sum(),
        };
        // It would weigh Σ w² / Σ w, as the worlds of all weight do on average; times w, as above.
        let unseen = (unseen as f64 * self.weight_squares as f64).powi(2) / RARE as f64;
        let left = self.design.left(self.worlds, total);
        Some((m / (m - 1.0) * (squares + unseen) * left).sqrt() / (weight as f64).powi(2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Coordinates, Design, GROUPS, ILLEGAL, Purpose, SlotValues};

    /// Worlds of which slot 0 is worth anything, slot 1 a point less, slot 2 anything else.
    fn estimate(seed: u64, n: usize, design: Design) -> Estimate {
        let mut random = Coordinates { seed, replicate: 0, ply: 0 }.stream(Purpose::Other, 0);
        let mut estimate = Estimate { design, ..Estimate::new(Question::Points { unit: 256 }, false) };
        for _ in 0..n {
            let (a, b) = (random.below(41) as i16 - 20, random.below(21) as i16);
            let values: SlotValues = [a, a - 1, b, ILLEGAL, ILLEGAL, ILLEGAL, ILLEGAL];
            estimate.add(&values, 1, 1, 5);
        }
        estimate
    }

    /// Against the textbook's formula for independent draws, over many samples.
    #[test]
    fn errors_are_those_of_independent_draws() {
        let (n, samples, many) = (60, 400, 1 << 29);
        let (mut mean, mut made, mut apart, mut made_apart) = (0.0, 0.0, 0.0, 0.0);
        for seed in 0..samples {
            let estimate = estimate(seed, n, Design::Independent);
            mean += estimate.mean_error(0, many).unwrap().powi(2) / f64::from(samples as u32);
            made += estimate.p_make_error(0, many).unwrap().powi(2) / f64::from(samples as u32);
            apart += estimate.difference_error(0, 2, many).unwrap().powi(2) / f64::from(samples as u32);
            made_apart +=
                estimate.p_make_difference_error(0, 2, many).unwrap().powi(2) / f64::from(samples as u32);
            // Always a point apart: all that is doubtful is what was not seen.
            let unseen = (12.0 / 11.0 / 3.0f64).sqrt() * SWING as f64 / n as f64;
            assert!((estimate.difference_error(0, 1, many).unwrap() - unseen).abs() < 1e-9);
            assert_eq!(estimate.difference_error(2, 2, many), Some(0.0));
            assert_eq!(estimate.p_make_difference_error(2, 2, many), Some(0.0));
        }
        // Variances of uniform numbers of 41 and 21 values, and of a coin of 16 in 41.
        let (wide, narrow, coin) = (1680.0 / 12.0, 440.0 / 12.0, 16.0 * 25.0 / 1681.0);
        let other_coin = 16.0 * 5.0 / 441.0;
        let near = |found: f64, variance: f64, unseen: f64| {
            let unseen = 12.0 / 11.0 / 3.0 * unseen * unseen / n as f64;
            let ratio = found / ((variance + unseen) / n as f64);
            assert!((0.93..1.07).contains(&ratio), "{ratio}");
        };
        near(mean, wide, 0.0);
        near(made, coin, 1.0);
        near(apart, wide + narrow, SWING as f64);
        near(made_apart, coin + other_coin, 1.0);
    }

    /// Worth rises by slices: a trend is no error of draws that have a world of each.
    #[test]
    fn errors_of_slices_are_told_by_neighbours() {
        let (n, samples, many) = (240, 400, 1 << 29);
        let (mut said, mut off) = (0.0, 0.0);
        for seed in 0..samples {
            let mut random = Coordinates { seed, replicate: 0, ply: 0 }.stream(Purpose::Other, 0);
            let design = Design::Sliced;
            let mut estimate = Estimate { design, ..Estimate::new(Question::Points { unit: 256 }, false) };
            for i in 0..n {
                let value = i as i16 * 5 / 2 + random.below(201) as i16 - 100;
                estimate.add(&[value, ILLEGAL, ILLEGAL, ILLEGAL, ILLEGAL, ILLEGAL, ILLEGAL], 256, 1, 5);
            }
            said += estimate.mean_error(0, many).unwrap().powi(2);
            off += (estimate.mean(0).unwrap() - 298.5 / 256.0).powi(2);
        }
        let ratio = said / off;
        assert!((0.8..1.25).contains(&ratio), "{ratio}");
    }

    #[test]
    fn designs_leave_what_was_not_seen() {
        let independent = estimate(1, 60, Design::Independent);
        let distinct = Estimate { design: Design::Distinct, ..independent.clone() };
        let error = |estimate: &Estimate, total| estimate.mean_error(0, total).unwrap();
        assert_eq!(error(&independent, 80), error(&independent, 1 << 20));
        assert!((error(&distinct, 80) / error(&independent, 80) - 0.5).abs() < 1e-12);
        assert_eq!([error(&independent, 60), error(&distinct, 60)], [0.0; 2], "all were looked at");
    }

    /// Against the textbook's formula: of two moves that are corrected alike, the difference is as sure as without a check.
    #[test]
    fn errors_of_corrections_are_those_of_their_worlds() {
        let (n, m, samples, many) = (600, 150, 400, 1 << 29);
        let (mut mean, mut apart) = (0.0, 0.0);
        // Of the difference, which is the same in all worlds.
        let unseen = (12.0 / 11.0 / 3.0f64).sqrt() * SWING as f64 / f64::from(n);
        for seed in 0..samples {
            let mut random = Coordinates { seed, replicate: 1, ply: 0 }.stream(Purpose::Other, 0);
            let mut estimate = Estimate::new(Question::Points { unit: 1 }, false);
            let mut check = Check { corrected: true, ..Check::default() };
            for i in 0..n {
                let near: SlotValues = [5, 4, ILLEGAL, ILLEGAL, ILLEGAL, ILLEGAL, ILLEGAL];
                estimate.add(&near, 1, 1, 5);
                if i % (n / m) == 0 {
                    let off = random.below(41) as i16 - 20;
                    check.add(&near, &near.map(|it| if it == ILLEGAL { it } else { it + off }), 1, 5);
                }
            }
            estimate.correct(&check);
            estimate.check = Some(Box::new(check));
            mean += estimate.mean_error(0, many).unwrap().powi(2) / f64::from(samples as u32);
            apart += (estimate.difference_error(0, 1, many).unwrap() - unseen).abs();
        }
        let ratio = mean / (140.0 / 150.0 * (1.0 - 0.25));
        assert!((0.93..1.07).contains(&ratio) && apart < 1e-9, "{ratio}, {apart}");
    }

    /// Of worlds that weigh differently as of their effective number.
    #[test]
    fn what_was_not_seen_weighs_as_the_worlds_do() {
        let of = |weights: &[u32]| {
            let mut estimate = Estimate::new(Question::Points { unit: 4 }, false);
            weights.iter().for_each(|&weight| {
                estimate.add(&[8, 4, ILLEGAL, ILLEGAL, ILLEGAL, ILLEGAL, ILLEGAL], 4, weight, 1)
            });
            let errors = [estimate.difference_error(0, 1, 1 << 20), estimate.p_make_error(0, 1 << 20)];
            (errors.map(Option::unwrap), estimate.effective_samples())
        };
        let (even, n) = of(&[1; 48]);
        let mixed: Vec<u32> = (0..48).map(|i| if i < 12 { 900 } else { 100 }).collect();
        let (weighed, effective) = of(&mixed);
        assert!(n == 48.0 && effective < 30.0);
        assert!((even[0] / even[1] - SWING as f64).abs() < 1e-9);
        for (even, weighed) in even.iter().zip(weighed) {
            assert!((weighed / even - n / effective).abs() < 1e-9, "{weighed} for {even}");
        }
    }

    #[test]
    fn what_cannot_be_told_is_not() {
        let one = estimate(1, 1, Design::Independent);
        assert_eq!((one.mean_error(0, 9), one.p_make_error(0, 9)), (None, None));
        assert_eq!(one.mean_error(0, 1), Some(0.0));
        let contract = Estimate::new(Question::Contract, false);
        assert_eq!((contract.mean_error(0, 9), contract.best_two(3)), (None, None));
        let two = estimate(1, 60, Design::Independent);
        assert_eq!(
            (two.best_two(0b100), two.best_two(0b110), two.best_two(0b11)),
            (None, Some([2, 1]), Some([0, 1]))
        );
    }

    #[test]
    fn world_i_is_in_group_i_modulo_their_number() {
        let estimate = estimate(1, 3 * GROUPS + 2, Design::Independent);
        let weights: Vec<u32> = estimate.groups.iter().map(|group| group.weight).collect();
        assert_eq!(weights, [4, 4, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3]);
    }
}
