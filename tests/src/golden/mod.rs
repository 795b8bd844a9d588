//! Golden data: every value of a directory is computed again.
//!
//! The files and their fields are described in `tests/golden/README.md`. A file is known by its name; one
//! record's missing or additional field fails the file, as does a list of records without records.

mod deals;
mod eq_exact;
mod found;
pub(crate) mod network;
mod playouts;
mod position;
mod rules;
mod solver;
pub mod tokens;
mod voids;

pub use found::Tally;

use anyhow::{Context, Result, ensure};
use found::Found;
use serde_json::Value;
use std::fmt;
use std::path::{Path, PathBuf};

/// How one file fared.
#[derive(Debug)]
pub struct Report {
    /// Its name.
    pub file: String,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of a file.
#[derive(Debug)]
pub enum Outcome {
    /// All is equal.
    Equal(Tally),
    /// A difference, or not a file of the format.
    Failed(String),
}

impl Report {
    /// True unless the file failed.
    pub fn is_good(&self) -> bool {
        !matches!(self.outcome, Outcome::Failed(_))
    }

    /// Values compared.
    pub fn compared(&self) -> usize {
        match &self.outcome {
            Outcome::Equal(tally) => tally.compared,
            _ => 0,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<28}", self.file)?;
        match &self.outcome {
            Outcome::Equal(tally) => {
                write!(f, " {:>8} values compared, all equal", tally.compared)?;
                if !tally.unchecked.is_empty() {
                    let list = tally.unchecked.iter().map(|(field, n)| format!("{n} {field}"));
                    write!(f, "; not checkable: {}", list.collect::<Vec<_>>().join(", "))?;
                }
                Ok(())
            }
            Outcome::Failed(what) => write!(f, " FAILED: {what}"),
        }
    }
}

/// Checks every file of a directory, by name; papers (`.md`) are left out.
///
/// # Errors
/// If the directory cannot be listed or holds no file to check.
pub fn check_dir(dir: &Path) -> Result<Vec<Report>> {
    let list = || format!("cannot list {}", dir.display());
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(dir).with_context(list)? {
        let path = entry.with_context(list)?.path();
        if path.extension().is_none_or(|extension| extension != "md") {
            paths.push(path);
        }
    }
    ensure!(!paths.is_empty(), "{} holds no golden file", dir.display());
    paths.sort();
    Ok(paths.into_iter().map(|path| report(&path)).collect())
}

fn report(path: &Path) -> Report {
    let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let outcome = match check_file(path, &file) {
        Ok(tally) if tally.compared == 0 => Outcome::Failed("nothing to compare".to_owned()),
        Ok(tally) => Outcome::Equal(tally),
        Err(error) => Outcome::Failed(format!("{error:#}")),
    };
    Report { file, outcome }
}

fn check_file(path: &Path, name: &str) -> Result<Tally> {
    let check = match name {
        "rules.json" => rules::check,
        "deals.json" => deals::check,
        "playouts.json" => playouts::check,
        "solver.json" => solver::check,
        "eq_exact.json" => eq_exact::check,
        "voids.json" => {
            let playouts = read(&path.with_file_name("playouts.json"));
            let playouts = playouts.context("its states are plies of playouts.json")?;
            return check_json(path, |file, tally| voids::check(file, &playouts, tally));
        }
        "tokens.safetensors" => {
            let bytes = std::fs::read(path).context("cannot read it")?;
            ensure!(!bytes.is_empty(), "the file is empty");
            let playouts = read(&path.with_file_name("playouts.json"));
            let playouts = playouts.context("its states are plies of playouts.json")?;
            let mut tally = Tally::default();
            tokens::check(&bytes, &playouts, &mut tally)?;
            return Ok(tally);
        }
        _ => {
            let unknown = "unknown file: nothing here knows how to check it";
            let (name, check) = network(name).context(unknown)?;
            let length = std::fs::metadata(path).context("cannot read it")?.len();
            ensure!(length > 0, "the file is empty");
            let mut tally = Tally::default();
            check(path, name, &mut tally)?;
            return Ok(tally);
        }
    };
    check_json(path, check)
}

fn check_json(path: &Path, check: impl Fn(&Found<'_>, &mut Tally) -> Result<()>) -> Result<Tally> {
    let mut tally = Tally::default();
    check(&Found::root(&read(path)?), &mut tally)?;
    Ok(tally)
}

fn read(path: &Path) -> Result<Value> {
    let text = std::fs::read_to_string(path).context("cannot read it")?;
    ensure!(!text.trim().is_empty(), "the file is empty");
    serde_json::from_str(&text).context("not JSON")
}

/// Checks a file of the network's, given its path and the name of its pair or, of a checkpoint, its own.
type NetworkCheck = fn(&Path, &str, &mut Tally) -> Result<()>;

/// The check for a file of the network's, with the name that it gets.
fn network(name: &str) -> Option<(&str, NetworkCheck)> {
    let pair = |prefix| name.strip_prefix(prefix)?.strip_suffix(".safetensors");
    if let Some(pair) = pair("weights_") {
        return Some((pair, network::check_weights));
    }
    if let Some(pair) = pair("io_") {
        return Some((pair, network::check_io));
    }
    name.ends_with(".ckpt").then_some((name, network::check_checkpoint))
}

/// The directory with the golden data of this repository.
pub fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden")
}
