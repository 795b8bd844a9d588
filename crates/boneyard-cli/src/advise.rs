//! `advise`: what a player should play, told to a person.

use crate::asking;
use crate::calculator::question;
use crate::cli::Advise;
use crate::exit::{BadInput, of_arena, print};
use boneyard_arena::{Advice, objective};
use boneyard_run::threads;
use serde_json::{Map, Value};
use std::process::ExitCode;

/// Runs the command.
pub fn run(options: &Advise) -> anyhow::Result<ExitCode> {
    let said = [
        ("hand", options.hand.as_ref()),
        ("declaration", options.trump.as_ref()),
        ("plays", options.played.as_ref()),
        ("seat", options.seat.as_ref()),
        ("leader", options.leader.as_ref()),
        ("bidder", options.bidder.as_ref()),
        ("bid", options.bid.as_ref()),
    ];
    let fields: Map<String, Value> = said
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), Value::from(value?.as_str()))))
        .collect();
    let (view, contracted) = question(fields).map_err(|what| BadInput(in_options(&what)))?;
    let recipe = asking::recipe(&options.asking, options.policy)?;
    threads::start()?;
    let (mut ask, _) = asking::open(&options.asking, &recipe, 1)?;
    let by = objective(recipe.policy);
    let advice = Advice::on(&view, contracted.bid, contracted.bidder, options.asking.seed, by, &mut ask);
    let advice = advice.map_err(of_arena)?;
    print(if options.json { serde_json::to_string(&advice)? } else { advice.to_string() }.trim_end())?;
    Ok(ExitCode::SUCCESS)
}

/// A sentence about fields as one about options.
fn in_options(what: &str) -> String {
    let what = what.replacen("missing field `hand`", "HAND", 1).replacen(
        "missing field `declaration`",
        "--trump",
        1,
    );
    let options = [("hand", "HAND"), ("declaration", "--trump"), ("plays", "--played")];
    match what.split_once(':') {
        Some((name @ ("seat" | "leader" | "bidder" | "bid"), rest)) => format!("--{name}:{rest}"),
        Some((name, rest)) => {
            let option = options.iter().find(|(field, _)| *field == name);
            option.map_or(what.clone(), |(_, option)| format!("{option}:{rest}"))
        }
        None => what,
    }
}
