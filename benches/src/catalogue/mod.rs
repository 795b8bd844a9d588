//! Problems × variants, each under a stable id, with a check and a lap.
//!
//! | problem | variants | unit |
//! |---|---|---|
//! | `stopwatch` | `sleep-50ms` | calls; a fixed time, to test what times and compares |
//! | `legal-set`, `trick-winner` | `rulebook`, `tables` | positions, tricks |
//! | `sample-ply-N` | samplers | worlds |
//! | `evaluate-tricks-N` | evaluators; N tricks left, a trick begins | worlds |
//! | `reduce` | `points`, `histogram` | worlds |
//! | `choose` | policies | decisions |
//! | `play-GxS` | evaluators; G games, S samples a decision | games |
//!
//! Names of problems and variants are never changed: baselines rely on them.

pub mod evaluators;
pub mod pipelines;
pub mod policies;
pub mod reductions;
pub mod rules;
pub mod samplers;
pub mod stopwatch;

pub use samplers::reference_view;

use crate::limits::Cost;
use crate::measure::Lap;
use crate::{Kind, Site, Size};
use anyhow::Result;
use std::fmt;

/// The name of an entry: never changed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id {
    /// What is to be done, such as `sample-ply-5`.
    pub problem: String,
    /// How, such as `affine`.
    pub variant: String,
}

impl Id {
    fn new(problem: impl Into<String>, variant: impl Into<String>) -> Self {
        Self { problem: problem.into(), variant: variant.into() }
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.problem, self.variant)
    }
}

/// Runs one timed lap.
pub type Run<'a> = Box<dyn FnMut() -> Result<Lap> + 'a>;

/// What preparing an entry came to.
pub enum Prepared<'a> {
    /// It can be timed.
    Ready(Run<'a>),
    /// It is not worth the time here, and why.
    Skipped(String),
}

/// A variant of a problem at a site.
pub trait Entry<P: Site> {
    /// Its name.
    fn id(&self) -> Id;

    /// What is counted: `worlds`, `decisions`, `games`.
    fn unit(&self) -> &'static str;

    /// False for sizes it is too large for.
    fn is_for(&self, _: Size) -> bool {
        true
    }

    /// Worlds a decision, where games are counted.
    fn samples(&self) -> Option<u32> {
        None
    }

    /// What a unit costs at least, to say how far from the machine's limits a rate is.
    fn cost(&self) -> Cost {
        Cost::default()
    }

    /// Holds the variant against a slow or an independent path. Says what was compared.
    ///
    /// # Errors
    /// The first thing that is wrong, in one sentence.
    fn check(&mut self, site: &P, size: Size) -> Result<String>;

    /// Builds what laps work on.
    ///
    /// # Errors
    /// Those of the site.
    fn prepare<'a>(&'a mut self, site: &'a P, size: Size) -> Result<Prepared<'a>>;
}

/// Everything that can be measured at a site.
pub fn catalogue<P: Site + 'static>(site: &P) -> Vec<Box<dyn Entry<P>>> {
    let mut entries: Vec<Box<dyn Entry<P>>> = Vec::new();
    if site.kind() == Kind::Host {
        entries.extend(rules::entries());
        entries.push(Box::new(stopwatch::Stopwatch));
    }
    entries.extend(samplers::entries(site));
    entries.extend(evaluators::entries(site));
    entries.extend(reductions::entries());
    entries.extend(policies::entries());
    entries.extend(pipelines::entries(site));
    entries
}
