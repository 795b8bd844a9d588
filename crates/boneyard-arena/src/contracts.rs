//! Which contract a deal is played under.

use boneyard::core::{Deals, Setup};
use boneyard::rules::{Bid, Declaration, Domino, Seat, Tiles, tiles_of};
use std::fmt;
use std::str::FromStr;

/// A rule that gives each deal its contract; it looks at the deal alone, so that both games of a pair have the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Contracts {
    /// `dropped-30`: there is no auction. The dealer is forced to 30, seats in turn, and declares its best pip suit
    /// ([`longest_suit`]).
    #[default]
    Dropped30,
}

impl Contracts {
    /// All of them.
    pub const ALL: [Self; 1] = [Self::Dropped30];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dropped30 => "dropped-30",
        }
    }

    /// The deal of this number, with its contract.
    pub fn setup(self, deal: u64) -> Setup {
        let dealt = Deals::Native.deal(deal);
        let Self::Dropped30 = self;
        let bidder = forced(deal);
        let declaration = longest_suit(dealt.hand(bidder));
        Setup { seed: deal, deal: dealt, declaration, bidder, bid: Bid::THIRTY }
    }
}

/// Who is forced to bid: seats in turn.
pub fn forced(deal: u64) -> Seat {
    Seat::ALL[(deal % 4) as usize]
}

impl fmt::Display for Contracts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Contracts {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = Self::ALL.into_iter().find(|rule| rule.name() == text);
        named.ok_or_else(|| format!("expected {}", Self::ALL.map(Self::name).join(" or ")))
    }
}

/// The best pip suit of a hand as a trump: the longest; of equals one whose double is there, then the highest.
pub fn longest_suit(hand: Tiles) -> Declaration {
    let worth = |pip: u8| {
        let holds = |domino: Domino| domino.high() == pip || domino.low() == pip;
        let double = |domino: Domino| domino.high() == pip && domino.low() == pip;
        (tiles_of(hand).filter(|&it| holds(it)).count(), tiles_of(hand).any(double), pip)
    };
    let pip = (0..7).max_by_key(|&pip| worth(pip)).expect("seven pips");
    Declaration::new(pip.into()).expect("pips are declarations")
}

#[cfg(test)]
mod tests {
    use super::*;
    use boneyard::rules::notation;

    #[test]
    fn the_best_suit_is_long_then_has_its_double_then_is_high() {
        let check = |hand: &str, expected: &str| {
            let hand = notation::parse_list(hand).unwrap().iter().fold(0, |set, it| set | it.bit());
            assert_eq!(longest_suit(hand).name(), expected);
        };
        check("6-6 6-5 6-4 6-1 5-5 4-2 1-0", "sixes");
        check("6-5 6-4 6-1 5-4 5-3 5-5 0-0", "fives");
        check("6-5 6-4 6-1 5-4 5-3 3-2 2-1", "sixes");
        check("3-3 3-2 3-1 6-5 6-4 6-2 0-0", "threes");
        check("0-0 1-1 2-2 3-3 4-4 5-5 6-6", "sixes");
        check("1-0 2-0 3-0 6-5 6-4 5-4 2-1", "blanks");
    }

    #[test]
    fn every_seat_is_forced_in_turn() {
        for deal in 0..40 {
            let setup = Contracts::Dropped30.setup(deal);
            assert_eq!((setup.seed, setup.bidder.index()), (deal, deal as usize % 4));
            assert_eq!(setup.declaration, longest_suit(setup.deal.hand(setup.bidder)));
        }
        assert_eq!("dropped-30".parse(), Ok(Contracts::Dropped30));
        assert!("auctoin".parse::<Contracts>().is_err());
    }
}
