//! Values, stage by stage.

use super::{assert_same, device, solved, worlds::walk};
use crate::batch::Batch;
use crate::evaluators::Certain;
use crate::games::setups;
use boneyard_core::{Host, Pipeline, Question, Sampling};
use boneyard_device::layout::status;
use boneyard_device::{Device, DeviceReport, HostPart};
use boneyard_strategies::evaluator::{Cascade, ContractSolver, Playout, Solver};
use boneyard_strategies::policy::{Greedy, Mixture};
use boneyard_strategies::sampler::{SamplerSpec, Unrank};
use cubecl::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::time::Duration;

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
    let there = device(&client).with_budget(3_837_440);
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

/// More than two thousand positions of all plies, of the first trick some tens.
pub fn positions_of_all_plies_equal_the_hosts<R: Runtime>(client: ComputeClient<R>) {
    let (here, sampler) = (|| device(&client), SamplerSpec::default());
    let sampling = |samples| Sampling { evaluate_forced: true, ..Sampling::new(samples) };
    let mut n = walk(here(), sampler, Solver, sampling(1), 8, 0);
    for (n_games, samples, tricks) in [(10, 3, 6), (20, 3, 5), (20, 5, 4)] {
        n += walk(here(), sampler, solved(tricks), sampling(samples), n_games, 4 * (7 - usize::from(tricks)));
    }
    assert!(n > 2_000, "{n} worlds");
}

/// Turns that the worlds of one ply take, by the number of hints.
fn turns<R: Runtime>(there: Device<R>, ply: usize, n: u64, samples: u32) -> u64 {
    let sampling = Sampling { evaluate_forced: true, ..Sampling::new(samples) };
    let mut policy = Mixture::default().epsilon(1.0).expect("a rate");
    let mut sampler = SamplerSpec::default().build::<Device<R>>();
    let mut batch = Batch::deal(there, &setups(n), &sampling).unwrap();
    loop {
        let (seen, estimates) = batch.observe(Question::Points { unit: 1 }).unwrap();
        for chunk in batch.chunks(&seen, &estimates).unwrap() {
            batch.sample(&mut sampler, &seen, chunk).unwrap();
            if seen.ply() == ply {
                batch.evaluate(&mut Solver, &seen).unwrap();
                let state = &batch.on.read("the status", vec![seen.status.handle()]).unwrap()[0];
                return u64::from(state[status::TURNS]) | u64::from(state[status::TURNS + 1]) << 32;
            }
            batch.evaluate(&mut Playout, &seen).unwrap();
        }
        batch.choose(&mut policy, &seen, estimates).unwrap();
    }
}

/// Hints save turns, and change nothing else.
pub fn hints_save_turns<R: Runtime>(client: ComputeClient<R>) {
    for hints in [0, 2, 64] {
        let sampling = Sampling { evaluate_forced: true, ..Sampling::new(4) };
        walk(device(&client).with_hints(hints), SamplerSpec::default(), solved(5), sampling, 4, 8);
    }
    for (ply, n, samples) in [(4, 10, 2), (8, 20, 5)] {
        // Units that join others take turns as well.
        let with = |hints| turns(device(&client).with_joins(false).with_hints(hints), ply, n, samples);
        let (without, some) = (with(0), with(48));
        // Some 20 and 13 % fewer; which entries of the table survive makes 1 %.
        assert!(some < without, "ply {ply}: {without} turns, with hints {some}");
    }
}

/// What is left out because something equal was tried, in the middle of tricks too: searches with hints do so.
pub fn equal_trumps_equal_the_hosts<R: Runtime>(client: ComputeClient<R>) {
    let sampling = Sampling { evaluate_forced: true, ..Sampling::new(20) };
    let there = device(&client).with_hints(48);
    let n = walk(there, SamplerSpec::default(), solved(4), sampling, 100, 12);
    assert!(n > 10_000, "{n} worlds");
}

/// Values do not depend on which worlds the host's threads solve beside the device, nor on who is first.
pub fn shared_steps_equal_the_hosts<R: Runtime>(client: ComputeClient<R>) {
    let sampling = Sampling { evaluate_forced: true, ..Sampling::new(5) };
    let sampler = SamplerSpec::default();
    let threads = ThreadPoolBuilder::new().num_threads(3).build().expect("three threads");
    // Few turns, so that the host looks often.
    let there = |part| device(&client).with_turns(30).with_host_part(part);
    threads.install(|| {
        for part in [0, 40, 100].map(HostPart::Percent).into_iter().chain([HostPart::Measured]) {
            walk(there(part), sampler, solved(4), sampling, 4, 12);
            let contract = Cascade::new(4, ContractSolver, Certain).unwrap();
            walk(there(part), sampler, contract, sampling, 4, 12);
        }
    });
    for part in [40, 100] {
        let DeviceReport { on_host, shared, .. } = play_shared(&client, HostPart::Percent(part), &threads);
        // What the device has not done by then they do as well.
        assert!(shared > 0 && 100 * on_host >= u64::from(part) * shared, "{part} %: {on_host} of {shared}");
    }
    let alone = play_shared(&client, HostPart::None, &threads);
    assert_eq!((alone.on_host, alone.shared), (0, 0));
    assert!(alone.longest_launch > Duration::ZERO);
}

/// How a game's last tricks are shared, when they have the rows of the host alone.
fn play_shared<R: Runtime>(client: &ComputeClient<R>, part: HostPart, threads: &ThreadPool) -> DeviceReport {
    let (setups, sampling, policy) = (setups(3), Sampling::new(6), Greedy::default());
    let host = Pipeline::new(Host::default(), Unrank::default(), solved(3), policy, sampling).unwrap();
    let there = device(client).with_host_part(part);
    let there = Pipeline::new(there, Unrank::default(), solved(3), policy, sampling).unwrap();
    let (mut host, mut there) = (host, there);
    let expected = host.play(&setups, &mut ()).unwrap();
    let played = threads.install(|| there.play(&setups, &mut ())).unwrap();
    assert_same(&format!("{part:?}"), &expected.games, &played.games);
    there.backend.report()
}

/// Units that join others change no value, whoever ends a job first and wherever launches end.
pub fn joined_searches_equal_the_hosts<R: Runtime>(client: ComputeClient<R>) {
    let sampling = Sampling { evaluate_forced: true, ..Sampling::new(3) };
    let sampler = SamplerSpec::default();
    for turns in [1, 40, 700] {
        let there = device(&client).with_turns(turns).with_joins(true);
        walk(there, sampler, solved(4), sampling, 2, 12);
    }
    let there = device(&client).with_joins(true);
    walk(there, sampler, solved(5), sampling, 2, 8);
    // More jobs than units.
    let sampling = Sampling { evaluate_forced: true, ..Sampling::new(300) };
    for turns in [40, 2_000] {
        let there = device(&client).with_joins(true).with_multiprocessors(1).with_turns(turns);
        walk(there, sampler, solved(3), sampling, 4, 18);
    }
    let sampling = Sampling { evaluate_forced: true, ..Sampling::new(3) };
    let contract = Cascade::new(5, ContractSolver, Certain).unwrap();
    walk(device(&client).with_turns(300).with_joins(true), sampler, contract, sampling, 2, 8);
}
