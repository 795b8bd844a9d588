//! Datasets on disk: what is written comes back, resumes to the same bytes, and never mixes.

use boneyard_core::{Check, Deals, Estimate, GameRecord, Host, Mode, Objective, Pipeline, Sampling, Setup};
use boneyard_record::{Blocks, Columns, Dataset, Error, Manifest, Row, Split, Standing, read_dir, read_file};
use boneyard_rules::{Bid, Declaration, Seat};
use boneyard_strategies::evaluator::{ContractSolver, Solver};
use boneyard_strategies::policy::{Greedy, PolicySpec};
use boneyard_strategies::sampler::Unrank;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// Games around seed 898: the last of the training split and the first of the validation split.
const FIRST_SEED: u64 = 898;

fn setups(games: u64) -> Vec<Setup> {
    let setup = |game| Setup {
        game,
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

fn manifest(note: &str) -> Manifest {
    let configuration = [("note".to_owned(), note.into())].into_iter().collect();
    Manifest::new(configuration, "cpu".to_owned())
}

fn blocks(games: u64, size: u64) -> Blocks {
    Blocks { games, size, first_seed: FIRST_SEED }
}

/// Writes all missing blocks and returns how many files that made.
fn columns(histogram: bool) -> Columns {
    Columns { histogram, ..Columns::default() }
}

fn write_all(dir: &Path, games: &[GameRecord], size: u64, histogram: bool) -> usize {
    let blocks = blocks(games.len() as u64, size);
    let dataset = Dataset::open(dir, manifest("test"), blocks, columns(histogram)).unwrap();
    let write = |block| {
        let range = blocks.games_of(block);
        let missing = dataset.missing(block);
        let written = dataset.write(block, &games[range.start as usize..range.end as usize]).unwrap();
        assert_eq!(written, missing);
        written.len()
    };
    (0..blocks.count()).map(write).sum()
}

/// Every file under `dir` with its bytes.
fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
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

fn rows_of(games: &[GameRecord], histogram: bool) -> Vec<Row> {
    games.iter().flat_map(|game| &game.decisions).map(|record| Row::new(record, columns(histogram))).collect()
}

#[test]
fn every_column_comes_back() {
    let check = |games: &[GameRecord], histogram| {
        let dir = TempDir::new().unwrap();
        write_all(dir.path(), games, 2, histogram);
        let rows: Vec<Row> = read_dir(dir.path()).unwrap().collect::<Result<_, _>>().unwrap();
        // Debug text too: it tells −0 from 0.
        assert_eq!(format!("{rows:?}"), format!("{:?}", rows_of(games, histogram)));
        assert_eq!(rows, rows_of(games, histogram));
    };
    let plain = play(4, Sampling::new(5));
    check(&plain, false);
    let modes: Vec<Mode> = plain.iter().flat_map(|game| &game.decisions).map(|row| row.choice.mode).collect();
    for mode in [Mode::Forced, Mode::Boltzmann, Mode::Epsilon, Mode::Blunder] {
        assert!(modes.contains(&mode), "the test games show no {mode:?}");
    }
    check(&play(3, Sampling { samples: 5, evaluate_forced: true, histogram: true }), true);
    check(&play(3, Sampling { samples: 5, evaluate_forced: false, histogram: true }), true);

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
    for row in rows_of(&play(2, Sampling::new(5)), false) {
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
    write_all(dir.path(), &play(5, Sampling::new(2)), 2, false);
    let hash = manifest("test").short_hash().to_owned();
    let names: Vec<String> = files(dir.path()).into_keys().collect();
    // Seeds 898 899 | 900 901 | 902.
    assert_eq!(
        names,
        [
            "boneyard.json".to_owned(),
            format!("train/block-{hash}-000000.parquet"),
            format!("validation/block-{hash}-000001.parquet"),
            format!("validation/block-{hash}-000002.parquet"),
        ]
    );
    let path = dir.path().join(&names[2]);
    let seeds: Vec<u64> = read_file(&path).unwrap().map(|row| row.unwrap().seed).collect();
    assert_eq!(seeds, [[900; 28], [901; 28]].concat());
    assert!(seeds.iter().all(|&seed| Split::of_seed(seed) == Split::Validation));
}

#[test]
fn missing_files_are_written_again_to_the_same_bytes() {
    let games = play(6, Sampling::new(3));
    let dir = TempDir::new().unwrap();
    assert_eq!(write_all(dir.path(), &games, 3, false), 3); // 898 899 900 | 901 902 903
    let whole = files(dir.path());
    for lost in whole.keys().filter(|name| name.ends_with(".parquet")) {
        fs::remove_file(dir.path().join(lost)).unwrap();
        assert_eq!(write_all(dir.path(), &games, 3, false), 1);
        assert_eq!(files(dir.path()), whole);
    }
    assert_eq!(write_all(dir.path(), &games, 3, false), 0);
}

#[test]
fn what_a_killed_run_leaves_is_cleaned_up() {
    let games = play(2, Sampling::new(2));
    let [clean, messy] = [TempDir::new().unwrap(), TempDir::new().unwrap()];
    write_all(clean.path(), &games, 2, false);
    // Killed while the manifest was written, then while a block was.
    fs::write(messy.path().join("boneyard.json.tmp"), "{").unwrap();
    write_all(messy.path(), &games[..0], 2, false);
    fs::remove_file(messy.path().join("boneyard.json")).unwrap();
    write_all(messy.path(), &games, 2, false);
    fs::write(messy.path().join("train/block-0-000009.parquet.tmp"), "PAR1").unwrap();
    fs::write(messy.path().join("boneyard.json.tmp"), "{").unwrap();
    write_all(messy.path(), &games, 2, false);
    assert_eq!(files(messy.path()), files(clean.path()));
}

#[test]
fn directories_of_others_are_refused_untouched() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("thesis.tex"), "important").unwrap();
    let before = files(dir.path());
    let error = Dataset::open(dir.path(), manifest("test"), blocks(1, 1), Columns::default()).unwrap_err();
    assert!(matches!(error, Error::Foreign { .. }), "{error}");
    assert!(error.to_string().contains("is not empty and has no boneyard.json"), "{error}");
    assert_eq!(files(dir.path()), before);
}

#[test]
fn other_configurations_are_refused_with_what_differs() {
    let dir = TempDir::new().unwrap();
    write_all(dir.path(), &play(2, Sampling::new(2)), 2, false);
    let before = files(dir.path());
    let error = Dataset::open(dir.path(), manifest("other"), blocks(2, 2), Columns::default()).unwrap_err();
    assert!(error.to_string().contains("differs in note (test there, other here)"), "{error}");
    fs::write(dir.path().join("boneyard.json"), "{\"schema_version\": 1").unwrap();
    let error = Dataset::open(dir.path(), manifest("test"), blocks(2, 2), Columns::default()).unwrap_err();
    assert!(matches!(error, Error::Unreadable { .. }), "{error}");
    fs::write(dir.path().join("boneyard.json"), &before["boneyard.json"]).unwrap();
    assert_eq!(files(dir.path()), before);
}

#[test]
fn two_runs_do_not_share_a_directory() {
    let dir = TempDir::new().unwrap();
    let first = Dataset::open(dir.path(), manifest("test"), blocks(2, 2), Columns::default()).unwrap();
    let error = Dataset::open(dir.path(), manifest("test"), blocks(2, 2), Columns::default()).unwrap_err();
    assert!(matches!(error, Error::Busy { .. }), "{error}");
    drop(first);
    assert!(Dataset::open(dir.path(), manifest("test"), blocks(2, 2), Columns::default()).is_ok());
}

#[test]
fn looking_tells_the_standing_and_writes_nothing() {
    let games = play(5, Sampling::new(2));
    let dir = TempDir::new().unwrap();
    let target = dir.path().join("a/b");
    let look = || Dataset::check(&target, &manifest("test"), &blocks(5, 2)).unwrap();
    assert_eq!(look(), Standing::New);
    assert!(!target.exists());
    write_all(&target, &games, 2, false);
    assert_eq!(look(), Standing::Begun { blocks: 3, games: 5 });
    let last = format!("validation/block-{}-000002.parquet", manifest("test").short_hash());
    fs::remove_file(target.join(last)).unwrap();
    assert_eq!(look(), Standing::Begun { blocks: 2, games: 4 });
}

#[test]
fn one_game_can_be_read_on_its_own() {
    let games = play(5, Sampling::new(2));
    let dir = TempDir::new().unwrap();
    write_all(dir.path(), &games, 2, false);
    for game in 0..5 {
        let rows = read_dir(dir.path()).unwrap().of_game(game).collect::<Result<Vec<_>, _>>().unwrap();
        assert_eq!(rows, rows_of(&games[game as usize..=game as usize], false));
    }
    assert_eq!(read_dir(dir.path()).unwrap().of_game(5).count(), 0);
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

#[test]
fn damaged_files_are_refused_or_read_but_never_panic() {
    let dir = TempDir::new().unwrap();
    write_all(dir.path(), &play(2, Sampling::new(2)), 2, false);
    let (name, bytes) = files(dir.path()).into_iter().find(|(name, _)| name.ends_with(".parquet")).unwrap();
    let path = dir.path().join(name);
    let read = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        read_file(&path).and_then(|rows| rows.collect::<Result<Vec<Row>, _>>())
    };
    for length in (0..bytes.len()).step_by(61) {
        assert!(read(&bytes[..length]).is_err(), "cut at {length}");
    }
    let mut refused = 0;
    for place in (0..bytes.len()).step_by(7) {
        let mut damaged = bytes.clone();
        damaged[place] ^= 0x55;
        refused += usize::from(read(&damaged).is_err());
    }
    assert!(refused > 0);
    assert!(read(&bytes).is_ok());
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
    let columns = Columns { standard_error: true, ..Columns::default() };
    let dataset = Dataset::open(dir.path(), manifest("test"), blocks(1, 1), columns).unwrap();
    let file = dataset.write(0, &games).unwrap().remove(0);
    let rows: Vec<Row> = read_file(&file).unwrap().collect::<Result<_, _>>().unwrap();
    assert_eq!(rows[0].e_q_se, Some([Some(error); 7]));
    assert_eq!(rows[1].e_q_se, Some([None; 7]));

    let reader = SerializedFileReader::new(fs::File::open(&file).unwrap()).unwrap();
    let pairs = reader.metadata().file_metadata().key_value_metadata().unwrap();
    let agreement = pairs.iter().find(|pair| pair.key == "boneyard.agreement").unwrap();
    let expected = r#"{"bias":1.0,"mae":2.0,"q_gap":0.0,"worlds":2}"#;
    assert_eq!(agreement.value.as_deref(), Some(expected));
}

#[test]
fn the_footer_says_what_made_the_file_and_nothing_else() {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    let dir = TempDir::new().unwrap();
    write_all(dir.path(), &play(1, Sampling::new(2)), 2, false);
    let name = files(dir.path()).into_keys().find(|name| name.ends_with(".parquet")).unwrap();
    let reader = SerializedFileReader::new(fs::File::open(dir.path().join(name)).unwrap()).unwrap();
    let metadata = reader.metadata().file_metadata();
    assert_eq!(metadata.created_by(), Some("boneyard"));
    let pairs = metadata.key_value_metadata().unwrap();
    let keys: Vec<&str> = pairs.iter().map(|pair| pair.key.as_str()).collect();
    let expected = [
        "boneyard.schema_version",
        "boneyard.rules_version",
        "boneyard.code",
        "boneyard.backend",
        "boneyard.configuration",
        "boneyard.configuration_sha256",
        "ARROW:schema",
    ];
    assert_eq!(keys, expected);
    assert_eq!(pairs[4].value.as_deref(), Some(r#"{"note":"test"}"#));
    assert_eq!(pairs[5].value, Some(manifest("test").configuration_sha256));
}
