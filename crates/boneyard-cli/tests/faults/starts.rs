//! Runs of the same and of different configurations that start at the same moment.

use crate::{Random, finished, generate, json, text, times, wait, with_shim};
use std::process::Child;
use tempfile::TempDir;

const GAMES: u64 = 6;

#[test]
fn simultaneous_starts_never_mix() {
    let mut random = Random::new();
    let rounds = times(25, 500);
    for round in 0..rounds {
        let dir = TempDir::new().unwrap();
        let out = dir.path().join("out");
        let samples: Vec<usize> = (0..2 + random.below(5)).map(|_| 2 + random.below(2)).collect();
        let run = |samples: &usize| {
            let options = format!("--games {GAMES} --block 1 --samples {samples} --json");
            generate(&out, &options).spawn().unwrap()
        };
        let children: Vec<Child> = samples.iter().map(run).collect();
        let outputs: Vec<_> = children.into_iter().map(wait).collect();
        let codes: Vec<Option<i32>> = outputs.iter().map(|output| output.status.code()).collect();
        let winner = codes.iter().position(|&code| code == Some(0)).expect("one wins");
        let mut played = 0;
        for (output, its) in outputs.iter().zip(&samples) {
            let said = text(&output.stderr);
            if *its == samples[winner] {
                assert_eq!(output.status.code(), Some(0), "round {round}, {samples:?}: {said}");
                played += json(output)["games"].as_u64().unwrap();
            } else {
                assert_eq!(output.status.code(), Some(2), "round {round}, {samples:?}: {said}");
                assert!(said.contains("holds a dataset that differs in samples"), "{said}");
            }
        }
        assert_eq!(played, GAMES, "round {round}, {samples:?}: every block is made once");
        assert_eq!(finished(&out), (0..GAMES).collect::<Vec<u64>>());
        let left = out.join(".boneyard/claims").read_dir().unwrap().count();
        assert_eq!(left, 0, "round {round}: the last one cleans up");
    }
    println!("{rounds} simultaneous starts: 0 mixed, 0 lost, 0 odd errors");
}

/// Without locks, blocks may be made twice, but they are the right ones.
#[test]
fn file_systems_that_cannot_lock() {
    for round in 0..times(3, 50) {
        let dir = TempDir::new().unwrap();
        let out = dir.path().join("out");
        let run = |samples: u32| {
            let mut command = generate(&out, &format!("--games {GAMES} --block 2 --samples {samples}"));
            // ENOLCK.
            with_shim(&mut command, &[("FAULT_LOCK", "37")]).spawn().unwrap()
        };
        let outputs = [2, 2, 3].map(run).map(wait);
        let codes = outputs.each_ref().map(|output| output.status.code().unwrap());
        let said = text(&outputs[0].stderr);
        match codes {
            [0, 0, 2] => assert!(said.contains("this file system cannot lock"), "{said}"),
            [2, 2, 0] => assert!(said.contains("differs in samples"), "{said}"),
            _ => panic!("round {round}: {codes:?} {said}"),
        }
        assert_eq!(finished(&out), (0..GAMES).collect::<Vec<u64>>());
    }
}

/// Some file systems refuse to synchronise a directory: `EINVAL`, `ENOTSUP`.
#[test]
fn file_systems_that_cannot_sync_directories() {
    for error in ["22", "95"] {
        let dir = TempDir::new().unwrap();
        let out = dir.path().join("deep/out");
        let mut command = generate(&out, "--games 3");
        let output = with_shim(&mut command, &[("FAULT_DIRSYNC", error)]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert_eq!(finished(&out), [0, 1, 2]);
    }
}
