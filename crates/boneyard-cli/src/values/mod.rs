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

use boneyard::ContractRule;
use boneyard::rules::{Bid, Passed, Seat};
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

/// A seat by its number.
pub fn seat(text: &str) -> Result<Seat, String> {
    let number = text.parse().map_err(|_| "expected a whole number".to_owned())?;
    Seat::new(number).map_err(|error| error.to_string())
}
