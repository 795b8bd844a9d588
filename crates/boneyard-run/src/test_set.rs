//! The frozen test set of networks, and how far an evaluator is from it.
//!
//! Its decisions are those of the 100 games of seeds 0–1999 whose seeds are 950 to 999 mod 1000, plies 0–11, played by the
//! best E\[Q\] over 512 worlds; each decision with several legal moves is looked at in up to 512 worlds, and the solver says what
//! every move is worth in each. Training never sees these seeds.

use crate::labels::{Labelling, Labels, Valued};
use boneyard::core::{Answers, Error, ILLEGAL, Observer, Question, Result, Setup};
use boneyard::record::Split;
use boneyard::{AnyEvaluator, EvaluatorSpec};
use serde::Serialize;
use std::ops::AddAssign;

/// Plies of the test set: 0 to this, without it.
pub const PLIES: usize = 12;

/// Seeds that the games of the test set are taken from.
pub const SEEDS: u64 = 2000;

/// The labels that the test set is made of.
pub fn test_set() -> Labels {
    Labels {
        worlds: 512,
        plies: 0..PLIES,
        policies: vec![("greedy".parse().expect("a policy"), 1)],
        ..Labels::default()
    }
}

/// Games that are played together.
const GAMES_AT_ONCE: usize = 25;

/// Asks an evaluator about the worlds of the test set, on a backend that makes them; sums by ply.
///
/// `labels` and `seeds` are [`test_set`] and [`SEEDS`], or less to try it out.
///
/// # Errors
/// [`Error::Mismatch`] for an evaluator that does not answer in points, or that the backend cannot compute;
/// [`Error::Stopped`] once `ends` says so; device errors.
pub fn measure<B: Labelling>(
    backend: B,
    evaluator: &EvaluatorSpec,
    labels: &Labels,
    seeds: u64,
    ends: &dyn Fn() -> bool,
) -> Result<[Distance; PLIES]> {
    let Question::Points { unit } = evaluator.question() else {
        return Err(Error::Mismatch(format!("{evaluator} does not answer in points")));
    };
    let setups: Vec<Setup> = (0..seeds)
        .filter(|&seed| Split::of_seed(seed) == Split::Test)
        .map(|seed| labels.game(seed).0)
        .collect();
    let mut pipeline = labels.pipeline(backend)?;
    pipeline.policy = labels.policies[0].0.build::<B>();
    let (evaluator, unit, plies) = (evaluator.build::<B>()?, f64::from(unit), Default::default());
    let mut measuring = Measuring { evaluator, unit, ends, done: false, plies };
    for setups in setups.chunks(GAMES_AT_ONCE) {
        measuring.done = false;
        match pipeline.play(setups, &mut measuring) {
            Err(Error::Stopped) if measuring.done => {}
            played => drop(played?),
        }
    }
    Ok(measuring.plies)
}

struct Measuring<'a, B: Labelling> {
    evaluator: AnyEvaluator<B>,
    /// Of its answers.
    unit: f64,
    ends: &'a dyn Fn() -> bool,
    /// The plies of the test set are behind.
    done: bool,
    plies: [Distance; PLIES],
}

impl<B: Labelling> Observer<B> for Measuring<'_, B> {
    fn valued(
        &mut self,
        on: &mut B,
        seen: &B::Observations,
        worlds: &B::Worlds,
        values: &B::Values,
    ) -> Result<()> {
        let ply = B::ply(seen);
        self.done = ply >= PLIES;
        if self.done || (self.ends)() {
            return Err(Error::Stopped);
        }
        let exact = on.read(seen, worlds, values)?;
        // The exact values have been added up and read: their memory is free.
        let mut answers = values.clone();
        self.evaluator.evaluate(on, seen, worlds, &mut answers)?;
        let answers = on.read(seen, worlds, &answers)?;
        let both: Vec<(Valued, Valued)> = exact.into_iter().zip(answers).collect();
        for decision in both.chunk_by(|a, b| a.0.0 == b.0.0) {
            self.plies[ply] += Distance::of(decision, self.unit);
        }
        Ok(())
    }
}

/// How far an evaluator is from the exact values: sums over decisions, in points.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Distance {
    /// Decisions.
    pub decisions: u64,
    /// Worlds of all decisions.
    pub worlds: u64,
    /// Legal moves of all decisions.
    pub moves: u64,
    /// Legal moves of all worlds.
    pub values: u64,
    /// Of the error of a move in a world, without sign.
    pub absolute: f64,
    /// Of its square.
    pub square: f64,
    /// What the best move of a world by the evaluator loses against the best one there, over worlds.
    pub gap: f64,
    /// Of the error of E\[Q\] of a move, without sign.
    pub e_absolute: f64,
    /// The same with its sign: evaluator less exact.
    pub e_error: f64,
    /// Exact E\[Q\] that the move of the evaluator's best E\[Q\] gives away, over decisions.
    pub e_gap: f64,
}

impl Distance {
    /// Of the worlds of one decision: exact values in points, and those of an evaluator in units of 1/`unit` point.
    pub(crate) fn of(worlds: &[(Valued, Valued)], unit: f64) -> Self {
        let n = worlds.len() as f64;
        let mut distance = Self { decisions: 1, worlds: worlds.len() as u64, ..Self::default() };
        let legal: Vec<usize> = (0..7).filter(|&slot| worlds[0].0.2[slot] != ILLEGAL).collect();
        let best = |values: &dyn Fn(usize) -> f64| -> usize {
            let first_of_best = |a: usize, &b: &usize| if values(b) > values(a) { b } else { a };
            legal[1..].iter().fold(legal[0], first_of_best)
        };
        let (mut mean, mut exact_mean) = ([0.0; 7], [0.0; 7]);
        for ((_, _, exact), (_, _, values)) in worlds {
            let (exact, values) =
                (|slot: usize| f64::from(exact[slot]), |slot: usize| f64::from(values[slot]) / unit);
            for &slot in &legal {
                let error = values(slot) - exact(slot);
                distance.values += 1;
                distance.absolute += error.abs();
                distance.square += error * error;
                mean[slot] += values(slot) / n;
                exact_mean[slot] += exact(slot) / n;
            }
            distance.gap += exact(best(&exact)) - exact(best(&values));
        }
        for &slot in &legal {
            distance.moves += 1;
            distance.e_error += mean[slot] - exact_mean[slot];
            distance.e_absolute += (mean[slot] - exact_mean[slot]).abs();
        }
        let [right, chosen] = [&exact_mean, &mean].map(|mean| best(&|slot| mean[slot]));
        distance.e_gap = exact_mean[right] - exact_mean[chosen];
        distance
    }

    /// Means; of no decision, 0.
    pub fn means(&self) -> DistanceMeans {
        let [values, worlds, moves, decisions] =
            [self.values, self.worlds, self.moves, self.decisions].map(|n| n.max(1) as f64);
        DistanceMeans {
            decisions: self.decisions,
            worlds: self.worlds,
            q_mae: self.absolute / values,
            residual_sd: (self.square / values).sqrt(),
            q_gap: self.gap / worlds,
            e_q_mae: self.e_absolute / moves,
            e_q_bias: self.e_error / moves,
            e_q_gap: self.e_gap / decisions,
        }
    }
}

/// What a [`Distance`] comes to, in points.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct DistanceMeans {
    /// Decisions.
    pub decisions: u64,
    /// Worlds of all decisions.
    pub worlds: u64,
    /// Mean absolute error of a move in a world.
    pub q_mae: f64,
    /// Root mean square of that error.
    pub residual_sd: f64,
    /// What the evaluator's best move of a world loses there.
    pub q_gap: f64,
    /// Mean absolute error of E\[Q\] of a move.
    pub e_q_mae: f64,
    /// Mean error of E\[Q\] of a move: above 0 if the evaluator's is too high.
    pub e_q_bias: f64,
    /// Exact E\[Q\] that the evaluator's choice gives away.
    pub e_q_gap: f64,
}

impl AddAssign for Distance {
    fn add_assign(&mut self, other: Self) {
        self.decisions += other.decisions;
        self.worlds += other.worlds;
        self.moves += other.moves;
        self.values += other.values;
        self.absolute += other.absolute;
        self.square += other.square;
        self.gap += other.gap;
        self.e_absolute += other.e_absolute;
        self.e_error += other.e_error;
        self.e_gap += other.e_gap;
    }
}

impl std::iter::Sum for Distance {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |mut sum, one| {
            sum += one;
            sum
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use boneyard::core::Host;

    #[test]
    fn distances_are_those_of_hand() {
        let illegal = |values: [i16; 2]| [ILLEGAL, values[0], ILLEGAL, values[1], ILLEGAL, ILLEGAL, ILLEGAL];
        let world = |exact, values: [i16; 2]| {
            ((3, [0; 3], illegal(exact)), (3, [0; 3], illegal(values.map(|value| value * 4))))
        };
        // Right in the first world; in the second it takes the worse move, and in sum too.
        let distance = Distance::of(&[world([2, 0], [3, 1]), world([4, 2], [0, 10])], 4.0);
        assert_eq!((distance.decisions, distance.worlds, distance.moves, distance.values), (1, 2, 2, 4));
        assert_eq!((distance.absolute, distance.square, distance.gap), (14.0, 82.0, 2.0));
        assert_eq!((distance.e_absolute, distance.e_error, distance.e_gap), (1.5 + 4.5, 3.0, 2.0));
        let means = distance.means();
        assert_eq!((means.q_mae, means.q_gap, means.e_q_mae, means.e_q_bias), (3.5, 1.0, 3.0, 1.5));
        assert_eq!(means.residual_sd, 20.5f64.sqrt());
    }

    /// The solver is nowhere wrong; the game of one move a seat is, and both say so at the same decisions.
    #[test]
    fn exact_values_are_no_distance_away() {
        let labels = Labels { worlds: 2, ..test_set() };
        let of = |text: &str| -> Distance {
            let evaluator = text.parse().unwrap();
            measure(Host::default(), &evaluator, &labels, 953, &|| false).unwrap().into_iter().sum()
        };
        let (solver, playout) = (of("solver"), of("playout"));
        assert_eq!(solver.decisions, playout.decisions);
        assert!((20..=36).contains(&solver.decisions), "three games");
        assert_eq!((solver.absolute, solver.gap, solver.e_gap), (0.0, 0.0, 0.0));
        assert!(playout.absolute > 0.0 && playout.e_gap > 0.0);
        let contract = "contract".parse().unwrap();
        assert!(measure(Host::default(), &contract, &labels, 953, &|| false).is_err());
    }
}
