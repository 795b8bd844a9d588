//! At which level each of several looks must test, so that all of them together keep one.

use std::f64::consts::{PI, SQRT_2};

/// Intervals of the integration, an even number.
const INTERVALS: usize = 96;
/// Where the integration begins: what lies below has no part in anything.
const LOWEST: f64 = -7.0;

/// The share of a level that looks may use by the recursion below. The rest is for what it does not know: that errors are told by twelve
/// groups, and that where few worlds are left a look has more news. A test simulates both.
pub(super) const USED: f64 = 0.8;

/// The chance with which each of so many looks may go wrong for itself, that one or more of them go wrong with probability `alpha`; each look
/// has seen twice what the one before had seen.
///
/// A constant bound for a mean of normal numbers (Pocock, *Biometrika* 64, 1977), not at even steps but at doublings, found by
/// the recursion of Armitage, McPherson and Rowe (*Journal of the Royal Statistical Society* A 132, 1969).
pub(super) fn nominal(alpha: f64, looks: u32) -> f64 {
    let (mut low, mut high) = (0.0, -LOWEST);
    for _ in 0..32 {
        let middle = f64::midpoint(low, high);
        if exceeded(middle, looks) > alpha { low = middle } else { high = middle }
    }
    exceeded(high, 1)
}

/// The probability that a mean of normal numbers around 0 is `bound` or more standard errors above it at one or more of the looks.
fn exceeded(bound: f64, looks: u32) -> f64 {
    let step = (bound - LOWEST) / INTERVALS as f64;
    let at = |i: usize| LOWEST + step * i as f64;
    // Simpson's rule.
    let weight = |i: usize| {
        step / 3.0 * if i == 0 || i == INTERVALS { 1.0 } else { f64::from(2 + 2 * (i % 2) as u32) }
    };
    let normal = |z: f64| (-z * z / 2.0).exp() / (2.0 * PI).sqrt();
    // The density of the mean in its standard errors, where no look has exceeded the bound so far.
    let mut density: Vec<f64> = (0..=INTERVALS).map(|i| normal(at(i))).collect();
    for _ in 1..looks {
        // As much again is seen: z′ = (z + another normal number) / √2.
        let from = |z: f64| {
            (0..=INTERVALS).map(|i| weight(i) * density[i] * normal(SQRT_2 * z - at(i))).sum::<f64>()
        };
        density = (0..=INTERVALS).map(|i| SQRT_2 * from(at(i))).collect();
    }
    1.0 - (0..=INTERVALS).map(|i| weight(i) * density[i]).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planner::quantile;
    use boneyard_core::{Coordinates, GROUPS, Purpose, Stream};

    fn normal(random: &mut Stream) -> f64 {
        let mut even = || (f64::from(random.below(1 << 30)) + 0.5) / f64::from(1 << 30);
        (-2.0 * even().ln()).sqrt() * (2.0 * PI * even()).cos()
    }

    /// How often a mean of numbers around 0, seen by groups after `first` of them, twice as many, and so on, of `total` that there are, is said to
    /// be above 0 at one or more of the looks: by z with the errors as they are, and by t with those of the groups.
    fn false_separations(looks: u32, first: f64, total: f64, [z, t]: [f64; 2]) -> [f64; 2] {
        const TRIALS: u32 = 40_000;
        let m = GROUPS as f64;
        let mut random = Coordinates { seed: 19, replicate: 0, ply: 0 }.stream(Purpose::Other, 0);
        let mut wrong = [0, 0];
        for _ in 0..TRIALS {
            let (mut groups, mut before, mut said) = ([0.0; GROUPS], 0.0, [false, false]);
            for look in 0..looks {
                // The inverse of the square of the mean's error.
                let known = 1.0 / (1.0 / (first * f64::from(1 << look)) - 1.0 / total);
                groups.iter_mut().for_each(|it| *it += normal(&mut random) * (known - before).sqrt());
                before = known;
                let mean = groups.iter().sum::<f64>() / m;
                let variance = groups.iter().map(|it| (it - mean).powi(2)).sum::<f64>() / (m - 1.0);
                said[0] |= mean >= z * (known / m).sqrt();
                said[1] |= mean >= t * (variance / m).sqrt();
            }
            (0..2).for_each(|i| wrong[i] += u32::from(said[i]));
        }
        wrong.map(|it| f64::from(it) / f64::from(TRIALS))
    }

    /// With errors as they are and many worlds, looks go wrong as often as the recursion says; with those of twelve groups, and where hardly more
    /// worlds are left than the last look sees, no more often than they may.
    #[test]
    fn looks_keep_their_level_together() {
        let (looks, alpha) = (5, 0.05);
        let level = nominal(USED * alpha, looks);
        let bounds = [4001, GROUPS as u32 - 1].map(|degrees| quantile::exceeded(level, degrees));
        let [by_z, by_t] = false_separations(looks, 64.0, f64::INFINITY, bounds);
        let error = 3.0 * (USED * alpha / 40_000.0).sqrt();
        assert!((by_z - USED * alpha).abs() < error, "{by_z}");
        assert!(by_t > USED * alpha - error && by_t < alpha, "{by_t}");
        let [_, of_few] = false_separations(looks, 64.0, 1_050.0, bounds);
        assert!(of_few > by_t && of_few < alpha, "{of_few}");
        // It is needed: the whole level would be too much.
        let all = quantile::exceeded(nominal(alpha, looks), GROUPS as u32 - 1);
        let [_, too_often] = false_separations(looks, 64.0, 1_050.0, [all, all]);
        assert!(too_often > alpha + error, "{too_often}");
    }

    /// One look tests at the level itself; of more, each tests at more than an even share of it, as they know of each other.
    #[test]
    fn levels_lie_between_what_is_known() {
        for alpha in [0.5, 0.05, 0.0001] {
            assert!((nominal(alpha, 1) / alpha - 1.0).abs() < 1e-3, "{alpha}");
            for looks in [2, 5, 10, 20] {
                let level = nominal(alpha, looks);
                assert!(
                    level > alpha / f64::from(looks) && level < nominal(alpha, looks - 1),
                    "{alpha}, {looks}"
                );
            }
        }
        // Found with ten times as many intervals.
        assert!((nominal(0.05, 5) - 0.013_792).abs() < 5e-6);
    }
}
