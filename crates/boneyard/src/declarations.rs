//! Which game is played under which declaration.

use boneyard_rules::{Declaration, RuleError};
use std::fmt;
use std::str::FromStr;

/// Declarations to cycle through by seed: the game with seed `s` gets number `s` mod their count.
///
/// Parses from `cycle` (all ten), one id or name, or several separated by commas.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Declarations(Vec<Declaration>);

impl Declarations {
    /// All ten, by id.
    pub fn cycle() -> Self {
        Self(Declaration::all().collect())
    }

    /// The declaration of the game with this seed.
    pub fn of_seed(&self, seed: u64) -> Declaration {
        self.0[(seed % self.0.len() as u64) as usize]
    }
}

impl Default for Declarations {
    fn default() -> Self {
        Self::cycle()
    }
}

impl From<Declaration> for Declarations {
    fn from(declaration: Declaration) -> Self {
        Self(vec![declaration])
    }
}

impl FromStr for Declarations {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        if text.eq_ignore_ascii_case("cycle") {
            return Ok(Self::cycle());
        }
        text.split(',').map(|name| name.trim().parse()).collect::<Result<_, _>>().map(Self)
    }
}

impl fmt::Display for Declarations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::cycle() {
            return f.write_str("cycle");
        }
        let names: Vec<&str> = self.0.iter().map(|declaration| declaration.name()).collect();
        f.write_str(&names.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_prints_and_cycles_by_seed() {
        let check = |text: &str, printed: &str, by_seed: [u8; 4]| {
            let declarations: Declarations = text.parse().unwrap();
            assert_eq!(declarations.to_string(), printed);
            assert_eq!([9, 10, 11, u64::MAX].map(|seed| declarations.of_seed(seed).id()), by_seed);
        };
        check("cycle", "cycle", [9, 0, 1, 5]);
        check("0,1,2,3,4,5,6,7,8,9", "cycle", [9, 0, 1, 5]);
        check("6", "sixes", [6; 4]);
        check("notrump, fives", "notrump,fives", [5, 9, 5, 5]);
        check("No-Trump,FIVES", "notrump,fives", [5, 9, 5, 5]);
        check("Cycle", "cycle", [9, 0, 1, 5]);
    }

    #[test]
    fn refuses_unknown_names() {
        for text in ["", "sevens", "10", "-1", "sixes,", "cycle,sixes"] {
            assert!(text.parse::<Declarations>().is_err(), "{text}");
        }
    }
}
