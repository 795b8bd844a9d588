//! Policies: decisions a second.

use super::{Entry, Id, Prepared};
use crate::limits::Cost;
use crate::measure::Lap;
use crate::{HostSite, Positions, Site, Size, Stage};
use anyhow::{Context, Result, ensure};
use boneyard::core::Mode;
use boneyard::prelude::*;

/// One policy of each kind.
const POLICIES: [&str; 5] = ["greedy", "p-make", "softmax:2", "softmax-p-make:0.05", "mixed"];

/// Every policy.
pub fn entries<P: Site>() -> Vec<Box<dyn Entry<P>>> {
    POLICIES.map(|name| Box::new(Chosen { name }) as _).into()
}

struct Chosen {
    name: &'static str,
}

const PLY: usize = 8;

impl<P: Site> Entry<P> for Chosen {
    fn id(&self) -> Id {
        Id::new("choose", self.name)
    }

    fn unit(&self) -> &'static str {
        "decisions"
    }

    /// An estimate and what the mover sees are read, a choice is written.
    fn cost(&self) -> Cost {
        Cost { bytes: 4.0 * (39.0 + 32.0 + 24.0 + 1.0), ..Cost::default() }
    }

    fn check(&mut self, site: &P, size: Size) -> Result<String> {
        let configuration = Configuration {
            evaluator: EvaluatorSpec::Playout,
            policy: self.name.parse()?,
            sampling: Sampling::new(20),
            ..Configuration::default()
        };
        let setups = Positions::mixed(size.pick(30, 100, 400), 0).setups;
        let played = site.play(&configuration, &setups)?;
        let by_make = self.name.contains("p-make");
        let mut compared = 0;
        for decision in played.games.iter().flat_map(|game| &game.decisions) {
            check_choice(decision, by_make)?;
            compared += 1;
        }
        if site.name() == HostSite.name() {
            return Ok(format!("{compared} choices are legal and as their mode says"));
        }
        let host = HostSite.play(&configuration, &setups)?;
        ensure!(played.games == host.games, "the records are not the host's");
        Ok(format!("{compared} choices are the host's"))
    }

    fn prepare<'a>(&'a mut self, site: &'a P, size: Size) -> Result<Prepared<'a>> {
        let games = size.pick(2_000, 8_000, 16_384);
        let mut stage = Stage::reach(site, Positions::mixed(games, PLY), PLY, &Sampling::new(16))?;
        let mut estimates = stage.estimates()?;
        for chunk in stage.chunks.clone() {
            stage.sample(&mut *site.samplers().remove(0), chunk)?;
            stage.evaluate(&mut *site.evaluator(EvaluatorSpec::Playout))?;
            stage.reduce(&mut estimates)?;
        }
        // One pass of a GPU is over before the clock has been read.
        let passes = size.pick(1, 1, 64);
        let mut policy = site.policy(self.name.parse()?);
        Ok(Prepared::Ready(Box::new(move || {
            let (seconds, ()) = site.time(|| {
                for _ in 0..passes {
                    let Stage { batch, seen, .. } = &mut stage;
                    policy.choose(&mut batch.on, seen, &estimates, &mut batch.choices)?;
                }
                Ok(())
            })?;
            Ok(Lap { seconds, units: (passes * games) as f64 })
        })))
    }
}

/// Legal, the greedy slot the best by floating-point means or shares, and the mode what it says.
fn check_choice(decision: &DecisionRecord, by_make: bool) -> Result<()> {
    let choice = decision.choice;
    let what = || format!("seed {} at ply {}: {choice:?}", decision.seed, decision.ply);
    ensure!(decision.legal >> choice.slot & 1 == 1 && decision.legal >> choice.greedy & 1 == 1, "{}", what());
    if decision.legal.count_ones() == 1 {
        ensure!(choice.mode == Mode::Forced, "{}", what());
        return Ok(());
    }
    let estimate = decision.estimate.as_ref().with_context(what)?;
    let worth = |slot: u8| {
        let slot = usize::from(slot);
        if by_make { estimate.p_make(slot) } else { estimate.mean(slot) }.unwrap_or(f64::NAN)
    };
    let legal = (0..7).filter(|slot| decision.legal >> slot & 1 == 1);
    let best = legal.map(worth).fold(f64::NEG_INFINITY, f64::max);
    ensure!((worth(choice.greedy) - best).abs() < 1e-9, "{}", what());
    match choice.mode {
        Mode::Greedy => ensure!(choice.slot == choice.greedy, "{}", what()),
        // `mixed` gives up at most ten points on purpose.
        Mode::Blunder => {
            ensure!(worth(choice.slot) < best && worth(choice.slot) >= best - 10.0 - 1e-3, "{}", what())
        }
        Mode::Forced | Mode::Custom => anyhow::bail!("{}", what()),
        Mode::Softmax | Mode::Boltzmann | Mode::Epsilon => {}
    }
    Ok(())
}
