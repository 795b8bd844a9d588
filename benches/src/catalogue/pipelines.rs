//! Whole games: games a second at a number of samples.

use super::{Entry, Id, Prepared};
use crate::measure::Lap;
use crate::site::network;
use crate::{HostSite, Kind, Positions, Site, Size};
use anyhow::{Result, ensure};
use boneyard::EvaluatorSpec::{self, Contract, Net, Playout, Solver};
use boneyard::core::DecisionRecord;
use boneyard::prelude::{Configuration, Domino, GameRecord, Sampling};
use boneyard::strategies::policy::PolicySpec;

/// Games × samples.
const BATCHES: [(usize, u32); 4] = [(32, 50), (256, 256), (1000, 1024), (10_000, 1024)];

/// Every batch with evaluators from quick to exact.
pub fn entries<P: Site>(site: &P) -> Vec<Box<dyn Entry<P>>> {
    let mut entries: Vec<Box<dyn Entry<P>>> = Vec::new();
    for (games, samples) in BATCHES {
        let mut evaluators = match site.kind() {
            Kind::Host => vec![Playout, cascade(4), cascade(5), Solver, Contract],
            Kind::Gpu => vec![Playout, cascade(4), cascade(5), Solver],
            // There, deep or many searches are cut short.
            Kind::Software if games == BATCHES[0].0 => vec![Playout, cascade(2)],
            Kind::Software => vec![Playout],
        };
        if site.kind() == Kind::Gpu && [32, 1000].contains(&games) {
            let network = network(site.networks()[0]);
            let tricks = EvaluatorSpec::TRICKS_AFTER_NET;
            evaluators
                .push(EvaluatorSpec::cascade(tricks, Solver, Net(network)).expect("both answer in points"));
        }
        entries
            .extend(evaluators.into_iter().map(|it| Box::new(Whole { games, samples, evaluator: it }) as _));
    }
    entries
}

/// The solver for the last tricks, playouts before.
fn cascade(tricks: u8) -> EvaluatorSpec {
    EvaluatorSpec::cascade(tricks, Solver, Playout).expect("both answer in points")
}

/// The variant's name: short forms, which baselines know.
fn variant(evaluator: &EvaluatorSpec) -> String {
    let name = evaluator.to_string();
    let short = name.strip_suffix(",solver,playout").map(str::to_owned);
    short.unwrap_or_else(|| name.replace(",solver,net:", ","))
}

struct Whole {
    games: usize,
    samples: u32,
    evaluator: EvaluatorSpec,
}

impl Whole {
    fn configuration(&self, samples: u32) -> Configuration {
        let policy = match self.evaluator {
            Contract => "p-make".parse().expect("a policy"),
            _ => PolicySpec::default(),
        };
        Configuration {
            evaluator: self.evaluator.clone(),
            policy,
            sampling: Sampling::new(samples),
            ..Default::default()
        }
    }
}

impl<P: Site> Entry<P> for Whole {
    fn id(&self) -> Id {
        Id::new(format!("play-{}x{}", self.games, self.samples), variant(&self.evaluator))
    }

    fn unit(&self) -> &'static str {
        "games"
    }

    fn is_for(&self, size: Size) -> bool {
        size != Size::Tiny || self.games < 1000
    }

    fn samples(&self) -> Option<u32> {
        Some(self.samples)
    }

    /// Against the host where this is a device, against one thread where it is the host; and the last decisions
    /// against the reference, which knows all their worlds.
    fn check(&mut self, site: &P, size: Size) -> Result<String> {
        let configuration = self.configuration(12);
        let games = if !self.evaluator.networks().is_empty() { 10 } else { size.pick(6, 12, 60) };
        let setups = Positions::mixed(games, 0).setups;
        let played = site.play(&configuration, &setups)?;
        let (twin, whose) = match site.kind() {
            Kind::Host => {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
                (pool.install(|| HostSite.play(&configuration, &setups[..2]))?, "one thread")
            }
            _ => (HostSite.play(&configuration, &setups)?, "the host"),
        };
        if !self.evaluator.networks().is_empty() {
            let compared = near(&twin.games, &played.games)?;
            return Ok(format!("{compared} decisions within a twentieth of a point of {whose}'s"));
        }
        let same = twin.games.iter().zip(&played.games).all(|(a, b)| a == b);
        ensure!(same, "the records are not those of {whose}");
        let mut exact = 0;
        if !matches!(self.evaluator, Playout | Contract) {
            for game in &played.games {
                exact += check_last(game)?;
            }
        }
        Ok(format!("{} games as by {whose}, {exact} decisions by plain minimax", twin.games.len()))
    }

    fn prepare<'a>(&'a mut self, site: &'a P, size: Size) -> Result<Prepared<'a>> {
        let most = size.pick(10.0, 30.0, 100.0);
        let setups = Positions::mixed(self.games, 0).setups;
        // Two small batches tell what a large one will take: the first, which may be compiling before it is timed, what a
        // batch costs anyway.
        let pilot = |games: usize, samples: u32| {
            let configuration = self.configuration(samples);
            Ok::<f64, anyhow::Error>(site.time(|| site.play(&configuration, &setups[..games]))?.0)
        };
        pilot(2, 4)?;
        let anyway = pilot(2, 4)?;
        let (games, samples) = ((self.games / 4).clamp(4, 250), (self.samples / 4).max(4));
        let scale = (self.games as f64 / games as f64) * (f64::from(self.samples) / f64::from(samples));
        let expected = anyway + scale * (pilot(games, samples)? - anyway).max(0.0);
        if expected > most {
            let text = format!("a batch would take some {expected:.0} s, of {most} that it may");
            return Ok(Prepared::Skipped(text));
        }
        let configuration = self.configuration(self.samples);
        Ok(Prepared::Ready(Box::new(move || {
            let (seconds, played) = site.time(|| site.play(&configuration, &setups))?;
            ensure!(played.games.len() == setups.len(), "games are missing");
            Ok(Lap { seconds, units: setups.len() as f64 })
        })))
    }
}

/// Compares E[Q] for as long as games are the same, as outputs of networks are not the same to the bit; how many decisions.
fn near(a: &[GameRecord], b: &[GameRecord]) -> Result<usize> {
    let mut compared = 0;
    for (a, b) in a.iter().zip(b) {
        for (here, there) in a.decisions.iter().zip(&b.decisions) {
            if here.plays[..usize::from(here.ply)] != there.plays[..usize::from(there.ply)] {
                break;
            }
            let mean =
                |decision: &DecisionRecord, slot| decision.estimate.as_ref().and_then(|it| it.mean(slot));
            for slot in (0..7).filter(|slot| here.legal >> slot & 1 == 1) {
                let (here, there) = (mean(here, slot), mean(there, slot));
                let is_near = match (here, there) {
                    (Some(here), Some(there)) => (here - there).abs() <= 0.05,
                    (None, None) => true,
                    _ => false,
                };
                ensure!(is_near, "seed {}, slot {slot}: {here:?} and {there:?}", a.setup.seed);
            }
            compared += 1;
        }
    }
    Ok(compared)
}

/// The exact decisions of a game's sixth trick, against all their worlds by plain minimax.
fn check_last(game: &GameRecord) -> Result<usize> {
    let mut compared = 0;
    let late = game.decisions.iter().filter(|decision| decision.ply >= 20 && decision.is_exact());
    for decision in late {
        let Some(estimate) = &decision.estimate else { continue };
        let mut seen = game.setup.start();
        for &id in &decision.plays[..usize::from(decision.ply)] {
            seen.play(Domino::new(id as u64)?)?;
        }
        let expected = boneyard_reference::expected_q(&super::samplers::reference_view(&seen));
        for slot in 0..7 {
            let got = (decision.legal >> slot & 1 == 1).then(|| estimate.mean(slot)).flatten();
            let same = match (got, expected[slot]) {
                (Some(got), Some(expected)) => (got - expected).abs() < 1e-9,
                (None, None) => true,
                _ => false,
            };
            let (seed, ply) = (decision.seed, decision.ply);
            ensure!(same, "seed {seed} at ply {ply}, slot {slot}: {got:?}, expected {:?}", expected[slot]);
        }
        compared += 1;
    }
    Ok(compared)
}
