//! Host faces of device strategies: options on the host, a kernel and its blueprint for the device.
//!
//! A strategy for devices is a strategy for the host with a kernel beside it. Law: the kernel does what the host
//! face does, to the bit. So [`CubeSampler`], [`CubeEvaluator`] and [`CubePolicy`] make one strategy work on every
//! backend, and a run is the same wherever it runs.

use crate::backend::{Device, DeviceWorlds};
use crate::kernels::{choose::PolicyKernel, evaluate::EvaluatorKernel, sample::SamplerKernel};
use crate::step::DeviceStep;
use boneyard_core::{
    Choice, ChoiceRule, Draws, Evaluator, Observation, Options, Policy, Question, Result, SampleReport,
    Sampler, SlotValues, WorldEvaluator, WorldSampler,
};
use boneyard_rules::World;
use cubecl::prelude::Runtime;
use std::ops::Range;

/// A sampler with a kernel; lifted to [`Sampler`] on every backend by [`CubeSampler`].
pub trait DeviceSampler: WorldSampler {
    /// The device face.
    type Kernel: SamplerKernel;

    /// The options that change the generated code.
    fn blueprint(&self) -> <Self::Kernel as SamplerKernel>::Config;
}

/// A sampler with a kernel, on every backend.
#[derive(Clone, Copy, Debug, Default)]
pub struct CubeSampler<S>(pub S);

impl<S: WorldSampler> WorldSampler for CubeSampler<S> {
    fn id(&self) -> String {
        self.0.id()
    }

    fn draw(&self, observation: &Observation, out: &mut [World]) -> SampleReport {
        self.0.draw(observation, out)
    }
}

impl<R: Runtime, S: DeviceSampler> Sampler<Device<R>> for CubeSampler<S> {
    fn id(&self) -> String {
        self.0.id()
    }

    fn sample(
        &mut self,
        observations: &DeviceStep<R>,
        chunk: Range<usize>,
        out: &mut DeviceWorlds,
    ) -> Result<SampleReport> {
        observations.sample::<S::Kernel>(&self.0.id(), self.0.blueprint(), &chunk)?;
        *out = DeviceWorlds { games: chunk, fused: false };
        // What it cost is known on the device only, until the records come back.
        Ok(SampleReport::default())
    }
}

/// A policy with a kernel; lifted to [`Policy`] on every backend by [`CubePolicy`].
pub trait DevicePolicy: ChoiceRule {
    /// The device face.
    type Kernel: PolicyKernel;

    /// The options that change the generated code.
    fn blueprint(&self) -> <Self::Kernel as PolicyKernel>::Config;
}

/// A policy with a kernel, on every backend.
#[derive(Clone, Copy, Debug, Default)]
pub struct CubePolicy<P>(pub P);

impl<P: ChoiceRule> ChoiceRule for CubePolicy<P> {
    fn id(&self) -> String {
        self.0.id()
    }

    fn needs_points(&self) -> bool {
        self.0.needs_points()
    }

    fn choose(&self, options: &Options<'_>, draws: &Draws) -> Choice {
        self.0.choose(options, draws)
    }
}

impl<R: Runtime, P: DevicePolicy> Policy<Device<R>> for CubePolicy<P> {
    fn id(&self) -> String {
        self.0.id()
    }

    fn needs_points(&self) -> bool {
        self.0.needs_points()
    }

    fn choose(&mut self, observations: &DeviceStep<R>, estimates: &DeviceStep<R>, (): &mut ()) -> Result<()> {
        observations.choose::<P::Kernel>(estimates.question, self.0.blueprint())
    }
}

/// An evaluator of whole points, or of the contract, with a kernel; lifted to [`Evaluator`] on every backend by
/// [`CubeEvaluator`].
pub trait DeviceEvaluator: WorldEvaluator {
    /// The device face.
    type Kernel: EvaluatorKernel;

    /// The options that change the generated code.
    fn blueprint(&self) -> <Self::Kernel as EvaluatorKernel>::Config;
}

/// An evaluator with a kernel, on every backend.
#[derive(Clone, Copy, Debug, Default)]
pub struct CubeEvaluator<E>(pub E);

impl<E: WorldEvaluator> WorldEvaluator for CubeEvaluator<E> {
    type Scratch = E::Scratch;

    fn id(&self) -> String {
        self.0.id()
    }

    fn question(&self) -> Question {
        self.0.question()
    }

    fn scratch(&self) -> E::Scratch {
        self.0.scratch()
    }

    fn evaluate(&self, observation: &Observation, world: &World, scratch: &mut E::Scratch) -> SlotValues {
        self.0.evaluate(observation, world, scratch)
    }
}

impl<R: Runtime, E: DeviceEvaluator> Evaluator<Device<R>> for CubeEvaluator<E> {
    fn id(&self) -> String {
        self.0.id()
    }

    fn question(&self) -> Question {
        self.0.question()
    }

    fn evaluate(&mut self, observations: &DeviceStep<R>, worlds: &DeviceWorlds, (): &mut ()) -> Result<()> {
        observations.evaluate::<E::Kernel>(&self.0.id(), self.0.blueprint(), worlds)
    }
}

/// The exact solver on the device.
#[derive(Clone, Copy, Debug, Default)]
pub struct CubeSolver {
    /// Only whether the contract is made.
    pub contract: bool,
}

impl<R: Runtime> Evaluator<Device<R>> for CubeSolver {
    fn id(&self) -> String {
        if self.contract { "contract" } else { "solver" }.to_owned()
    }

    fn question(&self) -> Question {
        if self.contract { Question::Contract } else { Question::Points { unit: 1 } }
    }

    fn evaluate(&mut self, observations: &DeviceStep<R>, worlds: &DeviceWorlds, (): &mut ()) -> Result<()> {
        observations.solve(worlds, Evaluator::<Device<R>>::question(self))
    }
}
