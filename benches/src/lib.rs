//! Measurement: every variant of every problem, checked first, then timed, reported and drawn.
//!
//! * The [`catalogue`] lists problems × variants under stable ids. Each entry knows how to check itself against a slow
//!   or independent path, and how to run one timed lap. A new strategy joins by one line in [`Site`], a new problem
//!   by one [`Entry`](catalogue::Entry).
//! * A [`Site`] is where entries run: the host, or a device through any runtime.
//! * [`measure`](measure::measure) warms up and repeats, [`Timing`](measure::Timing) takes the median over the laps of two
//!   rounds; a lap is timed between two synchronisations.
//! * [`truth`] puts error beside speed, [`scaling`] cost against size.
//! * [`report`] keeps it as JSON, prints it, draws it and compares it with a baseline and with others.
#![deny(missing_docs)]

pub mod catalogue;
pub mod limits;
pub mod machine;
pub mod measure;
pub mod numbers;
mod positions;
pub mod report;
pub mod run;
pub mod scaling;
mod site;
mod stage;
pub mod truth;

pub use positions::Positions;
pub use site::{Claim, DeviceSite, DeviceUse, EvaluatorVariant, HostSite, Kind, Measurable, Site, Valued};
pub use stage::Stage;

/// How much work a measurement is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// Seconds in all: for every machine, software devices among them.
    Tiny,
    /// What keeps the cores of a host busy.
    Host,
    /// What fills a GPU: a million worlds and more where they are cheap.
    Gpu,
}

impl Size {
    /// The size of a site: tiny if `quick`, and on software devices always.
    pub fn of(kind: Kind, quick: bool) -> Self {
        match (kind, quick) {
            (_, true) | (Kind::Software, _) => Self::Tiny,
            (Kind::Host, false) => Self::Host,
            (Kind::Gpu, false) => Self::Gpu,
        }
    }

    /// One of three numbers.
    pub fn pick<T>(self, tiny: T, host: T, gpu: T) -> T {
        match self {
            Self::Tiny => tiny,
            Self::Host => host,
            Self::Gpu => gpu,
        }
    }

    /// Seconds that the laps of one entry may take in each of two rounds.
    pub fn budget(self) -> f64 {
        self.pick(0.2, 1.5, 0.5)
    }
}
