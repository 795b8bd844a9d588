//! What is damaged, foreign or gone is found out, and what can be made again is.

mod common;

use boneyard_record::{Dataset, Error, Row, Shard, Trust, missing, read_dir, read_file, verify};
use common::{blocks, files, game, make, make_trusting, manifest, open, rows, run, wanted};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn dataset(games: u64, block: u64) -> (TempDir, Vec<PathBuf>) {
    let dir = TempDir::new().unwrap();
    run(dir.path(), manifest("test", block), wanted(0, games)).unwrap();
    let paths = blocks(dir.path()).into_keys().map(|name| dir.path().join(name)).collect();
    (dir, paths)
}

fn read(path: &Path) -> Result<Vec<Row>, Error> {
    read_file(path).and_then(Iterator::collect)
}

#[test]
fn every_flipped_bit_is_noticed() {
    let (dir, paths) = dataset(1, 1);
    for path in [&paths[0], &dir.path().join("_boneyard.parquet")] {
        let bytes = fs::read(path).unwrap();
        let is_rows = *path == paths[0];
        // All bits of the footer and some of the rest: together thousands.
        let tail = bytes.len().saturating_sub(700) * 8;
        for bit in (0..tail).step_by(131).chain(tail..bytes.len() * 8) {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            fs::write(path, &damaged).unwrap();
            let noticed = if is_rows { read(path).is_err() } else { read_dir(dir.path()).is_err() };
            assert!(noticed, "bit {bit} of {}", path.display());
        }
        fs::write(path, &bytes).unwrap();
    }
    assert!(verify(dir.path()).unwrap().is_finished());
}

#[test]
fn files_that_are_cut_are_refused() {
    let (_dir, paths) = dataset(1, 1);
    let bytes = fs::read(&paths[0]).unwrap();
    for length in (0..bytes.len()).step_by(61).chain(bytes.len() - 20..bytes.len()) {
        fs::write(&paths[0], &bytes[..length]).unwrap();
        assert!(matches!(read(&paths[0]), Err(Error::Unreadable { .. })), "cut at {length}");
    }
}

#[test]
fn damaged_files_are_made_again_and_told() {
    let (dir, paths) = dataset(6, 2);
    let whole = files(dir.path());
    let flip = |path: &Path| {
        let mut bytes = fs::read(path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(path, bytes).unwrap();
    };
    flip(&paths[0]);
    fs::write(&paths[1], "").unwrap();
    let verdict = verify(dir.path()).unwrap();
    assert_eq!(verdict.findings.len(), 3, "two files, and the games in them: {:?}", verdict.findings);
    let dataset = open(dir.path(), manifest("test", 2)).unwrap();
    let damaged: Vec<PathBuf> =
        dataset.survey(Trust::Nothing).unwrap().damaged().map(|(path, _)| path).collect();
    assert_eq!(damaged, paths[..2]);
    assert_eq!(make(&dataset, wanted(0, 6), Shard::WHOLE).unwrap(), [[0, 1], [2, 3]]);
    dataset.close().unwrap();
    assert_eq!(files(dir.path()), whole);

    // What others asked for is in it too.
    flip(&paths[0]);
    assert_eq!(run(dir.path(), manifest("test", 2), wanted(0, 1)).unwrap(), 2);
    assert_eq!(files(dir.path()).len(), whole.len() + 1, "one more was asked for");
    assert_eq!(
        blocks(dir.path()).into_values().collect::<Vec<_>>(),
        paths
            .iter()
            .map(|path| { whole[path.strip_prefix(dir.path()).unwrap().to_str().unwrap()].clone() })
            .collect::<Vec<_>>()
    );
}

#[test]
fn lost_files_are_made_again_to_the_same_bytes() {
    let (dir, paths) = dataset(7, 3);
    let whole = files(dir.path());
    assert_eq!(missing(dir.path()).unwrap(), Some(0));
    for path in &paths {
        fs::remove_file(path).unwrap();
        assert!(missing(dir.path()).unwrap() > Some(0));
        assert!(!verify(dir.path()).unwrap().is_finished());
        run(dir.path(), manifest("test", 3), wanted(0, 7)).unwrap();
        assert_eq!(files(dir.path()), whole);
    }
}

#[test]
fn what_a_killed_run_leaves_is_cleaned_up() {
    let (dir, _) = dataset(2, 2);
    let clean = files(dir.path());
    for name in ["abc.tmp", "claims/000007"] {
        fs::write(dir.path().join(".boneyard").join(name), "PAR1").unwrap();
    }
    run(dir.path(), manifest("test", 2), wanted(0, 2)).unwrap();
    assert_eq!(files(dir.path()), clean);
    // But not while another run is at work: it may be its own.
    let other = open(dir.path(), manifest("test", 2)).unwrap();
    fs::write(dir.path().join(".boneyard/def.tmp"), "PAR1").unwrap();
    run(dir.path(), manifest("test", 2), wanted(0, 2)).unwrap();
    assert!(dir.path().join(".boneyard/def.tmp").exists());
    other.close().unwrap();
    assert_eq!(files(dir.path()), clean);
    // Killed before there was a manifest.
    let begun = TempDir::new().unwrap();
    fs::create_dir(begun.path().join(".boneyard")).unwrap();
    fs::write(begun.path().join(".boneyard/ghi.tmp"), "PAR1").unwrap();
    run(begun.path(), manifest("test", 2), wanted(0, 2)).unwrap();
    assert_eq!(files(begun.path()), clean);
}

#[test]
fn foreign_files_are_refused() {
    let (dir, paths) = dataset(4, 2);
    let (other, others) = {
        let dir = TempDir::new().unwrap();
        run(dir.path(), manifest("other", 2), wanted(0, 2)).unwrap();
        let paths: Vec<PathBuf> = blocks(dir.path()).into_keys().map(|name| dir.path().join(name)).collect();
        (dir, paths)
    };
    let train = dir.path().join("data/train");
    let check = |from: &Path, to: &Path, what: &str| {
        let before = fs::read(to).ok();
        fs::copy(from, to).unwrap();
        let error = run(dir.path(), manifest("test", 2), wanted(0, 4)).unwrap_err();
        assert!(matches!(error, Error::ForeignFile { .. }) && error.to_string().contains(what), "{error}");
        assert!(!verify(dir.path()).unwrap().is_finished());
        match before {
            Some(bytes) => fs::write(to, bytes).unwrap(),
            None => fs::remove_file(to).unwrap(),
        }
    };
    check(&paths[0], &train.join("copy.parquet"), "does not have the name of a file of the dataset");
    check(&others[0], &train.join(others[0].file_name().unwrap()), "does not have the name of a file");
    check(&others[0], &paths[0], "differs in note (other there, test here)");
    check(&paths[1], &paths[0], "holds the games of seeds 2-3, which are not those of its name");
    check(&paths[0], &dir.path().join("rows.parquet"), "lies where the dataset has no such file");
    check(&paths[0], &dir.path().join("data/rows.parquet"), "lies where the dataset has no such file");
    assert!(verify(dir.path()).unwrap().is_finished());
    drop(other);
}

#[test]
fn names_can_be_trusted() {
    let (dir, paths) = dataset(5, 2);
    let mut bytes = fs::read(&paths[0]).unwrap();
    bytes[100] ^= 1;
    fs::write(&paths[0], &bytes).unwrap();
    fs::write(&paths[1], "").unwrap();
    let look = |trust| {
        let survey = Dataset::look(dir.path(), &manifest("test", 2), trust).unwrap().unwrap();
        (survey.there(wanted(0, 6)), survey.damaged().count())
    };
    assert_eq!(look(Trust::Names), (3, 1), "a partial block is known for one, and an empty file is none");
    assert_eq!(look(Trust::Nothing), (1, 2));
    let dataset = open(dir.path(), manifest("test", 2)).unwrap();
    let made = make_trusting(&dataset, wanted(0, 6), Shard::WHOLE, Trust::Names).unwrap();
    assert_eq!(made, [vec![2, 3], vec![5]]);
}

#[test]
fn looking_writes_nothing() {
    let dir = TempDir::new().unwrap();
    let target = dir.path().join("a/b");
    let look = || Dataset::look(&target, &manifest("test", 2), Trust::Nothing).unwrap();
    assert!(look().is_none() && !target.exists());
    run(&target, manifest("test", 2), wanted(0, 5)).unwrap();
    let before = files(&target);
    assert_eq!(look().unwrap().there(wanted(1, 9)), 4);
    assert_eq!(files(&target), before);
}

#[test]
fn damaged_manifests_are_nobodys_to_overwrite() {
    let (dir, _) = dataset(1, 1);
    fs::write(dir.path().join("_boneyard.parquet"), "PAR1").unwrap();
    let before = files(dir.path());
    let error = run(dir.path(), manifest("test", 1), wanted(0, 2)).unwrap_err();
    assert!(matches!(error, Error::Unreadable { .. }), "{error}");
    assert_eq!(files(dir.path()), before);
}

#[test]
fn a_directory_that_is_gone_or_another_is_noticed() {
    let vanish: [fn(&Path); 4] = [
        |dir| fs::remove_dir_all(dir).unwrap(),
        |dir| fs::rename(dir, dir.with_extension("moved")).unwrap(),
        |dir| {
            fs::rename(dir, dir.with_extension("moved")).unwrap();
            run(dir, manifest("test", 2), wanted(0, 2)).unwrap();
        },
        |dir| fs::remove_file(dir.join("_boneyard.parquet")).unwrap(),
    ];
    for (k, vanish) in vanish.into_iter().enumerate() {
        let parent = TempDir::new().unwrap();
        let dir = parent.path().join("out");
        let dataset = open(&dir, manifest("test", 2)).unwrap();
        let survey = dataset.survey(Trust::Nothing).unwrap();
        let mut work = dataset.work(survey, wanted(0, 20), Shard::WHOLE).unwrap();
        let play = |work: &mut boneyard_record::Work<'_>| {
            let task = work.next(|_| {})?.unwrap();
            let games: Vec<_> = task.seeds().into_iter().map(game).collect();
            work.dataset().write(task, &games)
        };
        assert_eq!(play(&mut work).unwrap(), 1);
        vanish(&dir);
        let before = dir.exists().then(|| files(&dir));
        let error = play(&mut work).unwrap_err();
        assert!(matches!(error, Error::Gone { .. }), "case {k}: {error}");
        assert_eq!(
            dir.exists().then(|| blocks(&dir)),
            before.map(|files| { files.into_iter().filter(|(name, _)| name.starts_with("data/")).collect() })
        );
        assert!(matches!(dataset.close(), Err(Error::Gone { .. })), "case {k}");
    }
}

#[test]
fn wrong_games_are_found_by_replaying() {
    let dir = TempDir::new().unwrap();
    let dataset = open(dir.path(), manifest("test", 4)).unwrap();
    let survey = dataset.survey(Trust::Nothing).unwrap();
    let mut work = dataset.work(survey, wanted(0, 4), Shard::WHOLE).unwrap();
    let task = work.next(|_| {}).unwrap().unwrap();
    let mut games: Vec<_> = task.seeds().into_iter().map(game).collect();
    games[0].decisions[27].outcome += 2;
    games[1].decisions[5].banked_us += 1;
    games[2].decisions.pop();
    games[3].decisions[0].seat = games[3].decisions[1].seat;
    work.dataset().write(task, &games).unwrap();
    dataset.close().unwrap();
    assert_eq!(rows(dir.path()).len(), 4 * 28 - 1);
    let verdict = verify(dir.path()).unwrap();
    let said: Vec<&str> = verdict.findings.iter().map(|finding| finding.what.as_str()).collect();
    for (seed, what) in ["the outcome of ply 27", "does not agree", "got 27 rows", ""].into_iter().enumerate()
    {
        let found = said.iter().any(|said| said.contains(&format!("seed {seed}: ")) && said.contains(what));
        assert!(found, "seed {seed}: {said:?}");
    }
}

#[test]
fn cards_describe() {
    let (dir, _) = dataset(920, 64);
    let card = boneyard_record::card(dir.path()).unwrap();
    for part in [
        "---\npretty_name: ",
        "size_categories:\n- 10K<n<100K\n",
        "  - split: train\n    path: data/train/*.parquet\n  - split: validation\n    path: data/validation/*.parquet\n---\n",
        "25760 decisions of 920 games",
        "| validation | 20 | 560 |",
        "The dataset is finished",
        "| note | `test` |",
        "| `e_q` | 7 × f32 | points |",
    ] {
        assert!(card.contains(part), "no {part:?} in {card}");
    }
    assert!(!card.contains("q_histogram") && !card.contains("split: test"), "{card}");
}
