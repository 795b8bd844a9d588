//! Values, stage by stage.

use super::{solved, worlds::walk};
use crate::evaluators::Certain;
use boneyard_core::Sampling;
use boneyard_strategies::evaluator::{Cascade, ContractSolver};
use boneyard_strategies::sampler::SamplerSpec;
use cubecl::prelude::*;

/// The solver's kernel on random positions of the last three, four and five tricks, every ply of a trick.
pub fn solved_values_equal_the_hosts<R: Runtime>(client: ComputeClient<R>) {
    for (tricks, samples, n_games, expected) in [(3, 12, 60, 4_000), (4, 6, 60, 2_000), (5, 4, 10, 400)] {
        let sampling = Sampling { evaluate_forced: true, ..Sampling::new(samples) };
        let evaluator = solved(tricks);
        let n = walk(
            &client,
            SamplerSpec::default(),
            evaluator,
            sampling,
            n_games,
            4 * (7 - usize::from(tricks)),
        );
        assert!(n > expected, "{n} worlds");
    }
}

/// The contract question, which needs no points: the last four tricks, and nothing before.
pub fn contracts_equal_the_hosts<R: Runtime>(client: ComputeClient<R>) {
    let evaluator = Cascade::new(4, ContractSolver, Certain).unwrap();
    let sampling = Sampling { evaluate_forced: true, ..Sampling::new(8) };
    let n = walk(&client, SamplerSpec::default(), evaluator, sampling, 60, 12);
    assert!(n > 3_000, "{n} worlds");
}
