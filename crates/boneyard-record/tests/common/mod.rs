//! Games that are made up, so that no strategy has a part in them and none takes time; and datasets of them.
#![allow(dead_code, reason = "each test program uses some of it")]

use boneyard_core::{Check, Choice, Deals, Estimate, GameRecord, Mode, PlyLog, Question, Setup};
use boneyard_record::{Columns, Dataset, Manifest, Provenance, Result, Row, Shard, Span, Trust, Wanted};
use boneyard_rules::{Bid, Declaration, PLIES, Seat, tiles_of};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// A game in which slots and modes take turns and estimates are of three invented worlds.
pub fn game(seed: u64) -> GameRecord {
    let setup = Setup {
        seed,
        deal: Deals::Python.deal(seed),
        declaration: Declaration::new(seed % 10).unwrap(),
        bidder: Seat::ALL[seed as usize % 4],
        bid: Bid::new(if seed.is_multiple_of(2) { 84 } else { 31 }).unwrap(),
    };
    let mut game = setup.start();
    let mut log = Vec::new();
    for ply in 0..PLIES {
        let legal = game.view().legal_slots();
        let slots: Vec<u8> = (0..7).filter(|slot| legal >> slot & 1 == 1).collect();
        let choice = match slots.len() {
            1 => Choice::forced(legal),
            n => Choice { slot: slots[ply % n], greedy: slots[0], mode: Mode::ALL[ply % Mode::ALL.len()] },
        };
        let estimate = (slots.len() > 1).then(|| estimate(ply));
        log.push(PlyLog { choice, estimate, worlds_total: 3 + ply as u32 % 2 });
        game.play(tiles_of(game.view().hand()).nth(usize::from(choice.slot)).unwrap()).unwrap();
    }
    GameRecord::replay(setup, log).unwrap()
}

fn estimate(ply: usize) -> Estimate {
    let values =
        |world: usize| std::array::from_fn(|slot| ((ply * 7 + slot * 5 + world * 11) % 85) as i16 - 42);
    let mut estimate = Estimate::new(Question::Points { unit: 1 }, true);
    (0..3).for_each(|world| estimate.add(&values(world), 1, 1, 4));
    if ply.is_multiple_of(3) {
        let mut check = Check { corrected: true, ..Check::default() };
        (0..2).for_each(|world| check.add(&values(world), &values(world + 1), 1, 4));
        estimate.check = Some(Box::new(check));
    }
    estimate
}

/// Of a configuration in which blocks have `block` games.
pub fn manifest(note: &str, block: u64) -> Manifest {
    let configuration = [
        ("block".to_owned(), block.into()),
        ("deals".to_owned(), "python".into()),
        ("note".to_owned(), note.into()),
    ];
    Manifest::new(configuration.into_iter().collect(), None)
}

pub fn provenance() -> Provenance {
    Provenance { code: "test".to_owned(), backend: "cpu".to_owned() }
}

pub fn open(dir: &Path, manifest: Manifest) -> Result<Dataset> {
    Dataset::open(dir, manifest, Columns::default(), provenance())
}

/// Those of a span, in all splits.
pub fn wanted(first: u64, games: u64) -> Wanted {
    Wanted { span: Span::of(first, games).unwrap(), split: None }
}

/// Makes what is missing, and returns the seeds of the games that were played for it, task by task.
pub fn make(dataset: &Dataset, wanted: Wanted, shard: Shard) -> Result<Vec<Vec<u64>>> {
    make_trusting(dataset, wanted, shard, Trust::Nothing)
}

/// The same, believing what is there.
pub fn make_trusting(dataset: &Dataset, wanted: Wanted, shard: Shard, trust: Trust) -> Result<Vec<Vec<u64>>> {
    let mut played = Vec::new();
    let survey = dataset.survey(trust)?;
    let mut work = dataset.work(survey, wanted, shard)?;
    while let Some(task) = work.next(|_| {})? {
        let seeds = task.seeds();
        let games: Vec<GameRecord> = seeds.iter().map(|&seed| game(seed)).collect();
        work.dataset().write(task, &games)?;
        played.push(seeds);
    }
    Ok(played)
}

/// A whole run: how many games it played.
pub fn run(dir: &Path, manifest: Manifest, wanted: Wanted) -> Result<usize> {
    let dataset = open(dir, manifest)?;
    let played = make(&dataset, wanted, Shard::WHOLE)?;
    dataset.close()?;
    Ok(played.concat().len())
}

/// Every file under `dir` with its bytes.
pub fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            found.extend(files(&path).into_iter().map(|(inner, bytes)| (format!("{name}/{inner}"), bytes)));
        } else {
            found.insert(name, fs::read(&path).unwrap());
        }
    }
    found
}

/// Those that hold rows.
pub fn blocks(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    files(dir).into_iter().filter(|(name, _)| name.starts_with("data/")).collect()
}

/// All rows of a dataset, by seed and ply.
pub fn rows(dir: &Path) -> Vec<Row> {
    let mut rows: Vec<Row> = boneyard_record::read_dir(dir).unwrap().collect::<Result<_>>().unwrap();
    rows.sort_by_key(|row| (row.seed, row.ply));
    rows
}
