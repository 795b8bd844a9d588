//! Bids and whether they are made.

use crate::{RuleError, rule};

/// A bid: 30–42 points, or marks, which are bids of 42, 84, 126 … and all mean "all 42 points".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bid(u16);

/// Where a contract stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Contract {
    /// Still open.
    Open,
    /// The bidder's team has its points.
    Made,
    /// The bidder's team can no longer reach them.
    Set,
}

impl Bid {
    /// The lowest bid.
    pub const THIRTY: Self = Self(30);

    /// A bid by its number: 30–42, or a multiple of 42 up to 42 × 100 for marks.
    ///
    /// # Errors
    /// [`RuleError::NoSuchBid`] otherwise.
    pub fn new(bid: u64) -> Result<Self, RuleError> {
        let marks = bid.is_multiple_of(42) && (42..=4200).contains(&bid);
        if (30..=42).contains(&bid) || marks {
            Ok(Self(bid as u16))
        } else {
            Err(RuleError::NoSuchBid { bid })
        }
    }

    /// The number bid.
    pub fn value(self) -> u16 {
        self.0
    }

    /// The points, of 42, that the bidder's team must win.
    pub fn points(self) -> u8 {
        self.0.min(42) as u8
    }

    /// The difference, bidder's team minus the others, that is still needed: see [`rule::difference_needed`].
    pub fn difference_needed(self, banked_bidders: u8, banked_others: u8) -> i32 {
        rule::difference_needed(i32::from(self.points()), i32::from(banked_bidders), i32::from(banked_others))
    }

    /// Made as soon as the points are there, set as soon as they are out of reach.
    pub fn contract(self, banked_bidders: u8, banked_others: u8) -> Contract {
        if banked_bidders >= self.points() {
            Contract::Made
        } else if banked_others > 42 - self.points() {
            Contract::Set
        } else {
            Contract::Open
        }
    }
}

impl std::fmt::Display for Bid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}
