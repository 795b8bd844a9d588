//! What a run has done so far.

use boneyard::core::{Agreement, Played, SampleReport};
use boneyard::device::DeviceReport;

/// Sums over the games that were played.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Games.
    pub games: u64,
    /// Their decisions.
    pub decisions: u64,
    /// Decisions that were not forced, or evaluated all the same.
    pub evaluated: u64,
    /// Worlds looked at.
    pub worlds: u64,
    /// What sampling cost.
    pub sampling: SampleReport,
    /// Of values with exact ones, where they were compared.
    pub agreement: Agreement,
    /// Worlds that a device and threads of the CPU shared.
    pub shared: u64,
    /// Those of them that the threads solved.
    pub on_host: u64,
    /// Longest launch of a search on a device, in seconds; 0 if there was none.
    pub longest_launch: f64,
    /// Seconds of first launches of kernels, which compile them.
    pub compiling: f64,
    /// Files written.
    pub files: u64,
    /// How long it took.
    pub seconds: f64,
}

impl Tally {
    /// Adds what was played.
    pub fn add(&mut self, played: &Played) {
        self.games += played.games.len() as u64;
        self.sampling += played.sampling;
        for decision in played.games.iter().flat_map(|game| &game.decisions) {
            self.decisions += 1;
            self.evaluated += u64::from(decision.estimate.is_some());
            self.worlds += u64::from(decision.worlds_used());
            self.agreement.add(decision);
        }
    }

    /// Adds what on a device did.
    pub fn add_device(&mut self, report: &DeviceReport) {
        self.shared += report.shared;
        self.compiling += report.compiling.as_secs_f64();
        self.on_host += report.on_host;
        self.longest_launch = self.longest_launch.max(report.longest_launch.as_secs_f64());
    }

    /// So many in all, a second.
    pub fn per_second(&self, n: u64) -> f64 {
        if self.seconds > 0.0 { n as f64 / self.seconds } else { 0.0 }
    }
}
