//! `eq_exact.json`: exact E\[Q\] over all worlds of a view, by the pipeline's own steps.

use super::found::{Found, Tally};
use super::position::{expect_view, fresh, replay};
use anyhow::{Result, ensure};
use boneyard_core::{
    AtOnce, Backend, Coordinates, Estimate, Evaluator, Host, HostItems, HostValues, HostWorlds, Observation,
    Plan, Planner, Question, Sampler, Sampling,
};
use boneyard_rules::{Bid, Game};
use boneyard_strategies::evaluator::Solver;
use boneyard_strategies::sampler::Unrank;
use serde_json::{Map, Value};

pub fn check(file: &Found<'_>, tally: &mut Tally) -> Result<()> {
    let file = file.record()?;
    file.get("about")?.text()?;
    for found in file.get("states")?.records()? {
        let record = found.record()?;
        let game = replay(fresh(&record, "first_leader", tally)?, &record.get("slots")?)?;
        record.expect("ply", game.table().ply(), tally)?;
        let view = game.view();
        expect_view(&record, &view, tally)?;

        let estimate = exact(&game)?;
        record.expect("worlds", estimate.worlds, tally)?;
        let legal = view.legal_slots();
        let slots: Vec<usize> = (0..7).filter(|slot| legal >> slot & 1 == 1).collect();
        record.expect("legal_slots", slots.clone(), tally)?;
        record.expect("sum_q", slots.iter().map(|&slot| estimate.sum[slot]).collect::<Vec<_>>(), tally)?;
        let histograms: Vec<Value> = slots.iter().map(|&slot| histogram(&estimate, slot)).collect();
        record.expect("hist", histograms, tally)?;
        for (key, value) in [("eq", Estimate::mean as fn(&_, _) -> _), ("var", Estimate::variance)] {
            let list = record.get(key)?.list()?;
            ensure!(list.len() == slots.len(), "{key} has {} slots, expected {}", list.len(), slots.len());
            for (found, &slot) in list.iter().zip(&slots) {
                found.expect_float(value(&estimate, slot).expect("points were asked for"), tally)?;
            }
        }
        record.finish()?;
    }
    file.finish()
}

/// Observes, enumerates, evaluates and adds up.
fn exact(game: &Game) -> Result<Estimate> {
    let sampling =
        Sampling { evaluate_forced: true, histogram: true, ..Sampling::new(Sampling::MOST_SAMPLES) };
    let (bidder, ply) = (game.table().first_leader(), game.table().ply() as u8);
    let at = Coordinates { seed: 0, replicate: 0, ply };
    let observations = vec![Observation::new(game.view(), Bid::THIRTY, bidder, &sampling, at)?];
    ensure!(observations[0].plan == Plan::Enumerate, "too many worlds to enumerate");
    let mut estimates = vec![Estimate::new(Question::Points { unit: 1 }, true)];
    let (mut host, mut worlds, mut values) = (Host::default(), HostWorlds::default(), HostValues::default());
    let mut items = HostItems::default();
    AtOnce.plan(&mut host, &observations, &estimates, &mut items)?;
    for chunk in host.chunks(&observations, &items) {
        Unrank::default().sample(&mut host, &observations, &items, chunk, &mut worlds)?;
        Solver.evaluate(&mut host, &observations, &worlds, &mut values)?;
        host.reduce(&observations, &worlds, &values, &mut estimates)?;
    }
    Ok(estimates.remove(0))
}

/// From values to numbers of worlds, without the empty bins.
fn histogram(estimate: &Estimate, slot: usize) -> Value {
    let bins = &estimate.histogram.as_ref().expect("it was asked for")[slot];
    let counts = bins.iter().enumerate().filter(|(_, worlds)| **worlds > 0);
    let counts: Map<String, Value> =
        counts.map(|(bin, &worlds)| ((bin as i32 - 42).to_string(), worlds.into())).collect();
    counts.into()
}
