//! Plays games with the parts of this crate and says what indifference costs.
//!
//! ```console
//! $ cargo run --release -- cuda          # or wgpu, cpu, auto
//! ```

use boneyard::core::Error;
use boneyard::kernels::Device;
use boneyard::prelude::*;
use boneyard::runtime::{ComputeClient, DeviceChoice, DeviceRuntime, OnDevice, choose, probe};
use custom_pipeline::{Balanced, BestShare, DoublesFirst, Indifferent, play};

/// A hundred games by each policy, wherever they are played.
struct Games;

type Both = Result<[(&'static str, Played, BestShare); 2], Error>;

impl Games {
    fn setups() -> Vec<Setup> {
        let setup = |seed| Setup {
            seed,
            deal: Deals::Python.deal(seed),
            declaration: Declarations::cycle().of_seed(seed),
            bidder: Seat::ALL[0],
            bid: Bid::THIRTY,
        };
        (0..100).map(setup).collect()
    }
}

impl OnDevice for Games {
    type Output = Both;

    fn on_runtime<R: DeviceRuntime>(self, client: ComputeClient<R>) -> Both {
        let (setups, device) = (Self::setups(), || Device::new(client.clone(), R::name(&client)));
        let sampler = || Balanced(Unrank::default());
        let (indifferent, share) = play(device(), sampler(), Indifferent(1), &setups)?;
        let (doubles, other) = play(device(), sampler(), DoublesFirst, &setups)?;
        Ok([("indifferent", indifferent, share), ("doubles first", doubles, other)])
    }

    fn on_cpu(self) -> Both {
        let (setups, sampler) = (Self::setups(), || Balanced(Unrank::default()));
        let (indifferent, share) = play(Host::default(), sampler(), Indifferent(1), &setups)?;
        let (doubles, other) = play(Host::default(), sampler(), DoublesFirst, &setups)?;
        Ok([("indifferent", indifferent, share), ("doubles first", doubles, other)])
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let request: DeviceChoice = std::env::args().nth(1).as_deref().unwrap_or("auto").parse()?;
    let device = choose(request, &probe())?;
    println!("device: {} ({})", device.chosen, device.reason);
    for (name, played, BestShare(best)) in device.chosen.run(Games)?? {
        println!("{name}:");
        report(&played.games);
        let firsts = played.games.iter().zip(&best).map(|(game, best)| {
            let slot = usize::from(game.decisions[0].choice.slot);
            f64::from(best[slot]) / f64::from(game.decisions[0].worlds_used())
        });
        println!("  first move among the best in {:.1} % of its worlds", firsts.sum::<f64>());
    }
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
    println!("  {free} decisions with a choice, {departed} not the greedy one ({share:.1} %)");
    println!("  E[Q] given up: {:.2} points a game", given_up / games.len() as f64);
    let made = games.iter().filter(|game| game.points()[game.setup.bidder.team()] >= 30).count();
    println!("  contracts made: {made} of {}", games.len());
}
