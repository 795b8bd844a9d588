//! What a run has done so far.

use boneyard::core::{Agreement, Played, SampleReport};

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

    /// So many in all, a second.
    pub fn per_second(&self, n: u64) -> f64 {
        if self.seconds > 0.0 { n as f64 / self.seconds } else { 0.0 }
    }
}
