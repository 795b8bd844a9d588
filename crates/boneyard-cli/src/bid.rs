//! `bid`: what a hand is worth in the auction.

use crate::cli::BidHand;
use crate::exit::{BadInput, of_arena, of_run, print};
use boneyard::core::Host;
use boneyard::rules::{Auction, Call, SLOTS, words};
use boneyard_arena::bids::{Bids, Question};
use boneyard_arena::{PlayerSpec, Terms};
use boneyard_run::threads;
use std::process::ExitCode;

/// Runs the command.
pub fn run(options: &BidHand) -> anyhow::Result<ExitCode> {
    let question = question(options)?;
    let spec = PlayerSpec::read(&options.player, options.heads).map_err(of_arena)?;
    threads::pool(options.threads).map_err(of_run)?.install(|| {
        let mut player = spec.build(Host::default, Terms::default()).map_err(of_arena)?;
        let bids = Bids::of(&question, &mut player).map_err(of_arena)?;
        print(if options.json { serde_json::to_string(&bids)? } else { bids.to_string() }.trim_end())?;
        Ok(ExitCode::SUCCESS)
    })
}

fn question(options: &BidHand) -> anyhow::Result<Question> {
    let dominoes = words::dominoes(&options.hand).map_err(|error| BadInput::option("HAND", error))?;
    let hand = dominoes.iter().fold(0, |set, domino| set | domino.bit());
    if dominoes.len() != SLOTS || hand.count_ones() as usize != SLOTS {
        let what = format!("expected 7 different dominoes, got {}: {}", dominoes.len(), options.hand);
        return Err(BadInput::option("HAND", what));
    }
    let most = 100_000;
    for (name, n) in [("--samples", options.samples), ("--deals", options.deals)] {
        if !(1..=most).contains(&n) {
            return Err(BadInput::option(name, format!("expected 1 to {most}, got {n}")));
        }
    }
    let mut auction = Auction::new(options.dealer, options.all_pass);
    for call in options.bids.split([' ', ',']).filter(|call| !call.is_empty()) {
        let heard = call.parse::<Call>().and_then(|call| auction.call(call));
        heard.map_err(|error| BadInput::option("--bids", error))?;
    }
    let Some(lowest) = auction.bids().first().copied().filter(|_| auction.turn().is_some()) else {
        return Err(BadInput::option("--bids", "expected at most three calls, and room for one more bid"));
    };
    Ok(Question {
        hand,
        auction,
        score: options.score,
        bid: options.bid.unwrap_or(lowest),
        worlds: options.samples,
        deals: options.deals,
        seed: options.seed,
    })
}
