//! What is written comes back.

mod common;

use boneyard_core::{Check, Deals, Estimate, GameRecord, Host, Mode, Objective, Pipeline, Sampling, Setup};
use boneyard_record::{
    Columns, Dataset, Error, Row, Rows, Shard, Split, Trust, read_dir, read_file, read_game,
};
use boneyard_rules::{Bid, Declaration, Seat};
use boneyard_strategies::evaluator::{ContractSolver, Solver};
use boneyard_strategies::policy::{Greedy, PolicySpec};
use boneyard_strategies::sampler::Unrank;
use common::{blocks, files, manifest, provenance, wanted};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// Games around seed 898: the last of the training split and the first of the validation split.
const FIRST_SEED: u64 = 898;

fn setups(games: u64) -> Vec<Setup> {
    let setup = |game| Setup {
        seed: FIRST_SEED + game,
        deal: Deals::Python.deal(FIRST_SEED + game),
        declaration: Declaration::new((FIRST_SEED + game) % 10).unwrap(),
        bidder: Seat::ALL[game as usize % 4],
        bid: Bid::new(if game % 2 == 0 { 84 } else { 31 }).unwrap(),
    };
    (0..games).map(setup).collect()
}

fn play(games: u64, sampling: Sampling) -> Vec<GameRecord> {
    let policy: PolicySpec = "blunder:0.3,10+epsilon:0.3+boltzmann:5".parse().unwrap();
    let policy = policy.build::<Host>();
    let mut pipeline = Pipeline::new(Host::default(), Unrank::default(), Solver, policy, sampling).unwrap();
    pipeline.play(&setups(games), &mut ()).unwrap().games
}

fn columns(histogram: bool) -> Columns {
    Columns { histogram, ..Columns::default() }
}

/// Writes all missing blocks of `size` games and returns how many files that made.
fn write_all(dir: &Path, games: &[GameRecord], size: u64, columns: Columns) -> usize {
    let dataset = Dataset::open(dir, manifest("test", size), columns, provenance()).unwrap();
    let survey = dataset.survey(Trust::Nothing).unwrap();
    let mut work = dataset.work(survey, wanted(FIRST_SEED, games.len() as u64), Shard::WHOLE).unwrap();
    let mut written = 0;
    while let Some(task) = work.next(|_| {}).unwrap() {
        let of_task = |game: &&GameRecord| task.seeds().contains(&game.setup.seed);
        let games: Vec<GameRecord> = games.iter().filter(of_task).cloned().collect();
        written += work.dataset().write(task, &games).unwrap();
    }
    dataset.close().unwrap();
    written
}

fn rows_of(games: &[GameRecord], columns: Columns) -> Vec<Row> {
    games.iter().flat_map(|game| &game.decisions).map(|record| Row::new(record, columns)).collect()
}

#[test]
fn every_column_comes_back() {
    let check = |games: &[GameRecord], histogram| {
        let dir = TempDir::new().unwrap();
        write_all(dir.path(), games, 2, columns(histogram));
        let rows: Vec<Row> = read_dir(dir.path()).unwrap().collect::<Result<_, _>>().unwrap();
        // Debug text too: it tells −0 from 0.
        assert_eq!(format!("{rows:?}"), format!("{:?}", rows_of(games, columns(histogram))));
        assert_eq!(rows, rows_of(games, columns(histogram)));
    };
    let plain = play(4, Sampling::new(5));
    check(&plain, false);
    let modes: Vec<Mode> = plain.iter().flat_map(|game| &game.decisions).map(|row| row.choice.mode).collect();
    for mode in [Mode::Forced, Mode::Boltzmann, Mode::Epsilon, Mode::Blunder] {
        assert!(modes.contains(&mode), "the test games show no {mode:?}");
    }
    check(&play(3, Sampling { evaluate_forced: true, histogram: true, ..Sampling::new(5) }), true);
    check(&play(3, Sampling { evaluate_forced: false, histogram: true, ..Sampling::new(5) }), true);

    let greedy = Greedy { objective: Objective::Make };
    let mut contracts =
        Pipeline::new(Host::default(), Unrank::default(), ContractSolver, greedy, Sampling::new(5)).unwrap();
    let games = contracts.play(&setups(3), &mut ()).unwrap().games;
    check(&games, false);
    let row = Row::new(&games[0].decisions[0], columns(false));
    assert_eq!((row.e_q, row.q_var), ([None; 7], [None; 7]));
    assert!(row.p_make.iter().all(Option::is_some), "at the first lead all slots are legal");
}

#[test]
fn slots_that_are_not_legal_and_rows_that_were_not_evaluated_are_null() {
    for row in rows_of(&play(2, Sampling::new(5)), columns(false)) {
        for slot in 0..7 {
            let told = row.legal >> slot & 1 == 1 && row.mode != Mode::Forced;
            assert_eq!(row.e_q[slot].is_some(), told, "{row:?}");
            assert_eq!(row.q_var[slot].is_some(), told);
            assert_eq!(row.p_make[slot].is_some(), told);
        }
        assert_eq!(row.worlds_used == 0, row.mode == Mode::Forced);
        assert_eq!(row.exact, row.worlds_used == row.worlds_total);
        assert_eq!(row.ess, row.worlds_used as f32);
    }
}

#[test]
fn estimates_are_rounded_once() {
    let mut games = play(1, Sampling::new(5));
    let record = &mut games[0].decisions[0];
    let mut estimate = Estimate::new(boneyard_core::Question::Points { unit: 1 }, true);
    for points in [3, 4, 6] {
        estimate.add(&[points; 7], 1, 1, 4);
    }
    record.estimate = Some(estimate);
    let row = Row::new(record, columns(true));
    assert_eq!(row.e_q, [Some((13.0 / 3.0) as f32); 7]);
    assert_eq!(row.q_var, [Some((14.0 / 9.0) as f32); 7]);
    assert_eq!(row.p_make, [Some((2.0 / 3.0) as f32); 7]);
    let histogram = row.q_histogram.unwrap();
    assert_eq!((histogram[6][42 + 4], histogram[6].iter().sum::<u32>()), (1, 3));
}

#[test]
fn splits_and_blocks_lie_where_the_documentation_says() {
    let dir = TempDir::new().unwrap();
    write_all(dir.path(), &play(5, Sampling::new(2)), 2, columns(false));
    let manifest = manifest("test", 2);
    let names: Vec<String> = blocks(dir.path()).into_keys().collect();
    // Seeds 898 899 | 900 901 | 902.
    let expected = [("train", 449), ("validation", 450), ("validation", 451)]
        .map(|(split, block)| format!("data/{split}/block-{}-{block:06}.parquet", manifest.short_hash()));
    assert_eq!(names, expected);
    let others: Vec<(String, usize)> = files(dir.path())
        .into_iter()
        .filter(|(name, _)| !name.starts_with("data/"))
        .map(|(name, bytes)| (name, bytes.len()))
        .collect();
    let (manifest, state) = others.split_last().unwrap();
    assert!(manifest.0 == "_boneyard.parquet" && manifest.1 > 0, "{others:?}");
    // Programs that read the directory skip what is empty or hidden.
    assert!(state.iter().all(|(name, size)| name.starts_with(".boneyard/") && *size == 0), "{others:?}");
    assert!(state.iter().any(|(name, _)| name == ".boneyard/asked/898-902"), "{others:?}");

    let path = dir.path().join(&names[1]);
    let seeds: Vec<u64> = read_file(&path).unwrap().map(|row| row.unwrap().seed).collect();
    assert_eq!(seeds, [[900; 28], [901; 28]].concat());
    assert!(seeds.iter().all(|&seed| Split::of_seed(seed) == Split::Validation));
}

#[test]
fn one_game_can_be_read_on_its_own() {
    let games = play(5, Sampling::new(2));
    let dir = TempDir::new().unwrap();
    write_all(dir.path(), &games, 2, columns(false));
    for (at, seed) in (898..903).enumerate() {
        let read = |rows: Rows| rows.collect::<Result<Vec<_>, _>>().unwrap();
        let expected = rows_of(&games[at..=at], columns(false));
        assert_eq!(read(read_game(dir.path(), seed).unwrap()), expected);
        assert_eq!(read(read_dir(dir.path()).unwrap().of_seed(seed)), expected);
    }
    assert_eq!(read_game(dir.path(), 903).unwrap().count(), 0);
    assert_eq!(read_game(dir.path(), u64::MAX).unwrap().count(), 0);
}

#[test]
fn files_of_others_are_refused() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("x.parquet");
    for bytes in [&b""[..], b"PAR1", b"PAR1xxxxxxxxPAR1", &[0; 1000]] {
        fs::write(&path, bytes).unwrap();
        let error = read_file(&path).unwrap_err();
        assert!(matches!(error, Error::Unreadable { .. }), "{error}");
    }
    assert!(matches!(read_file(&dir.path().join("none")), Err(Error::Io { .. })));
    assert!(matches!(read_dir(dir.path()), Err(Error::Unreadable { .. })));
}

/// Standard errors come back, and the footer says how far values were from exact ones.
#[test]
fn checks_are_recorded() {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    let mut games = play(1, Sampling::new(5));
    let decision = &mut games[0].decisions[0];
    let estimate = decision.estimate.as_mut().unwrap();
    let mut check = Check { corrected: true, ..Check::default() };
    for points in [2, 6] {
        check.add(&[5; 7], &[points; 7], 1, 4);
    }
    estimate.check = Some(Box::new(check));
    let error = f64::sqrt(8.0 * (1.0 / 2.0 - 1.0 / 5.0)) as f32;

    let dir = TempDir::new().unwrap();
    let columns = Columns { correction: true, ..Columns::default() };
    assert_eq!(write_all(dir.path(), &games, 1, columns), 1);
    let file = dir.path().join(blocks(dir.path()).into_keys().next().unwrap());
    let rows: Vec<Row> = read_file(&file).unwrap().collect::<Result<_, _>>().unwrap();
    assert_eq!(rows[0].correction_se, Some([Some(error); 7]));
    assert_eq!(rows[1].correction_se, Some([None; 7]));

    let reader = SerializedFileReader::new(fs::File::open(&file).unwrap()).unwrap();
    let pairs = reader.metadata().file_metadata().key_value_metadata().unwrap();
    let agreement = pairs.iter().find(|pair| pair.key == "boneyard.agreement").unwrap();
    let agreement: serde_json::Value = serde_json::from_str(agreement.value.as_deref().unwrap()).unwrap();
    let number = |key: &str| agreement[key].as_f64().unwrap();
    assert_eq!(["worlds", "mae", "bias", "q_gap"].map(number), [2.0, 2.0, 1.0, 0.0]);
}

#[test]
fn the_footer_says_what_made_the_file_and_nothing_else() {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    let dir = TempDir::new().unwrap();
    write_all(dir.path(), &play(1, Sampling::new(2)), 2, columns(false));
    let name = blocks(dir.path()).into_keys().next().unwrap();
    let reader = SerializedFileReader::new(fs::File::open(dir.path().join(name)).unwrap()).unwrap();
    let metadata = reader.metadata().file_metadata();
    // As parquet-mr takes it apart.
    let created_by = metadata.created_by().unwrap();
    let rest = created_by.strip_prefix("boneyard version ").and_then(|rest| rest.strip_suffix(")"));
    assert!(rest.and_then(|rest| rest.split_once(" (build ")).is_some(), "{created_by}");
    let pairs = metadata.key_value_metadata().unwrap();
    let keys: Vec<&str> = pairs.iter().map(|pair| pair.key.as_str()).collect();
    let expected = [
        "boneyard.schema_version",
        "boneyard.rules_version",
        "boneyard.records_version",
        "boneyard.configuration",
        "boneyard.configuration_sha256",
        "boneyard.code",
        "boneyard.backend",
        "boneyard.split",
        "boneyard.seeds",
        "huggingface",
        "boneyard.crc32",
        "ARROW:schema",
    ];
    assert_eq!(keys, expected);
    let value = |key: &str| pairs.iter().find(|pair| pair.key == key).unwrap().value.clone().unwrap();
    assert_eq!(value("boneyard.configuration"), r#"{"block":2,"deals":"python","note":"test"}"#);
    assert_eq!(value("boneyard.configuration_sha256"), manifest("test", 2).configuration_sha256);
    assert_eq!((value("boneyard.seeds"), value("boneyard.split")), ("898".to_owned(), "train".to_owned()));
    assert!(value("huggingface").starts_with(r#"{"info":{"features":{"#), "{}", value("huggingface"));
}
