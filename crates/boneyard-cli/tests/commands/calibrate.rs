//! What comes true: `calibrate`, and the position of docs/WHAT-EQ-IS-NOT.md.

use crate::{boneyard, succeed, text};
use serde_json::Value;
use tempfile::TempDir;

const FEW: &str = "calibrate --games 6 --samples 8 --policy p-make --contract longest --device cpu";

fn json(options: &str) -> Value {
    let arguments: Vec<&str> = options.split_whitespace().collect();
    let mut answer: Value = serde_json::from_slice(&succeed(&mut boneyard(&arguments)).stdout).unwrap();
    answer["seconds"].take();
    answer
}

/// The four numbers and their parts agree with each other, and with what `generate` writes of the same games.
#[test]
fn what_was_said_is_what_is_on_record() {
    let answer = json(&format!("{FEW} --json"));
    assert_eq!(answer, json(&format!("{FEW} --json --threads 1 --batch 4")), "whatever the batch");
    let dir = TempDir::new().unwrap();
    let generate = FEW.replace("calibrate", "generate");
    let arguments: Vec<&str> = generate.split_whitespace().collect();
    succeed(boneyard(&arguments).arg("--out").arg(dir.path()));
    let rows: Vec<boneyard::record::Row> =
        boneyard::record::read_dir(dir.path()).unwrap().collect::<Result<_, _>>().unwrap();
    let cells = answer["points"].as_array().unwrap();
    let all = |side: &str, key: &str| {
        let cell = cells.iter().find(|it| it["side"] == side && it["when"] == "all").unwrap();
        cell[key].get("mean").unwrap_or(&cell[key]).as_f64().unwrap()
    };
    for (side, bidders) in [("bidders", true), ("defenders", false)] {
        let of_side = |row: &&boneyard::record::Row| {
            row.worlds_used > 0 && (row.seat.team() == row.bidder.team()) == bidders
        };
        let of_side: Vec<_> = rows.iter().filter(of_side).collect();
        let n = of_side.len() as f64;
        let said =
            of_side.iter().map(|row| f64::from(row.e_q[usize::from(row.action)].unwrap())).sum::<f64>() / n;
        let came = of_side.iter().map(|row| f64::from(row.outcome)).sum::<f64>() / n;
        assert_eq!(all(side, "decisions"), n);
        assert!((all(side, "said") - said).abs() < 1e-5 && (all(side, "came") - came).abs() < 1e-9, "{side}");
        let parts: f64 = ["winners_curse", "worlds", "clairvoyance"].map(|part| all(side, part)).iter().sum();
        assert!((all(side, "optimism") - parts).abs() < 1e-9 && (parts - (said - came)).abs() < 1e-5);
    }
    let decided = answer["decided"].as_u64().unwrap();
    assert!(decided > 0 && answer["decisions"].as_u64().unwrap() > decided);
}

/// With all worlds looked at other worlds are the same, and with all hands open nothing is left of the worlds.
#[test]
fn late_decisions_have_no_winners_curse() {
    let answer = json(&format!("{} --json", FEW.replace("--samples 8", "--samples 100")));
    let cells = answer["make"].as_array().unwrap();
    let last = cells.iter().filter(|it| it["when"]["trick"] == 6);
    assert!(last.clone().count() > 0);
    for cell in last {
        assert_eq!(cell["winners_curse"]["mean"], 0.0, "{cell}");
    }
}

#[test]
fn tables_and_pictures() {
    let dir = TempDir::new().unwrap();
    let picture = dir.path().join("a.svg");
    let mut arguments: Vec<&str> = FEW.split_whitespace().collect();
    arguments.extend(["--evaluator", "contract", "--by", "ply", "--picture", picture.to_str().unwrap()]);
    let said = text(&succeed(&mut boneyard(&arguments)).stdout);
    for part in ["P(make), of", "bidders, ply 0", "defenders, P ", "winner's curse"] {
        assert!(said.contains(part), "no `{part}` in\n{said}");
    }
    assert!(!said.contains("E[Q] in points"), "the evaluator knows none");
    assert!(std::fs::read_to_string(picture).unwrap().starts_with("<svg"));
}

#[test]
fn bad_options_are_refused() {
    for (options, what) in [
        ("--games 2M", "--games 2000000: expected at most 1000000 games"),
        ("--by hour", "expected trick or ply"),
        ("--posterior contract", "in this run they are assigned"),
        ("--policy greedy@0-3", "expected a policy for all other decisions at the end"),
    ] {
        let output = boneyard(&["calibrate"]).args(options.split(' ')).output().unwrap();
        let said = text(&output.stderr);
        assert!(output.status.code() == Some(2) && said.contains(what), "{options}: {said}");
    }
}

/// A promise that a guess breaks: six is led, nobody shows anything, and the sure contract is a toss-up.
#[test]
fn the_guess_of_the_documentation() {
    let page = include_str!("../../../../docs/WHAT-EQ-IS-NOT.md");
    let commands: Vec<&str> =
        page.lines().filter_map(|line| line.strip_prefix("$ boneyard advise ")).collect();
    let [before, after] = commands[..] else { panic!("two commands, not {}", commands.len()) };
    let advised = |command: &str| {
        let mut arguments =
            vec!["advise".to_owned(), "--json".to_owned(), "--device".to_owned(), "cpu".to_owned()];
        for (i, part) in command.split('"').enumerate() {
            let words: Vec<&str> = if i % 2 == 1 { vec![part] } else { part.split_whitespace().collect() };
            arguments.extend(words.into_iter().map(str::to_owned));
        }
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let answer: Value = serde_json::from_slice(&succeed(&mut boneyard(&arguments)).stdout).unwrap();
        let best = &answer["moves"][0];
        (
            best["domino"].as_str().unwrap().to_owned(),
            best["e_q"].as_f64().unwrap(),
            best["p_make"].as_f64().unwrap(),
        )
    };
    assert_eq!(advised(before), ("6-6".to_owned(), 18.0, 1.0));
    let (_, e_q, p_make) = advised(after);
    assert_eq!((e_q, p_make), (0.0, 0.5));
}
