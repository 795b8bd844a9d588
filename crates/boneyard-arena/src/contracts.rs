//! Which contract a deal is played under.

use boneyard::ContractRule;
use boneyard::core::{Deals, Setup};
use boneyard::rules::{Bid, Declaring, Seat};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::str::FromStr;

/// A rule that gives each deal its contract; it looks at the deal alone, so that both games of a pair have the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Contracts {
    /// `dropped-30`: there is no auction. The dealer is forced to 30, seats in turn, and declares its best pip suit
    /// ([`Declaring::Longest`]).
    #[default]
    Dropped30,
    /// `best`: the same, but the dealer declares what makes 30 most often with open hands, as [`ContractRule::Best`] finds it.
    Best,
    /// `auction`: all seats bid by what their hands make with open hands, as [`ContractRule::Auction`] says; seats deal in turn.
    Auction,
}

impl Contracts {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Dropped30, Self::Best, Self::Auction];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dropped30 => "dropped-30",
            Self::Best => "best",
            Self::Auction => "auction",
        }
    }

    /// The deal of this number, with its contract.
    pub fn setup(self, deal: u64) -> Setup {
        let dealt = Deals::Native.deal(deal);
        let bidder = forced(deal);
        let declaration = Declaring::Longest.declares(dealt.hand(bidder));
        let dropped = Setup { seed: deal, deal: dealt, declaration, bidder, bid: Bid::THIRTY };
        match self {
            Self::Dropped30 => dropped,
            Self::Best => ContractRule::Best.setup(dropped),
            Self::Auction => ContractRule::Auction.setup(dropped),
        }
    }
}

/// Deals with their contracts, which are found once: what asks the solver takes a while, and several matches may be over the
/// same deals.
#[derive(Clone, Debug, Default)]
pub struct Dealt {
    contracts: Contracts,
    known: BTreeMap<u64, Setup>,
}

impl Dealt {
    /// None yet.
    pub fn new(contracts: Contracts) -> Self {
        Self { contracts, known: BTreeMap::new() }
    }

    /// How they get their contracts.
    pub fn contracts(&self) -> Contracts {
        self.contracts
    }

    /// The deals of these numbers; new ones on all threads of the pool.
    pub fn setups(&mut self, deals: Range<u64>) -> Vec<Setup> {
        let new: Vec<u64> = deals.clone().filter(|deal| !self.known.contains_key(deal)).collect();
        let new: Vec<Setup> = new.into_par_iter().map(|deal| self.contracts.setup(deal)).collect();
        self.known.extend(new.into_iter().map(|setup| (setup.seed, setup)));
        self.known.range(deals).map(|(_, setup)| *setup).collect()
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
        named.ok_or_else(|| format!("expected {}", Self::ALL.map(Self::name).join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use boneyard::Configuration;

    #[test]
    fn every_seat_is_forced_in_turn() {
        for deal in 0..40 {
            let setup = Contracts::Dropped30.setup(deal);
            assert_eq!((setup.seed, setup.bidder.index()), (deal, deal as usize % 4));
            assert_eq!(setup.declaration, Declaring::Longest.declares(setup.deal.hand(setup.bidder)));
        }
        for contracts in Contracts::ALL {
            assert_eq!(contracts.name().parse(), Ok(contracts));
        }
        assert!("auctoin".parse::<Contracts>().is_err());
    }

    /// A deal is bid as the game of its number is by `generate`, whatever deals are beside it.
    #[test]
    fn auctions_are_those_of_games() {
        let configuration = Configuration {
            contract: ContractRule::Auction,
            deals: Deals::Native,
            ..Configuration::default()
        };
        let mut dealt = Dealt::new(Contracts::Auction);
        assert_eq!(dealt.setups(5..7), configuration.setups(5..7));
        let auctions = dealt.setups(4..8);
        assert_eq!(auctions, configuration.setups(4..8));
        assert_eq!(auctions[3], Contracts::Auction.setup(7));
        assert_eq!(dealt.setups(9..9), []);
        let best = Dealt::new(Contracts::Best).setups(4..6);
        for (it, deal) in best.iter().zip(4..) {
            let dropped = Contracts::Dropped30.setup(deal);
            assert_eq!((it.bidder, it.bid, it.deal), (dropped.bidder, Bid::THIRTY, dropped.deal));
        }
    }
}
