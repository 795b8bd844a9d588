//! What `label` writes.

use crate::{assert_same, boneyard, files, generate, succeed, text};
use boneyard::core::WorldEvaluator;
use boneyard::core::{ILLEGAL, SlotValues};
use boneyard::net::Tokens;
use boneyard::record::{LabelRow, Split, read_dir, read_labels, verify};
use boneyard::rules::World;
use boneyard::strategies::evaluator::Solver;
use serde_json::Value;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// A few worlds of late plies, which take no time.
fn label(out: &Path, more: &str) -> Command {
    let mut command = boneyard(&["label", "--block", "8"]);
    for (option, value) in [("--device", "cpu"), ("--worlds", "3"), ("--plies", "16-19")] {
        if !more.contains(option) {
            command.args([option, value]);
        }
    }
    command.args(more.split_whitespace()).arg("--out").arg(out);
    command
}

fn rows(dir: &Path) -> Vec<LabelRow> {
    let mut rows: Vec<LabelRow> = read_labels(dir).unwrap().collect::<Result<_, _>>().unwrap();
    rows.sort_by_key(|row| (row.seed, row.ply, row.world));
    rows
}

#[test]
fn labels_are_exact_values_of_possible_worlds() {
    let dir = TempDir::new().unwrap();
    let said = text(&succeed(&mut label(dir.path(), "--seeds 890..915 --tokens")).stdout);
    for part in [
        "25 games, seeds 890-914, plies 16-19, 3 worlds a decision",
        "policies greedy=4 softmax:3=3",
        "files    5 written",
    ] {
        assert!(said.contains(part), "no `{part}` in:\n{said}");
    }
    let rows = rows(dir.path());
    assert!(rows.len() > 60 && rows.iter().any(|row| row.world == 2), "{} rows", rows.len());
    let mut scratch = Solver.scratch();
    for row in &rows {
        assert!((16..20).contains(&row.ply) && row.legal.count_ones() > 1);
        let game = row.position().unwrap();
        let values: SlotValues = row.q.map(|q| q.map_or(ILLEGAL, i16::from));
        assert_eq!(Solver.solve(&game, &mut scratch), values, "seed {} ply {}", row.seed, row.ply);
        let view = game.view();
        let world: World = view.others().map(|seat| game.held(seat));
        assert_eq!(row.tokens.as_deref().unwrap()[..], *Tokens::of(&view, &world).features().as_flattened());
    }
    let verdict = verify(dir.path()).unwrap();
    assert!(verdict.is_finished() && verdict.games == 25, "{verdict:?}");
    assert!(dir.path().join("data").join(Split::Validation.name()).is_dir());
    let card = text(&succeed(&mut boneyard(&["card", dir.path().to_str().unwrap()])).stdout);
    for part in ["Texas 42 positions with exact values", "| validation | 15 |", "| `tokens` | 384 × i8 |"] {
        assert!(card.contains(part), "no `{part}` in:\n{card}");
    }
}

/// However it came about, a dataset has the same bytes.
#[test]
fn the_way_does_not_matter() {
    let dir = TempDir::new().unwrap();
    let [whole, grown] = ["whole", "grown"].map(|name| dir.path().join(name));
    succeed(&mut label(&whole, "--games 20"));
    for part in ["--seeds 3..6 --threads 1", "--seeds 11..20 --batch 1", "--games 20 --batch 5", "--games 20"]
    {
        succeed(&mut label(&grown, part));
    }
    let data = |dir: &Path| files(&dir.join("data"));
    assert_eq!(data(&whole).len(), 3);
    assert_same(&whole.join("data"), &grown.join("data"));
    assert_eq!(
        text(&succeed(&mut label(&grown, "--games 20")).stdout).matches("everything is there").count(),
        1
    );
    // What is damaged is made again.
    let (name, _) = data(&grown).into_iter().next().unwrap();
    let path = grown.join("data").join(name);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[100] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let again = succeed(&mut label(&grown, "--games 20 --json"));
    assert!(text(&again.stderr).contains("it is made again"));
    let summary: Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!((&summary["games"], &summary["files_written"]), (&8.into(), &1.into()));
    assert_same(&whole.join("data"), &grown.join("data"));
}

#[test]
fn a_device_writes_the_same_rows() {
    let dir = TempDir::new().unwrap();
    let [cpu, wgpu] = ["cpu", "wgpu"].map(|name| dir.path().join(name));
    succeed(&mut label(&cpu, "--games 10"));
    succeed(&mut label(&wgpu, "--games 10 --device wgpu:0"));
    assert_eq!(rows(&cpu), rows(&wgpu));
}

#[test]
fn labels_and_decisions_do_not_mix() {
    let dir = TempDir::new().unwrap();
    let refused = |command: &mut Command, what: &str| {
        let output = command.output().unwrap();
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(what), "no `{what}` in:\n{said}");
    };
    let [labels, games] = ["labels", "games"].map(|name| dir.path().join(name));
    succeed(&mut label(&labels, "--games 2"));
    succeed(&mut generate(&games, "--games 2"));
    refused(&mut generate(&labels, "--games 2"), "differs in rows (labels there, decision records here)");
    refused(&mut label(&games, "--games 2"), "differs in rows (decision records there, labels here)");
    refused(&mut label(&labels, "--games 2 --worlds 4"), "differs in worlds (3 there, 4 here)");
    let inspected = boneyard(&["inspect", labels.to_str().unwrap(), "--seed", "0"]);
    refused(&mut { inspected }, "holds labels: expected decision records");
    assert!(read_dir(&labels).unwrap().next().unwrap().is_err());
    refused(&mut label(&labels, "--plies 0-28"), "expected plies within 0-27, such as 0-11");
    refused(&mut label(&labels, "--policy greedy"), "expected a policy and a whole number of parts");
    refused(&mut label(&labels, "--policy gredy=2"), "gredy");
    refused(&mut label(&labels, "--sensible 101"), "expected 0 to 100 games of a hundred");
    refused(&mut label(&labels, "--worlds 0"), "expected 1 to 65536 worlds a decision");
}
