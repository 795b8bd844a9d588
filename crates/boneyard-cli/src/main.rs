//! The `boneyard` command.

mod advise;
mod arena;
mod asking;
mod bid;
mod calculator;
mod calibrate;
mod card;
mod cli;
mod completions;
mod convert;
mod device;
mod engine;
mod evaluate_net;
mod exit;
mod generate;
mod inspect;
mod kernels;
mod label;
mod review;
mod rows;
mod seats;
mod values;
mod verify;
#[cfg(feature = "viewer")]
mod view;
mod whole_file;

use clap::Parser;
use cli::{Cli, Command};
use std::io::{BufReader, stdin, stdout};
use std::process::ExitCode;

fn main() -> ExitCode {
    match Cli::try_parse() {
        Ok(cli) => {
            let code = run(cli.command).unwrap_or_else(|error| exit::report(&error));
            kernels::save();
            code
        }
        Err(stopped) => exit::report_usage(&stopped),
    }
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Generate(options) => generate::run(&options),
        Command::Calibrate(options) => calibrate::run(&options),
        Command::Label(options) => label::run(&options),
        Command::Inspect(options) => inspect::run(&options),
        Command::Verify(options) => verify::run(&options),
        Command::Card(options) => card::run(&options),
        Command::Devices => device::list(),
        Command::Convert(options) => convert::run(&options),
        Command::EvaluateNet(options) => evaluate_net::run(&options),
        Command::Completions(options) => completions::run(&options),
        Command::Arena(options) => arena::run(&options),
        Command::Advise(options) => advise::run(&options),
        Command::Bid(options) => bid::run(&options),
        Command::Review(options) => review::run(&options),
        Command::Engine(options) => engine::run(&options, BufReader::new(stdin()), stdout()),
        Command::Calculator(command) => calculator::run(command, stdin().lock(), stdout().lock()),
    }
}
