//! Which contract a game is played under.

use crate::prospects::{Prospect, made, prospects, worlds};
use boneyard_core::{Coordinates, Host, Result, Setup};
use boneyard_rules::{Auction, Bid, Call, Deal, Declaration, Declaring, Passed, Seat, Tiles};
use std::fmt;
use std::str::FromStr;

/// How the game of a seed gets its contract.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ContractRule {
    /// `fixed`: bidder and bid are those of the configuration, declarations cycle.
    #[default]
    Fixed,
    /// `best`: bidder and bid are those of the configuration; the bidder declares what makes the bid most often with open
    /// hands, in [`ContractRule::WORLDS`] worlds.
    Best,
    /// `longest`: bidder and bid are those of the configuration; the bidder declares its longest suit, as
    /// [`Declaring::Longest`] says.
    Longest,
    /// `auction`: seats bid in turn, seat (seed mod 4) deals. Each has the declaration in mind that makes 30 most often, and
    /// makes the lowest bid that is left while that is made with open hands in [`ContractRule::BIDS_FROM`] of its worlds. Where
    /// all pass the dealer bids 30.
    Auction,
}

impl ContractRule {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Fixed, Self::Best, Self::Longest, Self::Auction];

    /// Worlds in which a bidder looks at its hand.
    pub const WORLDS: u32 = 24;

    /// The share of worlds from which a bid is made. Open hands promise more than comes true: what they make in 70 % is made
    /// about every other time by players who do not see all hands.
    pub const BIDS_FROM: f64 = 0.7;

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fixed => "fixed",
            Self::Best => "best",
            Self::Longest => "longest",
            Self::Auction => "auction",
        }
    }

    /// The game of `fixed`, under the contract of this rule. It follows from seed, deal, bidder and bid alone.
    pub fn setup(self, fixed: Setup) -> Setup {
        let contract = match self {
            Self::Fixed => Ok(fixed),
            Self::Best => best(fixed),
            Self::Longest => {
                let declaration = Declaring::Longest.declares(fixed.deal.hand(fixed.bidder));
                Ok(Setup { declaration, ..fixed })
            }
            Self::Auction => auction(fixed),
        };
        contract.expect("a hand of a deal has worlds")
    }
}

/// Random numbers of what a seat thinks of its hand, apart from those of its game.
fn drawn_for(seed: u64, seat: Seat) -> Coordinates {
    Coordinates { seed, replicate: 1 + u32::from(seat.id()), ply: 0 }
}

/// The declaration that is best; of equals the lowest.
fn most(made: &[u32; Declaration::COUNT]) -> Declaration {
    let best = Declaration::all().max_by_key(|it| (made[it.index()], std::cmp::Reverse(*it)));
    best.expect("ten declarations")
}

fn best(fixed: Setup) -> Result<Setup> {
    let hand = fixed.deal.hand(fixed.bidder);
    let worlds = worlds(hand, ContractRule::WORLDS, drawn_for(fixed.seed, fixed.bidder))?;
    Ok(Setup { declaration: most(&made(hand, fixed.bid, &worlds)?), ..fixed })
}

fn auction(fixed: Setup) -> Result<Setup> {
    let dealer = Seat::ALL[(fixed.seed % 4) as usize];
    let mut auction = Auction::new(dealer, Passed::DealerBids);
    let mut declared = [Declaration::NO_TRUMP; 4];
    while let Some(seat) = auction.turn() {
        let (declaration, open) = thought(&fixed.deal, seat, fixed.seed)?;
        declared[seat.index()] = declaration;
        let lowest = auction.bids().first().copied();
        let call = match lowest {
            Some(bid) if open.best_lead(bid.points()).1 >= ContractRule::BIDS_FROM => Call::Bid(bid),
            _ if auction.may_pass() => Call::Pass,
            _ => Call::Bid(Bid::THIRTY),
        };
        auction.call(call)?;
    }
    let won = auction.won().expect("the dealer bids where all others pass");
    let declaration = declared[won.bidder.index()];
    Ok(Setup { bidder: won.bidder, bid: won.bid, declaration, ..fixed })
}

/// What a seat would declare, and how that looks with open hands.
fn thought(deal: &Deal, seat: Seat, seed: u64) -> Result<(Declaration, Prospect)> {
    let hand: Tiles = deal.hand(seat);
    let worlds = worlds(hand, ContractRule::WORLDS, drawn_for(seed, seat))?;
    let declaration = most(&made(hand, Bid::THIRTY, &worlds)?);
    let open = prospects(&mut Host::default(), hand, &[declaration], &worlds)?.remove(0);
    Ok((declaration, open))
}

impl fmt::Display for ContractRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for ContractRule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = Self::ALL.into_iter().find(|rule| rule.name() == text);
        named.ok_or_else(|| format!("expected {}", Self::ALL.map(Self::name).join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Configuration;

    fn setups(contract: ContractRule, seeds: std::ops::Range<u64>) -> Vec<Setup> {
        Configuration { contract, ..Configuration::default() }.setups(seeds)
    }

    /// A game's contract depends on its own seed only, and only the contract differs.
    #[test]
    fn contracts_follow_from_the_seed() {
        for rule in ContractRule::ALL {
            let all = setups(rule, 0..4);
            assert_eq!(all[2..], setups(rule, 2..4));
            for (it, fixed) in all.iter().zip(setups(ContractRule::Fixed, 0..4)) {
                assert_eq!((it.seed, it.deal), (fixed.seed, fixed.deal));
                assert!(
                    ![ContractRule::Best, ContractRule::Longest].contains(&rule)
                        || (it.bid, it.bidder) == (fixed.bid, fixed.bidder)
                );
            }
            assert_eq!(rule.name().parse(), Ok(rule));
        }
        assert!("auctoin".parse::<ContractRule>().is_err());
    }

    /// Real contracts are better than those that cycle, in the worlds of their bidders.
    #[test]
    fn the_best_declaration_is_no_worse_than_any_other() {
        let [fixed, best] = [ContractRule::Fixed, ContractRule::Best].map(|rule| setups(rule, 20..24));
        for (fixed, best) in fixed.iter().zip(&best) {
            let hand = best.deal.hand(best.bidder);
            let worlds = worlds(hand, ContractRule::WORLDS, drawn_for(best.seed, best.bidder)).unwrap();
            let made = made(hand, best.bid, &worlds).unwrap();
            assert!(made[best.declaration.index()] >= made[fixed.declaration.index()]);
            assert_eq!(made[best.declaration.index()], made.into_iter().max().unwrap());
        }
    }
}
