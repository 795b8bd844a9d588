//! `evaluate-net`: how far a network is from the exact values, and what its mistakes cost, ply by ply.

use crate::cli::EvaluateNet;
use crate::exit::{BadInput, print};
use anyhow::Context;
use boneyard::Network;
use boneyard::assess::{BLUNDER, Means, Score, assess};
use boneyard::core::Error;
use boneyard::net::Architecture;
use boneyard::rules::PLIES;
use boneyard_run::threads;
use serde_json::json;
use std::process::ExitCode;

/// Runs the command.
pub fn run(options: &EvaluateNet) -> anyhow::Result<ExitCode> {
    let EvaluateNet { file, heads, games, seed, json } = options;
    if !(1..=1_000_000).contains(games) {
        return Err(BadInput::option("--games", format_args!("{games}: expected 1 to 1000000")));
    }
    let Some(end) = seed.checked_add(*games) else {
        return Err(BadInput::option(
            "--seed",
            format_args!("{seed}: the last game's seed does not fit 64 bits"),
        ));
    };
    let network = Network::open(file, *heads).map_err(|error| match error {
        Error::File { .. } => anyhow::Error::from(error),
        _ => BadInput(format!("{file}: {error}")).into(),
    })?;
    threads::start()?;
    threads::check_room_for_networks()?;
    let plies = assess(&network, *seed..end).context("cannot evaluate the network")?;
    print(&if *json { as_json(options, &network, &plies) } else { as_table(&network, &plies) })?;
    Ok(ExitCode::SUCCESS)
}

fn as_table(network: &Network, plies: &[Score; PLIES]) -> String {
    let Architecture { width, heads, layers, feed_forward } = network.weights().architecture();
    let mut text = format!(
        "network  width {width}, {heads} heads, {layers} layers, feed-forward {feed_forward}\n\
         sha256   {}\n\
         ply  decisions   Q-MAE    bias   Q-gap  zero regret  blunders (over {BLUNDER} points)\n",
        network.weights().sha256()
    );
    let mut line = |name: &str, score: &Score| {
        let Means { decisions, q_mae, q_bias, q_gap, zero_regret, blunders } = score.means();
        text += &format!(
            "{name:>3}  {decisions:>9}  {q_mae:>6.2}  {q_bias:>+6.2}  {q_gap:>6.2}  {:>10.1}%  {:>7.1}%\n",
            100.0 * zero_regret,
            100.0 * blunders
        );
    };
    for (ply, score) in plies.iter().enumerate().filter(|(_, score)| score.decisions > 0) {
        line(&ply.to_string(), score);
    }
    line("all", &plies.iter().copied().sum());
    text.trim_end().to_owned()
}

fn as_json(options: &EvaluateNet, network: &Network, plies: &[Score; PLIES]) -> String {
    let rows: Vec<Means> = plies.iter().map(Score::means).collect();
    let answer = json!({
        "file": network.file(),
        "weights_sha256": network.weights().sha256(),
        "games": options.games,
        "seed": options.seed,
        "blunder_points": BLUNDER,
        "plies": rows,
        "all": plies.iter().copied().sum::<Score>().means(),
    });
    answer.to_string()
}
