//! The ten declarations.

use crate::{Domino, RuleError, Tiles, tables};

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

    /// The best pip suit of a hand as a trump, by the rule of thumb: the longest; of equals one whose double is there, then
    /// the highest.
    pub fn longest_suit(hand: Tiles) -> Self {
        const DOUBLES: usize = 7;
        let worth = |pip: u8| {
            let suit = hand & tables::TRUMPS[usize::from(pip)];
            (suit.count_ones(), suit & tables::TRUMPS[DOUBLES] != 0, pip)
        };
        Self((0..7).max_by_key(|&pip| worth(pip)).expect("seven pips"))
    }

    /// The suit that is led by leading `domino`.
    pub fn led_suit(self, domino: Domino) -> u8 {
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

    /// Reads an id `0`–`9` or a name, the latter in any case and however its words are joined: `No Trump` is `notrump`. Names
    /// that players use are understood too: `six`, `6s`, `aces`, `follow me`, `doubles as a suit`.
    fn from_str(text: &str) -> Result<Self, RuleError> {
        let said = if text.starts_with('-') { String::new() } else { letters(text) };
        let trump = said.strip_suffix("trumps").or(said.strip_suffix("trump")).or(said.strip_prefix("trump"));
        let named = |said: &str| OTHER_NAMES.iter().find(|(name, _)| *name == said).map(|&(_, id)| Self(id));
        let by_name = || NAMES.iter().position(|name| letters(name) == said).map(|id| Self(id as u8));
        // `sixes trump`, `6 trumps`: of a pip only.
        let by_pip = || named(trump?).or_else(|| pip(trump?)).filter(|it| it.0 < 7);
        let by_id = || text.parse::<u64>().ok().and_then(|id| Self::new(id).ok());
        let other = || named(&said).or_else(|| pip(&said));
        if ["nello", "nelo", "plunge", "splash", "sevens"].contains(&said.as_str()) {
            return Err(RuleError::OtherGame { name: text.to_owned() });
        }
        by_name()
            .or_else(by_id)
            .or_else(other)
            .or_else(by_pip)
            .ok_or_else(|| RuleError::NoSuchDeclaration { name: text.to_owned() })
    }
}

/// Names that players use beside [`NAMES`], without what joins their words.
const OTHER_NAMES: [(&str, u8); 35] = [
    ("blank", 0),
    ("zero", 0),
    ("zeros", 0),
    ("zeroes", 0),
    ("one", 1),
    ("ace", 1),
    ("aces", 1),
    ("two", 2),
    ("deuce", 2),
    ("deuces", 2),
    ("three", 3),
    ("trey", 3),
    ("treys", 3),
    ("four", 4),
    ("five", 5),
    ("six", 6),
    ("blanks", 0),
    ("ones", 1),
    ("twos", 2),
    ("threes", 3),
    ("fours", 4),
    ("fives", 5),
    ("sixes", 6),
    ("doublestrumps", 7),
    ("doublesaretrump", 7),
    ("doublesaretrumps", 7),
    ("doublesastrump", 7),
    ("doublesastrumps", 7),
    ("doublesasasuit", 8),
    ("doublesassuit", 8),
    ("doublesownsuit", 8),
    ("doublesastheirownsuit", 8),
    ("followme", 9),
    ("nt", 9),
    ("notrumps", 9),
];

/// In lower case, without what joins words.
fn letters(text: &str) -> String {
    text.replace([' ', '-', '_', '\''], "").to_ascii_lowercase()
}

/// `6` or `6s`.
fn pip(said: &str) -> Option<Declaration> {
    match said.strip_suffix('s').unwrap_or(said).as_bytes() {
        [digit @ b'0'..=b'6'] => Some(Declaration(digit - b'0')),
        _ => None,
    }
}
