//! What was measured: kept as JSON, printed as a table, drawn as a page.

pub mod compare;
pub mod markdown;
pub mod page;
pub mod peer;
mod pictures;
pub mod table;

use crate::limits::Limits;
use crate::measure::Timing;
pub use crate::numbers::short;
use crate::scaling::ScalingRow;
use crate::truth::TruthRow;
use serde::{Deserialize, Serialize};

/// One run of the bench.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// `quick` or `full`.
    pub mode: String,
    /// Version and commit of the program.
    pub code: String,
    /// The day, in UTC.
    pub date: String,
    /// Where it ran.
    pub devices: Vec<DeviceInfo>,
    /// The catalogue.
    pub rows: Vec<Row>,
    /// Error beside speed.
    pub truth: Vec<TruthRow>,
    /// Cost against size.
    pub scaling: Vec<ScalingRow>,
}

/// A device that was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeviceInfo {
    /// Short, as in rows: `cpu`, `cuda:0`.
    pub name: String,
    /// The product's name.
    pub product: String,
    /// The driver and its version, as far as known.
    pub driver: String,
    /// What it can do at most.
    pub limits: Limits,
}

/// An entry of the catalogue on a device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Where.
    pub device: String,
    /// The problem's id.
    pub problem: String,
    /// The variant's id.
    pub variant: String,
    /// What is counted.
    pub unit: String,
    /// Worlds a decision, where games are counted.
    pub samples: Option<u32>,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of an entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Checked and timed.
    Timed {
        /// How fast.
        timing: Timing,
        /// What the check compared.
        checked: String,
        /// Share of a limit of the machine, and its name.
        limit: Option<(f64, String)>,
        /// Bytes held by the device, or by this process, while it ran.
        memory: Option<u64>,
    },
    /// Not timed, and why: too large, too slow, or a sampler with a bound on its tries gave up.
    Skipped(String),
    /// The check failed, or the entry did: not timed.
    Failed(String),
}

impl Row {
    /// The timing, if there is one.
    pub fn timing(&self) -> Option<&Timing> {
        match &self.outcome {
            Outcome::Timed { timing, .. } => Some(timing),
            _ => None,
        }
    }

    /// True for the same entry on the same device.
    pub fn is_same_entry(&self, other: &Row) -> bool {
        (&self.device, &self.problem, &self.variant) == (&other.device, &other.problem, &other.variant)
    }
}

/// How rates and spreads come about, for those who read the report.
const HOW_MEASURED: &str = "A rate is the median over the laps of two rounds, minutes apart, or of one round where its laps \
    take more than four seconds; the spread is the larger of half the distance from the 10th to the 90th percentile within a \
    round, and the distance of a round's median from the rate. Kernels are compiled before the first lap, networks have \
    random weights, and games are not written to files.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_survive_json() {
        let row = Row {
            device: "cpu".into(),
            problem: "reduce".into(),
            variant: "points".into(),
            unit: "worlds".into(),
            samples: None,
            outcome: Outcome::Timed {
                timing: Timing { rate: 1.5, spread: 0.1, laps: 5, units: 10.0 },
                checked: "3 sums".into(),
                limit: Some((0.5, "memory".into())),
                memory: Some(7),
            },
        };
        let survives = |row: Row| {
            let text = serde_json::to_string(&row).unwrap();
            assert_eq!(serde_json::from_str::<Row>(&text).unwrap(), row);
        };
        survives(Row { outcome: Outcome::Skipped("too large".into()), ..row.clone() });
        survives(Row { outcome: Outcome::Failed("wrong".into()), ..row.clone() });
        survives(row);
    }
}
