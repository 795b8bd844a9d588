//! A game as a person reads it.

use crate::{boneyard, files, generate, succeed, text};
use std::path::Path;
use tempfile::TempDir;

fn inspect(path: &Path, more: &[&str]) -> String {
    let mut command = boneyard(&["inspect"]);
    text(&succeed(command.arg(path).args(more)).stdout)
}

#[test]
fn a_game_is_shown_whole_and_fits_a_page() {
    let dir = TempDir::new().unwrap();
    succeed(&mut generate(dir.path(), "--games 3 --seed 5 --bid 42 --policy mixed"));
    let shown = inspect(dir.path(), &["--seed", "6"]);
    assert!(shown.starts_with("seed 6  sixes  bid 42 by seat 0\n"), "{shown}");
    for part in ["\nseat 3  ", "\ntrick 1  score 0 : 0  seat 0 leads\n", "\ntrick 7  score ", "  forced\n"] {
        assert!(shown.contains(part), "no {part:?} in:\n{shown}");
    }
    assert_eq!(shown.lines().filter(|line| line.starts_with("ply ")).count(), 28);
    assert!(shown.contains("the bid of 42 by seat 0 is made") || shown.contains("is set"), "{shown}");
    let longest = shown.lines().map(|line| line.chars().count()).max().unwrap();
    assert!(longest <= 100, "{longest} columns");
    assert!(!shown.contains('\x1b'), "colour without a terminal");

    // One of its files shows the same.
    let name = files(dir.path()).into_keys().find(|name| name.starts_with("data/")).unwrap();
    assert_eq!(inspect(&dir.path().join(name), &["--seed", "6"]), shown);
}

#[test]
fn a_decision_is_shown_alone() {
    let dir = TempDir::new().unwrap();
    succeed(&mut generate(dir.path(), "--games 1"));
    let all = inspect(dir.path(), &["--seed", "0"]);
    for ply in 0..28 {
        let one = inspect(dir.path(), &["--seed", "0", "--ply", &ply.to_string()]);
        let start = one.find("\nply ").unwrap() + 1;
        assert!(all.contains(&one[start..]), "ply {ply}:\n{one}");
        assert!(one.contains("on the table: ") && one.contains("  to play\n"), "{one}");
    }
}

#[test]
fn contracts_have_chances_only() {
    let dir = TempDir::new().unwrap();
    succeed(&mut generate(dir.path(), "--games 1 --evaluator contract --policy p-make"));
    let shown = inspect(dir.path(), &["--seed", "0", "--ply", "0"]);
    assert!(shown.contains("make ") && !shown.contains(" sd "), "{shown}");
}

#[test]
fn a_game_is_shown_beside_what_is_wrong_with_the_dataset() {
    let dir = TempDir::new().unwrap();
    succeed(&mut generate(dir.path(), "--games 2 --block 1"));
    let shown = inspect(dir.path(), &["--seed", "1"]);
    let say = |what: &str| {
        let mut command = boneyard(&["inspect", "--seed", "1"]);
        let output = succeed(command.arg(dir.path()));
        assert_eq!(text(&output.stdout), shown);
        assert!(text(&output.stderr).contains(what), "{}", text(&output.stderr));
    };
    let first = files(dir.path()).into_keys().find(|name| name.starts_with("data/")).unwrap();
    std::fs::rename(dir.path().join(&first), dir.path().join("aside.bin")).unwrap();
    say("this dataset is not finished: 1 games that were asked for are missing");
    std::fs::rename(dir.path().join("aside.bin"), dir.path().join("data/train/stray.parquet")).unwrap();
    say("does not have the name of a file of the dataset");
}
