//! Worlds that do not all count the same.
// The macro `cube` adds modules and types beside each item, without documentation.
#![allow(missing_docs)]

use super::{assert_same, device, play, quick};
use crate::evaluators::InFractions;
use boneyard_core::{
    AtOnce, Backend, Deals, Designed, Error, Estimate, Evaluator, Host, Named, ONE, Observation, Observer,
    Pipeline, Planner, Played, Policy, Result, Sampler, Samples, Sampling, Setup, WeightRule,
};
use boneyard_core::{HostObservations, HostValues, HostWorlds};
use boneyard_device::DeviceWeight;
use boneyard_device::kernels::position::Position;
use boneyard_device::kernels::weigh::WeightKernel;
use boneyard_rules::{Bid, Declaring, Seat, World, tables::STRENGTH, tiles_of};
use boneyard_strategies::evaluator::{Cascade, Checked, Checking, Playout, Solver};
use boneyard_strategies::policy::{PolicyBackend, PolicySpec};
use boneyard_strategies::sampler::{Declared, Draw, Evidence, FirstFit, Plays, Unrank, Weighed};
use cubecl::prelude::*;

/// The stronger the partner's dominoes, the more a world counts; all fully, if it is `flat`.
#[derive(Clone, Copy, Debug)]
struct StrongPartner {
    flat: bool,
}

struct StrongPartnerKernel;

#[cube]
impl WeightKernel for StrongPartnerKernel {
    type Config = bool;

    fn weight(position: &Position, _strengths: &Array<u32>, #[comptime] flat: bool) -> u32 {
        let mut weight = (position.partner % 251u32) * 261u32;
        if comptime!(flat) {
            weight = comptime!(ONE).runtime();
        }
        weight
    }
}

impl Named for StrongPartner {
    fn id(&self) -> String {
        "strong-partner".to_owned()
    }
}

impl WeightRule for StrongPartner {
    fn weight(&self, observation: &Observation, world: &World) -> u32 {
        let strength = &STRENGTH[observation.view.table().declaration().index()];
        let partner = tiles_of(world[1]).fold(0u32, |set, domino| set | 1 << strength[domino.index()]);
        if self.flat { ONE } else { partner % 251 * 261 }
    }
}

impl DeviceWeight for StrongPartner {
    type Kernel = StrongPartnerKernel;

    fn blueprint(&self) -> bool {
        self.flat
    }
}

fn weighed(flat: bool) -> Weighed<Unrank, StrongPartner> {
    Weighed { sampler: Unrank::default(), weight: StrongPartner { flat } }
}

/// Σw, Σwq and Σwq² by slot, in points.
type Sums = (f64, [f64; 7], [f64; 7]);

/// Sums in f64, world by world, as they pass.
#[derive(Default)]
struct Slow {
    /// `[ply][game]`.
    sums: Vec<Vec<Sums>>,
}

impl Observer<Host> for Slow {
    fn valued(
        &mut self,
        _: &mut Host,
        seen: &HostObservations,
        worlds: &HostWorlds,
        values: &HostValues,
    ) -> Result<()> {
        let ply = seen[0].view.table().ply();
        self.sums.resize(ply + 1, Vec::new());
        self.sums[ply].resize(seen.len(), (0.0, [0.0; 7], [0.0; 7]));
        let weights = worlds.weights.as_ref().expect("weights are carried");
        for ((&owner, &weight), slots) in worlds.owners.iter().zip(weights).zip(&values.slots) {
            let (total, sums, squares) = &mut self.sums[ply][owner as usize];
            let weight = f64::from(weight) / f64::from(ONE);
            *total += weight;
            for slot in 0..7 {
                let q = f64::from(slots[slot]) / f64::from(values.question.unit());
                sums[slot] += weight * q;
                squares[slot] += weight * q * q;
            }
        }
        Ok(())
    }
}

/// Weighed sums, and what is chosen by them, are the host's, in whole points and in fractions; and the host's are those of
/// plain floating point.
pub fn weighed_records_equal_the_hosts<R: Runtime>(client: ComputeClient<R>) {
    let sampling = Sampling { histogram: true, ..Sampling::new(70) };
    for policy in ["mixed", "softmax-p-make:0.1", "blunder:1,4+boltzmann:2"] {
        let policy: PolicySpec = policy.parse().unwrap();
        let host = play(Host::default(), weighed(false), quick(), policy.build(), sampling, 20).unwrap();
        let there = play(device(&client), weighed(false), quick(), policy.build(), sampling, 20).unwrap();
        assert_same("weighed", &host.games, &there.games);
    }
    let policy: PolicySpec = "softmax:2".parse().unwrap();
    let mut slow = Slow::default();
    let setups = crate::games::setups(20);
    let mut pipeline =
        Pipeline::new(Host::default(), weighed(false), InFractions(256), policy.build(), sampling).unwrap();
    let host = pipeline.play(&setups, &mut slow).unwrap();
    let there =
        play(device(&client), weighed(false), InFractions(256), policy.build(), sampling, 20).unwrap();
    assert_same("weighed fractions", &host.games, &there.games);
    let mut n_compared = 0;
    for (g, game) in host.games.iter().enumerate() {
        for (ply, decision) in game.decisions.iter().enumerate() {
            let Some(estimate) = &decision.estimate else { continue };
            let (total, sums, squares) = slow.sums[ply][g];
            assert!(decision.effective_samples() <= f64::from(estimate.worlds) + 1e-9);
            for slot in (0..7).filter(|slot| decision.legal >> slot & 1 == 1) {
                let mean = sums[slot] / total;
                let variance = squares[slot] / total - mean * mean;
                assert!((estimate.mean(slot).unwrap() - mean).abs() < 1e-9);
                assert!((estimate.variance(slot).unwrap() - variance).abs() < 1e-6);
                n_compared += 1;
            }
        }
    }
    assert!(n_compared > 500, "{n_compared} means");
}

/// Worlds that all weigh fully have the records of worlds without weights; what has no place for weights is refused.
pub fn full_weights_change_nothing<R: Runtime>(client: ComputeClient<R>) {
    let sampling = Sampling { histogram: true, ..Sampling::new(50) };
    let policy: PolicySpec = "mixed".parse().unwrap();
    for unit in [1, 256] {
        let evaluator = InFractions(unit);
        let plain =
            play(Host::default(), Unrank::default(), evaluator, policy.build(), sampling, 20).unwrap();
        let host = play(Host::default(), weighed(true), evaluator, policy.build(), sampling, 20).unwrap();
        let there = play(device(&client), weighed(true), evaluator, policy.build(), sampling, 20).unwrap();
        assert_same("full weights", &plain.games, &host.games);
        assert_same("full weights", &plain.games, &there.games);
    }
    let many = Sampling::new(Estimate::MOST_WEIGHED + 1);
    for refused in [
        play(Host::default(), weighed(false), InFractions(1), policy.build(), many, 1),
        play(device(&client), weighed(false), InFractions(1), policy.build(), many, 1),
    ] {
        let Err(Error::Setting { setting: "samples", .. }) = refused else { panic!("{refused:?}") };
    }
    let checked = || Checked::new(Checking { one_in: 4, correct: true }, InFractions(1), quick()).unwrap();
    for refused in [
        play(Host::default(), weighed(false), checked(), policy.build(), sampling, 1),
        play(device(&client), weighed(false), checked(), policy.build(), sampling, 1),
    ] {
        let Err(Error::Mismatch(text)) = refused else { panic!("{refused:?}") };
        assert!(text.ends_with("but these carry weights"), "{text}");
    }
}

/// Deals whose bidders, seats in turn, declare as the rule says.
fn declared_setups(n: u64) -> Vec<Setup> {
    let setup = |seed: u64| {
        let (deal, bidder) = (Deals::Native.deal(seed), Seat::ALL[seed as usize % 4]);
        let declaration = Declaring::Longest.declares(deal.hand(bidder));
        Setup { seed, deal, declaration, bidder, bid: Bid::THIRTY }
    };
    (0..n).map(setup).collect()
}

/// Worlds in which the bidder would have declared what it did are the host's, with their weights and what finding them took,
/// for every draw, doubt and the first fit.
pub fn declared_records_equal_the_hosts<R: Runtime>(client: ComputeClient<R>) {
    let (setups, policy) = (declared_setups(24), "softmax:2".parse::<PolicySpec>().unwrap());
    fn played<B, S>(on: B, sampler: S, policy: Box<dyn Policy<B>>, setups: &[Setup]) -> Played
    where
        B: Backend + Samples<S>,
        S: Designed,
        AtOnce: Planner<B>,
        Cascade<Solver, Playout>: Evaluator<B>,
    {
        let mut pipeline = Pipeline::new(on, sampler, quick(), policy, Sampling::new(60)).unwrap();
        pipeline.play(setups, &mut ()).unwrap()
    }
    let mut tries = 0;
    for beta in [0, ONE / 3] {
        let evidence = Evidence { rule: Declaring::Longest, beta };
        for draw in Draw::ALL {
            let sampler =
                Weighed { sampler: Declared { sampler: Unrank { draw }, evidence }, weight: evidence };
            let host = played(Host::default(), sampler, policy.build(), &setups);
            let there = played(device(&client), sampler, policy.build(), &setups);
            assert_same(draw.name(), &host.games, &there.games);
            assert_eq!(host.sampling, there.sampling);
            tries += host.sampling.tries - host.sampling.wanted;
        }
        let sampler = Declared { sampler: FirstFit::default(), evidence };
        let host = played(Host::default(), sampler, policy.build(), &setups);
        let there = played(device(&client), sampler, policy.build(), &setups);
        assert_same("first fit", &host.games, &there.games);
    }
    assert!(tries > 10_000, "{tries} worlds were left");
}

/// Weights by what was played are the host's, alone and on top of others, for playouts, the solver late in the hand, fractions of
/// points, few and many plays, and games that are resumed in the middle.
pub fn plays_are_weighed_as_on_the_host<R: Runtime>(client: ComputeClient<R>) {
    use boneyard_strategies::sampler::Played as ByPlays;
    fn played<B, S, E>(on: B, sampler: S, evaluator: E, setups: &[Setup]) -> Played
    where
        B: Backend + PolicyBackend,
        S: Sampler<B>,
        E: Evaluator<B>,
        AtOnce: Planner<B>,
    {
        let policy: PolicySpec = "softmax:2".parse().unwrap();
        let mut pipeline = Pipeline::new(on, sampler, evaluator, policy.build(), Sampling::new(60)).unwrap();
        pipeline.play(setups, &mut ()).unwrap()
    }
    let setups = declared_setups(10);
    let evidence = Evidence { rule: Declaring::Longest, beta: 0 };
    let (mut uneven, mut against, mut steps) = (0, 0, std::collections::BTreeSet::new());
    for (tau, beta, last, ess) in
        [(4.0, 0.1, 4, None), (1.0, 0.0, 1, Some(0.9)), (0.3, 0.02, 27, None), (0.3, 0.02, 27, Some(0.3))]
    {
        let plays = Plays::new(tau, beta, last).unwrap();
        let plays = if let Some(share) = ess { plays.with_ess(share).unwrap() } else { plays };
        let sampler = || ByPlays { sampler: Unrank::default(), evaluator: quick(), plays: plays.clone() };
        let host = played(Host::default(), sampler(), quick(), &setups);
        let there = played(device(&client), sampler(), quick(), &setups);
        assert_same("plays", &host.games, &there.games);
        let in_chunks = played(Host { chunk_worlds: 100 }, sampler(), quick(), &setups);
        assert_same("in chunks", &host.games, &in_chunks.games);
        let decisions = host.games.iter().flat_map(|game| &game.decisions);
        let weighed = decisions.filter_map(|it| Some((it.estimate.as_ref()?.worlds, it.effective_samples())));
        uneven += weighed.filter(|(worlds, ess)| *ess < 0.9 * f64::from(*worlds)).count();
        for decision in host.games.iter().flat_map(|game| &game.decisions) {
            let Some(estimate) = &decision.estimate else { continue };
            let (said, share) =
                (estimate.likelihood, estimate.effective_samples() / f64::from(estimate.worlds));
            assert_eq!(said.worlds, estimate.worlds);
            against += said.against;
            steps.insert(said.mixed);
            assert!(ess.is_none_or(|least| share >= least - 1e-4), "{share} for {ess:?}");
            assert!(ess.is_some() || said.mixed == 0);
        }
        let sampler = || ByPlays {
            sampler: Weighed { sampler: Declared { sampler: Unrank::default(), evidence }, weight: evidence },
            evaluator: InFractions(256),
            plays: plays.clone(),
        };
        let host = played(Host::default(), sampler(), InFractions(256), &setups);
        let there = played(device(&client), sampler(), InFractions(256), &setups);
        assert_same("plays on top, in fractions", &host.games, &there.games);
    }
    assert!(uneven > 100, "{uneven} decisions in which plays say something");
    assert!(against > 1000 && steps.len() >= 5, "{against} worlds against the plays, {steps:?}");
}
