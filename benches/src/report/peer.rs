//! Figures from elsewhere: what others reach, and what is wanted of a GPU.

use super::{Row, short};
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// Figures to hold rows against.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Peer {
    /// Whose they are.
    pub name: String,
    /// What it reaches.
    pub figures: Vec<Figure>,
    /// What is wanted on one H100.
    #[serde(default)]
    pub wanted: Vec<Wanted>,
}

/// A rate by problem, in the problem's unit a second.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// The problem's id.
    pub problem: String,
    /// The variant that it is to be compared with, if only one.
    #[serde(default)]
    pub variant: Option<String>,
    /// Units a second.
    pub rate: f64,
    /// With what.
    pub note: String,
}

/// What a variant should reach on a GPU.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// The problem's id.
    pub problem: String,
    /// The variant's id.
    pub variant: String,
    /// The least, if something is demanded.
    pub required: Option<f64>,
    /// What would be good.
    pub goal: f64,
}

impl Peer {
    /// The figures that the program carries.
    ///
    /// # Panics
    /// Never: a test reads them.
    pub fn shipped() -> Self {
        Self::parse(include_str!("../peer.json")).expect("the shipped figures are readable")
    }

    /// Reads figures.
    ///
    /// # Errors
    /// If the text is not JSON of this form.
    pub fn parse(text: &str) -> Result<Self> {
        serde_json::from_str(text).context("not a file of figures with name, figures and wanted")
    }

    /// How many times the peer's rate a row is.
    pub fn ratio(&self, row: &Row) -> Option<f64> {
        let of_problem = || self.figures.iter().filter(|figure| figure.problem == row.problem);
        let own = of_problem().find(|figure| figure.variant.as_ref() == Some(&row.variant));
        let figure = own.or_else(|| of_problem().find(|figure| figure.variant.is_none()))?;
        Some(row.timing()?.rate / figure.rate)
    }

    /// What is wanted of a row, if it was measured on a GPU of the kind that the figures are for.
    pub fn wanted(&self, row: &Row) -> Option<&Wanted> {
        let same = |it: &&Wanted| it.problem == row.problem && it.variant == row.variant;
        self.wanted.iter().filter(|_| row.device.starts_with("cuda")).find(same)
    }
}

impl Wanted {
    /// True if a rate is enough.
    pub fn is_met(&self, rate: f64) -> bool {
        rate >= self.required.unwrap_or(self.goal)
    }
}

impl std::fmt::Display for Wanted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(required) = self.required {
            write!(f, "{}, ", short(required))?;
        }
        write!(f, "goal {}", short(self.goal))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_figures_are_readable() {
        let peer = Peer::shipped();
        assert!(peer.figures.len() >= 2 && peer.wanted.iter().all(|it| it.required.unwrap_or(0.0) < it.goal));
        assert!(Peer::parse("{}").is_err());
    }
}
