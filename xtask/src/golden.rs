//! `golden DIR`.

use crate::shell::cargo;
use anyhow::{Context, Result, bail};
use std::process::exit;

/// Hands over to the program `golden` of the package `boneyard-tests`; this one stays quick to build.
pub fn golden(dir: &str) -> Result<()> {
    let dir = std::path::absolute(dir).with_context(|| format!("cannot resolve {dir}"))?;
    let mut command = cargo("run --quiet --package boneyard-tests --no-default-features --bin golden --");
    let status = command.arg(dir).status().context("cannot run cargo")?;
    match status.code() {
        Some(0) => Ok(()),
        Some(code) => exit(code), // it has said what is wrong
        None => bail!("the check of the golden data was killed"),
    }
}
