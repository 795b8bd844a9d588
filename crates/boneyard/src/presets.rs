//! Pipelines that make sense, under a name.

use boneyard_core::{Host, Objective, Pipeline, Result, Sampling};
use boneyard_strategies::evaluator::{ContractSolver, Solver};
use boneyard_strategies::policy::Greedy;
use boneyard_strategies::sampler::Unrank;

/// Exact points over `samples` worlds, playing the highest E\[Q\]: what `generate` does by default.
pub type Points = Pipeline<Host, Unrank, Solver, Greedy>;

/// Only whether the contract is made, playing the highest P(make): several times faster.
pub type Contracts = Pipeline<Host, Unrank, ContractSolver, Greedy>;

/// [`Points`] with the affine walk, whose error is that of two to three times as many independent worlds.
///
/// # Errors
/// If `samples` is out of range.
pub fn points(samples: u32) -> Result<Points> {
    let greedy = Greedy { objective: Objective::Mean };
    Pipeline::new(Host::default(), Unrank::default(), Solver, greedy, Sampling::new(samples))
}

/// [`Contracts`] with the affine walk.
///
/// # Errors
/// If `samples` is out of range.
pub fn contracts(samples: u32) -> Result<Contracts> {
    let greedy = Greedy { objective: Objective::Make };
    Pipeline::new(Host::default(), Unrank::default(), ContractSolver, greedy, Sampling::new(samples))
}
