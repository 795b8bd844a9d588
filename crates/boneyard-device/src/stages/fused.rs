//! A sampler and an evaluator in one kernel.

use crate::connection::{Grid, Kernel};
use crate::device::Device;
use crate::kernels::fused;
use crate::stages::evaluate::{DeviceEvaluator, DeviceValues};
use crate::stages::observe::DeviceObservations;
use crate::stages::plan::DeviceItems;
use crate::stages::reduce::DeviceEstimates;
use crate::stages::sample::{DeviceSampler, DeviceWorlds};
use boneyard_core::{Answers, Design, Designed, Evaluates, Named, Question, Result, SampleReport, Samples};
use cubecl::prelude::*;
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

impl<S: Named, E: Named> Named for Fused<S, E> {
    fn id(&self) -> String {
        format!("fused:{},{}", self.sampler.id(), self.evaluator.id())
    }
}

impl<S: Designed, E: Named> Designed for Fused<S, E> {
    fn design(&self) -> Design {
        self.sampler.design()
    }
}

impl<S: Named, E: Answers> Answers for Fused<S, E> {
    fn question(&self) -> Question {
        self.evaluator.question()
    }
}

impl<R: Runtime, S: DeviceSampler, E: DeviceEvaluator> Samples<Fused<S, E>> for Device<R> {
    /// Leaves the drawing to the evaluator.
    fn sample(
        &mut self,
        _: &mut Fused<S, E>,
        seen: &DeviceObservations,
        items: &DeviceItems,
        chunk: Range<usize>,
        out: &mut DeviceWorlds,
    ) -> Result<SampleReport> {
        out.begin(self, seen, items, chunk, true)?;
        Ok(SampleReport::default())
    }
}

impl<R: Runtime, S: DeviceSampler, E: DeviceEvaluator> Evaluates<Fused<S, E>> for Device<R> {
    /// Leaves everything to [`amend`](Evaluates::amend), which has the estimates.
    fn evaluate(
        &mut self,
        fused: &mut Fused<S, E>,
        _: &DeviceObservations,
        worlds: &DeviceWorlds,
        out: &mut DeviceValues,
    ) -> Result<()> {
        out.question = fused.question();
        worlds.deferred().map(|_| ())
    }

    fn amend(
        &mut self,
        fused: &mut Fused<S, E>,
        seen: &DeviceObservations,
        worlds: &DeviceWorlds,
        values: &DeviceValues,
        estimates: &mut DeviceEstimates,
    ) -> Result<()> {
        let (worlds, items) = worlds.deferred()?;
        let (sampler, evaluator) = (fused.sampler.blueprint(), fused.evaluator.blueprint());
        self.note_sampler(&fused.sampler.id());
        self.note_evaluator(&fused.evaluator.id());
        let merge = estimates.begin(&worlds.games, false);
        let what = estimates.accumulated(values.question.unit());
        let (first, n) = (worlds.games.start as u32, worlds.n_games());
        let kernel = Kernel::of::<(S::Kernel, E::Kernel)>("fused", &(sampler, evaluator, what, merge));
        self.launch(kernel, Grid::cubes(n, fused::UNITS), |client, count, dim| {
            // SAFETY: cubes beyond the chunk's games write nothing; estimates and histograms have a row a game.
            unsafe {
                fused::fused_kernel::launch_unchecked::<S::Kernel, E::Kernel, R>(
                    client,
                    count,
                    dim,
                    seen.rows.arg(),
                    items.words.arg(),
                    seen.completions.arg(),
                    seen.strengths.arg(),
                    estimates.rows.arg(),
                    estimates.histograms.arg(),
                    seen.status.arg(),
                    first,
                    n as u32,
                    seen.n_games() as u32,
                    sampler,
                    evaluator,
                    what,
                    merge,
                );
            }
        })
    }
}
