//! Arithmetic that gives the same bits on every machine: powers of two in fixed point.

/// `FACTORS[k]` = 2^(−2^−(k+1)) in units of 2^−32, for the 16 bits of a fraction, the highest first.
pub const FACTORS: [u32; 16] = [
    3_037_000_500,
    3_611_622_603,
    3_938_502_376,
    4_112_874_773,
    4_202_935_003,
    4_248_701_965,
    4_271_771_996,
    4_283_353_945,
    4_289_156_690,
    4_292_061_010,
    4_293_513_907,
    4_294_240_540,
    4_294_603_903,
    4_294_785_595,
    4_294_876_445,
    4_294_921_870,
];

/// Weight of an option that is `z` / 2^16 halvings below the best: 2^28 · 2^(−z / 2^16), rounded down at each
/// of its steps. Zero from 28 halvings on.
pub fn weight(z: u64) -> u32 {
    let halvings = z >> 16;
    if halvings >= 28 {
        return 0;
    }
    let mut weight = 1u64 << 28;
    for (k, &factor) in FACTORS.iter().enumerate() {
        if z >> (15 - k) & 1 == 1 {
            weight = (weight * u64::from(factor)) >> 32;
        }
    }
    (weight >> halvings) as u32
}

/// log₂ `x` in units of 2^−20, rounded down at each of its steps, which takes less than two of them; 0 of 0.
pub fn log2(x: u64) -> u32 {
    let mut log = x.max(1).ilog2();
    // From 1 to 2, in units of 2^−31.
    let mut rest = if log > 31 { x >> (log - 31) } else { x.max(1) << (31 - log) };
    for _ in 0..20 {
        let square = rest * rest;
        let doubled = square >> 63;
        rest = square >> (31 + doubled);
        log = log << 1 | doubled as u32;
    }
    log
}

/// `x` in units of 2^−16, rounded to nearest, at most 2^40.
pub fn from_f64(x: f64) -> u64 {
    (x * 65_536.0).round().clamp(0.0, (1u64 << 40) as f64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_are_those_of_floating_point() {
        for x in (1..70_000).chain([1 << 32, (1 << 32) + 12_345, (1 << 40) - 1, 1 << 40, u64::MAX]) {
            let (found, expected) = (f64::from(log2(x)), (x as f64).log2() * f64::from(1 << 20));
            assert!(found <= expected + 1e-3 && expected < found + 2.0, "{x}: {found} for {expected}");
        }
        assert_eq!([0, 1, 2, 1 << 40].map(log2), [0, 0, 1 << 20, 40 << 20]);
    }

    #[test]
    fn factors_are_the_roots_of_one_half() {
        for (k, &factor) in FACTORS.iter().enumerate() {
            let exact = 2f64.powi(32) * 2f64.powf(-(2f64.powi(-(k as i32 + 1))));
            assert!((f64::from(factor) - exact).abs() <= 0.51, "{k}: {factor} for {exact}");
        }
    }

    #[test]
    fn weights_follow_the_exponential() {
        for z in (0..28 << 16).step_by(977) {
            let exact = 2f64.powf(28.0 - z as f64 / 65_536.0);
            assert!((f64::from(weight(z)) - exact).abs() <= 20.0, "{z}: {} for {exact}", weight(z));
        }
        assert_eq!((weight(0), weight(1 << 16), weight(28 << 16)), (1 << 28, 1 << 27, 0));
    }
}
