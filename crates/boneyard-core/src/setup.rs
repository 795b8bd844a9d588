//! How a game begins.

use crate::{Coordinates, Error, Purpose, Result};
use boneyard_rules::{Bid, Completions, Deal, Declaration, Domino, Game, RuleError, Seat, View};

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

    /// The same, to be gone on with.
    pub fn in_play(self) -> InPlay {
        InPlay { setup: self, game: self.start() }
    }
}

/// A game in play: how it began, and what has been played of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InPlay {
    setup: Setup,
    game: Game,
}

impl InPlay {
    /// How it began.
    pub fn setup(&self) -> &Setup {
        &self.setup
    }

    /// Where it stands.
    pub fn game(&self) -> &Game {
        &self.game
    }

    /// The mover plays `domino`.
    ///
    /// # Errors
    /// As [`Game::play`].
    pub fn play(&mut self, domino: Domino) -> Result<(), RuleError> {
        self.game.play(domino)
    }

    /// The same game with another seed: random numbers of what is decided in it come from there.
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.setup.seed = seed;
        self
    }

    /// The ply of games that are all at the same one; 0 of none.
    ///
    /// # Errors
    /// [`Error::Mismatch`] if two are at different plies.
    pub fn ply_of_all(games: &[Self]) -> Result<usize> {
        let ply = games.first().map_or(0, |it| it.game.table().ply());
        match games.iter().map(|it| it.game.table().ply()).find(|&other| other != ply) {
            None => Ok(ply),
            Some(other) => Err(Error::Mismatch(format!(
                "games at plies {ply} and {other} are to advance together: expected all at the same ply"
            ))),
        }
    }

    /// Under which contract its mover decides, and where random numbers come from, with a deal that agrees with what the
    /// mover sees: of the hidden hands it has the first world in place of the true one.
    ///
    /// # Errors
    /// [`RuleError::NoWorld`] if no world agrees with the view.
    pub fn as_seen(view: &View, bid: Bid, bidder: Seat, seed: u64) -> Result<Self, RuleError> {
        let worlds = Completions::of(view);
        if worlds.count() == 0 {
            return Err(RuleError::NoWorld);
        }
        let table = view.table();
        let (deal, declaration) = (Deal::new(view.dealt(&worlds.unrank(0)))?, table.declaration());
        let plays: Vec<Domino> = table.plays().collect();
        let game = Game::after(deal, declaration, table.first_leader(), &plays)?;
        Ok(Self { setup: Setup { seed, deal, declaration, bidder, bid }, game })
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

    /// A player that is shown a stand-in for the true deal sees the same.
    #[test]
    fn a_view_is_the_same_from_any_deal_that_agrees_with_it() {
        for seed in 0..20 {
            let setup = Setup {
                seed,
                deal: Deals::Native.deal(seed),
                declaration: Declaration::new(seed % 10).unwrap(),
                bidder: Seat::ALL[seed as usize % 4],
                bid: Bid::THIRTY,
            };
            let mut game = setup.in_play();
            while !game.game().table().is_over() {
                let view = game.game().view();
                let seen = InPlay::as_seen(&view, setup.bid, setup.bidder, 7).unwrap();
                assert_eq!(seen.game().view(), view);
                assert_eq!((seen.setup().seed, seen.setup().bidder), (7, setup.bidder));
                let legal: Vec<Domino> = boneyard_rules::tiles_of(view.legal()).collect();
                game.play(legal[seed as usize % legal.len()]).unwrap();
            }
        }
    }

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
