//! Which domino refuted last, to be tried first: a refutation mostly holds in similar positions too.
//!
//! Similar are, for a lead, positions with the same hand of the leader; for a reply, those with the same seat in the
//! trick, the same legal dominoes and the same winning domino so far. Hints change the order of moves only, so that
//! a wrong one costs time and no value; therefore slots are not checked for whose they are.

const BITS: u32 = 12;

/// A strength that no domino has.
const NONE: u8 = 31;

/// Dominoes by slot.
#[derive(Debug)]
pub(super) struct Hints {
    strengths: Box<[u8; 1 << BITS]>,
}

impl Default for Hints {
    fn default() -> Self {
        Self { strengths: Box::new([NONE; 1 << BITS]) }
    }
}

impl Hints {
    /// Forgets the last world, whose hints are worse than none.
    pub fn clear(&mut self) {
        self.strengths.fill(NONE);
    }

    /// The slot of a lead.
    #[inline(always)]
    pub fn of_lead(hand: u32) -> usize {
        Self::slot(u64::from(hand))
    }

    /// The slot of a reply by seat `SEAT`, 1–3.
    #[inline(always)]
    pub fn of_reply<const SEAT: usize>(legal: u32, best: u32) -> usize {
        Self::slot(u64::from(legal) | (SEAT as u64) << 28 | u64::from(best) << 32)
    }

    #[inline(always)]
    fn slot(key: u64) -> usize {
        (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - BITS)) as usize
    }

    /// A domino, perhaps one that cannot be played.
    #[inline(always)]
    pub fn get(&self, slot: usize) -> u32 {
        1 << self.strengths[slot]
    }

    /// Remembers a domino that refuted.
    #[inline(always)]
    pub fn put(&mut self, slot: usize, domino: u32) {
        self.strengths[slot] = domino.trailing_zeros() as u8;
    }

    /// Fills all slots with whatever comes.
    #[cfg(test)]
    pub fn scribble(&mut self, mut strength: impl FnMut() -> u8) {
        self.strengths.fill_with(|| strength() % 32);
    }
}
