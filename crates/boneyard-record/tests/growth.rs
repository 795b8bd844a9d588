//! Datasets grow, in any order and by any number of runs, to the same rows; and never mix.

mod common;

use boneyard_record::{Error, Shard, Span, Split, Trust, Wanted, verify};
use common::{blocks, files, make, manifest, open, rows, run, wanted};
use proptest::prelude::*;
use std::fs;
use std::sync::Barrier;
use tempfile::TempDir;

#[test]
fn more_games_are_added_to_those_that_are_there() {
    let [grown, whole] = [TempDir::new().unwrap(), TempDir::new().unwrap()];
    let manifest = || manifest("test", 64);
    assert_eq!(run(grown.path(), manifest(), wanted(0, 32)).unwrap(), 32);
    assert_eq!(blocks(grown.path()).len(), 1);
    assert_eq!(run(grown.path(), manifest(), wanted(0, 64)).unwrap(), 32, "only the rest is played");
    assert_eq!(run(grown.path(), manifest(), wanted(0, 100)).unwrap(), 36);
    assert_eq!(run(grown.path(), manifest(), wanted(20, 30)).unwrap(), 0);
    assert_eq!(run(whole.path(), manifest(), wanted(0, 100)).unwrap(), 100);
    assert_eq!(blocks(grown.path()), blocks(whole.path()), "to the byte");
    assert!(verify(grown.path()).unwrap().is_finished());
}

#[test]
fn a_split_can_be_made_alone_and_completed() {
    let [grown, whole] = [TempDir::new().unwrap(), TempDir::new().unwrap()];
    let span = Span::of(890, 70).unwrap();
    let only = |split| Wanted { span, split: Some(split) };
    assert_eq!(run(grown.path(), manifest("test", 7), only(Split::Test)).unwrap(), 10);
    assert!(blocks(grown.path()).keys().all(|name| name.starts_with("data/test/")));
    assert!(verify(grown.path()).unwrap().is_finished(), "it has all that was asked for");
    assert_eq!(run(grown.path(), manifest("test", 7), only(Split::Train)).unwrap(), 10);
    assert_eq!(run(grown.path(), manifest("test", 7), wanted(890, 70)).unwrap(), 50);
    run(whole.path(), manifest("test", 7), wanted(890, 70)).unwrap();
    assert_eq!(blocks(grown.path()), blocks(whole.path()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn however_it_grew(
        mut steps in prop::collection::vec((880..960u64, 1..40u64, 0..4usize), 1..6),
        size in 1..40u64,
    ) {
        let grow = |steps: &[(u64, u64, usize)]| {
            let dir = TempDir::new().unwrap();
            for &(first, games, split) in steps {
                let wanted = Wanted { split: Split::ALL.get(split).copied(), ..wanted(first, games) };
                run(dir.path(), manifest("test", size), wanted).unwrap();
            }
            dir
        };
        let forth = grow(&steps);
        steps.reverse();
        let back = grow(&steps);
        prop_assert!(blocks(forth.path()) == blocks(back.path()), "other bytes");
        prop_assert!(verify(forth.path()).unwrap().is_finished());
        let seeds: Vec<u64> = rows(forth.path()).chunks(28).map(|game| game[0].seed).collect();
        let asked = (880..1000).filter(|&seed| {
            steps.iter().any(|&(first, games, split)| {
                (first..first + games).contains(&seed)
                    && Split::ALL.get(split).is_none_or(|&split| split == Split::of_seed(seed))
            })
        });
        prop_assert_eq!(seeds, asked.collect::<Vec<u64>>());
    }
}

#[test]
fn shards_make_the_whole_together() {
    let [parts, whole] = [TempDir::new().unwrap(), TempDir::new().unwrap()];
    let mut played = Vec::new();
    for shard in ["2/3", "1/3"] {
        let dataset = open(parts.path(), manifest("test", 5)).unwrap();
        played.extend(make(&dataset, wanted(880, 60), shard.parse().unwrap()).unwrap().concat());
    }
    let verdict = verify(parts.path()).unwrap();
    assert!(
        !verdict.is_finished() && verdict.findings[0].what.contains("games that were asked for are missing")
    );
    let dataset = open(parts.path(), manifest("test", 5)).unwrap();
    played.extend(make(&dataset, wanted(880, 60), "3/3".parse().unwrap()).unwrap().concat());
    played.sort_unstable();
    assert_eq!(played, (880..940).collect::<Vec<u64>>());
    run(whole.path(), manifest("test", 5), wanted(880, 60)).unwrap();
    assert_eq!(blocks(parts.path()), blocks(whole.path()));
}

#[test]
fn runs_at_once_make_every_block_once() {
    let [shared, whole] = [TempDir::new().unwrap(), TempDir::new().unwrap()];
    let start = Barrier::new(4);
    let runs = [(0, 60), (0, 60), (10, 80), (35, 7)];
    let played: Vec<Vec<u64>> = std::thread::scope(|scope| {
        let run = |(first, games)| {
            let (start, shared) = (&start, shared.path());
            scope.spawn(move || {
                start.wait();
                let dataset = open(shared, manifest("test", 3)).unwrap();
                assert!(dataset.can_lock());
                let played = make(&dataset, wanted(first, games), Shard::WHOLE).unwrap().concat();
                dataset.close().unwrap();
                played
            })
        };
        let threads: Vec<_> = runs.into_iter().map(run).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let mut all = played.concat();
    all.sort_unstable();
    assert_eq!(all, (0..90).collect::<Vec<u64>>(), "each game once");
    for (first, games) in runs {
        run(whole.path(), manifest("test", 3), wanted(first, games)).unwrap();
    }
    assert_eq!(files(shared.path()), files(whole.path()), "and nothing else is left");
}

#[test]
fn other_configurations_never_mix() {
    for round in 0..100 {
        let dir = TempDir::new().unwrap();
        let start = Barrier::new(3);
        let results: Vec<Result<usize, Error>> = std::thread::scope(|scope| {
            let run = |k: usize| {
                let (start, dir) = (&start, dir.path());
                scope.spawn(move || {
                    start.wait();
                    run(dir, manifest(["this", "that"][k % 2], 2), wanted(0, 4))
                })
            };
            let threads: Vec<_> = (round..round + 3).map(run).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let played: usize = results.iter().flatten().sum();
        assert_eq!(played, 4, "round {round}: {results:?}");
        for error in results.iter().filter_map(|result| result.as_ref().err()) {
            let said = error.to_string();
            assert!(
                matches!(error, Error::Different { .. }) && said.contains("differs in note (th"),
                "{error}"
            );
        }
        assert!(verify(dir.path()).unwrap().is_finished());
    }
}

#[test]
fn a_dead_run_is_not_waited_for() {
    let dir = TempDir::new().unwrap();
    let dying = open(dir.path(), manifest("test", 3)).unwrap();
    let survey = dying.survey(Trust::Nothing).unwrap();
    let mut work = dying.work(survey, wanted(0, 9), Shard::WHOLE).unwrap();
    let task = work.next(|_| {}).unwrap().unwrap();
    let done = std::thread::scope(|scope| {
        let other = scope.spawn(|| {
            let dataset = open(dir.path(), manifest("test", 3)).unwrap();
            let survey = dataset.survey(Trust::Nothing).unwrap();
            let mut work = dataset.work(survey, wanted(0, 9), Shard::WHOLE).unwrap();
            let mut waited = 0;
            let mut blocks = Vec::new();
            while let Some(task) = work.next(|n| waited = waited.max(n)).unwrap() {
                let games: Vec<_> = task.seeds().into_iter().map(common::game).collect();
                blocks.push(task.block());
                work.dataset().write(task, &games).unwrap();
            }
            (waited, blocks)
        });
        // Until it waits for the block that this run has claimed.
        while blocks(dir.path()).len() < 2 {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        std::thread::sleep(std::time::Duration::from_millis(200));
        drop(task);
        other.join().unwrap()
    });
    assert_eq!(done, (1, vec![1, 2, 0]));
}

#[test]
fn directories_of_others_are_refused_untouched() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("thesis.tex"), "important").unwrap();
    let before = files(dir.path());
    let error = run(dir.path(), manifest("test", 1), wanted(0, 1)).unwrap_err();
    assert!(matches!(error, Error::Foreign { .. }), "{error}");
    assert!(error.to_string().contains("is not empty and is no dataset"), "{error}");
    assert_eq!(files(dir.path()), before);
}

#[test]
fn hidden_files_are_nobodys_business() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join(".DS_Store"), "a Mac was here").unwrap();
    run(dir.path(), manifest("test", 2), wanted(0, 2)).unwrap();
    for path in ["._boneyard.parquet", "data/._train", "data/train/._block-0-000000.parquet"] {
        fs::write(dir.path().join(path), "a Mac was here").unwrap();
    }
    assert_eq!(run(dir.path(), manifest("test", 2), wanted(0, 4)).unwrap(), 2);
    assert_eq!(rows(dir.path()).len(), 4 * 28);
    assert!(verify(dir.path()).unwrap().is_finished());
}
