//! The transposition table: bounds on positions at the start of a trick.
//!
//! Within one world a position is told by the dominoes still held and by who leads: 30 bits. An entry is one
//! `u64`, low bits first:
//!
//! | bits | holds |
//! |---|---|
//! | 0–29 | dominoes held, leader |
//! | 30–35 | lower bound on the leader's team's points to come |
//! | 36–41 | upper bound |
//! | 42–63 | generation: which world wrote it |

const BITS: u32 = 15;
const GENERATIONS: u64 = 1 << 22;

/// Bounds on the points to come of the leader's team.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bounds {
    pub lower: i32,
    pub upper: i32,
}

/// A direct-mapped table that forgets everything in one step.
#[derive(Debug)]
pub(super) struct Transpositions {
    entries: Box<[u64]>,
    generation: u64,
}

impl Default for Transpositions {
    fn default() -> Self {
        Self { entries: vec![0; 1 << BITS].into_boxed_slice(), generation: 0 }
    }
}

impl Transpositions {
    /// Forgets the last world.
    pub fn clear(&mut self) {
        self.generation += 1;
        if self.generation == GENERATIONS {
            self.entries.fill(0);
            self.generation = 1;
        }
    }

    #[inline(always)]
    fn slot(key: u32) -> usize {
        (u64::from(key).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - BITS)) as usize
    }

    /// What is known of a position.
    #[inline(always)]
    pub fn get(&self, key: u32) -> Option<Bounds> {
        let entry = self.entries[Self::slot(key)];
        let tag = entry & !(0xfff << 30);
        (tag == u64::from(key) | self.generation << 42)
            .then_some(Bounds { lower: (entry >> 30 & 63) as i32, upper: (entry >> 36 & 63) as i32 })
    }

    /// Remembers a position, in place of whatever shared its slot.
    #[inline(always)]
    pub fn put(&mut self, key: u32, bounds: Bounds) {
        let packed = (bounds.lower as u64) << 30 | (bounds.upper as u64) << 36;
        self.entries[Self::slot(key)] = u64::from(key) | packed | self.generation << 42;
    }
}
