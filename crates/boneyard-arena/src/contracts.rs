//! Which contract a deal is played under.

use boneyard::core::{Deals, Setup};
use boneyard::rules::{Bid, Declaring, Seat};
use std::fmt;
use std::str::FromStr;

/// A rule that gives each deal its contract; it looks at the deal alone, so that both games of a pair have the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Contracts {
    /// `dropped-30`: there is no auction. The dealer is forced to 30, seats in turn, and declares its best pip suit
    /// ([`Declaring::Longest`]).
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
        let declaration = Declaring::Longest.declares(dealt.hand(bidder));
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

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn every_seat_is_forced_in_turn() {
        for deal in 0..40 {
            let setup = Contracts::Dropped30.setup(deal);
            assert_eq!((setup.seed, setup.bidder.index()), (deal, deal as usize % 4));
            assert_eq!(setup.declaration, Declaring::Longest.declares(setup.deal.hand(setup.bidder)));
        }
        assert_eq!("dropped-30".parse(), Ok(Contracts::Dropped30));
        assert!("auctoin".parse::<Contracts>().is_err());
    }
}
