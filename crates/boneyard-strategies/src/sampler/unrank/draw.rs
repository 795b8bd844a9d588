//! The arithmetic of drawing indices: pure functions of small integers, which kernels can repeat to the bit.
//!
//! `count` is the number of worlds W, at least 1 and at most 21! / (7!)³ < 2²⁹; `i` and `n` are below 2²⁵ in
//! use. Products are taken in 64 bits.

/// ⌊2³² / φ⌋, φ = (1 + √5) / 2.
const INVERSE_PHI: u64 = 2_654_435_769;

/// Rounds of the permutation of [`permuted`], and words of its key.
///
/// Four make a Feistel network look random to whoever chooses its inputs (Luby and Rackoff, 1988); eight leave
/// room for halves of few bits and a round function that is only a mixer.
pub const ROUNDS: usize = 8;

/// The stride of the affine walk: the number in `1..=W`, coprime to W, that is nearest to ⌊W / φ⌋ (the
/// greater of two), where ⌊W / φ⌋ means ⌊W · ⌊2³² / φ⌋ / 2³²⌋. For W = 1 it is 0, as all steps are the same.
pub fn golden_step(count: u32) -> u32 {
    let centre = ((u64::from(count) * INVERSE_PHI) >> 32) as u32;
    let mut distance = 0;
    // Ends, because 1 is coprime to everything and comes into reach.
    loop {
        for step in [centre + distance, centre.saturating_sub(distance)] {
            if gcd(step, count) == 1 {
                return step;
            }
        }
        distance += 1;
    }
}

/// Index `i` of the affine walk: (start + i · step) mod W.
pub fn affine(count: u32, start: u32, step: u32, i: u32) -> u32 {
    ((u64::from(start) + u64::from(i) * u64::from(step)) % u64::from(count)) as u32
}

/// Index `i` of `n` stratified draws: ⌊(i · W + r) / n⌋ with r uniform in `0..W`.
///
/// Over all i and r the numerator takes each value in `0..n · W` once, so each index comes from exactly n of
/// them, whether or not n divides W.
pub fn stratified(count: u32, n: u32, i: u32, r: u32) -> u32 {
    ((u64::from(i) * u64::from(count) + u64::from(r)) / u64::from(n)) as u32
}

/// Index `i` of draws without replacement: the image of i mod W under a keyed permutation of `0..W`.
///
/// The permutation is [`feistel`] on the smallest domain of 4ʰ ≥ W numbers, applied again while it leads out
/// of `0..W` (cycle walking; Black and Rogaway, "Ciphers with arbitrary finite domains", CT-RSA 2002). The
/// walk ends, at the latest where it began; on average it takes 4ʰ / W < 4 applications.
pub fn permuted(count: u32, keys: &[u32; ROUNDS], i: u32) -> u32 {
    let half_bits = half_bits(count);
    let mut x = feistel(half_bits, keys, i % count);
    while x >= count {
        x = feistel(half_bits, keys, x);
    }
    x
}

/// The smallest h with 4ʰ ≥ W.
pub fn half_bits(count: u32) -> u32 {
    (32 - (count - 1).leading_zeros()).div_ceil(2)
}

/// A permutation of the numbers of 2h bits: x = (left, right) becomes (right, left ⊕ f) in each round, where f
/// is the low h bits of [`mix`]`(right ⊕ key)`.
pub fn feistel(half_bits: u32, keys: &[u32; ROUNDS], x: u32) -> u32 {
    let mask = (1 << half_bits) - 1;
    let (mut left, mut right) = (x >> half_bits, x & mask);
    for key in keys {
        (left, right) = (right, left ^ (mix(right ^ key) & mask));
    }
    left << half_bits | right
}

/// The finaliser of MurmurHash3 (`fmix32`, Austin Appleby): a bijection that lets every bit reach every other.
pub fn mix(mut x: u32) -> u32 {
    x = (x ^ x >> 16).wrapping_mul(0x85EB_CA6B);
    x = (x ^ x >> 13).wrapping_mul(0xC2B2_AE35);
    x ^ x >> 16
}

fn gcd(mut a: u32, mut b: u32) -> u32 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: [u32; ROUNDS] = [1, 2, 3, 4, 5, 6, 7, 8];

    #[test]
    fn the_golden_step_is_the_nearest_coprime() {
        let divides_both =
            |a: u32, b: u32| (2..=a.min(b)).any(|d| a.is_multiple_of(d) && b.is_multiple_of(d));
        for count in 2..1500u32 {
            let target = (f64::from(count) * (5f64.sqrt() - 1.0) / 2.0).floor() as i64;
            let coprime = (1..=count).filter(|&step| !divides_both(step, count));
            let nearest = coprime.min_by_key(|&step| ((i64::from(step) - target).abs(), -i64::from(step)));
            assert_eq!(Some(golden_step(count)), nearest, "{count}");
        }
        assert_eq!(golden_step(1), 0);
        assert_eq!(golden_step(399_072_960), 246_640_651);
    }

    #[test]
    fn the_affine_walk_visits_every_index_once() {
        for count in (1..300).chain([1680, 1999]) {
            let (start, step) = (count / 3, golden_step(count));
            let mut visits = vec![0; count as usize];
            (0..count).for_each(|i| visits[affine(count, start, step, i) as usize] += 1);
            assert!(visits.iter().all(|&n| n == 1), "{count}");
            assert_eq!(affine(count, start, step, count), start);
        }
    }

    #[test]
    fn every_stratified_index_comes_from_equally_many_draws() {
        for (count, n) in [(1, 5), (7, 3), (10, 4), (12, 12), (5, 9)] {
            let mut draws = vec![0; count as usize];
            for i in 0..n {
                for r in 0..count {
                    let index = stratified(count, n, i, r);
                    assert!(index >= i * count / n && index <= ((i + 1) * count - 1) / n);
                    draws[index as usize] += 1;
                }
            }
            assert!(draws.iter().all(|&k| k == n), "{count} worlds, {n} draws: {draws:?}");
        }
    }

    #[test]
    fn the_permutation_is_one() {
        for count in (1..200).chain([1024, 1025, 4096, 4097, 5000]) {
            let mut seen = vec![false; count as usize];
            for i in 0..count {
                let index = permuted(count, &KEYS, i) as usize;
                assert!(!std::mem::replace(&mut seen[index], true), "{count}: {index} twice");
            }
            assert_eq!(permuted(count, &KEYS, count), permuted(count, &KEYS, 0));
        }
    }

    #[test]
    fn the_domain_is_the_smallest_power_of_four() {
        for (count, bits) in [(1, 0), (2, 1), (4, 1), (5, 2), (16, 2), (17, 3), (399_072_960, 15)] {
            assert_eq!(half_bits(count), bits, "{count}");
        }
    }

    /// MurmurHash3_x86_32 of the empty string is its finaliser on the seed; published values.
    #[test]
    fn the_mixer_is_murmur3s() {
        assert_eq!([0, 1, u32::MAX].map(mix), [0, 0x514E_28B7, 0x81F1_6F39]);
    }
}
