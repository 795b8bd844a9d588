//! Reductions: worlds a second that are added up.

use super::{Entry, Id, Prepared};
use crate::limits::Cost;
use crate::measure::Lap;
use crate::{Positions, Site, Size, Stage, Valued};
use anyhow::{Context, Result, ensure};
use boneyard::core::{Estimate, GROUPS, ILLEGAL, Question};
use boneyard::prelude::*;

/// With and without a histogram.
pub fn entries<P: Site>() -> Vec<Box<dyn Entry<P>>> {
    vec![Box::new(Reduced { histogram: false }), Box::new(Reduced { histogram: true })]
}

struct Reduced {
    histogram: bool,
}

const PLY: usize = 8;
const QUESTION: Question = Question::Points { unit: 1 };

impl Reduced {
    /// A stage with the values of playouts in its only chunk.
    fn stage<'a, P: Site>(&self, site: &'a P, games: usize, samples: u32) -> Result<(Stage<'a, P>, f64)> {
        let sampling = Sampling { histogram: self.histogram, ..Sampling::new(samples) };
        let mut stage = Stage::reach(site, Positions::mixed(games, PLY), PLY, &sampling)?;
        fill(&mut stage)?;
        let units = stage.n_worlds(&sampling) as f64;
        Ok((stage, units))
    }
}

/// Samples and plays out the first chunk.
fn fill<P: Site>(stage: &mut Stage<'_, P>) -> Result<()> {
    let chunk = stage.chunks.first().cloned().context("there are no worlds")?;
    stage.sample(&mut *stage.site.samplers().remove(0), chunk)?;
    stage.evaluate(&mut *stage.site.evaluator(EvaluatorSpec::Playout))?;
    Ok(())
}

impl<P: Site> Entry<P> for Reduced {
    fn id(&self) -> Id {
        Id::new("reduce", if self.histogram { "histogram" } else { "points" })
    }

    fn unit(&self) -> &'static str {
        "worlds"
    }

    /// The values of a world are read: 16 bytes.
    fn cost(&self) -> Cost {
        Cost { bytes: 16.0, ..Cost::default() }
    }

    fn check(&mut self, site: &P, size: Size) -> Result<String> {
        let (mut stage, _) = self.stage(site, size.pick(40, 100, 400), 100)?;
        ensure!(stage.chunks.len() == 1, "the check is made for one chunk");
        let valued = stage.read()?;
        let mut estimates = stage.estimates()?;
        stage.reduce(&mut estimates)?;
        let setups = stage.positions.setups.clone();
        let records = stage.finish(estimates)?;
        for (game, (record, setup)) in records.iter().zip(&setups).enumerate() {
            let decision = &record.decisions[PLY];
            let ours: Vec<&Valued> = valued.iter().filter(|it| it.game == game).collect();
            let got = decision.estimate.as_ref().context("a decision has no estimate")?;
            let expected = added_up(decision, setup, &ours, self.histogram);
            ensure!(*got == expected, "game {game}: {got:?}, expected {expected:?}");
        }
        Ok(format!("{} sums of {} worlds added up one by one", records.len(), valued.len()))
    }

    fn prepare<'a>(&'a mut self, site: &'a P, size: Size) -> Result<Prepared<'a>> {
        let (mut stage, units) = self.stage(site, size.pick(64, 256, 1024), 1000)?;
        // One pass of a GPU is over before the clock has been read.
        let passes = size.pick(1, 1, 64);
        Ok(Prepared::Ready(Box::new(move || {
            // A pass of a first round each: nothing is there to be merged with.
            let estimates: Vec<_> = (0..passes).map(|_| stage.estimates()).collect::<Result<_>>()?;
            let Stage { site, batch, seen, .. } = &mut stage;
            let (seconds, ()) = site.time(|| {
                for mut estimates in estimates {
                    batch.reduce(seen, &mut estimates)?;
                }
                Ok(())
            })?;
            Ok(Lap { seconds, units: passes as f64 * units })
        })))
    }
}

/// The sums by their definitions: success is the final score, not a threshold.
fn added_up(decision: &DecisionRecord, setup: &Setup, valued: &[&Valued], histogram: bool) -> Estimate {
    let mut estimate = Estimate::new(QUESTION, histogram);
    let (us, them) = (i32::from(decision.banked_us), i32::from(decision.banked_them));
    let bidders = decision.seat.team() == setup.bidder.team();
    for (number, it) in valued.iter().enumerate() {
        let group = &mut estimate.groups[number % GROUPS];
        estimate.worlds += 1;
        estimate.weight += 1;
        group.weight += 1;
        estimate.weight_squares += 1;
        estimate.weight_max = 1;
        for (slot, &value) in it.values.iter().enumerate().filter(|(_, value)| **value != ILLEGAL) {
            let value = i32::from(value);
            estimate.sum[slot] += i64::from(value);
            group.sum[slot] += i64::from(value);
            estimate.sum_squares[slot] += (value * value) as u64;
            let ours = us + (42 - us - them + value) / 2;
            let make = if bidders { ours } else { 42 - ours } >= i32::from(setup.bid.points());
            estimate.made[slot] += u32::from(make == bidders);
            group.made[slot] += u32::from(make == bidders);
            if let Some(bins) = &mut estimate.histogram {
                bins[slot][(value + 42) as usize] += 1;
            }
        }
    }
    estimate
}
