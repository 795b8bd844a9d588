//! One sampler, and another for what the first could not find.

use boneyard_core::{Observation, SampleReport, WorldSampler};
use boneyard_rules::World;

/// Asks `second` for the worlds, and only those, that `first` left empty.
///
/// Law: a world that `first` finds is the one that `first` alone would have given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct OrElse<A, B> {
    /// Asked for everything.
    pub first: A,
    /// Asked for the rest.
    pub second: B,
}

/// Composes samplers.
pub trait SamplerExt: WorldSampler + Sized {
    /// Completes with `second` what this sampler cannot find.
    fn or_else<B: WorldSampler>(self, second: B) -> OrElse<Self, B> {
        OrElse { first: self, second }
    }
}

impl<S: WorldSampler> SamplerExt for S {}

impl<A: WorldSampler, B: WorldSampler> WorldSampler for OrElse<A, B> {
    fn id(&self) -> String {
        format!("{}+{}", self.first.id(), self.second.id())
    }

    fn draw(&self, observation: &Observation, out: &mut [World]) -> SampleReport {
        let mut report = self.first.draw(observation, out);
        // By the report, not by looking for empty worlds: with nothing unseen the true world looks empty.
        if report.missing() > 0 {
            let second = self.second.draw(observation, out);
            report.tries += second.tries;
            report.rescued += second.found + second.rescued;
            report.rescued_decisions = u64::from(report.rescued > 0);
        }
        report
    }
}
