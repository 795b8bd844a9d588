//! Worlds that agree with what was seen.

use crate::{Backend, Designed, Named, Observation, Result, Samples};
use boneyard_rules::World;
use std::ops::Range;

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
pub trait Sampler<B: Backend>: Designed {
    /// Fills `out` with the worlds that `items` wants for the games of `chunk`: by index where the plan is to enumerate,
    /// else drawn ones.
    ///
    /// # Errors
    /// [`Error::WorldsNotFound`](crate::Error::WorldsNotFound) if worlds are missing at the end; device errors.
    fn sample(
        &mut self,
        on: &mut B,
        observations: &B::Observations,
        items: &B::Items,
        chunk: Range<usize>,
        out: &mut B::Worlds,
    ) -> Result<SampleReport>;
}

impl<B: Samples<S>, S: Designed> Sampler<B> for S {
    fn sample(
        &mut self,
        on: &mut B,
        observations: &B::Observations,
        items: &B::Items,
        chunk: Range<usize>,
        out: &mut B::Worlds,
    ) -> Result<SampleReport> {
        on.sample(self, observations, items, chunk, out)
    }
}

/// Some of the worlds of one decision, to be filled in.
#[derive(Debug)]
pub struct Share<'a> {
    /// The number of the first one.
    pub first: u32,
    /// How many the decision looks at in all.
    pub of: u32,
    /// The worlds.
    pub worlds: &'a mut [World],
}

impl<'a> Share<'a> {
    /// All that a decision looks at.
    pub fn all(worlds: &'a mut [World]) -> Self {
        Self { first: 0, of: worlds.len() as u32, worlds }
    }

    /// The worlds that are still to be found, with their numbers.
    pub fn empty(&mut self) -> impl Iterator<Item = (u32, &mut World)> {
        (self.first..).zip(self.worlds.iter_mut()).filter(|(_, world)| **world == EMPTY)
    }
}

/// A sampler that serves one decision at a time on the host; lifted to batches and threads.
pub trait WorldSampler: Designed + Sync {
    /// Fills every world of `out` that is [`EMPTY`], leaves the others alone, and leaves empty what it cannot find within
    /// its tries. World `i` depends on the observation, `i` and `out.of` only.
    fn draw(&self, observation: &Observation, out: &mut Share<'_>) -> SampleReport;
}

/// How much a world counts, seen by one decision at a time on the host; lifted to batches.
///
/// Law: a weight depends on the observation and the world only, not on the worlds around it.
pub trait WeightRule: Named + Sync {
    /// The weight in units of 1/[`ONE`], at most [`ONE`].
    fn weight(&self, observation: &Observation, world: &World) -> u32;
}

/// The weight of a world that counts fully.
pub const ONE: u32 = 1 << 16;
