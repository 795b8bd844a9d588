//! What the contract and the plays tell about hidden hands: how much likelier the true world becomes than under uniform
//! worlds, by temperature, mixture and number of plays.

use anyhow::Result;
use boneyard::core::{
    Coordinates, Design, Designed, HostWorlds, Observation, Plan, Purpose, SampleReport, Samples, Share,
    SlotValues, WeightRule,
};
use boneyard::prelude::*;
use boneyard::rules::{Declaring, PLIES, World};
use boneyard::strategies::sampler::{Evidence, Played, Plays};
use rayon::prelude::*;
use std::collections::HashMap;
use std::sync::Mutex;

/// Worlds beside the true one.
const OTHERS: usize = 63;

/// Nats that the true world gains over uniform ones, by trick and option, over decisions of games that players of E\[Q\] with
/// `--samples` worlds played.
pub fn run(games: u64, samples: u32) -> Result<()> {
    let setups: Vec<Setup> = (0..games).map(setup).collect();
    let greedy = Greedy { objective: Objective::Make };
    let mut pipeline =
        Pipeline::new(Host::default(), Unrank::default(), Solver, greedy, Sampling::new(samples))?;
    let played = pipeline.play(&setups, &mut ())?.games;
    let mut options: Vec<(String, Option<Plays>)> = vec![("contract".to_owned(), None)];
    for tau in [4.0, 8.0, 16.0, 32.0] {
        for beta in [0.05, 0.2, 0.5] {
            for last in [4, 8, 27] {
                let plays = Plays::new(tau, beta, last)?;
                options.push((plays.id(), Some(plays)));
            }
        }
    }
    // What is left of sharp beliefs where few worlds may not have all the weight.
    for (tau, beta) in [(8.0, 0.5), (4.0, 0.05)] {
        for share in [0.1, 0.3, 0.5, 0.8] {
            let plays = Plays::new(tau, beta, 8)?.with_ess(share)?;
            options.push((plays.id(), Some(plays)));
        }
    }
    // By decision: its trick, and what each option gains.
    let decisions: Vec<(usize, Vec<f64>)> = setups
        .par_iter()
        .zip(&played)
        .flat_map_iter(|(setup, game)| {
            let mut now = setup.in_play();
            let mut decisions = Vec::new();
            for decision in &game.decisions {
                let (view, ply) = (now.game().view(), now.game().table().ply());
                if (4..24).contains(&ply) && decision.legal.count_ones() > 1 && decision.worlds_total > 1 {
                    decisions.push((ply / 4, gains(&now, &options)));
                }
                let domino = boneyard::rules::tiles_of(view.hand()).nth(decision.choice.slot.into());
                now.play(domino.expect("a slot of the hand")).expect("a legal move");
            }
            decisions
        })
        .collect();
    println!(
        "nats gained by the true world, {games} games of P(make) with {samples} worlds, by trick 2 to 6"
    );
    for (k, (name, _)) in options.iter().enumerate() {
        let mut line = format!("{name:40}");
        for trick in 1..PLIES / 4 - 1 {
            let of: Vec<f64> = decisions.iter().filter(|it| it.0 == trick).map(|it| it.1[k]).collect();
            line += &format!("  {:+.3}", of.iter().sum::<f64>() / of.len().max(1) as f64);
        }
        let n = decisions.len().max(1) as f64;
        let mean = decisions.iter().map(|it| it.1[k]).sum::<f64>() / n;
        let variance = decisions.iter().map(|it| (it.1[k] - mean).powi(2)).sum::<f64>() / n;
        println!("{line}   all {mean:+.4} ± {:.4} ({} decisions)", (variance / n).sqrt(), decisions.len());
    }
    Ok(())
}

/// A deal whose bidder declares its longest suit.
fn setup(seed: u64) -> Setup {
    let (deal, bidder) = (Deals::Native.deal(seed), Seat::ALL[(seed % 4) as usize]);
    let declaration = Declaring::Longest.declares(deal.hand(bidder));
    Setup { seed, deal, declaration, bidder, bid: Bid::THIRTY }
}

/// By option, the log of the true world's weight over the mean of the true one and uniform ones.
fn gains(now: &boneyard::core::InPlay, options: &[(String, Option<Plays>)]) -> Vec<f64> {
    let seen = Observation::of_game(now, &Sampling::new(1));
    let true_world: World = seen.view.others().map(|seat| now.game().held(seat));
    let mut worlds = vec![true_world];
    let mut stream = Coordinates { replicate: 1, ..seen.at }.stream(Purpose::Other, 0);
    worlds.extend((0..OTHERS).map(|_| seen.worlds.unrank(stream.below(seen.worlds.count()))));
    let known = Mutex::default();
    let weights = |plays: &Option<Plays>| -> Vec<u32> {
        let Some(plays) = plays else {
            let evidence = Evidence { rule: Declaring::Longest, beta: 0 };
            // As if all were looked at: drawn worlds are not weighed.
            let seen = Observation { plan: Plan::Enumerate, ..seen.clone() };
            return worlds.iter().map(|world| evidence.weight(&seen, world)).collect();
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
        out.weights.expect("they are weighed")
    };
    let gain = |weights: Vec<u32>| {
        let mean = weights.iter().map(|&weight| f64::from(weight)).sum::<f64>() / weights.len() as f64;
        (f64::from(weights[0]) / mean).ln()
    };
    options.iter().map(|(_, plays)| gain(weights(plays))).collect()
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
