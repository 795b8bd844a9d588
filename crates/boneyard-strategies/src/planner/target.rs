//! What is enough, described.

use boneyard_core::{Error, Result};
use std::{fmt, str::FromStr};

/// When a decision has seen enough.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// `se:X`: the standard error of every legal move's mean is at most X points (with an evaluator of contracts, X of P(make)).
    Error(f64),
    /// `gap:C` or `gap:C,zone:Z`: the best move is separated.
    Gap {
        /// At this confidence.
        confidence: f64,
        /// Moves within so many points of the best may stay, if there is a zone.
        zone: Option<f64>,
    },
}

impl Target {
    /// Largest standard error, and largest zone, in points.
    pub const MOST: f64 = 84.0;

    /// Checks ranges.
    ///
    /// # Errors
    /// [`Error::Setting`] for what is out of them, and for NaN.
    pub fn check(self) -> Result<()> {
        let refuse =
            |got: String, expected: String| Err(Error::Setting { setting: "adaptive", got, expected });
        let small = |points: f64| (1e-4..=Self::MOST).contains(&points);
        match self {
            Self::Error(points) if !small(points) => {
                refuse(self.to_string(), format!("a standard error from 0.0001 to {} points", Self::MOST))
            }
            Self::Gap { confidence, .. } if !(0.5..=0.9999).contains(&confidence) => {
                refuse(self.to_string(), "a confidence from 0.5 to 0.9999".to_owned())
            }
            Self::Gap { zone: Some(zone), .. } if !small(zone) => {
                refuse(self.to_string(), format!("a zone from 0.0001 to {} points", Self::MOST))
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error(points) => write!(f, "se:{points}"),
            Self::Gap { confidence, zone: None } => write!(f, "gap:{confidence}"),
            Self::Gap { confidence, zone: Some(zone) } => write!(f, "gap:{confidence},zone:{zone}"),
        }
    }
}

impl FromStr for Target {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let refuse = || Error::Setting {
            setting: "adaptive",
            got: text.to_owned(),
            expected: "se:X, gap:C or gap:C,zone:Z, such as se:0.1 or gap:0.95,zone:0.25".to_owned(),
        };
        let number = |text: &str| text.parse::<f64>().map_err(|_| refuse());
        let (first, rest) = text.split_once(',').map_or((text, None), |(first, rest)| (first, Some(rest)));
        let target = match (first.split_once(':'), rest.map(|rest| rest.split_once(':'))) {
            (Some(("se", points)), None) => Self::Error(number(points)?),
            (Some(("gap", confidence)), None) => Self::Gap { confidence: number(confidence)?, zone: None },
            (Some(("gap", confidence)), Some(Some(("zone", zone)))) => {
                Self::Gap { confidence: number(confidence)?, zone: Some(number(zone)?) }
            }
            _ => return Err(refuse()),
        };
        target.check()?;
        Ok(target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_come_back() {
        for text in ["se:0.1", "gap:0.95", "gap:0.99,zone:0.25"] {
            assert_eq!(text.parse::<Target>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn bad_ones_get_one_sentence() {
        for text in
            ["", "se", "se:", "se:x", "zone:1", "se:0.1,zone:1", "gap:0.9,", "gap:0.9,zone:0.1,", "gap"]
        {
            let error = text.parse::<Target>().unwrap_err().to_string();
            assert_eq!(
                error,
                format!(
                    "adaptive {text}: expected se:X, gap:C or gap:C,zone:Z, such as se:0.1 or gap:0.95,zone:0.25"
                )
            );
        }
        let check = |text: &str, expected: &str| {
            let error = text.parse::<Target>().unwrap_err().to_string();
            assert_eq!(error, format!("adaptive {text}: expected {expected}"));
        };
        for text in ["se:0", "se:-1", "se:NaN", "se:inf"] {
            check(text, "a standard error from 0.0001 to 84 points");
        }
        for text in ["gap:1", "gap:0.4", "gap:NaN"] {
            check(text, "a confidence from 0.5 to 0.9999");
        }
        for text in ["gap:0.9,zone:-1", "gap:0.9,zone:NaN", "gap:0.9,zone:0"] {
            check(text, "a zone from 0.0001 to 84 points");
        }
    }
}
