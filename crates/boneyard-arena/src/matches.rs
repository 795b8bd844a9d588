//! Matches: every deal is played twice, the players' seats swapped.

use crate::contracts::{Contracts, Dealt, forced};
use crate::error::Result;
use crate::hands::{Played, Seating, play};
use crate::player::AnyPlayer;
use boneyard::core::{InPlay, Setup};
use boneyard::rules::Bid;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// What is played; not by whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Match {
    /// The trick, 1–7, from which on the two play; before, a third plays all seats.
    pub from_trick: u8,
    /// Each deal is played a third time, by Y at all seats, so that offence and defence can be told apart.
    pub apart: bool,
}

/// A deal and how it ended: X bidding against Y, Y bidding against X and, if they are told apart, Y against itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    /// The deal's number.
    pub deal: u64,
    /// What its auction came to; without one the dealer was forced to 30.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auction: Option<Won>,
    /// Two or three.
    pub hands: Vec<Played>,
}

/// Who won an auction, and by what bid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Won {
    /// The seat, 0–3.
    pub bidder: u8,
    /// The bid by its number.
    pub bid: u16,
    /// The marks at stake.
    pub stake: u8,
}

impl Won {
    fn of(setup: &Setup) -> Self {
        Self { bidder: setup.bidder.id(), bid: setup.bid.value(), stake: setup.bid.stake() }
    }
}

impl Pair {
    /// The marks at stake in each of its hands.
    pub fn stake(&self) -> u8 {
        self.auction.map_or(Bid::THIRTY.stake(), |won| won.stake)
    }

    /// The team, 0 or 1, that bid.
    pub fn bidders(&self) -> usize {
        self.auction.map_or(forced(self.deal).team(), |won| usize::from(won.bidder % 2))
    }

    /// Whether X made the contract, and whether Y did, each as bidder against the other.
    pub fn made(&self) -> (bool, bool) {
        (self.hands[0].made, self.hands[1].made)
    }
}

impl Match {
    /// Who sits where in the games of a deal.
    pub fn seatings(&self) -> &'static [Seating] {
        const X: usize = 0;
        const Y: usize = 1;
        const ALL: [Seating; 3] = [
            Seating { bidders: X, defenders: Y },
            Seating { bidders: Y, defenders: X },
            Seating { bidders: Y, defenders: Y },
        ];
        if self.apart { &ALL } else { &ALL[..2] }
    }

    /// Plays the deals of these numbers, all in lockstep, under the contracts that they have in `dealt`. `prefix` plays the tricks before [`Match::from_trick`]; `wrong` is
    /// told which player, 0 or 1, lost a hand by rule, and why.
    ///
    /// # Errors
    /// Those of the players' backends.
    pub fn play(
        &self,
        players: &mut [AnyPlayer; 2],
        prefix: &mut AnyPlayer,
        dealt: &mut Dealt,
        deals: Range<u64>,
        wrong: impl FnMut(usize, &str),
    ) -> Result<Vec<Pair>> {
        let setups = dealt.setups(deals);
        let mut games: Vec<InPlay> = setups.iter().map(|setup| setup.in_play()).collect();
        for _ in 0..4 * (usize::from(self.from_trick) - 1) {
            let answers = prefix.decide(&games)?;
            for (game, answer) in games.iter_mut().zip(answers) {
                let played = answer.and_then(|domino| game.play(domino).map_err(|error| error.to_string()));
                played.map_err(boneyard::core::Error::Mismatch)?;
            }
        }
        let seatings = self.seatings();
        let hands: Vec<(InPlay, Seating)> =
            games.iter().flat_map(|&game| seatings.iter().map(move |&seating| (game, seating))).collect();
        let played = play(players, &hands, wrong)?;
        let auction = |setup: &Setup| (dealt.contracts() == Contracts::Auction).then(|| Won::of(setup));
        let pairs = setups.iter().zip(played.chunks_exact(seatings.len()));
        Ok(pairs
            .map(|(setup, hands)| Pair { deal: setup.seed, auction: auction(setup), hands: hands.to_vec() })
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::Terms;
    use crate::spec::PlayerSpec;
    use boneyard::core::Host;

    fn built(text: &str) -> AnyPlayer {
        text.parse::<PlayerSpec>().unwrap().build(Host::default, Terms::default()).unwrap()
    }

    fn quick(x: &str, y: &str) -> [AnyPlayer; 2] {
        [x, y].map(|policy| built(&format!("{policy} evaluator=cascade:2")))
    }

    fn no_failure(who: usize, what: &str) {
        panic!("player {who}: {what}");
    }

    #[test]
    fn equal_players_end_alike_whoever_sits_where() {
        let rules = Match { from_trick: 1, apart: true };
        let (mut players, mut prefix) = (quick("p-make 5", "p-make 5"), built("greedy 5"));
        let pairs = rules.play(&mut players, &mut prefix, &mut Dealt::default(), 0..40, no_failure);
        for pair in pairs.unwrap() {
            assert_eq!(pair.hands, [pair.hands[0]; 3], "deal {}", pair.deal);
        }
    }

    #[test]
    fn batches_do_not_matter() {
        for (from_trick, apart) in [(1, false), (3, true)] {
            let rules = Match { from_trick, apart };
            let in_batches = |sizes: &[u64]| {
                let (mut players, mut prefix) =
                    (quick("p-make 5", "greedy 9"), built("greedy 3 evaluator=playout"));
                let (mut dealt, mut pairs, mut next) = (Dealt::default(), Vec::new(), 100);
                for size in sizes {
                    pairs.extend(
                        rules
                            .play(&mut players, &mut prefix, &mut dealt, next..next + size, no_failure)
                            .unwrap(),
                    );
                    next += size;
                }
                pairs
            };
            let whole = in_batches(&[30]);
            assert_eq!(whole, in_batches(&[1, 7, 0, 20, 2]));
            assert_eq!(
                whole.iter().map(|pair| pair.deal).collect::<Vec<_>>(),
                (100..130).collect::<Vec<_>>()
            );
            assert!(whole.iter().any(|pair| pair.hands[0] != pair.hands[1]), "the players differ");
        }
    }

    /// Both games of a deal have the contract that its auction gave it, and a row says which.
    #[test]
    fn auctions_are_on_record() {
        let rules = Match { from_trick: 1, apart: false };
        let (mut players, mut prefix) = (quick("p-make 5", "greedy 9"), built("greedy 1"));
        let mut dealt = Dealt::new(Contracts::Auction);
        let pairs = rules.play(&mut players, &mut prefix, &mut dealt, 4..8, no_failure);
        for (pair, deal) in pairs.unwrap().iter().zip(4..) {
            let setup = Contracts::Auction.setup(deal);
            let won = Won { bidder: setup.bidder.id(), bid: setup.bid.value(), stake: setup.bid.stake() };
            assert_eq!((pair.deal, pair.auction), (deal, Some(won)));
            assert_eq!((pair.stake(), pair.bidders()), (won.stake, setup.bidder.team()));
            assert!(pair.hands.iter().all(|hand| hand.made == (hand.points >= setup.bid.points())));
        }
    }

    /// The lockstep gives what one hand played by the slow reference's rules gives.
    #[test]
    fn outcomes_are_the_references() {
        use boneyard::rules::{Domino, tiles_of};
        use boneyard_reference::State;
        let rules = Match { from_trick: 1, apart: false };
        let pairs = rules
            .play(
                &mut quick("p-make 5", "greedy 9"),
                &mut built("greedy 1"),
                &mut Dealt::default(),
                0..12,
                no_failure,
            )
            .unwrap();
        for pair in &pairs {
            let setup = Contracts::Dropped30.setup(pair.deal);
            for (seating, hand) in rules.seatings().iter().zip(&pair.hands) {
                let mut players = quick("p-make 5", "greedy 9");
                let mut game = setup.in_play();
                let mut plays = Vec::new();
                while !game.game().table().is_over() {
                    let bids = game.game().mover().team() == setup.bidder.team();
                    let who = if bids { seating.bidders } else { seating.defenders };
                    let domino = players[who].decide(&[game]).unwrap().remove(0).unwrap();
                    plays.push(domino);
                    game.play(domino).unwrap();
                }
                let ids = |hand| tiles_of(hand).map(Domino::index).collect();
                let (declaration, leader) = (setup.declaration.index(), setup.bidder.index());
                let plays: Vec<usize> = plays.into_iter().map(Domino::index).collect();
                let points = State::replay(setup.deal.hands().map(ids), declaration, leader, &plays).banked();
                assert_eq!(i32::from(hand.points), points[setup.bidder.team()], "deal {}", pair.deal);
                assert_eq!(hand.made, hand.points >= 30);
            }
        }
    }
}
