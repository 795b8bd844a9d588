//! Randomness as a coordinate: every random number is a function of where it is used.
//!
//! The generator is Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as
//! 1, 2, 3", SC 2011), keyed by the game's seed, with this counter, low word first:
//!
//! | word | holds |
//! |---|---|
//! | 0 | which block of four numbers |
//! | 1 | item: the index of a world, or 0 |
//! | 2 | ply in bits 0–7, [`Purpose`] in bits 8–15 |
//! | 3 | replicate: 0, or which independent repetition |

use rand_core::RngCore;

/// One block of Philox4x32-10: four random words for a counter under a key.
pub fn philox(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    let [mut x, mut k] = [counter, [key[0], key[1], 0, 0]];
    for _ in 0..10 {
        let left = u64::from(x[0]) * 0xD251_1F53;
        let right = u64::from(x[2]) * 0xCD9E_8D57;
        x = [
            (right >> 32) as u32 ^ x[1] ^ k[0],
            right as u32,
            (left >> 32) as u32 ^ x[3] ^ k[1],
            left as u32,
        ];
        k[0] = k[0].wrapping_add(0x9E37_79B9);
        k[1] = k[1].wrapping_add(0xBB67_AE85);
    }
    x
}

/// What random numbers are for; numbers for different purposes are independent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Purpose {
    /// Drawing worlds.
    World = 1,
    /// Choosing a move.
    Choice = 2,
    /// Dealing.
    Deal = 3,
    /// Completing worlds that a first sampler could not find.
    Rescue = 4,
    /// Free for strategies of other crates.
    Other = 5,
    /// Picking worlds to be checked.
    Check = 6,
    /// Taking or leaving worlds that speak against what was declared.
    Accept = 7,
}

/// Where in a run a random number is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Coordinates {
    /// The game's seed: with the configuration it determines everything random in the game.
    pub seed: u64,
    /// Which independent repetition; 0 in generated data.
    pub replicate: u32,
    /// Ply 0–27.
    pub ply: u8,
}

impl Coordinates {
    /// The stream of numbers for `item` (a world's index, or 0).
    pub fn stream(self, purpose: Purpose, item: u32) -> Stream {
        Stream {
            key: [self.seed as u32, (self.seed >> 32) as u32],
            counter: [0, item, u32::from(self.ply) | (purpose as u32) << 8, self.replicate],
            block: [0; 4],
            used: 4,
        }
    }
}

/// An endless stream of random numbers; clones repeat it. Implements `rand`'s `RngCore`, so that its
/// distributions work on it.
#[derive(Clone, Debug)]
pub struct Stream {
    key: [u32; 2],
    counter: [u32; 4],
    block: [u32; 4],
    used: usize,
}

impl Stream {
    /// Exactly uniform in `0..n`, by Lemire's method ("Fast random integer generation in an interval", 2019).
    ///
    /// # Panics
    /// If `n` is 0.
    pub fn below(&mut self, n: u32) -> u32 {
        assert!(n > 0, "no number lies below 0");
        let reject_under = n.wrapping_neg() % n;
        loop {
            let product = u64::from(self.next_u32()) * u64::from(n);
            if product as u32 >= reject_under {
                return (product >> 32) as u32;
            }
        }
    }
}

impl RngCore for Stream {
    fn next_u32(&mut self) -> u32 {
        if self.used == 4 {
            self.block = philox(self.counter, self.key);
            self.counter[0] = self.counter[0].wrapping_add(1);
            self.used = 0;
        }
        self.used += 1;
        self.block[self.used - 1]
    }

    fn next_u64(&mut self) -> u64 {
        u64::from(self.next_u32()) | u64::from(self.next_u32()) << 32
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        rand_core::impls::fill_bytes_via_next(self, bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    /// The vectors published with the Random123 library (`kat_vectors`, philox4x32 10).
    #[test]
    fn philox_gives_the_published_vectors() {
        let check = |counter, key, expected| assert_eq!(philox(counter, key), expected);
        check([0; 4], [0; 2], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        check([!0; 4], [!0; 2], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
        check(
            [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
            [0xa409_3822, 0x299f_31d0],
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
        );
    }

    #[test]
    fn the_stream_is_pinned() {
        let at = Coordinates { seed: 42, replicate: 0, ply: 3 };
        let mut stream = at.stream(Purpose::World, 7);
        let block = philox([0, 7, 3 | 1 << 8, 0], [42, 0]);
        assert_eq!([0; 4].map(|_| stream.next_u32()), block);
        assert_eq!(stream.next_u32(), philox([1, 7, 3 | 1 << 8, 0], [42, 0])[0]);
    }

    #[test]
    fn rand_distributions_work_on_it() {
        let mut stream = Coordinates { seed: 1, replicate: 0, ply: 0 }.stream(Purpose::Other, 0);
        let mean = (0..10_000).map(|_| stream.random_range(0.0..1.0)).sum::<f64>() / 10_000.0;
        assert!((mean - 0.5).abs() < 0.02, "{mean}");
    }

    #[test]
    fn below_is_uniform() {
        let mut stream = Coordinates { seed: 9, replicate: 0, ply: 0 }.stream(Purpose::Other, 0);
        let mut counts = [0u32; 7];
        (0..70_000).for_each(|_| counts[stream.below(7) as usize] += 1);
        let chi2: f64 = counts.iter().map(|&n| (f64::from(n) - 1e4).powi(2) / 1e4).sum();
        assert!(chi2 < 22.5, "chi² {chi2} with 6 degrees of freedom"); // p = 0.001
    }
}
