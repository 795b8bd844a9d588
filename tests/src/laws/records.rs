//! Whole games.

use super::{assert_same, device, play, quick, solved};
use crate::evaluators::InFractions;
use crate::games::setups;
use boneyard_core::{BINS, Backend, Error, Host, ILLEGAL, Pipeline, SampleReport, Sampling};
use boneyard_device::{DEFAULT_BUDGET, Device};
use boneyard_strategies::evaluator::{Cascade, Checked, Checking, Playout};
use boneyard_strategies::policy::{Greedy, PolicySpec};
use boneyard_strategies::sampler::{Backtracking, Draw, FirstFit, SamplerExt, SamplerSpec, Unrank};
use cubecl::prelude::*;

/// Every sampler with every policy, whole games: the same records, the same cost of sampling.
pub fn records_equal_the_hosts<R: Runtime>(client: ComputeClient<R>) {
    let policies = [
        "greedy",
        "p-make",
        "softmax:2",
        "softmax-p-make:0.1",
        "epsilon:0.3",
        "boltzmann:1.5+p-make",
        "blunder:0.5,10",
        "blunder:1,4+epsilon:0.5+boltzmann:0.5",
        "mixed",
    ];
    let mut modes = std::collections::BTreeMap::new();
    for sampler in SamplerSpec::all() {
        if !sampler.has_kernel() {
            continue;
        }
        for policy in policies {
            let what = format!("{sampler}, {policy}");
            let policy: PolicySpec = policy.parse().unwrap();
            let sampling = Sampling::new(7);
            let host = play(Host::default(), sampler.build(), quick(), policy.build(), sampling, 40).unwrap();
            let there =
                play(device(&client), sampler.build(), quick(), policy.build(), sampling, 40).expect(&what);
            assert_same(&what, &host.games, &there.games);
            assert_eq!(host.sampling, there.sampling, "{what}");
            for decision in there.games.iter().flat_map(|game| &game.decisions) {
                *modes.entry(decision.choice.mode.name()).or_insert(0) += 1;
            }
        }
    }
    assert_eq!(modes.len(), 6, "every way to choose was used: {modes:?}");
}

/// More worlds than a cube samples at once, histograms, and forced moves evaluated too.
pub fn options_change_the_same_things<R: Runtime>(client: ComputeClient<R>) {
    let sampling = Sampling { evaluate_forced: true, histogram: true, ..Sampling::new(700) };
    let policy: PolicySpec = "softmax:3".parse().unwrap();
    let evaluator = solved(2);
    for draw in Draw::ALL {
        let sampler = Unrank { draw };
        let host = play(Host::default(), sampler, evaluator, policy.build(), sampling, 10).unwrap();
        let there = play(device(&client), sampler, evaluator, policy.build(), sampling, 10).unwrap();
        assert_same(draw.name(), &host.games, &there.games);
        assert_eq!(host.sampling, there.sampling);
        let estimates = there.games.iter().flat_map(|game| &game.decisions).map(|it| it.estimate.as_ref());
        for estimate in estimates {
            let estimate = estimate.expect("forced moves are evaluated too");
            let histogram = estimate.histogram.as_ref().expect("a histogram was asked for");
            let n: u32 = histogram.iter().map(|bins: &[u32; BINS]| bins.iter().sum::<u32>()).max().unwrap();
            assert_eq!(n, estimate.worlds);
        }
    }
}

/// The same bytes for every memory budget, and an error for one that is too small.
pub fn budgets_do_not_matter<R: Runtime>(client: ComputeClient<R>) {
    let (n, sampling) = (23, Sampling { histogram: true, ..Sampling::new(20) });
    let policy: PolicySpec = "mixed".parse().unwrap();
    let with = |budget| {
        let mut there = device(&client).with_budget(budget);
        let games = there.deal(&setups(n), &sampling)?;
        let (seen, items) = (there.observe(&games)?, there.items(&games)?);
        let n_chunks = there.chunks(&seen, &items).len();
        // What a batch holds counts as long as it is held.
        drop((games, seen, items));
        let sampler = FirstFit { tries: 2 }.or_else(Backtracking);
        Ok((n_chunks, play(there, sampler, Playout, policy.build(), sampling, n)?))
    };
    let refused = |budget| match with(budget) {
        Err(error @ Error::Setting { setting: "memory budget", .. }) => error.to_string(),
        other => panic!("{other:?}"),
    };
    let text = refused(1000);
    let least = text.split("at least ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap();
    let least: u64 = least.parse().unwrap();
    refused(least - 1);
    let (one, whole) = with(DEFAULT_BUDGET).unwrap();
    assert_eq!(one, 1);
    // Half of the budget is for worlds, of 36 bytes each.
    for (more, n_chunks) in [(0, 23), (2 * 5 * 20 * 36, 4)] {
        let (chunks, played) = with(least + more).unwrap();
        assert_eq!(chunks, n_chunks);
        assert_same("in chunks", &whole.games, &played.games);
        assert_eq!(whole.sampling, played.sampling);
    }
}

/// Games, worlds, tables, searches, networks' and checks' memory together stay within the budget, batch after batch; a budget that has
/// no room for all is an error, and the same rows come of all that have.
pub fn budgets_cover_everything<R: Runtime>(client: ComputeClient<R>) {
    let (n, sampling) = (8, Sampling::new(400));
    let checking = Checking { one_in: 4, correct: true };
    let evaluator = || Checked::new(checking, InFractions(256), quick()).unwrap();
    let with = |budget: u64| {
        let there = device(&client).with_budget(budget);
        let policy = Greedy::default();
        let mut pipeline = Pipeline::new(there, Unrank::default(), evaluator(), policy, sampling)?;
        let first = pipeline.play(&setups(n), &mut ())?;
        let fewer = pipeline.play(&setups(n - 3), &mut ())?;
        assert_eq!(fewer.games, first.games[..n as usize - 3], "{budget}");
        let most = pipeline.backend.most_bytes();
        assert!(0 < most && most <= budget, "{most} of {budget} bytes");
        Ok::<_, Error>((most, first.games))
    };
    let (most, whole) = with(DEFAULT_BUDGET).unwrap();
    // The table takes less where there is less.
    let (least, played) = with(757_952).unwrap();
    assert!(least < most);
    assert_same("in chunks", &whole, &played);
    for budget in [527_952, 607_952] {
        match with(budget) {
            Ok((_, played)) => assert_same("in small chunks", &whole, &played),
            Err(Error::Setting { setting: "memory budget", .. }) => {}
            Err(other) => panic!("{budget}: {other}"),
        }
    }
    assert!(with(300_000).is_err());
}

/// One wait a batch; with the solver, one more for each of its launches; with rescues, one more a chunk and one more for
/// each chunk with something to rescue.
pub fn waits_are_counted<R: Runtime>(client: ComputeClient<R>) {
    let sampling = Sampling::new(50);
    let mut pipeline =
        Pipeline::new(device(&client), Unrank::default(), Playout, Greedy::default(), sampling).unwrap();
    for batch in 1..=2 {
        pipeline.play(&setups(5), &mut ()).unwrap();
        assert_eq!(pipeline.backend.synchronisations(), batch);
    }
    // The solver is asked at plies 20 to 23, and with few turns to a launch it takes several launches.
    let waits = |there: Device<R>| {
        let mut pipeline =
            Pipeline::new(there, Unrank::default(), solved(2), Greedy::default(), sampling).unwrap();
        pipeline.play(&setups(5), &mut ()).unwrap();
        pipeline.backend.synchronisations()
    };
    assert_eq!(waits(device(&client)), 1 + 4);
    assert!(waits(device(&client).with_turns(1)) > 1 + 2 * 4);
    let mut rescued = SampleReport::default();
    for setup in setups(6) {
        let sampler = FirstFit { tries: 1 }.or_else(Backtracking);
        let mut pipeline =
            Pipeline::new(device(&client), sampler, Playout, Greedy::default(), sampling).unwrap();
        let played = pipeline.play(&[setup], &mut ()).unwrap();
        let host = Pipeline::new(Host::default(), sampler, Playout, Greedy::default(), sampling);
        let host = host.unwrap().play(&[setup], &mut ()).unwrap();
        assert_same("rescued", &host.games, &played.games);
        assert_eq!(host.sampling, played.sampling);
        assert_eq!(pipeline.backend.synchronisations(), 1 + 24 + played.sampling.rescued_decisions);
        rescued += played.sampling;
    }
    assert!(rescued.rescued > 20 && rescued.rescued_decisions > 2, "{rescued:?}");
}

/// Sums of fractions of points are those of the host.
pub fn fractions_equal_the_hosts<R: Runtime>(client: ComputeClient<R>) {
    let sampling = Sampling { histogram: true, ..Sampling::new(300) };
    let policy: PolicySpec = "mixed".parse().unwrap();
    for unit in [1, 2, 256] {
        // The playouts' points are brought to the cascade's unit when they are added up.
        let evaluator = || Cascade::new(3, InFractions(unit), Playout).unwrap();
        let host =
            play(Host::default(), Unrank::default(), evaluator(), policy.build(), sampling, 20).unwrap();
        let there =
            play(device(&client), Unrank::default(), evaluator(), policy.build(), sampling, 20).unwrap();
        assert_same("fractions", &host.games, &there.games);
    }
}

/// No games are no work.
pub fn nothing_comes_of_nothing<R: Runtime>(client: ComputeClient<R>) {
    let played = play(device(&client), Unrank::default(), quick(), Greedy::default(), Sampling::new(5), 0);
    assert!(played.unwrap().games.is_empty());
    assert_eq!(ILLEGAL as u16, boneyard_device::layout::ILLEGAL as u16);
}
