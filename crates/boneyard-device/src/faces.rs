//! Host faces of device strategies: options on the host, a kernel and its blueprint for the device.

use crate::backend::{Device, DeviceWorlds};
use crate::kernels::{choose::PolicyKernel, evaluate::EvaluatorKernel, sample::SamplerKernel};
use crate::step::DeviceStep;
use boneyard_core::{Evaluator, Policy, Question, Result, SampleReport, Sampler};
use cubecl::prelude::Runtime;
use std::ops::Range;

/// A sampler with a kernel; lifted to [`Sampler`] on every device by [`CubeSampler`].
pub trait DeviceSampler {
    /// The device face.
    type Kernel: SamplerKernel;

    /// A stable id, such as `affine`.
    fn id(&self) -> String;

    /// The options that change the generated code.
    fn blueprint(&self) -> <Self::Kernel as SamplerKernel>::Config;
}

/// A sampler with a kernel, on the device.
#[derive(Clone, Copy, Debug, Default)]
pub struct CubeSampler<S>(pub S);

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

/// A policy with a kernel; lifted to [`Policy`] on every device by [`CubePolicy`].
pub trait DevicePolicy {
    /// The device face.
    type Kernel: PolicyKernel;

    /// A stable id with its parameters.
    fn id(&self) -> String;

    /// The options that change the generated code.
    fn blueprint(&self) -> <Self::Kernel as PolicyKernel>::Config;

    /// False if the policy is content with knowing whether the contract is made.
    fn needs_points(&self) -> bool {
        true
    }
}

/// A policy with a kernel, on the device.
#[derive(Clone, Copy, Debug, Default)]
pub struct CubePolicy<P>(pub P);

impl<R: Runtime, P: DevicePolicy> Policy<Device<R>> for CubePolicy<P> {
    fn id(&self) -> String {
        self.0.id()
    }

    fn needs_points(&self) -> bool {
        self.0.needs_points()
    }

    fn choose(&mut self, observations: &DeviceStep<R>, _: &DeviceStep<R>, (): &mut ()) -> Result<()> {
        observations.choose::<P::Kernel>(self.0.blueprint())
    }
}

/// An evaluator of whole points with a kernel; lifted to [`Evaluator`] on every device by [`CubeEvaluator`].
pub trait DeviceEvaluator {
    /// The device face.
    type Kernel: EvaluatorKernel;

    /// A stable id with its parameters.
    fn id(&self) -> String;

    /// The options that change the generated code.
    fn blueprint(&self) -> <Self::Kernel as EvaluatorKernel>::Config;
}

/// An evaluator with a kernel, on the device.
#[derive(Clone, Copy, Debug, Default)]
pub struct CubeEvaluator<E>(pub E);

impl<R: Runtime, E: DeviceEvaluator> Evaluator<Device<R>> for CubeEvaluator<E> {
    fn id(&self) -> String {
        self.0.id()
    }

    fn question(&self) -> Question {
        Question::Points { unit: 1 }
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
