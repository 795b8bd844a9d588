//! The race to seven marks: what a bid is worth at a score.
//!
//! Before a hand is dealt neither side is ahead in it, so a hand is taken for a fair toss for one mark, and a score is worth
//! V(us, them) = ½ V(us + 1, them) + ½ V(us, them + 1), with V = 1 at seven marks of ours and 0 at seven of theirs. That bids are
//! sometimes worth two marks is left out of the hands to come, not of the one at stake.

use crate::score::GAME;
use boneyard::rules::Bid;
use serde::Serialize;

/// Marks of both sides, each below seven.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Marks {
    /// Ours.
    pub us: u8,
    /// Theirs.
    pub them: u8,
}

impl Marks {
    /// Reads `3,4` or `3-4`, ours first.
    ///
    /// # Errors
    /// One sentence.
    pub fn read(text: &str) -> Result<Self, String> {
        let expected = || format!("expected marks of both sides, each 0 to {}, ours first: `3,4`", GAME - 1);
        let (us, them) = text.split_once([',', '-', ':', ' ']).ok_or_else(expected)?;
        let marks =
            |text: &str| text.trim().parse().ok().filter(|&marks: &u8| marks < GAME).ok_or_else(expected);
        Ok(Self { us: marks(us)?, them: marks(them)? })
    }

    /// The chance to win the game from here.
    pub fn chance(self) -> f64 {
        chance(self.us, self.them)
    }

    /// The same after a contract of ours for this bid that is made with probability `p`.
    pub fn bidding(self, bid: Bid, p: f64) -> f64 {
        let stake = bid.stake();
        p * chance(self.us.saturating_add(stake), self.them)
            + (1.0 - p) * chance(self.us, self.them.saturating_add(stake))
    }

    /// The same if we pass where this is the highest bid so far: a toss for what it is worth, whoever's it is.
    pub fn passing(self, standing: Option<Bid>) -> f64 {
        standing.map_or(self.chance(), |bid| self.bidding(bid, 0.5))
    }

    /// How often a bid must be made to be better than passing.
    pub fn break_even(self, bid: Bid, standing: Option<Bid>) -> f64 {
        let (made, set) = (self.bidding(bid, 1.0), self.bidding(bid, 0.0));
        (self.passing(standing) - set) / (made - set)
    }
}

fn chance(us: u8, them: u8) -> f64 {
    match (us >= GAME, them >= GAME) {
        (true, _) => 1.0,
        (_, true) => 0.0,
        _ => (chance(us + 1, them) + chance(us, them + 1)) / 2.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The chance to win the missing tosses of all that could come, counted.
    fn by_binomials(us: u8, them: u8) -> f64 {
        let (ours, tosses) = (u32::from(GAME - us), u32::from(2 * GAME - us - them - 1));
        let ways = (0..1u32 << tosses).filter(|tosses| tosses.count_ones() >= ours).count();
        ways as f64 / f64::from(1u32 << tosses)
    }

    #[test]
    fn the_value_table_is_that_of_a_fair_race() {
        for us in 0..GAME {
            for them in 0..GAME {
                let marks = Marks { us, them };
                assert!((marks.chance() - by_binomials(us, them)).abs() < 1e-12);
                assert!((marks.chance() + Marks { us: them, them: us }.chance() - 1.0).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn a_bid_is_worth_it_above_one_half_and_two_marks_by_the_score() {
        let bid = |value| Bid::new(value).unwrap();
        let at = |us, them| Marks { us, them };
        assert!((at(3, 4).break_even(bid(30), None) - 0.5).abs() < 1e-12);
        assert!((at(0, 0).break_even(bid(84), None) - 0.5).abs() < 1e-12);
        // At the edge of losing, two marks risk no more than one.
        assert!(at(5, 6).break_even(bid(84), None) < 0.3);
        assert!(at(6, 5).break_even(bid(84), None) > 0.7);
        assert_eq!(at(6, 6).bidding(bid(30), 0.25), 0.25);
    }

    #[test]
    fn scores_are_read() {
        assert_eq!(Marks::read("3,4"), Ok(Marks { us: 3, them: 4 }));
        assert_eq!(Marks::read("0 - 6").map(|it| it.us).ok(), None);
        assert_eq!(Marks::read("0-6"), Ok(Marks { us: 0, them: 6 }));
        for text in ["", "3", "7,0", "3,-1", "a,b"] {
            assert!(Marks::read(text).is_err(), "{text}");
        }
    }
}
