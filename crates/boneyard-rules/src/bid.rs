//! Bids and whether they are made.

use crate::{RuleError, notation::refuse, rule};

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

    /// The difference, bidder's team minus the others, that is still needed: see [`rule::difference_needed()`].
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

impl std::str::FromStr for Bid {
    type Err = RuleError;

    /// Reads `30` to `42`, a multiple of 42, or marks: `1 mark`, `two marks`, `2m`.
    fn from_str(text: &str) -> Result<Self, RuleError> {
        const NUMBERS: [&str; 7] = ["one", "two", "three", "four", "five", "six", "seven"];
        let said = text.trim().to_ascii_lowercase();
        let number = |word: &str| {
            let named = NUMBERS.iter().position(|it| *it == word).map(|i| i as u64 + 1);
            named.or_else(|| word.bytes().all(|byte| byte.is_ascii_digit()).then(|| word.parse().ok())?)
        };
        let marks = ["marks", "mark", "m"].into_iter().find_map(|unit| said.strip_suffix(unit));
        let bid = match marks {
            Some(marks) => number(marks.trim()).and_then(|marks| marks.checked_mul(42)),
            None => number(&said),
        };
        bid.and_then(|bid| Self::new(bid).ok()).ok_or_else(|| {
            refuse(
                text,
                "a bid: expected 30-42 points, marks such as `2 marks`, or a multiple of 42 up to 4200",
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bids_of_points_and_marks() {
        let valid: Vec<u64> = (0..400).filter(|&bid| Bid::new(bid).is_ok()).collect();
        let expected: Vec<u64> = (30..=42).chain([84, 126, 168, 210, 252, 294, 336, 378]).collect();
        assert_eq!(valid, expected);
        assert!(Bid::new(4_200).is_ok());
        for bid in [4_242, 65_536 + 42, u64::MAX] {
            let error = Bid::new(bid).unwrap_err();
            assert_eq!(error, RuleError::NoSuchBid { bid });
            assert!(
                error
                    .to_string()
                    .ends_with("expected 30-42 points, or a multiple of 42 up to 4200 for marks")
            );
        }
        let marks = Bid::new(84).unwrap();
        assert_eq!((marks.value(), marks.points(), marks.to_string().as_str()), (84, 42, "84"));
        assert_eq!(Bid::THIRTY, Bid::new(30).unwrap());
    }

    #[test]
    fn contracts_are_decided_as_soon_as_they_are_certain() {
        let check = |bid, us, them, expected| {
            assert_eq!(Bid::new(bid).unwrap().contract(us, them), expected, "{bid}: {us}-{them}");
        };
        check(30, 29, 12, Contract::Open);
        check(30, 30, 0, Contract::Made);
        check(30, 0, 12, Contract::Open);
        check(30, 0, 13, Contract::Set);
        check(42, 41, 0, Contract::Open);
        check(42, 42, 0, Contract::Made);
        check(126, 0, 1, Contract::Set);
        check(126, 42, 0, Contract::Made);
    }

    /// The difference to come that is needed says the same as the points at the end.
    #[test]
    fn the_needed_difference_is_the_contract() {
        for bid in (30..=42).chain([84]).map(|bid| Bid::new(bid).unwrap()) {
            for us in 0..=42u8 {
                for them in 0..=42 - us {
                    let open = 42 - us - them;
                    let needed = bid.difference_needed(us, them);
                    let made = |won: u8| i32::from(won) - i32::from(open - won) >= needed;
                    assert!((0..=open).all(|won| made(won) == (us + won >= bid.points())));
                    let expected = match (made(0), made(open)) {
                        (true, _) => Contract::Made,
                        (_, false) => Contract::Set,
                        _ => Contract::Open,
                    };
                    assert_eq!(bid.contract(us, them), expected, "{bid}: {us}-{them}");
                }
            }
        }
    }
}
