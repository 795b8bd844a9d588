//! Planners: world `i` is world `i`, whatever the rounds.
// The macro `cube` adds modules and types beside each item, without documentation.
#![allow(missing_docs)]

use super::{assert_same, device, quick};
use crate::evaluators::{Certain, InFractions};
use crate::games::setups;
use boneyard_core::{
    AtOnce, Backend, Chooses, DecisionRecord, Estimate, Evaluator, Host, Named, Objective, Observation,
    Paces, Pipeline, PlanRule, Planner, Played, Result, Sampler, Sampling, Stopped,
};
use boneyard_device::DevicePlanner;
use boneyard_device::kernels::plan::PlannerKernel;
use boneyard_device::kernels::sight::{Sight, SlotEstimates};
use boneyard_strategies::evaluator::{Checked, Checking};
use boneyard_strategies::planner::Adaptive;
use boneyard_strategies::policy::{Greedy, Mixture};
use boneyard_strategies::sampler::{Draw, FirstFit, Played as ByPlays, Plays, SamplerSpec, Unrank};
use cubecl::prelude::*;
use std::collections::BTreeSet;

/// Seven worlds a round, until the decision has seen all that it may, or until its best sum is above `enough`.
#[derive(Clone, Copy, Debug)]
struct Sevens {
    enough: i32,
}

struct SevensKernel;

#[cube]
impl PlannerKernel for SevensKernel {
    type Config = i32;

    fn more(_sight: &Sight, estimates: &SlotEstimates, #[comptime] enough: i32) -> u32 {
        let mut more = 7u32.runtime();
        for slot in 0usize..7usize {
            if estimates.sum[slot] > enough.runtime() {
                more = 0u32.runtime();
            }
        }
        more
    }
}

impl Named for Sevens {
    fn id(&self) -> String {
        "sevens".to_owned()
    }
}

impl Paces for Sevens {
    fn most_rounds(&self) -> u32 {
        9
    }
}

impl PlanRule for Sevens {
    fn more(&self, _: &Observation, estimate: &Estimate) -> u32 {
        if estimate.seen().sum.iter().any(|&sum| sum > self.enough.into()) { 0 } else { 7 }
    }
}

impl DevicePlanner for Sevens {
    type Kernel = SevensKernel;

    fn blueprint(&self) -> i32 {
        self.enough
    }
}

/// Adaptive rounds are the host's, whatever is asked for; they stop for every reason; and what was seen is what as many worlds
/// at once show.
pub fn adaptive_rounds_equal_the_hosts<R: Runtime>(client: ComputeClient<R>) {
    let (mut reasons, mut equals) = (BTreeSet::new(), 0);
    for (target, unit, least, most) in [
        ("se:1.5", 1, 24, 400),
        ("se:2", 256, 30, 250),
        ("gap:0.9", 1, 24, 200),
        ("gap:0.8,zone:2", 256, 25, 300),
    ] {
        let adaptive = Adaptive::new(target.parse().unwrap(), least, most).unwrap();
        let sampling = adaptive.sampling(Sampling { histogram: true, ..Sampling::new(1) });
        let evaluator = InFractions(unit);
        for draw in [Draw::Affine, Draw::Distinct] {
            let (sampler, what) = (Unrank { draw }, format!("{target}, {}", draw.name()));
            let host = paced(Host::default(), sampler, evaluator, adaptive, sampling).unwrap();
            let there = paced(device(&client), sampler, evaluator, adaptive, sampling).unwrap();
            assert_same(&what, &host.games, &there.games);
            for game in &host.games {
                reasons.extend(game.decisions.iter().map(|decision| decision.stopped.name()));
                equals += game.decisions.iter().filter(|it| is_of_equals(it)).count();
                let first = &game.decisions[0];
                let at_once = Sampling { histogram: true, ..Sampling::new(first.worlds_used()) };
                let mut pipeline =
                    Pipeline::new(Host::default(), sampler, evaluator, Mixture::mixed(), at_once).unwrap();
                let again = pipeline.decide(&[game.setup.in_play()], &mut ()).unwrap();
                assert_eq!(again[0].estimate, first.estimate, "{what}");
            }
        }
    }
    assert_eq!(Vec::from_iter(reasons), ["all", "cap", "gap", "none", "se", "zone"]);
    assert!(equals > 0);
    // Only successes are known.
    let adaptive = Adaptive::new("gap:0.9,zone:0.1".parse().unwrap(), 24, 200).unwrap();
    let (sampling, policy) = (adaptive.sampling(Sampling::new(1)), Greedy { objective: Objective::Make });
    let host = Pipeline::new(Host::default(), Unrank::default(), Certain, policy, sampling).unwrap();
    let there = Pipeline::new(device(&client), Unrank::default(), Certain, policy, sampling).unwrap();
    let host = host.paced(adaptive).play(&setups(20), &mut ()).unwrap();
    let there = there.paced(adaptive).play(&setups(20), &mut ()).unwrap();
    assert_same("contracts", &host.games, &there.games);
}

/// It stopped by the gap, though the best two are the same in what was seen.
fn is_of_equals(decision: &DecisionRecord) -> bool {
    let best = decision.estimate.as_ref().and_then(|it| Some((it, it.best_two(decision.legal)?)));
    decision.stopped == Stopped::Gap && best.is_some_and(|(it, [one, two])| it.sum[one] == it.sum[two])
}

fn paced<B, S, E, N>(backend: B, sampler: S, evaluator: E, planner: N, sampling: Sampling) -> Result<Played>
where
    B: Backend + Chooses<Mixture>,
    S: Sampler<B>,
    E: Evaluator<B>,
    N: Planner<B>,
{
    let policy = Mixture::mixed();
    Pipeline::new(backend, sampler, evaluator, policy, sampling)?.paced(planner).play(&setups(20), &mut ())
}

/// Rounds of seven give the records of one round, histograms and all; stopping early is the host's, too.
pub fn rounds_do_not_matter<R: Runtime>(client: ComputeClient<R>) {
    let sampling = Sampling { histogram: true, ..Sampling::new(60) };
    let all = Sevens { enough: i32::MAX };
    let samplers = Draw::ALL.map(|draw| SamplerSpec::Unrank(Unrank { draw }));
    for sampler in samplers.into_iter().chain([SamplerSpec::FirstFit(FirstFit::default())]) {
        let what = sampler.to_string();
        let host = paced(Host::default(), sampler.build(), quick(), AtOnce, sampling).unwrap();
        let rounds = paced(Host::default(), sampler.build(), quick(), all, sampling).unwrap();
        assert_same(&what, &host.games, &rounds.games);
        // Chunks of a few games, each in rounds.
        for budget in [1 << 30, 2_231_040] {
            let there = device(&client).with_budget(budget);
            let rounds = paced(there, sampler.build(), quick(), all, sampling).unwrap();
            assert_same(&what, &host.games, &rounds.games);
            assert_eq!(host.sampling, rounds.sampling, "{what}");
        }
    }
    for unit in [1, 256] {
        let soon = Sevens { enough: 100 * i32::from(unit) };
        let host = paced(Host::default(), Unrank::default(), InFractions(unit), soon, sampling).unwrap();
        let there = paced(device(&client), Unrank::default(), InFractions(unit), soon, sampling).unwrap();
        assert_same("stopped early", &host.games, &there.games);
        let used = host.games.iter().flat_map(|game| &game.decisions).map(|it| it.worlds_used());
        let counts: BTreeSet<u32> = used.collect();
        assert!(counts.len() > 6, "decisions stop at different times: {counts:?}");
    }
    let few = Sampling { histogram: true, ..Sampling::new(20) };
    // So do weights by plays, with what is said of them.
    let plays = Plays::new(4.0, 0.1, 4).unwrap();
    let sampler = || ByPlays { sampler: Unrank::default(), evaluator: quick(), plays: plays.clone() };
    let host = paced(Host::default(), sampler(), quick(), AtOnce, few).unwrap();
    let looked_back =
        host.games.iter().flat_map(|game| &game.decisions).filter_map(|it| it.estimate.as_ref());
    assert!(looked_back.filter(|estimate| estimate.likelihood.against > 0).count() > 30);
    for rounds in [
        paced(Host::default(), sampler(), quick(), all, few).unwrap(),
        paced(device(&client), sampler(), quick(), all, few).unwrap(),
    ] {
        assert_same("plays", &host.games, &rounds.games);
    }
    // So do the worlds that are checked, and what is corrected by them.
    for (one_in, correct) in [(4, true), (9, false)] {
        let checked = || Checked::new(Checking { one_in, correct }, InFractions(2), quick()).unwrap();
        let host = paced(Host::default(), Unrank::default(), checked(), AtOnce, few).unwrap();
        for rounds in [
            paced(Host::default(), Unrank::default(), checked(), all, few).unwrap(),
            paced(device(&client), Unrank::default(), checked(), all, few).unwrap(),
        ] {
            assert_same("checked", &host.games, &rounds.games);
        }
    }
}

/// Adaptive rounds of corrected values are the host's, and stop by the whole error.
pub fn corrected_rounds_equal_the_hosts<R: Runtime>(client: ComputeClient<R>) {
    let mut reasons = BTreeSet::new();
    for (target, unit, one_in, least, most) in
        [("se:1.5", 1, 2, 24, 400), ("gap:0.8,zone:2", 256, 3, 36, 200), ("gap:0.9", 2, 1, 24, 100)]
    {
        let adaptive = Adaptive::new(target.parse().unwrap(), least, most).unwrap();
        let (sampling, sampler) = (adaptive.sampling(Sampling::new(1)), Unrank::default());
        let evaluator =
            || Checked::new(Checking { one_in, correct: true }, InFractions(unit), quick()).unwrap();
        let host = paced(Host::default(), sampler, evaluator(), adaptive, sampling).unwrap();
        let there = paced(device(&client), sampler, evaluator(), adaptive, sampling).unwrap();
        assert_same(target, &host.games, &there.games);
        for decision in host.games.iter().flat_map(|game| &game.decisions) {
            reasons.insert(decision.stopped.name());
            let Some(estimate) = &decision.estimate else { continue };
            let check = estimate.check.as_ref().expect("every decision is corrected");
            assert!(check.corrected && check.worlds >= estimate.worlds.min(2));
            if decision.stopped == Stopped::Error {
                let legal = (0..7).filter(|slot| decision.legal >> slot & 1 == 1);
                let error = |slot| estimate.mean_error(slot, decision.worlds_total).unwrap();
                assert!(legal.map(error).fold(0.0, f64::max) < 1.51);
            }
        }
    }
    assert_eq!(Vec::from_iter(reasons), ["all", "cap", "gap", "none", "se", "zone"]);
}
