//! `arena`: matches from the outside, against programs too.

use super::{boneyard, succeed, text};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const QUICK: &str = "p-make 4 evaluator=cascade:2";
const OTHER: &str = "greedy 3 evaluator=playout";

fn arena(x: &str, y: &str, more: &str) -> Command {
    let mut command = boneyard(&["arena", x, y, "--device", "cpu", "--json"]);
    command.args(more.split_whitespace());
    command
}

fn score(command: &mut Command) -> Value {
    let mut score: Value = serde_json::from_slice(&succeed(command).stdout).unwrap();
    // What the clock says is no part of the result.
    for clock in ["hands_played", "hands_a_minute", "decisions_a_second"] {
        score.as_object_mut().unwrap().remove(clock).expect(clock);
    }
    score
}

/// An executable shell script.
fn script(dir: &Path, name: &str, body: &str) -> String {
    let path = dir.join(name);
    fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    format!("exec:{}", path.display())
}

#[test]
fn batches_threads_and_interruptions_do_not_matter() {
    let dir = TempDir::new().unwrap();
    let out = dir.path().join("match.jsonl");
    let whole = score(&mut arena(QUICK, OTHER, "--deals 30 --apart"));
    assert_eq!(whole["contracts"]["pairs"], 30);
    assert_eq!(whole, score(&mut arena(QUICK, OTHER, "--deals 30 --apart --batch 7 --threads 1")));
    let kept = |deals: u32| {
        let mut command = arena(QUICK, OTHER, &format!("--deals {deals} --apart --batch 4"));
        score(command.arg("--out").arg(&out))
    };
    kept(11);
    // A line that a killed run left unfinished is played again.
    let rows = fs::read_to_string(&out).unwrap();
    assert_eq!(rows.lines().count(), 12);
    fs::write(&out, &rows[..rows.len() - 9]).unwrap();
    assert_eq!(whole, kept(30));
    assert_eq!(fs::read_to_string(&out).unwrap().lines().count(), 31);
    assert_eq!(kept(11)["contracts"]["pairs"], 11);
    let other = arena(OTHER, QUICK, "--deals 30 --apart").arg("--out").arg(&out).output().unwrap();
    assert_eq!(other.status.code(), Some(2));
    assert!(text(&other.stderr).contains("holds something else"), "{}", text(&other.stderr));
    let alien = dir.path().join("alien");
    fs::write(&alien, "no match").unwrap();
    assert_eq!(arena(QUICK, OTHER, "").arg("--out").arg(&alien).output().unwrap().status.code(), Some(2));
    assert_eq!(fs::read_to_string(&alien).unwrap(), "no match");
}

/// Auctions follow from the deals alone, stand in the file, and do not mix with other contracts.
#[test]
fn contracts_may_be_bid() {
    let dir = TempDir::new().unwrap();
    let out = dir.path().join("match.jsonl");
    let auction = |x: &str, more: &str| {
        let mut command = arena(x, OTHER, &format!("--contracts auction {more}"));
        command.arg("--out").arg(&out);
        command
    };
    let told = score(&mut auction(QUICK, "--deals 4 --batch 1"));
    assert_eq!(told["match"]["contracts"], "auction");
    assert_eq!(told, score(&mut arena(QUICK, OTHER, "--contracts auction --deals 4")));
    let rows = fs::read_to_string(&out).unwrap();
    let rows: Vec<Value> = rows.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&rows[0]["contracts"], rows.len()), (&"auction".into(), 5));
    for (row, deal) in rows[1..].iter().zip(0..) {
        let setup = boneyard_arena::Contracts::Auction.setup(deal);
        let won = serde_json::json!({
            "bidder": setup.bidder.id(), "bid": setup.bid.value(), "stake": setup.bid.stake(),
        });
        assert_eq!(row["auction"], won);
    }
    let other = arena(QUICK, OTHER, "--deals 4").arg("--out").arg(&out).output().unwrap();
    assert_eq!(other.status.code(), Some(2));
    assert!(text(&other.stderr).contains("holds something else"), "{}", text(&other.stderr));
}

/// A player gives the same answers in a match and as a program of its own.
#[test]
fn a_player_is_its_own_equal_as_a_program() {
    let dir = TempDir::new().unwrap();
    let engine = env!("CARGO_BIN_EXE_boneyard");
    let program = script(dir.path(), "engine", &format!("exec {engine} engine --player '{QUICK}'"));
    let picture = dir.path().join("match.svg");
    let inside = score(&mut arena(QUICK, OTHER, "--deals 10 --apart"));
    let mut outside =
        score(arena(&program, OTHER, "--deals 10 --apart --processes 3").arg("--picture").arg(&picture));
    outside["x"] = inside["x"].clone();
    assert_eq!(inside, outside);
    assert!(fs::read_to_string(picture).unwrap().starts_with("<svg"));
    let equal = score(&mut arena(QUICK, &program, "--deals 10 --from-trick 3 --processes 8"));
    assert_eq!((&equal["contracts"]["only_x"], &equal["contracts"]["only_y"]), (&0.into(), &0.into()));
    assert_eq!(equal["forfeits"], serde_json::json!([0, 0]));
}

/// Whatever a program does wrong, it loses by rule, and the match ends.
#[test]
fn bad_programs_lose_and_never_hang() {
    let dir = TempDir::new().unwrap();
    let engine = env!("CARGO_BIN_EXE_boneyard");
    let left = dir.path().join("left");
    let cases = [
        ("silent", "exec sleep 1000".to_owned()),
        ("ends", "exit 0".to_owned()),
        ("killed", "read line; kill -9 $$".to_owned()),
        ("dies-later", format!("head -n 5 | {engine} engine --player '{QUICK}'")),
        ("says-nonsense", "while read line; do echo nonsense; done".to_owned()),
        ("cheats", "while read line; do echo 99 0 0 0; done".to_owned()),
        ("no-end-of-line", "cat /dev/zero".to_owned()),
        ("floods", "yes 0 0 0 0".to_owned()),
        ("closes-its-output", format!("sleep 900 & echo $! >> {}; exec >&-; wait", left.display())),
    ];
    for (name, body) in cases {
        let program = script(dir.path(), name, &body);
        let begun = Instant::now();
        let score = score(&mut arena(&program, OTHER, "--deals 12 --timeout 0.05 --processes 2"));
        assert!(begun.elapsed() < Duration::from_secs(60), "{name}");
        let lost = score["forfeits"][0].as_u64().unwrap();
        assert!(lost >= 1 && score["forfeits"][1] == 0, "{name}: {score}");
        if name != "dies-later" {
            assert_eq!((lost, &score["contracts"]["x"]["count"]), (24, &0.into()), "{name}");
            assert_eq!(score["contracts"]["y"]["count"], 12, "{name}");
        }
    }
    // What a program started has ended with it; who adopts it may be slow to take notice.
    let started = std::fs::read_to_string(left).unwrap();
    let runs = |id: &str| {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat"));
        stat.is_ok_and(|stat| stat.contains("(sleep)") && !stat.contains(") Z "))
    };
    assert!(started.lines().count() >= 2);
    let begun = Instant::now();
    while started.lines().any(runs) {
        assert!(begun.elapsed() < Duration::from_secs(20), "it still runs");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn bad_options_are_refused_with_a_sentence() {
    for (x, y, more, expected) in [
        ("p-mke", OTHER, "", "player `p-mke`: policy p-mke: expected greedy"),
        (QUICK, "exec:", "", "expected the path of a program"),
        (QUICK, "exec:/no/such/program", "", "cannot start the player /no/such/program"),
        (QUICK, OTHER, "--deals 0", "--deals 0: expected at least 1"),
        (QUICK, OTHER, "--stop 2", "--stop 2: expected a level between 0 and 1"),
        (QUICK, OTHER, "--stop NaN", "--stop NaN: expected a level"),
        (QUICK, OTHER, "--processes 9", "--processes 9: expected 1 to 8"),
        (QUICK, OTHER, "--timeout 0", "--timeout 0: expected seconds above 0"),
        (QUICK, OTHER, "--from-trick 8", "--from-trick"),
        (QUICK, OTHER, "--prefix exec:/bin/cat", "--prefix: expected a player"),
        (QUICK, OTHER, "--contracts auctoin", "dropped-30"),
    ] {
        let output = arena(x, y, more).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{x} {y} {more}: {}", text(&output.stderr));
        assert!(text(&output.stderr).contains(expected), "{}", text(&output.stderr));
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn a_clear_match_stops_early() {
    let stopped = score(&mut arena(
        "p-make 10 evaluator=cascade:4",
        "epsilon:1 1 evaluator=playout",
        "--deals 500 --stop 0.05 --batch 16",
    ));
    assert_eq!(stopped["match"]["told_apart"], true);
    let pairs = stopped["contracts"]["pairs"].as_u64().unwrap();
    assert!((5..300).contains(&pairs), "{pairs}");
    assert!(stopped["contracts"]["z"].as_f64().unwrap() > 2.0);
    let same = score(&mut arena(
        "p-make 10 evaluator=cascade:4",
        "epsilon:1 1 evaluator=playout",
        "--deals 500 --stop 0.05 --batch 5",
    ));
    assert_eq!(stopped, same);
}

/// Many matches by one command: what was played stays, and the table goes where it is told.
#[test]
fn a_table_of_players_is_made_by_one_command() {
    let dir = TempDir::new().unwrap();
    let (list, out, document) =
        (dir.path().join("list"), dir.path().join("out"), dir.path().join("PLAYERS.md"));
    fs::write(&list, format!("# who meets\n{QUICK} | {OTHER}\n{OTHER} | quick\n")).unwrap();
    let table = |more: &[&str]| {
        let mut command = boneyard(&["arena", "--deals", "6", "--device", "cpu"]);
        command.arg("--table").arg(&list).args(more);
        command
    };
    let kept = out.to_str().unwrap();
    let first = succeed(&mut table(&["--out", kept])).stdout;
    let rows = text(&first);
    assert_eq!(rows.lines().count(), 4, "{rows}");
    assert!(rows.contains(&format!("| `{OTHER}` | `quick` | 6 | ")), "{rows}");
    let alone = score(&mut arena(QUICK, OTHER, "--deals 6"));
    let stem = "p-make-4-evaluator-cascade-2--greedy-3-evaluator-playout";
    let result = fs::read(out.join(format!("{stem}.json"))).unwrap();
    let mut kept_result: Value = serde_json::from_slice(&result).unwrap();
    for clock in ["hands_played", "hands_a_minute", "decisions_a_second"] {
        kept_result.as_object_mut().unwrap().remove(clock).unwrap();
    }
    assert_eq!(kept_result, alone);

    // Again: nothing is played, what was measured stays, and the document has the table.
    let marked = "<!-- the table of `boneyard arena --table` begins -->\n<!-- the table ends -->\n";
    fs::write(&document, format!("before\n{marked}after\n")).unwrap();
    let into = document.to_str().unwrap();
    assert_eq!(succeed(&mut table(&["--out", kept, "--into", into])).stdout, first);
    assert_eq!(fs::read(out.join(format!("{stem}.json"))).unwrap(), result);
    let written = fs::read_to_string(&document).unwrap();
    assert!(
        written.starts_with("before\n") && written.contains(rows.trim_end()) && written.ends_with("after\n")
    );
    fs::write(&document, "no place for it").unwrap();
    let refused = table(&["--into", into]).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("--into: "), "{}", text(&refused.stderr));
    assert_eq!(fs::read_to_string(&document).unwrap(), "no place for it");
    assert_eq!(boneyard(&["arena", "strong"]).output().unwrap().status.code(), Some(2));
}

/// The table that users read is of players that there are, by the list that the command plays.
#[test]
fn the_documents_players_exist() {
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/PLAYERS.md");
    let text = fs::read_to_string(document).unwrap();
    assert!(boneyard_arena::placed(&text, "").is_ok());
    for player in boneyard_arena::PLAYERS {
        let row = format!("| `{}` | `{}` | {} |", player.name, player.description, player.about);
        assert!(text.contains(&row), "{row}");
    }
}

/// Networks play, and players that take as many worlds as they need.
#[test]
fn networks_and_planners_play() {
    let x =
        "greedy adaptive=gap:0.9,zone:1 min-samples=24 max-samples=48 evaluator=cascade:6,playout,net:small";
    let score = score(&mut arena(x, "p-make 2 evaluator=net:small posterior=contract", "--deals 1"));
    assert_eq!(score["contracts"]["pairs"], 1);
    assert_eq!(score["x"], x);
}
