//! A sampler and an evaluator in one kernel.

use crate::backend::{Device, DeviceWorlds};
use crate::faces::{DeviceEvaluator, DeviceSampler};
use crate::step::DeviceStep;
use boneyard_core::{Error, Evaluator, Question, Result, SampleReport, Sampler};
use cubecl::prelude::Runtime;
use std::ops::Range;

/// A sampler and an evaluator that are compiled into one kernel, which draws a world, values its moves and adds them
/// up without writing worlds or values down. Records are the same as with the two one after the other.
///
/// It stands in for both parts of a pipeline, which are one:
/// `Pipeline::new(device, fused, fused, policy, sampling)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Fused<S, E> {
    /// Draws.
    pub sampler: S,
    /// Values.
    pub evaluator: E,
}

impl<R: Runtime, S: DeviceSampler, E: DeviceEvaluator> Sampler<Device<R>> for Fused<S, E> {
    fn id(&self) -> String {
        self.sampler.id()
    }

    /// Leaves the drawing to [`Evaluator::evaluate`].
    fn sample(
        &mut self,
        observations: &DeviceStep<R>,
        chunk: Range<usize>,
        out: &mut DeviceWorlds,
    ) -> Result<SampleReport> {
        observations.place(&chunk)?;
        *out = DeviceWorlds { games: chunk, fused: true };
        Ok(SampleReport::default())
    }
}

impl<R: Runtime, S: DeviceSampler, E: DeviceEvaluator> Evaluator<Device<R>> for Fused<S, E> {
    fn id(&self) -> String {
        self.evaluator.id()
    }

    fn question(&self) -> Question {
        self.evaluator.question()
    }

    fn evaluate(&mut self, observations: &DeviceStep<R>, worlds: &DeviceWorlds, (): &mut ()) -> Result<()> {
        if !worlds.fused {
            return Err(Error::Mismatch(format!(
                "a fused evaluator draws its worlds itself: {} must be the pipeline's sampler too",
                std::any::type_name::<Self>()
            )));
        }
        let (sampler, evaluator) = (&self.sampler, &self.evaluator);
        observations.fused::<S::Kernel, E::Kernel>(
            [&sampler.id(), &evaluator.id()],
            sampler.blueprint(),
            evaluator.blueprint(),
            evaluator.question(),
            worlds,
        )
    }
}
