//! `completions`: a script that teaches a shell to complete this command.

use crate::cli::{Cli, Completions};
use crate::exit::print;
use clap::CommandFactory;
use std::process::ExitCode;

/// Runs the command.
pub fn run(options: &Completions) -> anyhow::Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut Cli::command(), "boneyard", &mut script);
    print(String::from_utf8(script)?.trim_end())?;
    Ok(ExitCode::SUCCESS)
}
