//! Values, stage by stage.

use super::{device, solved, worlds::walk};
use crate::evaluators::Certain;
use boneyard_core::Sampling;
use boneyard_strategies::evaluator::{Cascade, ContractSolver, Solver};
use boneyard_strategies::sampler::SamplerSpec;
use cubecl::prelude::*;

/// The solver's kernel on random positions of the last three, four and five tricks, every ply of a trick.
pub fn solved_values_equal_the_hosts<R: Runtime>(client: ComputeClient<R>) {
    for (tricks, samples, n_games, expected) in [(3, 12, 60, 4_000), (4, 6, 60, 2_000), (5, 4, 10, 400)] {
        let sampling = Sampling { evaluate_forced: true, ..Sampling::new(samples) };
        let evaluator = solved(tricks);
        let n = walk(
            device(&client),
            SamplerSpec::default(),
            evaluator,
            sampling,
            n_games,
            4 * (7 - usize::from(tricks)),
        );
        assert!(n > expected, "{n} worlds");
    }
}

/// With a budget that leaves room for the smallest table only, which has no place for all worlds at once.
pub fn small_tables_do_not_matter<R: Runtime>(client: ComputeClient<R>) {
    let there = device(&client).with_budget(2_000_000);
    let sampling = Sampling { evaluate_forced: true, ..Sampling::new(100) };
    let n = walk(there, SamplerSpec::default(), solved(3), sampling, 60, 16);
    assert!(n > 10_000, "{n} worlds");
}

/// The contract question, which needs no points: the last four tricks, and nothing before.
pub fn contracts_equal_the_hosts<R: Runtime>(client: ComputeClient<R>) {
    let evaluator = Cascade::new(4, ContractSolver, Certain).unwrap();
    let sampling = Sampling { evaluate_forced: true, ..Sampling::new(8) };
    let n = walk(device(&client), SamplerSpec::default(), evaluator, sampling, 60, 12);
    assert!(n > 3_000, "{n} worlds");
}

/// Whole hands from the first lead on, points and contracts, however few turns a launch has.
pub fn whole_hands_equal_the_hosts<R: Runtime>(client: ComputeClient<R>) {
    let sampling = Sampling { evaluate_forced: true, ..Sampling::new(2) };
    let sampler = SamplerSpec::default();
    // The last decisions have one world only.
    let n = walk(device(&client), sampler, Solver, sampling, 2, 0);
    assert!(n > 2 * 2 * 24, "{n} worlds");
    let n = walk(device(&client), sampler, ContractSolver, sampling, 3, 0);
    assert!(n > 3 * 2 * 24, "{n} worlds");
    for (turns, tricks) in [(1, 3), (7, 4), (50, 5)] {
        let there = device(&client).with_turns(turns);
        walk(there, sampler, solved(tricks), sampling, 6, 4 * (7 - usize::from(tricks)));
        let there = device(&client).with_turns(turns);
        let contract = Cascade::new(tricks, ContractSolver, Certain).unwrap();
        walk(there, sampler, contract, sampling, 6, 4 * (7 - usize::from(tricks)));
    }
}
