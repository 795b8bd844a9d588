//! Truth beside speed: how far E\[Q\] is from the truth, and what it costs to get that close.
//!
//! The truth of a decision is the exact solver's mean over all its worlds where there are at most 200,000, else over
//! 65,536 of an affine walk. Each variant then estimates the same decisions several times with other random numbers.

use crate::{Claim, Kind, Positions, Site, Size, Stage};
use anyhow::{Context, Result};
use boneyard::core::{Evaluator, ILLEGAL, Sampler};
use boneyard::prelude::*;
use serde::{Deserialize, Serialize};

/// What one variant comes to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TruthRow {
    /// Where.
    pub device: String,
    /// The evaluator's id.
    pub evaluator: String,
    /// The sampler's id.
    pub sampler: String,
    /// Worlds a decision.
    pub samples: u32,
    /// Decisions, each estimated several times.
    pub decisions: usize,
    /// Root mean square error of E\[Q\] over legal moves, in points.
    pub rmse: f64,
    /// The same for differences of E\[Q\] between legal moves.
    pub rmse_differences: f64,
    /// Points given up by playing the move that looks best.
    pub regret: f64,
    /// Seconds a decision: sampling, evaluation and reduction, in a batch of all.
    pub seconds: f64,
}

/// Most worlds that are all looked at.
const ENUMERATED: u32 = 200_000;
/// Worlds looked at where there are more.
const WALKED: u32 = 65_536;
/// Decisions with fewer worlds are exact anyway.
const FEWEST_WORLDS: u32 = 2_000;

/// The study of a site; empty on software devices, which are too slow for it.
///
/// # Errors
/// Those of the site.
pub fn study<P: Site>(site: &P, size: Size) -> Result<Vec<TruthRow>> {
    if site.kind() == Kind::Software {
        return Ok(Vec::new());
    }
    let full = &[4, 8, 10, 12, 13][..];
    let plies = size.pick(&[10, 12][..], full, full);
    let n_decisions = size.pick(4, 8, 8);
    let repetitions = size.pick(6, 6, 8);
    let counts = size.pick(&[16, 64, 256][..], &[16, 64, 256, 1024][..], &[16, 64, 256, 1024, 4096][..]);

    let mut batches = Vec::new();
    for &ply in plies {
        let wanted = |seen: &boneyard::core::Observation| {
            seen.view.legal().count_ones() > 1 && seen.worlds.count() >= FEWEST_WORLDS
        };
        let positions = Positions::mixed(30 * n_decisions, ply).filter(ply, n_decisions, wanted);
        let truth = truth(site, &positions, ply).context("finding the truth")?;
        batches.push(Batch { ply, positions: positions.repeated(repetitions), truth });
    }

    let samplers: Vec<String> = site.samplers().iter().map(|sampler| sampler.id()).collect();
    let some =
        |id: &&String| size != Size::Tiny || ["affine", "uniform", "backtracking"].contains(&id.as_str());
    let mut rows = Vec::new();
    for sampler in samplers.iter().filter(some) {
        for k in 0..judges(site).len() {
            for &samples in counts {
                rows.push(row(site, &batches, sampler, k, samples)?);
            }
        }
    }
    Ok(rows)
}

/// The evaluators of points of a site, and what lies between the exact and the quick one.
fn judges<P: Site>(site: &P) -> Vec<Box<dyn Evaluator<P::Backend>>> {
    let points = site.evaluators().into_iter().filter(|variant| variant.claim != Claim::Contract);
    let mut judges: Vec<_> = points.map(|variant| variant.evaluator).collect();
    judges.push(site.evaluator("cascade:4".parse().expect("an evaluator")));
    judges
}

/// Decisions of one ply, repeated, with the truth of each.
struct Batch {
    ply: usize,
    positions: Positions,
    truth: Vec<Means>,
}

/// E\[Q\] by slot; `None` where not legal.
type Means = [Option<f64>; 7];

fn truth<P: Site>(site: &P, positions: &Positions, ply: usize) -> Result<Vec<Means>> {
    let all = |game: &usize| {
        let seen = positions.observation(*game, ply, &Sampling::new(1));
        seen.worlds.count() <= ENUMERATED
    };
    let mut truth = vec![[None; 7]; positions.len()];
    for enumerate in [true, false] {
        let games: Vec<usize> = (0..positions.len()).filter(|game| all(game) == enumerate).collect();
        let subset = Positions {
            setups: games.iter().map(|&game| positions.setups[game]).collect(),
            moves: boneyard::strategies::policy::Replay {
                slots: games.iter().map(|&game| positions.moves.slots[game]).collect(),
            },
        };
        let samples = if enumerate { ENUMERATED } else { WALKED };
        let mut affine = site.samplers().remove(0);
        let mut solver = site.evaluator(EvaluatorSpec::Solver);
        let (means, _) = estimate(site, &subset, ply, samples, &mut *affine, &mut *solver)?;
        games.into_iter().zip(means).for_each(|(game, means)| truth[game] = means);
    }
    Ok(truth)
}

/// Estimates every decision of a batch; with the seconds it took.
fn estimate<P: Site>(
    site: &P,
    positions: &Positions,
    ply: usize,
    samples: u32,
    sampler: &mut dyn Sampler<P::Backend>,
    evaluator: &mut dyn Evaluator<P::Backend>,
) -> Result<(Vec<Means>, f64)> {
    let n = positions.len();
    let (mut sums, mut counts, mut seconds) = (vec![[0i64; 7]; n], vec![0u32; n], 0.0);
    let mut legal = vec![[false; 7]; n];
    if n > 0 {
        let sampling = Sampling::new(samples);
        let mut stage = Stage::reach(site, positions.clone(), ply, &sampling)?;
        let mut estimates = stage.estimates()?;
        for chunk in stage.chunks.clone() {
            seconds += stage.sample(sampler, chunk)? + stage.evaluate(evaluator)?;
            seconds += stage.reduce(&mut estimates)?;
            for it in stage.read()? {
                counts[it.game] += 1;
                for slot in (0..7).filter(|&slot| it.values[slot] != ILLEGAL) {
                    sums[it.game][slot] += i64::from(it.values[slot]);
                    legal[it.game][slot] = true;
                }
            }
        }
    }
    let mean = |game: usize, slot: usize| {
        legal[game][slot].then(|| sums[game][slot] as f64 / f64::from(counts[game]))
    };
    Ok(((0..n).map(|game| std::array::from_fn(|slot| mean(game, slot))).collect(), seconds))
}

/// Errors of one variant over all batches.
fn row<P: Site>(site: &P, batches: &[Batch], sampler: &str, judge: usize, samples: u32) -> Result<TruthRow> {
    let find = || site.samplers().into_iter().find(|it| it.id() == sampler).context("the sampler is there");
    let mut errors = Errors::default();
    let (mut seconds, mut decisions, mut estimated) = (0.0, 0, 0);
    let name = judges(site)[judge].id();
    for batch in batches {
        let (mut sampler, mut evaluator) = (find()?, judges(site).swap_remove(judge));
        if seconds == 0.0 {
            // A device compiles in a first run.
            estimate(site, &batch.positions, batch.ply, samples, &mut *sampler, &mut *evaluator)?;
        }
        let (means, took) =
            estimate(site, &batch.positions, batch.ply, samples, &mut *sampler, &mut *evaluator)?;
        seconds += took;
        decisions += batch.truth.len();
        estimated += means.len();
        means.iter().zip(batch.truth.iter().cycle()).for_each(|(means, truth)| errors.add(means, truth));
    }
    let mean = |sum: f64, n: usize| if n == 0 { 0.0 } else { sum / n as f64 };
    Ok(TruthRow {
        device: site.name().to_owned(),
        evaluator: name,
        sampler: sampler.to_owned(),
        samples,
        decisions,
        rmse: mean(errors.squares, errors.moves).sqrt(),
        rmse_differences: mean(errors.difference_squares, errors.pairs).sqrt(),
        regret: mean(errors.regret, estimated),
        seconds: mean(seconds, estimated),
    })
}

/// Sums over decisions.
#[derive(Debug, Default, PartialEq)]
struct Errors {
    squares: f64,
    moves: usize,
    difference_squares: f64,
    pairs: usize,
    regret: f64,
}

impl Errors {
    fn add(&mut self, means: &Means, truth: &Means) {
        let legal: Vec<(f64, f64)> =
            means.iter().zip(truth).filter_map(|(mean, truth)| Some(((*mean)?, (*truth)?))).collect();
        for (i, (mean, truth)) in legal.iter().enumerate() {
            self.squares += (mean - truth).powi(2);
            self.moves += 1;
            for (other_mean, other_truth) in &legal[..i] {
                self.difference_squares += ((mean - other_mean) - (truth - other_truth)).powi(2);
                self.pairs += 1;
            }
        }
        let best = legal.iter().map(|it| it.1).fold(f64::NEG_INFINITY, f64::max);
        // The first of equals, as policies do.
        let chosen = legal.iter().fold(None, |best: Option<&(f64, f64)>, it| match best {
            Some(best) if best.0 >= it.0 => Some(best),
            _ => Some(it),
        });
        self.regret += chosen.map_or(0.0, |chosen| best - chosen.1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::HostSite;

    #[test]
    fn errors_are_those_of_moves_and_of_differences() {
        let mut errors = Errors::default();
        // Both a point too high: no difference between them, and the right choice.
        errors.add(
            &[Some(3.0), None, Some(5.0), None, None, None, None],
            &[Some(2.0), None, Some(4.0), None, None, None, None],
        );
        assert_eq!(errors, Errors { squares: 2.0, moves: 2, difference_squares: 0.0, pairs: 1, regret: 0.0 });
        // The worse one looks better: three points are given up.
        errors.add(
            &[Some(1.0), Some(0.0), None, None, None, None, None],
            &[Some(0.0), Some(3.0), None, None, None, None, None],
        );
        assert_eq!(
            errors,
            Errors { squares: 12.0, moves: 4, difference_squares: 16.0, pairs: 2, regret: 3.0 }
        );
    }

    /// The mean over all worlds is the reference's, and has no error against itself.
    #[test]
    fn the_truth_is_the_references() {
        let positions = Positions::mixed(12, 20).filter(20, 4, |seen| seen.worlds.count() > 5);
        assert_eq!(positions.len(), 4);
        let truth = truth(&HostSite, &positions, 20).unwrap();
        for (game, means) in truth.iter().enumerate() {
            let view = crate::catalogue::reference_view(&positions.game(game, 20));
            let expected = boneyard_reference::expected_q(&view);
            for slot in 0..7 {
                let (got, expected) = (means[slot].unwrap_or(99.0), expected[slot].unwrap_or(99.0));
                assert!(
                    (got - expected).abs() < 1e-9,
                    "game {game}, slot {slot}: {got}, expected {expected}"
                );
            }
        }
        let batch = Batch { ply: 20, positions: positions.repeated(2), truth };
        let row = row(&HostSite, &[batch], "affine", 0, 1000).unwrap();
        assert_eq!((row.rmse, row.regret, row.decisions), (0.0, 0.0, 4));
        assert!(row.seconds > 0.0);
    }
}
