//! Python's random number generator, as far as shuffling needs it.
//!
//! MT19937 (Matsumoto and Nishimura 1998) with CPython's seeding by integer (`init_by_array`), `getrandbits`
//! and `shuffle`, so that a seed deals the same hands as `random.Random(seed).shuffle(list(range(28)))`.

const N: usize = 624;
const M: usize = 397;

/// The generator behind `random.Random(seed)`.
#[derive(Clone)]
pub struct PythonRandom {
    state: [u32; N],
    next: usize,
}

impl PythonRandom {
    /// Seeds as `random.Random(seed)` does.
    pub fn new(seed: u64) -> Self {
        let key = [seed as u32, (seed >> 32) as u32];
        // CPython drops leading zero words but keeps at least one.
        let key = if key[1] == 0 { &key[..1] } else { &key[..] };
        let mut state = Self::seeded(19_650_218);
        let (mut i, mut j) = (1, 0);
        for _ in 0..N.max(key.len()) {
            let mixed = state[i - 1] ^ (state[i - 1] >> 30);
            state[i] = (state[i] ^ mixed.wrapping_mul(1_664_525)).wrapping_add(key[j]).wrapping_add(j as u32);
            i += 1;
            j = (j + 1) % key.len();
            if i >= N {
                state[0] = state[N - 1];
                i = 1;
            }
        }
        for _ in 0..N - 1 {
            let mixed = state[i - 1] ^ (state[i - 1] >> 30);
            state[i] = (state[i] ^ mixed.wrapping_mul(1_566_083_941)).wrapping_sub(i as u32);
            i += 1;
            if i >= N {
                state[0] = state[N - 1];
                i = 1;
            }
        }
        state[0] = 0x8000_0000;
        Self { state, next: N }
    }

    fn seeded(seed: u32) -> [u32; N] {
        let mut state = [seed; N];
        for i in 1..N {
            let mixed = state[i - 1] ^ (state[i - 1] >> 30);
            state[i] = mixed.wrapping_mul(1_812_433_253).wrapping_add(i as u32);
        }
        state
    }

    fn refill(&mut self) {
        for i in 0..N {
            let joined = (self.state[i] & 0x8000_0000) | (self.state[(i + 1) % N] & 0x7fff_ffff);
            let twist = if joined & 1 == 1 { 0x9908_b0df } else { 0 };
            self.state[i] = self.state[(i + M) % N] ^ (joined >> 1) ^ twist;
        }
        self.next = 0;
    }

    /// 32 random bits: `getrandbits(32)`.
    pub fn next_u32(&mut self) -> u32 {
        if self.next == N {
            self.refill();
        }
        let mut y = self.state[self.next];
        self.next += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }

    /// Uniform in `0..n`: `_randbelow(n)`, by rejection of `getrandbits(bit length of n)`.
    fn below(&mut self, n: u32) -> u32 {
        let shift = n.leading_zeros();
        loop {
            let candidate = self.next_u32() >> shift;
            if candidate < n {
                return candidate;
            }
        }
    }

    /// `random.shuffle(items)`.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            let j = self.below(i as u32 + 1) as usize;
            items.swap(i, j);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers that Python 3 prints for `random.Random(seed).getrandbits(32)`.
    #[test]
    fn the_first_numbers_of_python() {
        let check = |seed, expected: [u32; 3]| {
            let mut random = PythonRandom::new(seed);
            assert_eq!([0; 3].map(|_| random.next_u32()), expected, "seed {seed}");
        };
        check(0, [3_626_764_237, 1_654_615_998, 3_255_389_356]);
        check(5_489, [3_382_763_572, 956_215_839, 417_760_592]);
        check(u64::MAX, [93_740_670, 1_068_495_656, 1_452_108_352]);
    }

    /// Number 1,000 comes from the second filling of the state.
    #[test]
    fn the_state_is_refilled_as_in_python() {
        let thousandth = |seed| {
            let mut random = PythonRandom::new(seed);
            (0..1_000).map(|_| random.next_u32()).last()
        };
        assert_eq!(thousandth(0), Some(2_971_151_651));
        assert_eq!(thousandth(1 << 32), Some(6_718_883));
    }

    #[test]
    fn shuffles_as_python() {
        let mut items: Vec<u32> = (0..10).collect();
        PythonRandom::new(7).shuffle(&mut items);
        assert_eq!(items, [8, 3, 1, 4, 7, 0, 9, 6, 2, 5]);
        PythonRandom::new(7).shuffle(&mut [0u8; 0]);
        PythonRandom::new(7).shuffle(&mut [0u8; 1]);
    }
}
