//! Student's t.

use std::f64::consts::{FRAC_PI_2, PI};

/// P(T ≤ t) for Student's t with an odd number of degrees of freedom: 1/2 + (θ + sin θ · (cos θ + 2/3 · cos³ θ + 2/3 · 4/5 · cos⁵ θ
/// + …)) / π with θ = arctan(t / √ν), up to cos to the power ν − 2 (Abramowitz and Stegun, 26.7.3).
fn below(t: f64, degrees: u32) -> f64 {
    let angle = (t / f64::from(degrees).sqrt()).atan();
    let (sin, cos) = angle.sin_cos();
    let (mut term, mut sum) = (cos, 0.0);
    for power in (1..degrees.saturating_sub(1)).step_by(2) {
        sum += term;
        term *= cos * cos * f64::from(power + 1) / f64::from(power + 2);
    }
    0.5 + (angle + sin * sum) / PI
}

/// The t that is exceeded with probability `alpha`, from 0 to 1/2, with an odd number of degrees of freedom.
pub(super) fn exceeded(alpha: f64, degrees: u32) -> f64 {
    // In the angle, which is bounded.
    let (mut low, mut high) = (0.0, FRAC_PI_2);
    for _ in 0..60 {
        let middle: f64 = (low + high) / 2.0;
        let t = middle.tan() * f64::from(degrees).sqrt();
        if 1.0 - below(t, degrees) > alpha { low = middle } else { high = middle }
    }
    f64::tan(high) * f64::from(degrees).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Published tables.
    #[test]
    fn quantiles_are_students() {
        for (alpha, degrees, t) in [
            (0.05, 1, 6.314),
            (0.025, 5, 2.571),
            (0.05, 11, 1.796),
            (0.025, 11, 2.201),
            (0.01, 11, 2.718_08),
            (0.005, 11, 3.106),
            (0.0005, 11, 4.437),
        ] {
            let found = exceeded(alpha, degrees);
            assert!((found - t).abs() < 0.0006, "{alpha}, {degrees}: {found} for {t}");
        }
        assert!(exceeded(0.5, 11).abs() < 1e-9);
    }
}
