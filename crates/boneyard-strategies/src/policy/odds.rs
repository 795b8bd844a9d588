//! Rates and temperatures in fixed point.

use boneyard_core::{Error, Result, fixed};
use std::fmt;

/// A probability that a 32-bit random word is compared with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    rate: f64,
    threshold: u64,
}

impl Rate {
    /// A rate from 0 to 1; `setting` is named in the error.
    ///
    /// # Errors
    /// [`Error::Setting`] outside of that, and for NaN.
    pub fn new(rate: f64, setting: &'static str) -> Result<Self> {
        if !(0.0..=1.0).contains(&rate) {
            return Err(Error::Setting {
                setting,
                got: rate.to_string(),
                expected: "a rate from 0 to 1".to_owned(),
            });
        }
        // Adding 0 turns −0 into 0.
        Ok(Self { rate: rate + 0.0, threshold: (rate * 2f64.powi(32)).round() as u64 })
    }

    /// round(rate · 2³²).
    pub fn threshold(self) -> u64 {
        self.threshold
    }

    /// How often it hits: threshold / 2³².
    pub fn share(self) -> f64 {
        self.threshold as f64 / 2f64.powi(32)
    }

    /// Heads for random words below round(rate · 2³²): always at rate 1, never at rate 0.
    pub fn hits(self, word: u32) -> bool {
        u64::from(word) < self.threshold
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.rate.fmt(f)
    }
}

/// How much worse a move may be: T such that a move that is T worse is e times rarer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Temperature {
    temperature: f64,
    slope: u32,
}

impl Temperature {
    /// The lowest temperature: far below any difference that matters.
    pub const LOWEST: f64 = 0.0001;
    /// The highest: all moves are equally likely to within a twelfth.
    pub const HIGHEST: f64 = 1000.0;

    /// A temperature from [`LOWEST`](Self::LOWEST) to [`HIGHEST`](Self::HIGHEST), in points or in probability;
    /// `setting` is named in the error.
    ///
    /// # Errors
    /// [`Error::Setting`] outside of that, and for NaN.
    pub fn new(temperature: f64, setting: &'static str) -> Result<Self> {
        if !(Self::LOWEST..=Self::HIGHEST).contains(&temperature) {
            return Err(Error::Setting {
                setting,
                got: temperature.to_string(),
                expected: format!("a temperature from {} to {}", Self::LOWEST, Self::HIGHEST),
            });
        }
        let slope = fixed::from_f64(std::f64::consts::LOG2_E / temperature) as u32;
        Ok(Self { temperature, slope })
    }

    /// K = round(log₂(e) / T · 2¹⁶): halvings of a move's chance for each unit that it is worse, in fixed point.
    /// Between 95 and 2³⁰.
    pub fn slope(self) -> u32 {
        self.slope
    }

    /// z = ⌊`below` · K / `scale`⌋: the halvings of a move whose sum is `below` under the best, where `scale` of
    /// them make a point (or, for P(make), certainty).
    ///
    /// A device without 128 bits computes it as q · K + ⌊r · K / `scale`⌋ with q and r the quotient and
    /// remainder of `below` / `scale`: the same number, and r · K fits in 64 bits while `scale` is below 2³⁴.
    pub fn halvings(self, below: u64, scale: u64) -> u64 {
        let z = u128::from(below) * u128::from(self.slope) / u128::from(scale.max(1));
        u64::try_from(z).unwrap_or(u64::MAX)
    }
}

impl fmt::Display for Temperature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.temperature.fmt(f)
    }
}

/// A number in `0..n` from a random word: ⌊word · n / 2³²⌋. Uniform to within n / 2³².
pub fn pick(word: u32, n: u32) -> u32 {
    ((u64::from(word) * u64::from(n)) >> 32) as u32
}

/// The slot that a random word picks from a set that is not empty: the [`pick`]-th, ascending.
pub fn pick_slot(slots: u8, word: u32) -> u8 {
    let mut rest = slots;
    for _ in 0..pick(word, slots.count_ones()) {
        rest &= rest - 1;
    }
    rest.trailing_zeros() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_hit_their_share_of_words() {
        let rate = |rate| Rate::new(rate, "--r").unwrap();
        assert!(!rate(0.0).hits(0) && !rate(-0.0).hits(0));
        assert!(rate(1.0).hits(u32::MAX));
        assert!(rate(0.25).hits((1 << 30) - 1) && !rate(0.25).hits(1 << 30));
        assert_eq!((rate(-0.0).to_string(), rate(0.25).to_string()), ("0".to_owned(), "0.25".to_owned()));
    }

    #[test]
    fn impossible_rates_and_temperatures_are_refused() {
        for bad in [f64::NAN, -0.1, 1.0001, f64::INFINITY] {
            let error = Rate::new(bad, "policy epsilon:E").unwrap_err().to_string();
            assert_eq!(error, format!("policy epsilon:E {bad}: expected a rate from 0 to 1"));
        }
        for bad in [f64::NAN, -1.0, 0.0, 1e-5, 1e4, f64::INFINITY, f64::NEG_INFINITY] {
            let error = Temperature::new(bad, "policy softmax:T").unwrap_err().to_string();
            assert_eq!(error, format!("policy softmax:T {bad}: expected a temperature from 0.0001 to 1000"));
        }
    }

    #[test]
    fn slopes_are_log2_e_over_t() {
        // log₂(e) = 1.442695040888963…, times 65,536 = 94,548.46…
        let slope = |t| Temperature::new(t, "--t").unwrap().slope();
        assert_eq!([slope(1.0), slope(2.0), slope(0.5)], [94_548, 47_274, 189_097]);
        assert_eq!([slope(Temperature::HIGHEST), slope(Temperature::LOWEST)], [95, 945_484_622]);
    }

    #[test]
    fn halvings_are_floored_and_saturate() {
        let t = Temperature::new(1.0, "--t").unwrap();
        assert_eq!(t.halvings(3, 2), 141_822);
        assert_eq!(t.halvings(1, 94_549), 0);
        assert_eq!(t.halvings(1, 0), 94_548, "no worlds are as good as one");
        assert_eq!(t.halvings(u64::MAX, 1), u64::MAX);
        // The form for devices, where it is said to fit.
        let coldest = Temperature::new(Temperature::LOWEST, "--t").unwrap();
        let k = u64::from(coldest.slope());
        for (below, scale) in [(84 << 24, 1 << 24), ((1 << 33) - 1, (1 << 34) - 1), (12_345, 50), (77, 1)] {
            let (q, r): (u64, u64) = (below / scale, below % scale);
            assert_eq!(coldest.halvings(below, scale), q * k + r * k / scale);
        }
    }
}
