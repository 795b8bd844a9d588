//! How sure it is that one player is better: statistics of paired games.

use std::f64::consts::PI;

/// 97.5 % of a normal distribution lies below this.
pub const Z95: f64 = 1.959_963_984_540_054;

/// McNemar's z of `b` pairs that only the first won and `c` that only the second won: (b − c) / √(b + c); 0 of none.
pub fn mcnemar(b: u64, c: u64) -> f64 {
    let n = b + c;
    if n == 0 { 0.0 } else { (b as f64 - c as f64) / (n as f64).sqrt() }
}

/// The exact two-sided p-value of the same: how likely a fair coin is to fall at least as unevenly.
pub fn exact_p(b: u64, c: u64) -> f64 {
    let (n, least) = (b + c, b.max(c));
    let tail: f64 = (least..=n).map(|k| (ln_choose(n, k) - n as f64 * 2f64.ln()).exp()).sum();
    (2.0 * tail).min(1.0)
}

/// The logarithm of n over k.
fn ln_choose(n: u64, k: u64) -> f64 {
    ln_gamma(n as f64 + 1.0) - ln_gamma(k as f64 + 1.0) - ln_gamma((n - k) as f64 + 1.0)
}

/// The logarithm of Γ(x) for x ≥ 1: shifted up to 10, where Stirling's series is exact to rounding.
fn ln_gamma(x: f64) -> f64 {
    let (mut x, mut below) = (x, 0.0);
    while x < 10.0 {
        below += x.ln();
        x += 1.0;
    }
    let square = x * x;
    let series = 1.0 / 12.0 - (1.0 / 360.0 - (1.0 / 1260.0 - 1.0 / (1680.0 * square)) / square) / square;
    (x - 0.5) * x.ln() - x + 0.5 * (2.0 * PI).ln() + series / x - below
}

/// Wilson's 95 % interval of a share of `made` in `n`: Wilson, "Probable inference, the law of succession, and statistical
/// inference", 1927. All of 0 to 1 of none.
pub fn wilson(made: u64, n: u64) -> [f64; 2] {
    if n == 0 {
        return [0.0, 1.0];
    }
    let (p, n) = (made as f64 / n as f64, n as f64);
    let square = Z95 * Z95;
    let middle = p + square / (2.0 * n);
    let half = Z95 * (p * (1.0 - p) / n + square / (4.0 * n * n)).sqrt();
    [middle - half, middle + half].map(|it| (it / (1.0 + square / n)).clamp(0.0, 1.0))
}

/// The weight of evidence against equal players, which may be looked at after every pair: by Ville's inequality it is 1/α or
/// more at *any* time with probability at most α if they are equal.
///
/// It is the likelihood ratio of a mixture of coins, Beta(a, a) with a = [`COIN`], against the fair one: Robbins, "Statistical
/// methods related to the law of the iterated logarithm", 1970.
pub fn evidence(b: u64, c: u64) -> f64 {
    let (b, c) = (b as f64, c as f64);
    let ln_beta = |x: f64, y: f64| ln_gamma(x) + ln_gamma(y) - ln_gamma(x + y);
    (ln_beta(b + COIN, c + COIN) - ln_beta(COIN, COIN) + (b + c) * 2f64.ln()).exp()
}

/// The mixture's a: coins mostly of 0.4 to 0.6, as players differ that are worth comparing.
pub const COIN: f64 = 25.0;

/// Mean and standard error of the mean of numbers of which the sum and the sum of squares are known; zeros of fewer than two.
pub fn mean_and_error(n: u64, sum: f64, squares: f64) -> (f64, f64) {
    if n < 2 {
        return (if n == 1 { sum } else { 0.0 }, 0.0);
    }
    let n = n as f64;
    let mean = sum / n;
    (mean, ((squares / n - mean * mean).max(0.0) / (n - 1.0)).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All outcomes of n coins, by Pascal's triangle in whole numbers.
    fn pascal(n: usize) -> Vec<u128> {
        let mut row = vec![1u128];
        for _ in 0..n {
            let next: Vec<u128> = row.windows(2).map(|pair| pair[0] + pair[1]).collect();
            row = [vec![1], next, vec![1]].concat();
        }
        row
    }

    #[test]
    fn exact_p_counts_outcomes() {
        for n in 0..=100usize {
            let row = pascal(n);
            let all = 2f64.powi(n as i32);
            for b in 0..=n {
                let far = b.max(n - b);
                let counted: u128 = (0..=n).filter(|&k| k.max(n - k) >= far).map(|k| row[k]).sum();
                let expected = counted as f64 / all;
                let p = exact_p(b as u64, (n - b) as u64);
                assert!((p - expected).abs() <= 1e-11 * (1.0 + expected), "{b} of {n}: {p} for {expected}");
            }
        }
        // Far out as well: 2 · Σ by ratios of neighbours.
        let (b, c) = (261u64, 193u64);
        let mut term =
            (1..=c).fold(-((b + c) as f64) * 2f64.ln(), |ln, k| ln + ((b + k) as f64 / k as f64).ln()).exp();
        let mut sum = 0.0;
        for k in b..=b + c {
            sum += term;
            term *= (b + c - k) as f64 / (k + 1) as f64;
        }
        assert!((exact_p(b, c) / (2.0 * sum) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn z_is_the_measured_ones() {
        for (b, c, z) in
            [(261, 193, 3.2), (89, 51, 3.2), (63, 31, 3.3), (200, 90, 6.5), (7, 22, -2.8), (4, 4, 0.0)]
        {
            assert!((mcnemar(b, c) - z).abs() < 0.05, "{b} {c}");
        }
        assert_eq!((mcnemar(0, 0), exact_p(0, 0)), (0.0, 1.0));
    }

    /// Wilson's limits are the shares whose own normal interval ends at what was seen.
    #[test]
    fn wilson_solves_its_equation() {
        for (made, n) in [(1, 3), (5, 10), (364, 650), (1, 1000), (999, 1000)] {
            let seen = made as f64 / n as f64;
            for limit in wilson(made, n) {
                let distance = (seen - limit).abs() / (limit * (1.0 - limit) / n as f64).sqrt();
                assert!((distance - Z95).abs() < 1e-9, "{made} of {n}: {limit}");
            }
        }
        assert_eq!(wilson(0, 0), [0.0, 1.0]);
        assert!(wilson(0, 20)[0] == 0.0 && wilson(20, 20)[1] == 1.0);
    }

    /// The mixture's likelihood is the product of its predictions, coin by coin (Pólya's urn).
    #[test]
    fn evidence_is_an_urns() {
        let mut urn = (COIN, COIN);
        let (mut expected, mut b, mut c) = (1.0, 0, 0);
        for coin in [true, true, false, true, false, true, true, true, false, true].iter().cycle().take(300) {
            let total = urn.0 + urn.1;
            if *coin {
                expected *= 2.0 * urn.0 / total;
                (urn.0, b) = (urn.0 + 1.0, b + 1);
            } else {
                expected *= 2.0 * urn.1 / total;
                (urn.1, c) = (urn.1 + 1.0, c + 1);
            }
            assert!((evidence(b, c) / expected - 1.0).abs() < 1e-9, "{b} {c}");
        }
    }

    /// Equal players are seldom told apart, however often one looks: 4,000 matches of 400 discordant pairs.
    #[test]
    fn evidence_keeps_its_level() {
        use boneyard::core::{Coordinates, Purpose};
        let mut told = 0;
        for seed in 0..4_000 {
            let mut random = Coordinates { seed, replicate: 0, ply: 0 }.stream(Purpose::Other, 0);
            let (mut b, mut c) = (0, 0);
            told += u32::from((0..400).any(|_| {
                if random.below(2) == 0 {
                    b += 1
                } else {
                    c += 1
                }
                evidence(b, c) >= 20.0
            }));
        }
        assert!(told > 0 && told < 200, "{told} of 4000 at the level of 5 %");
    }

    #[test]
    fn means_are_those_of_the_numbers() {
        let numbers = [3.0, -1.0, 4.0, 1.0, -5.0, 9.0];
        let (mean, error) =
            mean_and_error(6, numbers.iter().sum(), numbers.iter().map(|it: &f64| it * it).sum());
        let expected = 11.0 / 6.0;
        let spread: f64 = numbers.iter().map(|it| (it - expected).powi(2)).sum::<f64>() / 5.0;
        assert!((mean - expected).abs() < 1e-12 && (error - (spread / 6.0).sqrt()).abs() < 1e-12);
        assert_eq!((mean_and_error(0, 0.0, 0.0), mean_and_error(1, 2.0, 4.0)), ((0.0, 0.0), (2.0, 0.0)));
    }
}
