//! Worlds that agree with what was seen.

use crate::{Backend, Observation, Result};
use boneyard_rules::World;

/// A world that has not been found yet.
pub const EMPTY: World = [0; 3];

/// What sampling cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SampleReport {
    /// Worlds asked for, enumerated ones not counted.
    pub wanted: u64,
    /// Worlds found by the first sampler.
    pub found: u64,
    /// Candidates looked at; equal to `found` for samplers that never reject.
    pub tries: u64,
    /// Worlds found by a second sampler after the first gave up.
    pub rescued: u64,
    /// Decisions in which that happened.
    pub rescued_decisions: u64,
}

impl SampleReport {
    /// Worlds that nobody found.
    pub fn missing(&self) -> u64 {
        self.wanted - self.found - self.rescued
    }
}

impl std::ops::AddAssign for SampleReport {
    fn add_assign(&mut self, other: Self) {
        self.wanted += other.wanted;
        self.found += other.found;
        self.tries += other.tries;
        self.rescued += other.rescued;
        self.rescued_decisions += other.rescued_decisions;
    }
}

/// Fills in the hidden hands.
///
/// Laws: every world agrees with hand sizes and voids; world `i` of a decision depends on the observation and
/// `i` only.
pub trait Sampler<B: Backend> {
    /// A stable id, such as `affine`.
    fn id(&self) -> String;

    /// Fills `out` with the worlds planned for the games of `chunk`: all of them where the plan is to
    /// enumerate, else drawn ones.
    ///
    /// # Errors
    /// [`Error::GaveUp`](crate::Error::GaveUp) if worlds are missing at the end.
    fn sample(
        &mut self,
        observations: &B::Observations,
        chunk: std::ops::Range<usize>,
        out: &mut B::Worlds,
    ) -> Result<SampleReport>;
}

/// A sampler that serves one decision at a time on the host; lifted to batches and threads.
pub trait WorldSampler: Sync {
    /// A stable id, such as `affine`.
    fn id(&self) -> String;

    /// Fills every world of `out` that is [`EMPTY`], leaves the others alone, and leaves empty what it cannot
    /// find within its tries. World `i` depends on the observation, `i` and `out.len()` only.
    fn draw(&self, observation: &Observation, out: &mut [World]) -> SampleReport;
}
