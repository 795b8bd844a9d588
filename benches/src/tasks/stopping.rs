//! How many worlds rules of stopping take, and what the moves chosen by them give away: a table of docs/ERRORS.md.

use anyhow::Result;
use boneyard::Configuration;
use boneyard::core::{
    Coordinates, Design, Estimate, HostItems, HostWorlds, Observation, Plan, PlanRule, Samples, SlotValues,
};
use boneyard::prelude::*;
use boneyard::rules::tiles_of;
use boneyard::strategies::planner::Adaptive;
use boneyard_tests::coverage::values_of_all_worlds;
use rayon::prelude::*;
use std::ops::AddAssign;

/// Draws of each decision.
const DRAWS: u32 = 4;

/// Target, fewest and most worlds; no target: the most at once.
const RULES: [(&str, u32, u32); 11] = [
    ("", 512, 512),
    ("", 1024, 1024),
    ("gap:0.95", 96, 1024),
    ("gap:0.9", 96, 1024),
    ("gap:0.95,zone:0.25", 96, 1024),
    ("gap:0.9,zone:0.25", 96, 1024),
    ("gap:0.8,zone:0.5", 48, 1024),
    ("gap:0.95,zone:0.25", 96, 4096),
    ("se:0.5", 96, 4096),
    ("se:0.25", 96, 8192),
    ("se:0.15", 96, 8192),
];

/// A decision and the values of all its worlds, by index.
struct Known {
    seen: Observation,
    values: Vec<SlotValues>,
}

/// What came of a rule over some decisions.
#[derive(Clone, Copy, Default)]
struct Found {
    decisions: f64,
    worlds: f64,
    rounds: f64,
    regret: f64,
    other: f64,
    worse: f64,
    moves: f64,
    squares: f64,
    /// Of the move with the largest standard error.
    doubtful: f64,
}

impl AddAssign for Found {
    fn add_assign(&mut self, other: Self) {
        self.decisions += other.decisions;
        self.worlds += other.worlds;
        self.rounds += other.rounds;
        self.regret += other.regret;
        self.other += other.other;
        self.worse += other.worse;
        self.moves += other.moves;
        self.squares += other.squares;
        self.doubtful += other.doubtful;
    }
}

/// By decisions of plies 8 to 14 with 1,100 to 12,000 worlds of so many games in which six of ten moves are the best and the others any.
pub fn run(games: u64) -> Result<()> {
    let known = known(games)?;
    println!("{} decisions, {DRAWS} draws each", known.len());
    println!(
        "| rule | first, most | worlds a decision | rounds, at most | regret | not the best move | worse by more than ¼ point | error of E\\[Q\\] | of the least sure move |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for (target, least, most) in RULES {
        let rule = if target.is_empty() { None } else { Some(Adaptive::new(target.parse()?, least, most)?) };
        let of = |known: &Known| {
            let mut found = Found::default();
            (1..=DRAWS).for_each(|replicate| found += looked(known, rule.as_ref(), most, replicate));
            found
        };
        let mut all = Found::default();
        known.par_iter().map(of).collect::<Vec<_>>().into_iter().for_each(|found| all += found);
        let n = all.decisions;
        let name = if target.is_empty() { "fixed".to_owned() } else { format!("`{target}`") };
        println!(
            "| {name} | {least}, {most} | {:.0} | {:.1}, {} | {:.4} | {:.1} % | {:.1} % | {:.2} | {:.2} |",
            all.worlds / n,
            all.rounds / n,
            rule.map_or(1, |rule| boneyard::core::Paces::most_rounds(&rule)),
            all.regret / n,
            100.0 * all.other / n,
            100.0 * all.worse / n,
            (all.squares / all.moves).sqrt(),
            (all.doubtful / n).sqrt(),
        );
    }
    Ok(())
}

fn known(games: u64) -> Result<Vec<Known>> {
    let configuration = Configuration {
        evaluator: "playout".parse()?,
        policy: "epsilon:0.4".parse()?,
        sampling: Sampling::new(30),
        ..Configuration::default()
    };
    let setups = configuration.setups(0..games);
    let played = configuration.pipeline(Host::default())?.play(&setups, &mut ())?.games;
    let mut seen = Vec::new();
    for (setup, game) in setups.into_iter().zip(&played) {
        let mut now = setup.in_play();
        for decision in &game.decisions {
            let is_large = (1_100..12_000).contains(&decision.worlds_total);
            if (8..=14).contains(&decision.ply) && decision.legal.count_ones() > 1 && is_large {
                seen.push(Observation::of_game(&now, &Sampling::new(1)));
            }
            let domino = tiles_of(now.game().view().hand()).nth(decision.choice.slot.into());
            now.play(domino.expect("a slot of the hand")).expect("a legal move");
        }
    }
    let of = |seen: Observation| Known { values: values_of_all_worlds(&seen, &Solver), seen };
    Ok(seen.into_par_iter().map(of).collect())
}

/// What comes of a rule in a draw of at most so many worlds.
fn looked(known: &Known, rule: Option<&Adaptive>, most: u32, replicate: u32) -> Found {
    let (total, legal) = (known.seen.worlds.count(), known.seen.view.legal_slots());
    let most = most.min(total);
    let at = Coordinates { replicate, ..known.seen.at };
    let seen = Observation { at, plan: Plan::Draw(most), ..known.seen.clone() };
    let (mut worlds, items): (_, HostItems) = (HostWorlds::default(), std::iter::once(0..most).collect());
    let drawn =
        Host::default().sample(&mut Unrank::default(), &vec![seen.clone()], &items, 0..1, &mut worlds);
    drawn.expect("worlds are drawn");
    let question = boneyard::core::Question::Points { unit: 1 };
    let mut estimate = Estimate { design: Design::Distinct, ..Estimate::new(question, false) };
    let mut rounds = 0.0;
    loop {
        let more = rule.map_or(most - estimate.worlds, |rule| rule.more(&seen, &estimate));
        let round = estimate.worlds..most.min(estimate.worlds + more);
        if round.is_empty() {
            break;
        }
        rounds += 1.0;
        for world in &worlds.worlds[round.start as usize..round.end as usize] {
            let index = seen.worlds.rank(world).expect("a world of it");
            estimate.add(&known.values[index as usize], 1, 1, 0);
        }
    }
    let truth = |slot: usize| {
        known.values.iter().map(|values| f64::from(values[slot])).sum::<f64>() / f64::from(total)
    };
    let slots = (0..7).filter(|slot| legal >> slot & 1 == 1);
    let chosen = truth(estimate.best(legal).expect("points"));
    let mut found = Found { decisions: 1.0, worlds: estimate.worlds.into(), rounds, ..Found::default() };
    let mut largest = -1.0;
    for slot in slots {
        found.regret = found.regret.max(truth(slot) - chosen);
        found.moves += 1.0;
        let off = (estimate.mean(slot).expect("points") - truth(slot)).powi(2);
        let error = estimate.mean_error(slot, total).expect("points");
        found.squares += off;
        if error > largest {
            (largest, found.doubtful) = (error, off);
        }
    }
    found.other = f64::from(u8::from(found.regret > 1e-9));
    found.worse = f64::from(u8::from(found.regret > 0.25));
    found
}
