//! `evaluate-net`: how far a network is from the exact values, and what its mistakes cost, ply by ply.

use crate::cli::EvaluateNet;
use crate::exit::{BadInput, of_run, print, say};
use anyhow::Context;
use boneyard::assess::{BLUNDER, Means, Score, assess};
use boneyard::core::{Error, Host};
use boneyard::net::Architecture;
use boneyard::rules::PLIES;
use boneyard::{Configuration, EvaluatorSpec, Network};
use boneyard_run::labels::{Labelling, Labels};
use boneyard_run::test_set::{self, Distance, DistanceMeans, test_set};
use boneyard_run::{place, threads, uniform};
use boneyard_runtime::{Choice, Chosen, ComputeClient, DeviceRuntime, OnDevice, Uses};
use serde_json::{Value, json};
use std::process::ExitCode;

/// Runs the command.
pub fn run(options: &EvaluateNet) -> anyhow::Result<ExitCode> {
    let EvaluateNet { file, heads, games, seed, json, .. } = options;
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
    if options.test_set {
        return on_the_test_set(options, network);
    }
    if let Some(size) = options.uniform {
        return on_states(options, &network, size);
    }
    threads::start()?;
    threads::check_room_for_networks()?;
    let plies = assess(&network, *seed..end).context("cannot evaluate the network")?;
    print(&if *json { as_json(options, &network, &plies) } else { as_table(&network, &plies) })?;
    Ok(ExitCode::SUCCESS)
}

/// What a table says of the network above its numbers.
fn heading(network: &Network) -> String {
    let Architecture { width, heads, layers, feed_forward } = network.weights().architecture();
    format!(
        "network  width {width}, {heads} heads, {layers} layers, feed-forward {feed_forward}\n\
         sha256   {}\n",
        network.weights().sha256()
    )
}

fn as_table(network: &Network, plies: &[Score; PLIES]) -> String {
    let mut text = heading(network)
        + &format!("ply  decisions   Q-MAE    bias   Q-gap  zero regret  blunders (over {BLUNDER} points)\n");
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

/// Where a network is asked, and how much memory it may take there.
fn place(options: &EvaluateNet, evaluator: &EvaluatorSpec, games: u64) -> anyhow::Result<(Choice, u64)> {
    let configuration = Configuration { evaluator: evaluator.clone(), ..Configuration::default() };
    let choices = place::choose(&options.device, &configuration, games).map_err(of_run)?;
    let budget = place::memory_budget(None, &choices);
    let [choice] =
        <[Choice; 1]>::try_from(choices).map_err(|_| BadInput::option("--device", "expected one device"))?;
    threads::start()?;
    if choice.chosen == Chosen::Cpu {
        threads::check_room_for_networks()?;
    }
    say(&format!("on {choice} ({})", choice.reason));
    Ok((choice, budget))
}

/// What every machine-readable answer says.
fn measured(network: &Network, choice: &Choice, plies: &[Distance], all: &Distance) -> Value {
    json!({
        "network": network.file(),
        "weights_sha256": network.weights().sha256(),
        "device": choice.to_string(),
        "plies": plies.iter().map(Distance::means).collect::<Vec<_>>(),
        "all": all.means(),
    })
}

/// Measures on states drawn evenly from all that deals can come to.
fn on_states(
    options: &EvaluateNet,
    network: &Network,
    (deals, states): (u64, u32),
) -> anyhow::Result<ExitCode> {
    let evaluator = EvaluatorSpec::Net(network.clone());
    let (choice, budget) = place(options, &evaluator, deals)?;
    let uses = choice.uses();
    let plies = choice.chosen.run(OnStates { evaluator: &evaluator, deals, states, uses, budget })?;
    let plies = plies.context("cannot evaluate the network")?;
    let all: Distance = plies.into_iter().sum();
    if options.json {
        let mut answer = measured(network, &choice, &plies, &all);
        (answer["deals"], answer["states"]) = (json!(deals), json!(states));
        print(&answer.to_string())?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut text = heading(network) + "ply     states  Q MAE    sd    bias  Q-gap\n";
    let mut line = |name: &str, distance: &Distance| {
        let DistanceMeans { decisions, q_mae, residual_sd, q_gap, e_q_bias, .. } = distance.means();
        text += &format!(
            "{name:>3}  {decisions:>9}  {q_mae:>5.2} {residual_sd:>5.2}  {e_q_bias:>+6.3}  {q_gap:>5.3}\n"
        );
    };
    for (ply, distance) in plies.iter().enumerate().filter(|(_, it)| it.decisions > 0) {
        line(&ply.to_string(), distance);
    }
    line("all", &all);
    print(text.trim_end())?;
    Ok(ExitCode::SUCCESS)
}

/// States, on what they are worked through.
struct OnStates<'a> {
    evaluator: &'a EvaluatorSpec,
    deals: u64,
    states: u32,
    uses: Uses,
    budget: u64,
}

impl OnDevice for OnStates<'_> {
    type Output = boneyard::core::Result<[Distance; PLIES]>;

    fn on_runtime<R: DeviceRuntime>(self, client: ComputeClient<R>) -> Self::Output {
        let device = || place::device(client.clone(), self.uses, self.budget);
        uniform::measure(device, self.evaluator, self.deals, self.states)
    }

    fn on_cpu(self) -> Self::Output {
        uniform::measure(Host::default, self.evaluator, self.deals, self.states)
    }
}

/// Measures on the frozen test set, or on a part of it.
fn on_the_test_set(options: &EvaluateNet, network: Network) -> anyhow::Result<ExitCode> {
    let (seeds, worlds) = options.part.unwrap_or((test_set::SEEDS, test_set().worlds));
    let labels = Labels { worlds, ..test_set() };
    let evaluator = EvaluatorSpec::Net(network.clone());
    let (choice, budget) = place(options, &evaluator, seeds)?;
    let plies = choice.chosen.run(OnTestSet {
        evaluator: &evaluator,
        labels: &labels,
        seeds,
        uses: choice.uses(),
        budget,
    })?;
    let plies = plies.context("cannot evaluate the network")?;
    let all: Distance = plies.into_iter().sum();
    if options.json {
        let mut answer = measured(&network, &choice, &plies, &all);
        (answer["seeds"], answer["worlds"]) = (json!(seeds), json!(worlds));
        print(&answer.to_string())?;
    } else {
        print(&distances(&network, &plies, &all))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn distances(network: &Network, plies: &[Distance], all: &Distance) -> String {
    let mut text = heading(network) + "ply  decisions  Q MAE    sd  Q-gap  E[Q] MAE    bias  E[Q]-gap\n";
    let mut line = |name: &str, distance: &Distance| {
        let DistanceMeans { decisions, q_mae, residual_sd, q_gap, e_q_mae, e_q_bias, e_q_gap, .. } =
            distance.means();
        text += &format!(
            "{name:>3}  {decisions:>9}  {q_mae:>5.2} {residual_sd:>5.2}  {q_gap:>5.3}  {e_q_mae:>8.3}  {e_q_bias:>+6.3}  \
             {e_q_gap:>8.4}\n"
        );
    };
    for (ply, distance) in plies.iter().enumerate().filter(|(_, it)| it.decisions > 0) {
        line(&ply.to_string(), distance);
    }
    line("all", all);
    text.trim_end().to_owned()
}

/// The test set, on what it is worked through.
struct OnTestSet<'a> {
    evaluator: &'a EvaluatorSpec,
    labels: &'a Labels,
    seeds: u64,
    uses: Uses,
    budget: u64,
}

impl OnTestSet<'_> {
    fn measure<B: Labelling>(self, backend: B) -> boneyard::core::Result<[Distance; test_set::PLIES]> {
        test_set::measure(backend, self.evaluator, self.labels, self.seeds, &|| false)
    }
}

impl OnDevice for OnTestSet<'_> {
    type Output = boneyard::core::Result<[Distance; test_set::PLIES]>;

    fn on_runtime<R: DeviceRuntime>(self, client: ComputeClient<R>) -> Self::Output {
        let device = place::device(client, self.uses, self.budget);
        self.measure(device)
    }

    fn on_cpu(self) -> Self::Output {
        self.measure(Host::default())
    }
}
