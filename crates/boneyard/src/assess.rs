//! How far a network is from the exact values, and what its mistakes cost, ply by ply.
//!
//! The positions are those of seeded games, seen with open hands: a network is asked about single worlds, and these
//! are worlds as good as any. Of the moves of such a game a share is the best one, the others are any legal ones, so
//! that positions are neither all sensible nor all absurd. Decisions with one legal move do not count.

use crate::{Network, NetworkBackend};
use boneyard_core::{
    Coordinates, Deals, Host, HostValues, HostWorlds, ILLEGAL, Observation, Purpose, Result, Sampling,
    SlotValues, WorldEvaluator,
};
use boneyard_net::UNIT;
use boneyard_rules::{Bid, Declaration, Game, PLIES, Seat, World, tiles_of};
use boneyard_strategies::evaluator::Solver;
use rayon::prelude::*;
use serde::Serialize;
use std::ops::{AddAssign, Range};

/// Of ten moves of a game, this many are the best one.
const BEST_OF_TEN: u32 = 6;

/// A choice that loses more points than this is a blunder.
pub const BLUNDER: f64 = 10.0;

/// Games that are looked at together, whatever their number: some 2300 decisions of 7 KB each.
const GAMES_AT_A_TIME: u64 = 128;

/// Asks a network about the positions of the games of these seeds; scores by ply.
///
/// # Errors
/// If the network cannot be computed.
pub fn assess(network: &Network, seeds: Range<u64>) -> Result<[Score; PLIES]> {
    let mut plies = [Score::default(); PLIES];
    let mut start = seeds.start;
    while start < seeds.end {
        let end = seeds.end.min(start.saturating_add(GAMES_AT_A_TIME));
        let Decisions { observations, worlds, exact } = decisions(start..end);
        let values = ask(network, &observations, worlds)?;
        for ((observation, exact), values) in observations.iter().zip(&exact).zip(&values.slots) {
            plies[observation.view.table().ply()] += Score::of(exact, values);
        }
        start = end;
    }
    Ok(plies)
}

/// Decisions with more than one legal move, each in one world.
struct Decisions {
    observations: Vec<Observation>,
    worlds: Vec<World>,
    exact: Vec<SlotValues>,
}

/// Those of the games of these seeds, in order.
fn decisions(seeds: Range<u64>) -> Decisions {
    let of_game = |scratch: &mut _, seed: u64| {
        let declaration = Declaration::new(seed % 10).expect("ten declarations");
        let bidder = Seat::new(seed / 10 % 4).expect("four seats");
        let mut game = Game::new(Deals::Python.deal(seed), declaration, bidder);
        let mut decisions = Vec::new();
        for ply in 0..PLIES as u8 {
            let (view, at) = (game.view(), Coordinates { seed, replicate: 0, ply });
            let legal: Vec<u8> = (0..7).filter(|slot| view.legal_slots() >> slot & 1 == 1).collect();
            let mut slot = legal[0];
            if legal.len() > 1 {
                let exact = Solver.solve(&game, scratch);
                let mut stream = at.stream(Purpose::Other, 0);
                slot = if stream.below(10) < BEST_OF_TEN {
                    best(&exact) as u8
                } else {
                    legal[stream.below(legal.len() as u32) as usize]
                };
                let observation = Observation::new(view, Bid::THIRTY, bidder, &Sampling::new(1), at);
                let observation = observation.expect("the true deal is a world of every view");
                let world = view.others().map(|seat| game.held(seat));
                decisions.push((observation, (world, exact)));
            }
            let domino = tiles_of(view.hand()).nth(slot.into()).expect("seven slots");
            game.play(domino).expect("a legal move");
        }
        decisions
    };
    let all = seeds.into_par_iter().map_init(|| Solver.scratch(), of_game).flatten_iter();
    let (observations, (worlds, exact)): (_, (Vec<_>, Vec<_>)) = all.unzip();
    Decisions { observations, worlds, exact }
}

/// What the network makes of each, in units of 1/[`UNIT`] point: as it would be asked in a game.
fn ask(network: &Network, observations: &Vec<Observation>, worlds: Vec<World>) -> Result<HostValues> {
    let n = observations.len();
    let worlds = HostWorlds { games: 0..n, worlds, owners: (0..n as u32).collect(), ..HostWorlds::default() };
    let mut values = HostValues::default();
    Host::network(network)?.evaluate(&mut Host::default(), observations, &worlds, &mut values)?;
    Ok(values)
}

/// The slot with the highest value, the first of equals.
fn best(values: &SlotValues) -> usize {
    (0..7).rev().max_by_key(|&slot| values[slot]).expect("seven slots")
}

/// How a network fares: sums over decisions.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Score {
    /// Decisions looked at.
    pub decisions: u64,
    /// Legal moves in them.
    pub moves: u64,
    /// Network minus exact, over moves, in points.
    pub error: f64,
    /// The same without sign.
    pub absolute_error: f64,
    /// What its choices lose against the best move, in points.
    pub gap: f64,
    /// Choices that lose nothing.
    pub zero_regret: u64,
    /// Choices that lose more than [`BLUNDER`] points.
    pub blunders: u64,
}

impl Score {
    /// Of one decision: exact values in points, the network's in units of 1/[`UNIT`] point.
    pub fn of(exact: &SlotValues, values: &SlotValues) -> Self {
        let mut score = Self { decisions: 1, ..Self::default() };
        for slot in (0..7).filter(|&slot| exact[slot] != ILLEGAL) {
            let error = f64::from(values[slot]) / f64::from(UNIT) - f64::from(exact[slot]);
            score.moves += 1;
            score.error += error;
            score.absolute_error += error.abs();
        }
        score.gap = f64::from(exact[best(exact)] - exact[best(values)]);
        score.zero_regret = u64::from(score.gap == 0.0);
        score.blunders = u64::from(score.gap > BLUNDER);
        score
    }

    /// Means and shares.
    pub fn means(&self) -> Means {
        let (moves, decisions) = (self.moves.max(1) as f64, self.decisions.max(1) as f64);
        Means {
            decisions: self.decisions,
            q_mae: self.absolute_error / moves,
            q_bias: self.error / moves,
            q_gap: self.gap / decisions,
            zero_regret: self.zero_regret as f64 / decisions,
            blunders: self.blunders as f64 / decisions,
        }
    }
}

impl AddAssign for Score {
    fn add_assign(&mut self, other: Self) {
        self.decisions += other.decisions;
        self.moves += other.moves;
        self.error += other.error;
        self.absolute_error += other.absolute_error;
        self.gap += other.gap;
        self.zero_regret += other.zero_regret;
        self.blunders += other.blunders;
    }
}

/// Means and shares.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Means {
    /// Decisions looked at.
    pub decisions: u64,
    /// Mean absolute error of a value, in points.
    pub q_mae: f64,
    /// Mean error of a value, in points: above 0 if they are too high.
    pub q_bias: f64,
    /// What a choice loses on average, in points.
    pub q_gap: f64,
    /// Share of choices that lose nothing.
    pub zero_regret: f64,
    /// Share of choices that lose more than [`BLUNDER`] points.
    pub blunders: f64,
}

impl std::iter::Sum for Score {
    fn sum<I: Iterator<Item = Self>>(scores: I) -> Self {
        scores.fold(Self::default(), |mut total, score| {
            total += score;
            total
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_count_what_is_lost() {
        let exact = [ILLEGAL, 4, 10, -2, ILLEGAL, ILLEGAL, 10];
        let values = |points: [i16; 7]| {
            let slots = std::array::from_fn::<_, 7, _>(|slot| slot);
            slots.map(|slot| if exact[slot] == ILLEGAL { ILLEGAL } else { points[slot] * UNIT as i16 })
        };
        let right = Score::of(&exact, &values(exact));
        let nothing = Score { decisions: 1, moves: 4, zero_regret: 1, ..Score::default() };
        assert_eq!(right, nothing);
        // Takes the first of two best moves for the second: no loss.
        assert_eq!(Score::of(&exact, &values([0, 4, 9, -2, 0, 0, 10])).gap, 0.0);
        let fair = Score::of(&exact, &values([0, 12, 10, -2, 0, 0, 10]));
        assert_eq!((fair.gap, fair.zero_regret, fair.blunders), (6.0, 0, 0));
        assert_eq!((fair.error, fair.absolute_error), (8.0, 8.0));
        let bad = Score::of(&exact, &values([0, 3, 9, 11, 0, 0, 9]));
        assert_eq!((bad.gap, bad.zero_regret, bad.blunders), (12.0, 0, 1));
        assert_eq!((bad.error, bad.absolute_error), (10.0, 16.0));
        let mut both = fair;
        both += bad;
        let row = both.means();
        assert_eq!((row.decisions, row.q_mae, row.q_bias, row.q_gap), (2, 24.0 / 8.0, 18.0 / 8.0, 9.0));
        assert_eq!((row.zero_regret, row.blunders), (0.0, 0.5));
    }

    #[test]
    fn positions_are_a_function_of_the_seed() {
        let of = |seed, games| -> Vec<(usize, World, SlotValues)> {
            let Decisions { observations, worlds, exact } = decisions(seed..seed + games);
            let plies = observations.iter().map(|it| it.view.table().ply());
            plies.zip(worlds).zip(exact).map(|((ply, world), exact)| (ply, world, exact)).collect()
        };
        let (two, second) = (of(5, 2), of(6, 1));
        assert!(two.ends_with(&second));
        assert!(
            second.iter().all(|(_, _, exact)| exact.iter().filter(|&&value| value != ILLEGAL).count() > 1)
        );
        assert!(second.len() > 10 && second.len() < 28);
    }
}
