//! How a game begins.

use crate::{Coordinates, Purpose};
use boneyard_rules::{Bid, Deal, Declaration, Game, Seat};

/// One game to be played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setup {
    /// Its seed, which names it: the deal's, and the key of all its random numbers.
    pub seed: u64,
    /// The hands.
    pub deal: Deal,
    /// What was declared.
    pub declaration: Declaration,
    /// Who declared, and leads the first trick.
    pub bidder: Seat,
    /// What was bid.
    pub bid: Bid,
}

impl Setup {
    /// The game before the first play.
    pub fn start(&self) -> Game {
        Game::new(self.deal, self.declaration, self.bidder)
    }
}

/// How a seed becomes a deal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Deals {
    /// As Python's `random.Random(seed).shuffle`, so that datasets can be compared by seed.
    #[default]
    Python,
    /// A Fisher-Yates shuffle on the counter-based generator, keyed by the seed.
    Native,
}

impl Deals {
    /// The deal of a seed.
    pub fn deal(self, seed: u64) -> Deal {
        match self {
            Deals::Python => Deal::from_seed(seed),
            Deals::Native => {
                let mut stream = Coordinates { seed, replicate: 0, ply: 0 }.stream(Purpose::Deal, 0);
                let mut order: [u8; 28] = std::array::from_fn(|id| id as u8);
                for i in (1..28u32).rev() {
                    order.swap(i as usize, stream.below(i + 1) as usize);
                }
                Deal::cut(&order)
            }
        }
    }

    /// Both.
    pub const ALL: [Self; 2] = [Deals::Python, Deals::Native];

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|deals| deals.name() == name)
    }

    /// `python` or `native`.
    pub fn name(self) -> &'static str {
        match self {
            Deals::Python => "python",
            Deals::Native => "native",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use boneyard_rules::notation;

    #[test]
    fn native_deals_are_pinned_and_differ_by_seed() {
        let hands = |seed| Deals::Native.deal(seed).hands().map(notation::tiles);
        assert_eq!(
            hands(0),
            [
                "0-0 2-1 4-1 4-3 4-4 5-2 5-4",
                "2-0 2-2 3-2 4-0 4-2 5-3 6-3",
                "3-0 3-3 5-0 5-1 5-5 6-2 6-5",
                "1-0 1-1 3-1 6-0 6-1 6-4 6-6",
            ]
        );
        assert_eq!(
            hands((1 << 40) + 5),
            [
                "4-1 4-3 5-1 5-2 5-4 6-2 6-6",
                "1-1 2-1 5-0 5-5 6-3 6-4 6-5",
                "1-0 2-0 3-0 4-0 4-4 5-3 6-1",
                "0-0 2-2 3-1 3-2 3-3 4-2 6-0",
            ]
        );
        assert_ne!(Deals::Native.deal(0), Deals::Native.deal(1));
        assert_ne!(Deals::Native.deal(0), Deals::Native.deal(1 << 32));
    }

    #[test]
    fn native_deals_give_each_seat_each_domino_equally_often() {
        let mut held = [[0u32; 28]; 4];
        for seed in 0..8_000 {
            for (seat, hand) in Deals::Native.deal(seed).hands().into_iter().enumerate() {
                boneyard_rules::tiles_of(hand).for_each(|domino| held[seat][domino.index()] += 1);
            }
        }
        let chi2: f64 = held.iter().flatten().map(|&n| (f64::from(n) - 2000.0).powi(2) / 2000.0).sum();
        assert!(chi2 < 170.0, "chi² {chi2} over 112 cells"); // 81 degrees of freedom, spread below Poisson
    }
}
