//! The ten declarations.

use crate::{RuleError, Tiles, tables};

/// What the bidder called: 0–6 a pip is trump, 7 doubles are trump, 8 doubles are a suit of their own without
/// trump power, 9 no trump.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Declaration(u8);

/// Names by id, as used on the command line and in records.
const NAMES: [&str; 10] = [
    "blanks",
    "ones",
    "twos",
    "threes",
    "fours",
    "fives",
    "sixes",
    "doubles-trump",
    "doubles-suit",
    "notrump",
];

impl Declaration {
    /// Sixes are trump.
    pub const SIXES: Self = Self(6);
    /// Doubles are trump.
    pub const DOUBLES_TRUMP: Self = Self(7);
    /// Doubles are a suit, but not trump.
    pub const DOUBLES_SUIT: Self = Self(8);
    /// No trump.
    pub const NO_TRUMP: Self = Self(9);
    /// How many there are.
    pub const COUNT: usize = 10;

    /// The declaration with this id.
    ///
    /// # Errors
    /// [`RuleError::NoSuchDeclaration`] if it is not 0–9.
    pub fn new(id: u64) -> Result<Self, RuleError> {
        if id < 10 { Ok(Self(id as u8)) } else { Err(RuleError::NoSuchDeclaration { name: id.to_string() }) }
    }

    /// All ten, by id.
    pub fn all() -> impl ExactSizeIterator<Item = Self> {
        (0..10u8).map(Self)
    }

    /// 0–9.
    pub fn id(self) -> u8 {
        self.0
    }

    /// Its id as an index into tables of 10.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    /// Its name, such as `sixes` or `doubles-trump`.
    pub fn name(self) -> &'static str {
        NAMES[self.index()]
    }

    /// The dominoes of the called suit (suit 7); empty for no trump.
    pub fn called(self) -> Tiles {
        tables::FOLLOW[self.index()][7]
    }

    /// The dominoes with trump power.
    pub fn trumps(self) -> Tiles {
        tables::TRUMPS[self.index()]
    }

    /// The dominoes that follow `suit` (0–6 pips, 7 the called suit).
    ///
    /// # Panics
    /// If `suit` is above 7.
    pub fn follow(self, suit: u8) -> Tiles {
        tables::FOLLOW[self.index()][usize::from(suit)]
    }

    /// The suit that is led by leading `domino`.
    pub fn led_suit(self, domino: crate::Domino) -> u8 {
        tables::LED_SUIT[self.index()][domino.index()]
    }
}

impl std::fmt::Display for Declaration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

impl std::str::FromStr for Declaration {
    type Err = RuleError;

    /// Reads an id `0`–`9` or a name, the latter in any case and however its words are joined: `No Trump` is `notrump`.
    fn from_str(text: &str) -> Result<Self, RuleError> {
        let letters = |text: &str| text.replace([' ', '-', '_'], "").to_ascii_lowercase();
        let by_name = NAMES.iter().position(|name| letters(name) == letters(text)).map(|id| Self(id as u8));
        let by_id = || text.parse::<u64>().ok().and_then(|id| Self::new(id).ok());
        by_name.or_else(by_id).ok_or_else(|| RuleError::NoSuchDeclaration { name: text.to_owned() })
    }
}
