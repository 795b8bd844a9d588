//! The auction of straight 42: one round of calls, the dealer's last.

use crate::{Bid, RuleError, Seat, notation};
use std::fmt;
use std::str::FromStr;

/// What a seat says in its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    /// Nothing.
    Pass,
    /// More than anybody before.
    Bid(Bid),
}

/// What happens where everybody passes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Passed {
    /// The dominoes are shuffled again.
    #[default]
    Reshake,
    /// The dealer must bid 30, and so may not pass after three others have.
    DealerBids,
}

/// The calls so far. The seat after the dealer calls first, the dealer last, each once.
///
/// Points are bid from 30 to 41, each more than before. The first bid of marks is of one (42) or two (84); after a bid of
/// marks, one more each.
///
/// ```
/// use boneyard_rules::{Auction, Passed, Seat};
///
/// let mut auction = Auction::new(Seat::ALL[2], Passed::Reshake);
/// for call in ["30", "pass", "1 mark", "2 marks"] {
///     auction.call(call.parse()?)?;
/// }
/// let won = auction.won().expect("somebody has bid");
/// assert_eq!((won.bidder, won.bid.marks()), (Seat::ALL[2], 2));
/// # Ok::<(), boneyard_rules::RuleError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Auction {
    dealer: Seat,
    passed: Passed,
    n_calls: usize,
    high: Option<Won>,
}

/// The highest bid so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Won {
    /// Whose it is.
    pub bidder: Seat,
    /// What was bid.
    pub bid: Bid,
}

impl Auction {
    /// Nobody has called yet.
    pub fn new(dealer: Seat, passed: Passed) -> Self {
        Self { dealer, passed, n_calls: 0, high: None }
    }

    /// Whose turn it is; `None` after four calls.
    pub fn turn(&self) -> Option<Seat> {
        (self.n_calls < 4).then(|| self.dealer.after(1 + self.n_calls))
    }

    /// The highest bid so far, and after four calls the contract; `None` if all have passed.
    pub fn won(&self) -> Option<Won> {
        self.high
    }

    /// What may be bid now, from low to high.
    pub fn bids(&self) -> Vec<Bid> {
        let marks = |marks: u64| Bid::new(42 * marks).ok();
        let Some(high) = self.high.map(|won| won.bid) else { return Bid::points_and(2).collect() };
        match high.marks() {
            0 => Bid::points_and(2).filter(|&bid| bid > high).collect(),
            n => marks(u64::from(n) + 1).into_iter().collect(),
        }
    }

    /// Whether passing is a call now: the dealer's may not be.
    pub fn may_pass(&self) -> bool {
        !(self.passed == Passed::DealerBids && self.n_calls == 3 && self.high.is_none())
    }

    /// The seat whose turn it is calls.
    ///
    /// # Errors
    /// [`RuleError::Call`] for a call that is not in the game now.
    pub fn call(&mut self, call: Call) -> Result<(), RuleError> {
        let refuse = |expected: String| Err(RuleError::Call { call: call.to_string(), expected });
        let Some(seat) = self.turn() else { return refuse("no call after the dealer's".to_owned()) };
        match call {
            Call::Pass if !self.may_pass() => return refuse("a bid, as the dealer must bid 30".to_owned()),
            Call::Bid(bid) if !self.bids().contains(&bid) => {
                let expected = match &self.bids()[..] {
                    [] => "pass".to_owned(),
                    [only] => format!("pass or {only}"),
                    [low, .., high] => format!("pass or a bid from {low} on, at most {high}"),
                };
                return refuse(expected);
            }
            Call::Bid(bid) => self.high = Some(Won { bidder: seat, bid }),
            Call::Pass => {}
        }
        self.n_calls += 1;
        Ok(())
    }
}

impl Bid {
    /// How many marks the contract is worth: one, or as many as were bid.
    pub fn stake(self) -> u8 {
        self.marks().max(1)
    }

    /// How many marks were bid; 0 of points.
    pub fn marks(self) -> u8 {
        if self.value() < 42 { 0 } else { (self.value() / 42) as u8 }
    }

    /// 30 to 41 points, then 1 to `marks` marks.
    fn points_and(marks: u64) -> impl Iterator<Item = Self> {
        let values = (30..42).chain((1..=marks).map(|marks| 42 * marks));
        values.map(|value| Self::new(value).expect("a bid"))
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pass => f.pad("pass"),
            Self::Bid(bid) => bid.fmt(f),
        }
    }
}

impl FromStr for Call {
    type Err = RuleError;

    /// Reads `pass`, or a bid as [`Bid`] does.
    fn from_str(text: &str) -> Result<Self, RuleError> {
        match text.trim().to_ascii_lowercase().as_str() {
            "pass" | "p" | "-" => Ok(Self::Pass),
            said => said
                .parse()
                .map(Self::Bid)
                .map_err(|_| notation::refuse(text, "a call: expected pass or a bid")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn auction(dealer: usize, passed: Passed, calls: &str) -> Result<Auction, RuleError> {
        let mut auction = Auction::new(Seat::ALL[dealer], passed);
        calls.split_whitespace().try_for_each(|call| auction.call(call.parse()?))?;
        Ok(auction)
    }

    #[test]
    fn calls_go_round_once_and_the_highest_wins() {
        let won = |dealer, calls| auction(dealer, Passed::Reshake, calls).unwrap().won();
        let of = |seat: usize, bid| Some(Won { bidder: Seat::ALL[seat], bid: Bid::new(bid).unwrap() });
        assert_eq!(won(0, "pass pass pass pass"), None);
        assert_eq!(won(0, "30 31 pass 32"), of(0, 32));
        assert_eq!(won(3, "pass 30 p -"), of(1, 30));
        assert_eq!(won(1, "41 42 84 126"), of(1, 126));
        assert_eq!(won(2, "84 pass pass 126"), of(2, 126));
        let open = auction(2, Passed::Reshake, "30").unwrap();
        assert_eq!((open.turn(), open.bids().len()), (Some(Seat::ALL[0]), 13));
        assert_eq!(auction(2, Passed::Reshake, "p p p p").unwrap().turn(), None);
    }

    #[test]
    fn bids_rise_and_marks_rise_by_one() {
        let refused = |calls: &str, expected: &str| {
            let message = auction(0, Passed::Reshake, calls).unwrap_err().to_string();
            assert!(message.contains(expected), "{calls}: {message}");
        };
        refused("31 31", "`31` is no call here: expected pass or a bid from 32 on, at most 84");
        refused("126", "expected pass or a bid from 30 on, at most 84");
        refused("42 126", "expected pass or 84");
        refused("84 42", "expected pass or 126");
        refused("41 41", "at most 84");
        refused("p p p p p", "expected no call after the dealer's");
        refused("hello", "`hello` is not a call: expected pass or a bid");
        let values = |calls| -> Vec<u16> {
            auction(0, Passed::Reshake, calls).unwrap().bids().into_iter().map(Bid::value).collect()
        };
        assert_eq!(values(""), (30..=42).chain([84]).collect::<Vec<_>>());
        assert_eq!(values("40"), [41, 42, 84]);
        assert_eq!(values("42"), [84]);
        assert_eq!(values("84"), [126]);
    }

    #[test]
    fn a_dealer_who_must_bid_bids() {
        let stuck = auction(0, Passed::DealerBids, "p p p").unwrap();
        assert!(!stuck.may_pass());
        assert!(auction(0, Passed::DealerBids, "p p p p").is_err());
        assert!(auction(0, Passed::DealerBids, "p 30 p p").is_ok());
        assert_eq!(auction(0, Passed::DealerBids, "p p p 30").unwrap().won().unwrap().bidder, Seat::ALL[0]);
    }

    #[test]
    fn stakes() {
        let of = |bid| Bid::new(bid).unwrap();
        assert_eq!([30, 41, 42, 84, 126].map(|bid| of(bid).stake()), [1, 1, 1, 2, 3]);
        assert_eq!([30, 41, 42, 84].map(|bid| of(bid).marks()), [0, 0, 1, 2]);
    }
}
