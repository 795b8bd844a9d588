//! Watching a pipeline at work.

use boneyard_core::{Backend, Policy, Result};

/// A policy that reports each ply of a batch before it chooses; otherwise the policy it wraps.
#[derive(Clone, Copy, Debug)]
pub struct Watched<P, F> {
    /// What chooses.
    pub policy: P,
    /// Called once a ply, when the ply's worlds have been evaluated.
    pub on_ply: F,
}

impl<B: Backend, P: Policy<B>, F: FnMut()> Policy<B> for Watched<P, F> {
    fn id(&self) -> String {
        self.policy.id()
    }

    fn needs_points(&self) -> bool {
        self.policy.needs_points()
    }

    fn choose(
        &mut self,
        observations: &B::Observations,
        estimates: &B::Estimates,
        out: &mut B::Choices,
    ) -> Result<()> {
        (self.on_ply)();
        self.policy.choose(observations, estimates, out)
    }
}
