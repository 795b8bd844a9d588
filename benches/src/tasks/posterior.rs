//! What the contract and the plays tell about hidden hands: how much likelier the true world, and who really holds each hidden domino,
//! become than under uniform worlds, by temperature, mixture and number of plays.

use super::mean_of_games;
use anyhow::Result;
use boneyard::core::{
    Coordinates, Design, Designed, HostWorlds, Observation, Plan, Purpose, SampleReport, Samples, Share,
    SlotValues, WeightRule,
};
use boneyard::prelude::*;
use boneyard::rules::{Declaring, PLIES, World, tiles_of};
use boneyard::strategies::sampler::{Evidence, Played, Plays};
use rayon::prelude::*;
use std::collections::HashMap;
use std::sync::Mutex;

/// Worlds beside the true one.
const OTHERS: usize = 127;

/// One of so many decisions is looked at, drawn.
const ONE_IN: u32 = 2;

/// Nats gained over uniform worlds, by option, over decisions of games that players of P(make) with `--samples` worlds played.
pub fn run(games: u64, samples: u32) -> Result<()> {
    let setups: Vec<Setup> = (0..games).map(setup).collect();
    let greedy = Greedy { objective: Objective::Make };
    let mut pipeline =
        Pipeline::new(Host::default(), Unrank::default(), Solver, greedy, Sampling::new(samples))?;
    let played = pipeline.play(&setups, &mut ())?.games;
    let options = options()?;
    let decisions: Vec<Told> = setups
        .par_iter()
        .zip(&played)
        .flat_map_iter(|(setup, game)| {
            let mut now = setup.in_play();
            let mut decisions = Vec::new();
            for decision in &game.decisions {
                let (view, ply) = (now.game().view(), now.game().table().ply());
                let is_open = decision.legal.count_ones() > 1 && decision.worlds_total > 1;
                let at = Coordinates { seed: setup.seed, replicate: 2, ply: ply as u8 };
                if (4..24).contains(&ply) && is_open && at.stream(Purpose::Other, 0).below(ONE_IN) == 0 {
                    decisions.push(told(&now, setup.seed, &options));
                }
                let domino = tiles_of(view.hand()).nth(decision.choice.slot.into());
                now.play(domino.expect("a slot of the hand")).expect("a legal move");
            }
            decisions
        })
        .collect();
    println!(
        "nats gained over uniform worlds, ± standard error over games; {games} games of P(make) with {samples} worlds,"
    );
    println!(
        "{} decisions of tricks 2 to 6; given: by the contract and the plays, less by the contract",
        decisions.len()
    );
    for line in by_option(&options, &decisions).iter().chain(&by_ply(&options, &decisions)) {
        println!("{line}");
    }
    Ok(())
}

/// What gives worlds their weights: the contract if it is not plays.
struct Rule {
    name: String,
    plays: Option<Plays>,
}

/// The contract first, the default second.
fn options() -> Result<Vec<Rule>> {
    let mut options = vec![Rule { name: "contract".to_owned(), plays: None }];
    let mut add = |plays: Plays| {
        let name = plays.id().trim_start_matches("plays:").to_owned();
        if options.iter().all(|it| it.name != name) {
            options.push(Rule { name, plays: Some(plays) });
        }
    };
    add(Plays::new(8.0, 0.5, 8)?);
    for tau in [4.0, 8.0, 16.0, 32.0] {
        for beta in [0.05, 0.2, 0.5] {
            for last in [4, 8, 27] {
                add(Plays::new(tau, beta, last)?);
            }
        }
    }
    // What is left of sharp beliefs where few worlds may not have all the weight.
    for (tau, beta, last) in [(8.0, 0.2, 27), (4.0, 0.05, 8)] {
        for share in [0.3, 0.5] {
            add(Plays::new(tau, beta, last)?.with_ess(share)?);
        }
    }
    Ok(options)
}

/// What the options tell of a decision.
struct Told {
    game: u64,
    ply: usize,
    /// How many worlds there are, as a logarithm.
    worlds: f64,
    /// Under uniform worlds, the mean logarithm of the chance of a hidden domino's holder.
    holder: f64,
    gains: Vec<Gain>,
}

/// Nats that an option gains.
#[derive(Clone, Copy)]
struct Gain {
    /// The true world.
    world: f64,
    /// The holder of a hidden domino, on average over those that more than one may hold.
    holder: f64,
    /// The true world, by the option and the contract, less by the contract alone.
    given: f64,
}

fn number((mean, error): (f64, f64)) -> String {
    format!("{mean:+.4}±{error:.4}")
}

/// The mean over some decisions, with its error over games.
fn mean<'a>(of: impl Iterator<Item = &'a Told>, number: impl Fn(&Told) -> f64) -> (f64, f64) {
    mean_of_games(&of.map(|told| (told.game, number(told))).collect::<Vec<_>>())
}

/// A line an option: what it gains, and, of the true world and the holders, what it lacks to the best one.
fn by_option(options: &[Rule], decisions: &[Told]) -> Vec<String> {
    let of: [fn(&Gain) -> f64; 2] = [|it| it.world, |it| it.holder];
    let best = of.map(|of| best(options, decisions, of));
    let mut lines = vec![format!(
        "{:27} {:14} {:14} {:14} {:14} {:14} world by trick 2 to 6",
        "", "world", "to the best", "holder", "to the best", "given"
    )];
    for (k, option) in options.iter().enumerate() {
        let mut line = format!("{:27}", option.name);
        for (of, best) in of.iter().zip(best) {
            let gain = mean(decisions.iter(), |it| of(&it.gains[k]));
            let lack = mean(decisions.iter(), |it| of(&it.gains[k]) - of(&it.gains[best]));
            line += &match option.plays {
                Some(_) => format!(" {} {}", number(gain), number(lack)),
                None => format!(" {} {:14}", number(gain), ""),
            };
        }
        line += &format!(" {}", number(mean(decisions.iter(), |it| it.gains[k].given)));
        for trick in 1..PLIES / 4 - 1 {
            let (gain, _) = mean(decisions.iter().filter(|it| it.ply / 4 == trick), |it| it.gains[k].world);
            line += &format!(" {gain:+.3}");
        }
        lines.push(line);
    }
    lines
}

/// The plays that gain most.
fn best(options: &[Rule], decisions: &[Told], of: impl Fn(&Gain) -> f64) -> usize {
    let gain = |k: &usize| mean(decisions.iter(), |it| of(&it.gains[*k])).0;
    let plays = (0..options.len()).filter(|&k| options[k].plays.is_some());
    plays.max_by(|one, other| gain(one).total_cmp(&gain(other))).expect("there are some")
}

/// A line a ply: logarithms of chances under uniform worlds, and what the contract, the default and the best plays gain.
fn by_ply(options: &[Rule], decisions: &[Told]) -> Vec<String> {
    let shown = [0, 1, best(options, decisions, |it| it.world)];
    let names = shown.map(|k| format!("{:29}", options[k].name)).join(" ");
    let mut lines = vec![
        format!("{:14}{:15}{names}", "", "uniform"),
        format!("ply decisions world  holder {}", format!("{:14} {:15}", "world", "holder").repeat(3)),
    ];
    for ply in 4..24 {
        let at = || decisions.iter().filter(|it| it.ply == ply);
        let mut line = format!("{ply:3} {:9}", at().count());
        line += &format!(" {:+6.2} {:+.3}", mean(at(), |it| -it.worlds).0, mean(at(), |it| it.holder).0);
        for k in shown {
            let world = number(mean(at(), |it| it.gains[k].world));
            line += &format!(" {world} {}", number(mean(at(), |it| it.gains[k].holder)));
        }
        lines.push(line);
    }
    lines
}

/// A deal whose bidder declares its longest suit.
fn setup(seed: u64) -> Setup {
    let (deal, bidder) = (Deals::Native.deal(seed), Seat::ALL[(seed % 4) as usize]);
    let declaration = Declaring::Longest.declares(deal.hand(bidder));
    Setup { seed, deal, declaration, bidder, bid: Bid::THIRTY }
}

/// What the options tell of this decision.
fn told(now: &boneyard::core::InPlay, game: u64, options: &[Rule]) -> Told {
    let seen = Observation::of_game(now, &Sampling::new(1));
    let true_world: World = seen.view.others().map(|seat| now.game().held(seat));
    let mut worlds = vec![true_world];
    let mut stream = Coordinates { replicate: 1, ..seen.at }.stream(Purpose::Other, 0);
    worlds.extend((0..OTHERS).map(|_| seen.worlds.unrank(stream.below(seen.worlds.count()))));
    let known = Mutex::default();
    let weights = |plays: &Option<Plays>| -> Vec<f64> {
        let Some(plays) = plays else {
            let evidence = Evidence { rule: Declaring::Longest, beta: 0 };
            // As if all were looked at: drawn worlds are not weighed.
            let seen = Observation { plan: Plan::Enumerate, ..seen.clone() };
            return worlds.iter().map(|world| evidence.weight(&seen, world).into()).collect();
        };
        let (sampler, plays) = (Given(worlds.clone()), plays.clone());
        let mut played = Played { sampler, evaluator: Remembered(&known), plays };
        let (mut out, n) = (HostWorlds::default(), OTHERS as u32 + 1);
        let sampled = Host::default().sample(
            &mut played,
            &vec![seen.clone()],
            &std::iter::once(0..n).collect(),
            0..1,
            &mut out,
        );
        sampled.expect("worlds that are given");
        out.weights.expect("they are weighed").into_iter().map(f64::from).collect()
    };
    let contract = weights(&None);
    let (by_contract, uniform) = (of_world(&contract), of_holders(&worlds, &[1.0; OTHERS + 1]));
    let gain = |option: &Rule| {
        let weights = weights(&option.plays);
        let both: Vec<f64> =
            weights.iter().zip(&contract).map(|(plays, contract)| plays * contract).collect();
        let given = if option.plays.is_some() { of_world(&both) - by_contract } else { 0.0 };
        Gain { world: of_world(&weights), holder: of_holders(&worlds, &weights) - uniform, given }
    };
    let (ply, count) = (now.game().table().ply(), f64::from(seen.worlds.count()));
    Told { game, ply, worlds: count.ln(), holder: uniform, gains: options.iter().map(gain).collect() }
}

/// The log of the true world's weight, the first, over the mean of the true one and uniform ones.
fn of_world(weights: &[f64]) -> f64 {
    (weights[0] * weights.len() as f64 / weights.iter().sum::<f64>()).ln()
}

/// The mean log of the chance that a hidden domino is where the first world has it, by the others; over dominoes that are not in one hand
/// in all worlds. So that no chance is 0, one more world has its word, in which each seat holds a third of every domino: one more
/// than the effective number of them.
fn of_holders(worlds: &[World], weights: &[f64]) -> f64 {
    let ([truth, others @ ..], [_, weights @ ..]) = (worlds, weights) else { return 0.0 };
    let (all, squares) = (weights.iter().sum::<f64>(), weights.iter().map(|it| it * it).sum::<f64>());
    let n = if all > 0.0 { all * all / squares } else { 0.0 };
    let (mut sum, mut dominoes) = (0.0, 0);
    for seat in 0..3 {
        for domino in tiles_of(truth[seat]) {
            let has = |world: &World| world[seat] & domino.bit() != 0;
            if others.iter().all(has) {
                continue;
            }
            let there = others.iter().zip(weights).filter(|(world, _)| has(world));
            let share = there.map(|(_, weight)| weight).sum::<f64>() / all.max(f64::MIN_POSITIVE);
            sum += ((n * share + 1.0 / 3.0) / (n + 1.0)).ln();
            dominoes += 1;
        }
    }
    sum / f64::from(dominoes.max(1))
}

/// The solver, which is asked once: options differ in what they make of its values.
struct Remembered<'a>(&'a Mutex<HashMap<(View, World), SlotValues>>);

impl Named for Remembered<'_> {
    fn id(&self) -> String {
        Solver.id()
    }
}

impl Answers for Remembered<'_> {}

impl WorldEvaluator for Remembered<'_> {
    type Scratch = <Solver as WorldEvaluator>::Scratch;

    fn scratch(&self) -> Self::Scratch {
        Solver.scratch()
    }

    fn values(&self, seen: &Observation, world: &World, scratch: &mut Self::Scratch) -> SlotValues {
        let at = (seen.view, *world);
        if let Some(values) = self.0.lock().expect("nobody panics").get(&at) {
            return *values;
        }
        let values = Solver.values(seen, world, scratch);
        self.0.lock().expect("nobody panics").insert(at, values);
        values
    }
}

/// Worlds that are there already.
struct Given(Vec<World>);

impl Named for Given {
    fn id(&self) -> String {
        "given".to_owned()
    }
}

impl Designed for Given {
    fn design(&self) -> Design {
        Design::Independent
    }
}

impl WorldSampler for Given {
    fn draw(&self, _: &Observation, out: &mut Share<'_>) -> SampleReport {
        let first = out.first as usize;
        out.worlds.copy_from_slice(&self.0[first..first + out.worlds.len()]);
        let found = out.worlds.len() as u64;
        SampleReport { wanted: found, found, tries: found, ..Default::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Half of the worlds are as the true one, and the others have two dominoes the other way round.
    #[test]
    fn what_is_told_is_gained() {
        let one =
            |i: usize| if i.is_multiple_of(2) { [0b0011, 0b1100, 1 << 9] } else { [0b0101, 0b1010, 1 << 9] };
        let worlds: Vec<World> = (0..64).map(one).collect();
        let close = |found: f64, right: f64| assert!((found - right).abs() < 1e-12, "{found} for {right}");
        // Two dominoes move; 31 of 63 worlds, and one that knows nothing, tell where they are.
        close(of_holders(&worlds, &[1.0; 64]), ((31.0 + 1.0 / 3.0) / 64.0f64).ln());
        close(of_world(&[3.0; 64]), 0.0);
        let sharp: Vec<f64> = (0..64).map(|i| f64::from((i + 1) % 2)).collect();
        close(of_world(&sharp), 2f64.ln());
        close(of_holders(&worlds, &sharp), ((31.0 + 1.0 / 3.0) / 32.0f64).ln());
        let none: Vec<f64> = (0..64).map(|i| f64::from(u8::from(i == 0))).collect();
        close(of_holders(&worlds, &none), (1.0 / 3.0f64).ln());
    }

    #[test]
    fn options_differ() {
        let options = options().unwrap();
        let names: std::collections::HashSet<&str> = options.iter().map(|it| it.name.as_str()).collect();
        assert_eq!((names.len(), options[0].plays.is_none()), (options.len(), true));
        assert!(options[1..].iter().all(|it| it.plays.is_some()));
    }
}
