//! A pipeline with parts of one's own: a [`policy`](Indifferent) and a [`sampler`](Balanced) around another one, each
//! with a host face and a kernel, beside Boneyard's evaluators. It plays the same games on the CPU and on GPUs.
//!
//! Start reading at `policy.rs`, the simplest strategy that runs everywhere. A strategy is three things: what it does
//! on the host, what it does in a kernel, and one `impl` that ties the two together. Boneyard lifts it to batches,
//! threads and devices.

mod policy;
mod sampler;

pub use policy::{Indifferent, IndifferentKernel};
pub use sampler::{Balanced, BalancedKernel};

use boneyard::core::{Backend, Error, Evaluator, Policy, Sampler};
use boneyard::kernels::{CubePolicy, CubeSampler, Device, DeviceSampler};
use boneyard::prelude::*;
use boneyard::runtime::{Chosen, ComputeClient, DeviceRuntime, OnDevice, RuntimeError};
use boneyard::strategies::evaluator::{Cascade, Playout};

/// Games to play, and with which parts: where is decided by [`play_on`](Self::play_on).
#[derive(Clone, Debug)]
pub struct Match<S> {
    /// How the games begin.
    pub setups: Vec<Setup>,
    /// Fills in hidden hands.
    pub sampler: Balanced<S>,
    /// Chooses.
    pub policy: Indifferent,
    /// Worlds a decision.
    pub samples: u32,
}

/// Exact values for the last two tricks, quick ones before: little enough for a driver in software.
type Values = Cascade<Solver, Playout>;

impl<S: DeviceSampler + Copy> Match<S> {
    /// Plays the games on a device of this machine, or on its CPU.
    ///
    /// # Errors
    /// If the device cannot be opened or fails; if the sampler cannot find its worlds.
    pub fn play_on(self, place: &Chosen) -> Result<Played, Box<dyn std::error::Error>> {
        let played: Result<_, RuntimeError> = place.run(self);
        Ok(played??)
    }

    fn play<B: Backend>(self, backend: B) -> Result<Played, Error>
    where
        CubeSampler<Balanced<S>>: Sampler<B>,
        CubePolicy<Indifferent>: Policy<B>,
        Values: Evaluator<B>,
    {
        let (sampler, policy) = (CubeSampler(self.sampler), CubePolicy(self.policy));
        let values = Values::new(2, Solver, Playout);
        Pipeline::new(backend, sampler, values, policy, Sampling::new(self.samples))?.play(&self.setups)
    }
}

impl<S: DeviceSampler + Copy> OnDevice for Match<S> {
    type Output = Result<Played, Error>;

    fn on_runtime<R: DeviceRuntime>(self, client: ComputeClient<R>) -> Self::Output {
        let name = R::name(&client);
        self.play(Device::new(client, name))
    }

    fn on_cpu(self) -> Self::Output {
        self.play(Host::default())
    }
}
