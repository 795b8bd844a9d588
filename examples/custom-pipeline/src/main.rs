//! Plays games with the parts of this crate and says what indifference costs.
//!
//! ```console
//! $ cargo run --release -- cuda          # or wgpu, cpu, auto
//! ```

use boneyard::prelude::*;
use boneyard::runtime::{DeviceChoice, choose, probe};
use custom_pipeline::{Balanced, Indifferent, Match};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let request: DeviceChoice = std::env::args().nth(1).as_deref().unwrap_or("auto").parse()?;
    let device = choose(request, &probe())?;
    println!("device: {} ({})", device.chosen, device.reason);
    let setup = |seed| Setup {
        game: seed,
        seed,
        deal: Deals::Python.deal(seed),
        declaration: Declarations::cycle().of_seed(seed),
        bidder: Seat::ALL[0],
        bid: Bid::THIRTY,
    };
    let plan = Match {
        setups: (0..100).map(setup).collect(),
        sampler: Balanced(Unrank::default()),
        policy: Indifferent(1),
        samples: 50,
    };
    println!("{} games, {} with {}", plan.setups.len(), plan.policy.id(), plan.sampler.id());
    let played = plan.play_on(&device.chosen)?;
    report(&played.games);
    Ok(())
}

/// How often the policy had a choice, how often it left the greedy move, and what that gave up.
fn report(games: &[GameRecord]) {
    let decisions = games.iter().flat_map(|game| &game.decisions);
    let (mut free, mut departed, mut given_up) = (0, 0, 0.0);
    for decision in decisions {
        let Some(estimate) = &decision.estimate else { continue };
        let mean = |slot: u8| estimate.mean(usize::from(slot)).unwrap_or_default();
        free += 1;
        departed += u32::from(decision.choice.slot != decision.choice.greedy);
        given_up += mean(decision.choice.greedy) - mean(decision.choice.slot);
    }
    let share = 100.0 * f64::from(departed) / f64::from(free);
    println!("{free} decisions with a choice, {departed} not the greedy one ({share:.1} %)");
    println!("E[Q] given up: {:.2} points a game", given_up / games.len() as f64);
    let made = games.iter().filter(|game| game.points()[game.setup.bidder.team()] >= 30).count();
    println!("contracts made: {made} of {}", games.len());
}
