//! Values of options as people type them. Each is read where clap reads the command line, so that help lists what there is
//! and errors look alike.

mod count;
mod named;
mod size;

pub use count::count;
pub use named::{
    adaptive, deals, declarations, device, evaluator, nearest_evaluator, policy, posterior, sampler,
};
pub use size::MemoryBudget;

use crate::cli::Plies;
use boneyard::ContractRule;
use boneyard::core::Error;
use boneyard::rules::{Bid, PLIES, Passed, Seat};
use boneyard::strategies::policy::PolicySpec;
use boneyard_run::calibrate::Stretch;

/// A bid by its number.
pub fn bid(text: &str) -> Result<Bid, String> {
    let number = text.parse().map_err(|_| "expected a whole number".to_owned())?;
    Bid::new(number).map_err(|error| error.to_string())
}

/// A bid as people say it.
pub fn said_bid(text: &str) -> Result<Bid, String> {
    text.parse().map_err(|error: boneyard::rules::RuleError| error.to_string())
}

/// What happens where everybody passes.
pub fn all_pass(text: &str) -> Result<Passed, String> {
    match text {
        "reshake" => Ok(Passed::Reshake),
        "dealer-bids" => Ok(Passed::DealerBids),
        _ => Err("expected reshake or dealer-bids".to_owned()),
    }
}

/// How a game gets its contract.
pub fn contract(text: &str) -> Result<ContractRule, String> {
    text.parse()
}

/// What makes a row of a calibration.
pub fn stretch(text: &str) -> Result<Stretch, String> {
    match text {
        "trick" => Ok(Stretch::Trick),
        "ply" => Ok(Stretch::Ply),
        _ => Err("expected trick or ply".to_owned()),
    }
}

/// Plies from one to another, both among them.
pub fn plies(text: &str) -> Result<Plies, String> {
    let read = || {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        Some(Plies { first: first.parse().ok()?, last: last.parse().ok()? })
    };
    let plies = read().filter(|plies| plies.first <= plies.last && plies.last < PLIES);
    plies.ok_or_else(|| format!("expected plies within 0-{}, such as 0-11", PLIES - 1))
}

/// A policy and in how many parts of the games it plays.
pub fn part_of_games(text: &str) -> Result<(PolicySpec, u32), String> {
    let parts = text.rsplit_once('=').and_then(|(policy, parts)| Some((policy, parts.parse().ok()?)));
    let (policy, parts) =
        parts.ok_or("expected a policy and a whole number of parts, such as softmax:3=2")?;
    if !(1..=1_000_000).contains(&parts) {
        return Err(format!("{parts} parts: expected 1 to 1000000"));
    }
    Ok((policy.parse().map_err(|error: Error| error.to_string())?, parts))
}

/// A seat by its number.
pub fn seat(text: &str) -> Result<Seat, String> {
    let number = text.parse().map_err(|_| "expected a whole number".to_owned())?;
    Seat::new(number).map_err(|error| error.to_string())
}
