//! How a bidder declares of whom nothing is known but its hand.

use crate::{Declaration, Tiles};
use std::fmt;
use std::str::FromStr;

/// A rule that names a declaration for a hand of seven dominoes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Declaring {
    /// `longest`: the pip suit of which the hand has most; of equals one whose double it has, then the highest.
    #[default]
    Longest,
}

impl Declaring {
    /// All of them.
    pub const ALL: [Self; 1] = [Self::Longest];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Longest => "longest",
        }
    }

    /// What the hand declares.
    pub fn declares(self, hand: Tiles) -> Declaration {
        let Self::Longest = self;
        Declaration::longest_suit(hand)
    }
}

impl fmt::Display for Declaring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Declaring {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = Self::ALL.into_iter().find(|rule| rule.name() == text);
        named.ok_or_else(|| format!("`{text}`: expected {}", Self::ALL.map(Self::name).join(" or ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notation;

    #[test]
    fn the_longest_suit_is_long_then_has_its_double_then_is_high() {
        let check = |hand: &str, expected: &str| {
            let hand = notation::parse_list(hand).unwrap().iter().fold(0, |set, it| set | it.bit());
            assert_eq!(Declaring::Longest.declares(hand).name(), expected);
        };
        check("6-6 6-5 6-4 6-1 5-5 4-2 1-0", "sixes");
        check("6-5 6-4 6-1 5-4 5-3 5-5 0-0", "fives");
        check("6-5 6-4 6-1 5-4 5-3 3-2 2-1", "sixes");
        check("3-3 3-2 3-1 6-5 6-4 6-2 0-0", "threes");
        check("0-0 1-1 2-2 3-3 4-4 5-5 6-6", "sixes");
        check("1-0 2-0 3-0 6-5 6-4 5-4 2-1", "blanks");
        assert_eq!("longest".parse(), Ok(Declaring::Longest));
        assert_eq!("longset".parse::<Declaring>(), Err("`longset`: expected longest".to_owned()));
    }
}
