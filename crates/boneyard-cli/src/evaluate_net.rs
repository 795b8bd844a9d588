//! `evaluate-net`: how far a network is from the exact values, and what its mistakes cost, ply by ply.
//!
//! The positions are those of seeded games, seen with open hands: a network is asked about single worlds, and these
//! are worlds as good as any. Of the moves of such a game a share is the best one, the others are any legal ones, so
//! that positions are neither all sensible nor all absurd. Decisions with one legal move do not count.

use crate::cli::EvaluateNet;
use crate::exit::{BadInput, print};
use anyhow::Context;
use boneyard::Network;
use boneyard::core::{
    Coordinates, Deals, Evaluator, HostValues, HostWorlds, ILLEGAL, Observation, Purpose, Sampling,
    SlotValues, WorldEvaluator,
};
use boneyard::net::{Architecture, UNIT};
use boneyard::prelude::{Bid, Declaration, Game, Seat, Solver};
use boneyard::rules::{PLIES, World, tiles_of};
use rayon::prelude::*;
use serde::Serialize;
use serde_json::json;
use std::ops::AddAssign;
use std::process::ExitCode;

/// Of ten moves of a game, this many are the best one.
const BEST_OF_TEN: u32 = 6;
/// A choice that loses more points than this is a blunder.
const BLUNDER: f64 = 10.0;

/// Runs the command.
pub fn run(options: &EvaluateNet) -> anyhow::Result<ExitCode> {
    let EvaluateNet { file, games, seed, json, .. } = options;
    if !(1..=1_000_000).contains(games) {
        return Err(BadInput::option("--games", format_args!("{games}: expected 1 to 1000000")));
    }
    if seed.checked_add(games - 1).is_none() {
        return Err(BadInput::option(
            "--seed",
            format_args!("{seed}: the last game's seed does not fit 64 bits"),
        ));
    }
    let network = Network::open(file).map_err(|error| BadInput(format!("{file}: {error}")))?;
    let decisions = decisions(*seed, *games);
    let mut plies = [Score::default(); PLIES];
    // As many at a time as take little memory.
    for decisions in decisions.chunks(1 << 14) {
        let values = ask(&network, decisions).context("cannot evaluate the network")?;
        for (decision, values) in decisions.iter().zip(&values) {
            plies[decision.observation.view.table().ply()] += Score::of(&decision.exact, values);
        }
    }
    print(&if *json { as_json(options, &network, &plies) } else { as_table(&network, &plies) });
    Ok(ExitCode::SUCCESS)
}

/// A decision with more than one legal move, in one world.
struct Decision {
    observation: Observation,
    world: World,
    exact: SlotValues,
}

/// Those of these games, in order.
fn decisions(seed: u64, games: u64) -> Vec<Decision> {
    let of_game = |scratch: &mut _, game| {
        let seed = seed + game;
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
                decisions.push(Decision { observation, world, exact });
            }
            let domino = tiles_of(view.hand()).nth(slot.into()).expect("seven slots");
            game.play(domino).expect("a legal move");
        }
        decisions
    };
    (0..games).into_par_iter().map_init(|| Solver.scratch(), of_game).flatten_iter().collect()
}

/// What the network makes of each, in units of 1/[`UNIT`] point: as it would be asked in a game.
fn ask(network: &Network, decisions: &[Decision]) -> boneyard::core::Result<HostValues> {
    let observations = decisions.iter().map(|decision| decision.observation.clone()).collect();
    let worlds = HostWorlds {
        games: 0..decisions.len(),
        worlds: decisions.iter().map(|decision| decision.world).collect(),
        owners: (0..decisions.len() as u32).collect(),
    };
    let mut values = HostValues::new();
    network.evaluator().evaluate(&observations, &worlds, &mut values)?;
    Ok(values)
}

/// The slot with the highest value, the first of equals.
fn best(values: &SlotValues) -> usize {
    (0..7).rev().max_by_key(|&slot| values[slot]).expect("seven slots")
}

/// How a network fares: sums over decisions.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Score {
    decisions: u64,
    moves: u64,
    /// Network minus exact, over moves, in points.
    error: f64,
    absolute_error: f64,
    /// What its choices lose against the best move, in points.
    gap: f64,
    zero_regret: u64,
    blunders: u64,
}

impl Score {
    fn of(exact: &SlotValues, values: &SlotValues) -> Self {
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

    fn row(&self) -> Row {
        let (moves, decisions) = (self.moves.max(1) as f64, self.decisions.max(1) as f64);
        Row {
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
#[derive(Serialize)]
struct Row {
    decisions: u64,
    q_mae: f64,
    q_bias: f64,
    q_gap: f64,
    zero_regret: f64,
    blunders: f64,
}

fn total(plies: &[Score; PLIES]) -> Score {
    let mut total = Score::default();
    plies.iter().for_each(|&score| total += score);
    total
}

fn as_table(network: &Network, plies: &[Score; PLIES]) -> String {
    let Architecture { width, heads, layers, feed_forward } = network.weights().architecture();
    let mut text = format!(
        "network  width {width}, {heads} heads, {layers} layers, feed-forward {feed_forward}\n\
         sha256   {}\n\
         ply  decisions   Q-MAE    bias   Q-gap  zero regret  blunders (over {BLUNDER} points)\n",
        network.weights().sha256()
    );
    let mut line = |name: &str, score: &Score| {
        let Row { decisions, q_mae, q_bias, q_gap, zero_regret, blunders } = score.row();
        text += &format!(
            "{name:>3}  {decisions:>9}  {q_mae:>6.2}  {q_bias:>+6.2}  {q_gap:>6.2}  {:>10.1}%  {:>7.1}%\n",
            100.0 * zero_regret,
            100.0 * blunders
        );
    };
    for (ply, score) in plies.iter().enumerate().filter(|(_, score)| score.decisions > 0) {
        line(&ply.to_string(), score);
    }
    line("all", &total(plies));
    text.trim_end().to_owned()
}

fn as_json(options: &EvaluateNet, network: &Network, plies: &[Score; PLIES]) -> String {
    let rows: Vec<Row> = plies.iter().map(Score::row).collect();
    let answer = json!({
        "file": network.file(),
        "weights_sha256": network.weights().sha256(),
        "games": options.games,
        "seed": options.seed,
        "blunder_points": BLUNDER,
        "plies": rows,
        "all": total(plies).row(),
    });
    answer.to_string()
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
        let row = both.row();
        assert_eq!((row.decisions, row.q_mae, row.q_bias, row.q_gap), (2, 24.0 / 8.0, 18.0 / 8.0, 9.0));
        assert_eq!((row.zero_regret, row.blunders), (0.0, 0.5));
    }

    #[test]
    fn positions_are_a_function_of_the_seed() {
        let of = |seed, games| -> Vec<(usize, World, SlotValues)> {
            let decisions = decisions(seed, games).into_iter();
            decisions.map(|it| (it.observation.view.table().ply(), it.world, it.exact)).collect()
        };
        let (two, second) = (of(5, 2), of(6, 1));
        assert!(two.ends_with(&second));
        assert!(
            second.iter().all(|(_, _, exact)| exact.iter().filter(|&&value| value != ILLEGAL).count() > 1)
        );
        assert!(second.len() > 10 && second.len() < 28);
    }
}
