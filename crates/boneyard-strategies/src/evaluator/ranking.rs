//! How dominoes rank, by declaration.
//!
//! The solver and playouts rename dominoes so that the winner of any trick is the top bit of
//! `played & (follow(led) | trumps)`; see [`boneyard_rules::tables::BY_STRENGTH`].

use boneyard_rules::{
    Tiles,
    rule::{FIVES, TENS},
    tables::{BY_STRENGTH, FOLLOW, LED_SUIT, STRENGTH, TRUMPS},
    tiles_of,
};

/// What the search needs to know of a declaration; all sets are by strength, not by id.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ranking {
    /// `[strength]`: the dominoes that follow when this one is led.
    pub follow: [u32; 28],
    /// `[strength]`: the trumps that count as many points as this one; none if it is no trump.
    pub alike: [u32; 28],
    /// The dominoes with trump power.
    pub trumps: u32,
    /// The dominoes that count five.
    pub fives: u32,
    /// The dominoes that count ten.
    pub tens: u32,
    strength: [u8; 28],
}

/// One [`Ranking`] a declaration.
pub(super) static RANKINGS: [Ranking; 10] = {
    let mut rankings =
        [Ranking { follow: [0; 28], alike: [0; 28], trumps: 0, fives: 0, tens: 0, strength: [0; 28] }; 10];
    let mut declaration = 0;
    while declaration < 10 {
        let mut ranking = Ranking {
            follow: [0; 28],
            alike: [0; 28],
            trumps: by_strength(TRUMPS[declaration], declaration),
            fives: by_strength(FIVES, declaration),
            tens: by_strength(TENS, declaration),
            strength: STRENGTH[declaration],
        };
        let mut strength = 0;
        while strength < 28 {
            let suit = LED_SUIT[declaration][BY_STRENGTH[declaration][strength] as usize];
            ranking.follow[strength] = by_strength(FOLLOW[declaration][suit as usize], declaration);
            strength += 1;
        }
        let mut strength = 0;
        while strength < 28 {
            let counts = [ranking.fives, ranking.tens, !(ranking.fives | ranking.tens)];
            let mut count = 0;
            while count < 3 {
                let trumps = ranking.trumps & counts[count];
                if trumps >> strength & 1 == 1 {
                    ranking.alike[strength] = trumps;
                }
                count += 1;
            }
            strength += 1;
        }
        rankings[declaration] = ranking;
        declaration += 1;
    }
    rankings
};

const fn by_strength(tiles: Tiles, declaration: usize) -> u32 {
    let mut set = 0;
    let mut id = 0;
    while id < 28 {
        set |= (tiles >> id & 1) << STRENGTH[declaration][id];
        id += 1;
    }
    set
}

impl Ranking {
    /// A set of ids as a set by strength.
    pub fn set(&self, tiles: Tiles) -> u32 {
        tiles_of(tiles).fold(0, |set, domino| set | 1 << self.strength[domino.index()])
    }

    /// The strength of a domino, as a bit.
    pub fn bit(&self, domino: boneyard_rules::Domino) -> u32 {
        1 << self.strength[domino.index()]
    }

    /// Count points of a set.
    #[inline(always)]
    pub fn points(&self, set: u32) -> i32 {
        5 * ((set & (self.fives | self.tens)).count_ones() + (set & self.tens).count_ones()) as i32
    }
}
