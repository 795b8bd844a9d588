//! Everything that can be found out about a dataset without making it again.

use crate::block::Block;
use crate::column::Stored;
use crate::layout::{Layout, Part};
use crate::survey::examine;
use crate::{
    Contents, Error, LabelRow, Manifest, Replay, Result, Row, Seeds, Split, Survey, Trust, Wanted, home,
    reader,
};
use boneyard_core::Deals;
use boneyard_rules::Game;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The file or directory.
    pub path: PathBuf,
    /// What is wrong with it, in one phrase.
    pub what: String,
}

/// What is there, and what is wrong with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Files of rows.
    pub files: usize,
    /// Whole games.
    pub games: u64,
    /// Games that were asked for.
    pub asked: u64,
    /// What is wrong, gaps included.
    pub findings: Vec<Finding>,
}

impl Verdict {
    /// All games that were asked for are there, and nothing is wrong.
    pub fn is_finished(&self) -> bool {
        self.findings.is_empty()
    }
}

/// Checks every file of a dataset, replays its games by the rules, and looks for games that were asked for and are not
/// there.
///
/// # Errors
/// [`Error::Unreadable`] if there is no manifest to check by; [`Error::Io`].
pub fn verify(dir: &Path) -> Result<Verdict> {
    let manifest = reader::manifest(dir)?;
    let layout = Layout::new(dir, &manifest);
    let survey = match Survey::of(&layout, &manifest, Trust::Names) {
        Ok(survey) => survey,
        // Names alone do not tell what the rest is worth.
        Err(Error::ForeignFile { path, what }) => {
            let findings = vec![Finding { path, what }];
            return Ok(Verdict { findings, ..Verdict::default() });
        }
        Err(error) => return Err(error),
    };
    let parts: Vec<Part> = survey.files.keys().copied().collect();
    let looked = parts.par_iter().map(|&part| verify_file(&layout, &manifest, part));
    let looked: Vec<(Seeds, Vec<Finding>)> = looked.collect::<Result<_>>()?;
    let there = looked.iter().fold(Seeds::default(), |all, (seeds, _)| all.or(seeds));
    let mut findings: Vec<Finding> = looked.into_iter().flat_map(|(_, findings)| findings).collect();
    let asked = home::asked(dir)?;
    if asked.is_empty() {
        let what = "does not say which games were asked for: expected marks in .boneyard/asked";
        findings.push(Finding { path: dir.to_owned(), what: what.to_owned() });
    }
    findings.extend(asked.iter().filter_map(|&wanted| gap(dir, wanted, &there)));
    Ok(Verdict { files: parts.len(), games: there.games(), asked: union(&asked), findings })
}

/// How many games that were asked for are not there, by the names of files; `None` if nobody has noted what was asked for.
///
/// # Errors
/// As [`verify`].
pub fn missing(dir: &Path) -> Result<Option<u64>> {
    let manifest = reader::manifest(dir)?;
    missing_of(dir, &Survey::of(&Layout::new(dir, &manifest), &manifest, Trust::Names)?)
}

/// The same, of a directory that was surveyed.
pub(crate) fn missing_of(dir: &Path, survey: &Survey) -> Result<Option<u64>> {
    let asked = home::asked(dir)?;
    let missing = asked.iter().map(|&wanted| wanted.games() - survey.there(wanted));
    Ok(missing.reduce(|sum, more| sum.saturating_add(more)))
}

/// How many games several runs want together; of spans of different splits that overlap, a game may count twice.
fn union(asked: &[Wanted]) -> u64 {
    let mut spans: BTreeMap<Option<Split>, Seeds> = BTreeMap::new();
    for wanted in asked {
        let all = spans.entry(wanted.split).or_default();
        *all = all.or(&Seeds::of([wanted.span]));
    }
    let games = |(split, seeds): (Option<Split>, Seeds)| {
        seeds.spans().iter().map(|&span| Wanted { span, split }.games()).fold(0, u64::saturating_add)
    };
    spans.into_iter().map(games).fold(0, u64::saturating_add)
}

/// Most games whose seeds are listed one by one to find those of a split.
const MOST_LISTED: u64 = 100_000_000;

/// What of a run's games is not there.
fn gap(dir: &Path, wanted: Wanted, there: &Seeds) -> Option<Finding> {
    let all = match wanted.split {
        None => Seeds::of([wanted.span]),
        Some(split) if wanted.span.games() <= MOST_LISTED => split.seeds_in(wanted.span),
        Some(_) => return None,
    };
    let missing = all.minus(there);
    let what = format!(
        "is not finished: {} games that were asked for are missing, seeds {missing}",
        missing.games()
    );
    (!missing.is_empty()).then(|| Finding { path: dir.to_owned(), what })
}

/// The seeds of the whole games of a file, and what is wrong with it.
fn verify_file(layout: &Layout, manifest: &Manifest, part: Part) -> Result<(Seeds, Vec<Finding>)> {
    let path = layout.file(part);
    let finding = |what: String| Finding { path: path.clone(), what };
    let nothing = |what: String| Ok((Seeds::default(), vec![finding(what)]));
    let (block, said) = match examine(layout, manifest, part) {
        Ok(Ok(examined)) => examined,
        Ok(Err(what)) | Err(Error::ForeignFile { what, .. }) => return nothing(what),
        Err(error) => return Err(error),
    };
    let checked = match manifest.contents() {
        Contents::Decisions(_) => check_games(&block, |rows: &[Row]| verify_game(manifest, rows)),
        Contents::Labels(_) => check_games(&block, verify_labels),
    };
    let (seeds, wrong) = match checked {
        Ok(checked) => checked,
        Err(Error::Unreadable { what, .. }) => return nothing(what),
        Err(error) => return Err(error),
    };
    let wrong = wrong.into_iter().map(|(seed, what)| format!("has a wrong game, seed {seed}: {what}"));
    let mut findings: Vec<Finding> = wrong.map(finding).collect();
    if !seeds.is_sorted_by(|a, b| a < b) {
        findings.push(finding("has games twice, or not by ascending seed".to_owned()));
    }
    let seeds: Seeds = seeds.into_iter().collect();
    let (is_whole, seeds) = match manifest.contents() {
        Contents::Decisions(_) => (seeds == said, seeds),
        // A game without a choice has no labels.
        Contents::Labels(_) if findings.is_empty() => (seeds.minus(&said).is_empty(), said.clone()),
        Contents::Labels(_) => (true, seeds),
    };
    if findings.is_empty() && !is_whole {
        findings.push(finding(format!("says that it holds seeds {said}, but holds {seeds}")));
    }
    Ok((seeds, findings))
}

/// The seeds of the games of a file that are as they should be, and what is wrong with others.
type Checked = (Vec<u64>, Vec<(u64, String)>);

fn check_games<R: Stored>(block: &Block, check: impl Fn(&[R]) -> Result<(), String>) -> Result<Checked> {
    let rows = block.rows::<R>()?;
    let (mut seeds, mut wrong) = (Vec::new(), Vec::new());
    for game in rows.chunk_by(|a, b| a.seed() == b.seed()) {
        let seed = game[0].seed();
        match check(game) {
            Ok(()) => seeds.push(seed),
            Err(what) => wrong.push((seed, what)),
        }
    }
    Ok((seeds, wrong))
}

/// That the labels of a game are of positions that its true deal and their worlds allow. Values are taken as they are.
fn verify_labels(rows: &[LabelRow]) -> Result<(), String> {
    let truth = Deals::Native.deal(rows[0].seed);
    for row in rows {
        let of = |what: String| format!("world {} of ply {}: {what}", row.world, row.ply);
        let game = row.position().map_err(of)?;
        let seen = Game::after(truth, row.declaration, row.leader, &game.table().plays().collect::<Vec<_>>());
        let seen = seen.map_err(|error| of(format!("the true deal does not allow it: {error}")))?;
        if seen.view() != game.view() {
            return Err(of("its mover's hand is not the one that its seed deals".to_owned()));
        }
    }
    let is_ascending = rows.is_sorted_by(|a, b| (a.ply, a.world) < (b.ply, b.world));
    if is_ascending { Ok(()) } else { Err("its worlds are there twice, or not in order".to_owned()) }
}

fn verify_game(manifest: &Manifest, rows: &[Row]) -> Result<(), String> {
    let replay = Replay::new(rows.to_vec())?;
    let deals = manifest.configuration.get("deals").and_then(|name| name.as_str());
    match deals.and_then(Deals::named) {
        Some(deals) if deals.deal(rows[0].seed) != *replay.deal() => {
            Err("its hands are not those that its seed deals".to_owned())
        }
        _ => Ok(()),
    }
}
