//! `card`: the dataset card.

use crate::cli::Card;
use crate::exit::{self, print};
use boneyard::record::card;
use std::process::ExitCode;

/// Runs the command.
pub fn run(options: &Card) -> anyhow::Result<ExitCode> {
    print(card(&options.dir).map_err(exit::of_records)?.trim_end())?;
    Ok(ExitCode::SUCCESS)
}
