//! Four hands in one word.

/// The hands by seat from the leader of the trick, as sets by strength: 32 bits a seat, the leader's lowest.
///
/// One word and no array, so that it stays in registers: faster by a twentieth.
#[derive(Clone, Copy)]
pub(super) struct Hands(u128);

impl Hands {
    pub fn new(hands: [u32; 4]) -> Self {
        Self((0..4).fold(0, |all, seat| all | u128::from(hands[seat]) << (32 * seat)))
    }

    /// What a seat holds.
    #[inline(always)]
    pub fn of(self, seat: usize) -> u32 {
        (self.0 >> (32 * seat)) as u32
    }

    /// The same without a domino that the seat holds.
    #[inline(always)]
    pub fn without(self, seat: usize, domino: u32) -> Self {
        Self(self.0 ^ u128::from(domino) << (32 * seat))
    }

    /// The same by seat from another leader.
    #[inline(always)]
    pub fn led_by(self, leader: usize) -> Self {
        Self(self.0.rotate_right(32 * leader as u32))
    }

    /// What all seats hold.
    #[inline(always)]
    pub fn all(self) -> u32 {
        let halves = (self.0 >> 64) as u64 | self.0 as u64;
        (halves >> 32) as u32 | halves as u32
    }
}
