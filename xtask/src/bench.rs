//! `bench …`.

use crate::shell::{cargo, provide_runtime_dir};
use anyhow::{Context, Result, bail};
use std::process::exit;

/// Builds `boneyard-bench` in release and hands over to it.
pub fn bench(arguments: &[&str]) -> Result<()> {
    let mut command = cargo("run --quiet --release --package boneyard-bench --");
    command.args(arguments);
    provide_runtime_dir(&mut command)?;
    match command.status().context("cannot run cargo")?.code() {
        Some(0) => Ok(()),
        Some(code) => exit(code), // it has said what is wrong
        None => bail!("the bench was killed"),
    }
}
