//! The counter-based generator on the device; the same numbers as `boneyard_core::coordinates`.

use cubecl::prelude::*;

/// A stream of random words: see `boneyard_core::Stream`.
#[derive(CubeType, CubeTypeMut, Clone, Copy)]
pub struct Random {
    key0: u32,
    key1: u32,
    block: u32,
    item: u32,
    at: u32,
    replicate: u32,
    word0: u32,
    word1: u32,
    word2: u32,
    word3: u32,
    used: u32,
}

/// The stream of `item` for a purpose at a ply: `at` is ply | purpose << 8.
#[cube]
pub fn stream(key0: u32, key1: u32, at: u32, item: u32) -> Random {
    Random {
        key0,
        key1,
        block: 0u32.runtime(),
        item,
        at,
        replicate: 0u32.runtime(),
        word0: 0u32.runtime(),
        word1: 0u32.runtime(),
        word2: 0u32.runtime(),
        word3: 0u32.runtime(),
        used: 4u32.runtime(),
    }
}

#[cube]
impl Random {
    /// The next word.
    pub fn next_word(&mut self) -> u32 {
        if self.used == 4u32 {
            self.refill();
        }
        let mut word = self.word0;
        if self.used == 1u32 {
            word = self.word1;
        }
        if self.used == 2u32 {
            word = self.word2;
        }
        if self.used == 3u32 {
            word = self.word3;
        }
        self.used += 1u32;
        word
    }

    /// One block of Philox4x32-10.
    fn refill(&mut self) {
        let mut x0 = self.block;
        let mut x1 = self.item;
        let mut x2 = self.at;
        let mut x3 = self.replicate;
        let mut k0 = self.key0;
        let mut k1 = self.key1;
        #[unroll]
        for _ in 0..10u32 {
            let left_low = x0 * 0xD251_1F53u32;
            let left_high = u32::mul_hi(x0, 0xD251_1F53u32);
            let right_low = x2 * 0xCD9E_8D57u32;
            let right_high = u32::mul_hi(x2, 0xCD9E_8D57u32);
            x0 = right_high ^ x1 ^ k0;
            x1 = right_low;
            x2 = left_high ^ x3 ^ k1;
            x3 = left_low;
            k0 += 0x9E37_79B9u32;
            k1 += 0xBB67_AE85u32;
        }
        self.word0 = x0;
        self.word1 = x1;
        self.word2 = x2;
        self.word3 = x3;
        self.block += 1u32;
        self.used = 0u32.runtime();
    }

    /// Exactly uniform in `0..n`, as `boneyard_core::Stream::below`; gives up being uniform after 64 rejections,
    /// which has probability below 2⁻¹²⁸.
    pub fn below(&mut self, n: u32) -> u32 {
        let mut word = self.next_word();
        // The bound is below n, and rarely has to be known.
        if word * n < n {
            let reject_under = (0u32 - n) % n;
            let mut tries: u32 = 0u32.runtime();
            while (word * n < reject_under) & (tries < 64u32) {
                word = self.next_word();
                tries += 1u32;
            }
        }
        u32::mul_hi(word, n)
    }
}
