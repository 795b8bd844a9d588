//! `checks`: what must hold besides the tests.

use crate::python;
use crate::shell::{cargo, root, run};
use anyhow::{Context, Result, ensure};
use std::path::Path;

/// Games of the smoke run, as in the README.
const GAMES: usize = 32;

/// Formatting, lints, documentation, the README's main command, and the example that loads what it makes.
pub fn checks() -> Result<()> {
    run(&mut cargo("fmt --all --check")).context("`cargo fmt --all` would change files")?;
    run(&mut cargo("clippy --workspace --all-targets -- -D warnings"))?;
    run(cargo("doc --workspace --no-deps").env("RUSTDOCFLAGS", "-D warnings"))?;
    smoke()
}

/// Makes a small dataset with the release build, and reads it back, in Rust and in Python.
fn smoke() -> Result<()> {
    let out = root().join("target/smoke");
    if out.exists() {
        std::fs::remove_dir_all(&out).with_context(|| format!("cannot remove {}", out.display()))?;
    }
    let generate = format!("run --release -- generate --games {GAMES} --samples 50 --out");
    run(cargo(&generate).arg(&out))?;
    ensure!(out.join("boneyard.json").is_file(), "{} has no boneyard.json", out.display());
    let n_files = parquet_files(&out.join("train"))?;
    ensure!(n_files > 0, "{} has no Parquet files", out.join("train").display());
    let read = "run --quiet --package boneyard-tests --bin dataset --";
    run(cargo(read).arg(&out).arg(GAMES.to_string()))?;
    python::example(&out)
}

fn parquet_files(dir: &Path) -> Result<usize> {
    let entries = std::fs::read_dir(dir).with_context(|| format!("cannot list {}", dir.display()))?;
    let is_parquet = |path: &Path| path.extension().is_some_and(|extension| extension == "parquet");
    Ok(entries.flatten().filter(|entry| is_parquet(&entry.path())).count())
}
