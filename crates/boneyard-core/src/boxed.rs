//! Strategies chosen at run time: a box of one is one.

use crate::{
    Backend, Chooses, Evaluates, Evaluator, Planner, Plans, Policy, Result, SampleReport, Sampler, Samples,
};
use std::ops::Range;

impl<B: Backend> Plans<Box<dyn Planner<B>>> for B {
    fn plan(
        &mut self,
        planner: &mut Box<dyn Planner<B>>,
        observations: &B::Observations,
        estimates: &B::Estimates,
        items: &mut B::Items,
    ) -> Result<bool> {
        (**planner).plan(self, observations, estimates, items)
    }
}

impl<B: Backend> Samples<Box<dyn Sampler<B>>> for B {
    fn sample(
        &mut self,
        sampler: &mut Box<dyn Sampler<B>>,
        observations: &B::Observations,
        items: &B::Items,
        chunk: Range<usize>,
        out: &mut B::Worlds,
    ) -> Result<SampleReport> {
        (**sampler).sample(self, observations, items, chunk, out)
    }
}

impl<B: Backend> Evaluates<Box<dyn Evaluator<B>>> for B {
    fn evaluate(
        &mut self,
        evaluator: &mut Box<dyn Evaluator<B>>,
        observations: &B::Observations,
        worlds: &B::Worlds,
        out: &mut B::Values,
    ) -> Result<()> {
        (**evaluator).evaluate(self, observations, worlds, out)
    }

    fn amend(
        &mut self,
        evaluator: &mut Box<dyn Evaluator<B>>,
        observations: &B::Observations,
        worlds: &B::Worlds,
        values: &B::Values,
        estimates: &mut B::Estimates,
    ) -> Result<()> {
        (**evaluator).amend(self, observations, worlds, values, estimates)
    }
}

impl<B: Backend> Chooses<Box<dyn Policy<B>>> for B {
    fn choose(
        &mut self,
        policy: &mut Box<dyn Policy<B>>,
        observations: &B::Observations,
        estimates: &B::Estimates,
        out: &mut B::Choices,
    ) -> Result<()> {
        (**policy).choose(self, observations, estimates, out)
    }
}
