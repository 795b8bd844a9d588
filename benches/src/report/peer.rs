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
    /// What is wanted.
    #[serde(default)]
    pub wanted: Wishes,
}

/// A rate, how it was measured, and which rows may be held against it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// What was done.
    pub what: String,
    /// Units a second.
    pub rate: f64,
    /// What is counted: `games`, `worlds`.
    pub unit: String,
    /// The command, or that it was not recorded.
    pub command: String,
    /// On what.
    pub device: String,
    /// When, or that it was not recorded.
    pub date: String,
    /// The entries, as `problem/variant`, that do the same job: see [`SAME_JOB`]. No others are held against the figure.
    pub same_job: Vec<String>,
}

/// When a row is held against the peer, for those who read the report.
pub const SAME_JOB: &str = "A row is held against the peer only where it does the same job: one pass of a network of the same \
    size (here with its tokens and with rounding), or whole games, as many with as many samples, in which every decision's \
    moves are valued in every world for perfect play. The peer's network estimates those values, the solver computes them, \
    and a cascade asks a network of the same size in the first tricks and the solver after them. Playouts are another job.";

/// What is wanted, by whom and on what.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wishes {
    /// Who requires it, and whose goal it is.
    pub by: String,
    /// What it is wanted of.
    pub device: String,
    /// The rates.
    pub rates: Vec<Wanted>,
}

/// What a variant should reach.
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

    /// How many times the peer's rate a row is, if the peer was seen doing the same job.
    pub fn ratio(&self, row: &Row) -> Option<f64> {
        let entry = format!("{}/{}", row.problem, row.variant);
        let does_the_same = |figure: &&Figure| figure.unit == row.unit && figure.same_job.contains(&entry);
        let figure = self.figures.iter().find(does_the_same)?;
        Some(row.timing()?.rate / figure.rate)
    }

    /// What is wanted of a row, if it was measured on a CUDA device: on others than the one that it is wanted of, too.
    pub fn wanted(&self, row: &Row) -> Option<&Wanted> {
        let same = |it: &&Wanted| it.problem == row.problem && it.variant == row.variant;
        self.wanted.rates.iter().filter(|_| row.device.starts_with("cuda")).find(same)
    }
}

impl Figure {
    /// The entries that are held against it, as text.
    pub fn held_against(&self) -> String {
        if self.same_job.is_empty() { "nothing here".to_owned() } else { self.same_job.join(", ") }
    }
}

impl Wishes {
    /// Who wants what, in one sentence; empty if nothing is wanted.
    pub fn source(&self) -> String {
        if self.rates.is_empty() {
            return String::new();
        }
        format!("What is required, and what is the goal, are what {} wants of {}.", self.by, self.device)
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
            write!(f, "required {}, ", short(required))?;
        }
        write!(f, "goal {}", short(self.goal))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Timing;
    use crate::report::Outcome;

    fn row(problem: &str, variant: &str, unit: &str, rate: f64) -> Row {
        Row {
            device: "cuda:0".into(),
            problem: problem.into(),
            variant: variant.into(),
            unit: unit.into(),
            samples: None,
            outcome: Outcome::Timed {
                timing: Timing { rate, spread: 0.0, laps: 9, units: 1.0 },
                checked: String::new(),
                limit: None,
                memory: None,
            },
        }
    }

    #[test]
    fn every_shipped_figure_says_where_it_is_from() {
        let peer = Peer::shipped();
        for figure in &peer.figures {
            let said = [&figure.what, &figure.unit, &figure.command, &figure.device, &figure.date];
            assert!(figure.rate > 0.0 && said.iter().all(|text| !text.trim().is_empty()), "{figure:?}");
        }
        assert!(!peer.wanted.by.is_empty() && !peer.wanted.device.is_empty());
        assert!(peer.wanted.rates.iter().all(|it| it.required.unwrap_or(0.0) < it.goal));
    }

    /// A file that leaves out command, device or date is refused.
    #[test]
    fn figures_without_a_source_are_refused() {
        let figure = serde_json::to_value(&Peer::shipped().figures[0]).unwrap();
        let file = |figure: &serde_json::Value| {
            Peer::parse(&serde_json::json!({ "name": "x", "figures": [figure] }).to_string())
        };
        file(&figure).expect("a whole figure");
        for field in ["what", "unit", "command", "device", "date", "same_job"] {
            let mut without = figure.clone();
            without.as_object_mut().unwrap().remove(field);
            file(&without).expect_err(field);
        }
        assert!(Peer::parse("{}").is_err());
    }

    #[test]
    fn only_the_same_job_is_held_against_the_peer() {
        let peer = Peer::shipped();
        let check = |problem: &str, variant: &str, unit: &str, expected: Option<f64>| {
            let ratio = peer.ratio(&row(problem, variant, unit, 1e6)).map(|ratio| 1e6 / ratio);
            assert_eq!(ratio.map(f64::round), expected, "{problem}/{variant}");
        };
        for problem in ["play-32x50", "play-256x256", "play-1000x1024", "play-10000x1024"] {
            for variant in ["playout", "cascade:2", "cascade:4", "cascade:5", "contract"] {
                check(problem, variant, "games", None);
            }
        }
        for tricks in 2..=7 {
            for variant in ["playout", "solver", "contract", "net:32x2"] {
                check(&format!("evaluate-tricks-{tricks}"), variant, "worlds", None);
            }
        }
        check("sample-ply-0", "affine", "worlds", None);
        check("play-256x256", "solver", "games", None);
        check("play-10000x1024", "solver", "games", None);
        check("play-32x50", "solver", "games", Some(30.0));
        check("play-32x50", "cascade:5,128x4", "games", Some(30.0));
        check("play-1000x1024", "cascade:5,128x4", "games", Some(13.0));
        check("play-1000x1024", "cascade:5,128x4", "decisions", None);
        check("evaluate-tricks-7", "net:128x4", "worlds", Some(750_000.0));
        check("evaluate-tricks-7", "net:256x6", "worlds", Some(400_000.0));
    }
}
