//! Questions typed as people type them: each is answered, or refused with the right spelling.

use super::{boneyard, text};
use serde_json::Value;
use std::io::Write;
use std::process::Stdio;

const HAND: &str = "6-6 6-5 6-4 6-1 5-5 4-2 1-0";
const QUICK: &str = "--samples 3 --evaluator cascade:2 --device cpu";

enum Expected {
    /// Exit code 0, and this in the output.
    Says(&'static str),
    /// Exit code 2, and this in what is said of it.
    Refuses(&'static str),
}
use Expected::{Refuses, Says};

/// The words of a command, `HAND` standing for a hand; and a line of input.
fn ask(words: &[&str], input: &str) -> (Option<i32>, String) {
    let words: Vec<&str> = words
        .iter()
        .flat_map(|word| match *word {
            "HAND" => vec![HAND],
            "QUICK" => QUICK.split(' ').collect(),
            word => vec![word],
        })
        .collect();
    let mut child = boneyard(&words).stdin(Stdio::piped()).spawn().unwrap();
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    (output.status.code(), text(&output.stdout) + &text(&output.stderr))
}

#[test]
fn twenty_questions() {
    let table: &[(&[&str], &str, Expected)] = &[
        (&["advise", "HAND", "--trump", "sixes", "QUICK"], "", Says("You are seat 0")),
        (&["advise", "66 65 64 61 55 42 10", "--trump", "6s", "QUICK"], "", Says("sixes are trumps")),
        (&["advise", "[6|6],[5|6],[4|6],[1|6],[5|5],[2|4],[0|1]", "QUICK"], "", Says("sixes are trumps")),
        (&["advise", "HAND", "--trump", "follow me", "QUICK"], "", Says("no trumps (follow me)")),
        (&["advise", "HAND", "--trump", "doubles"], "", Refuses("doubles-trump, doubles-suit")),
        (
            &["advise", "HAND", "--trump", "sixs"],
            "",
            Refuses("one of blanks, ones, twos, threes, fours, fives, sixes"),
        ),
        (
            &["advise", "HAND", "--trump", "nello"],
            "",
            Refuses("is not modelled: expected a declaration of straight 42"),
        ),
        (&["advise", "6-6 6-5 6-4 6-1 5-5 4-2"], "", Refuses("the hand has 6 dominoes, expected the 7")),
        (
            &["advise", "6-6 6-5 6-4 6-1 5-5 4-2 7-0"],
            "",
            Refuses("HAND: `7-0` is not a domino: expected two pips 0-6 such as 6-4"),
        ),
        (&["advise", "6-6 6-5 6-4 6-1 5-5 4-2 2-4"], "", Refuses("domino 12 (4-2) appears twice")),
        (&["advise"], "", Refuses("HAND: expected 7 dominoes, such as \"6-6 6-5")),
        (
            &["advise", "HAND", "--trump", "fives", "--seat", "1", "--played", "5-0", "--bid", "31", "QUICK"],
            "",
            Says("the other team's (seat 0) bid of 31"),
        ),
        (&["advise", "HAND", "--trump", "fives", "--played", "5-0"], "", Says("You are seat 1")),
        (
            &["advise", "HAND", "--seat", "north"],
            "",
            Refuses("--seat: `north` is not a seat: seats are 0, 1, 2, 3"),
        ),
        (
            &["advise", "HAND", "--bid", "29"],
            "",
            Refuses("--bid: `29` is not a bid: expected 30-42 points, marks such as `2 marks`"),
        ),
        (&["advise", "HAND", "--bid", "two marks", "QUICK"], "", Says("your bid of 84")),
        (
            &["advise", "HAND", "--trump", "sixes", "--played", "6-6 6-2 6-3 5-4 6-1 3-3 6-0 2-2", "QUICK"],
            "",
            Says("no trumps (sixes)"),
        ),
        (
            &["evaluate", "QUICK"],
            "{\"hand\": \"66 65 64 61 55 42 10\", \"trump\": \"sixes\", \"id\": 17}",
            Says("\"id\":17"),
        ),
        (
            &["evaluate", "QUICK"],
            "{\"hand\": [27, \"6-5\", \"64\", \"1-6\", 20, \"2-4\", 1], \"declaration\": 6}",
            Says("\"moves\":[{\"domino\":"),
        ),
        (
            &["solve"],
            "{\"hand\": \"66 65 64 61 55 42 10\"}",
            Refuses("solve needs all four hands: expected `hands`"),
        ),
        (
            &["legal"],
            "{\"hands\": \"00 10 11 20 21 22 30|31 32 33 40 41 42 43|44 50 51 52 53 54 55|60 61 62 63 64 65 66\", \"trumps\": 6}",
            Refuses("where `trump` is nearly that"),
        ),
        (
            &["legal"],
            "{\"hands\": \"00 10 11 20 21 22 30|31 32 33 40 41 42 43|44 50 51 52 53 54 55|60 61 62 63 64 65 66\", \"trump\": 6, \"plays\": \"2-0\"}",
            Says("\"domino\":\"3-2\""),
        ),
        (
            &["worlds"],
            "{\"hand\": \"66 65 64 61 55 42 10\", \"plays\": \"6-6 1-1\"}",
            Refuses("`declaration`"),
        ),
    ];
    assert!(table.len() >= 20);
    for (words, input, expected) in table {
        let (code, said) = ask(words, input);
        let (right_code, part) = match expected {
            Says(part) => (0, part),
            Refuses(part) => (2, part),
        };
        assert_eq!(code, Some(right_code), "{words:?} {input}: {said}");
        assert!(said.contains(*part), "{words:?} {input}: expected `{part}` in: {said}");
    }
}

#[test]
fn advice_as_json_ranks_moves() {
    let (code, said) = ask(&["advise", "HAND", "--trump", "sixes", "--json", "QUICK"], "");
    assert_eq!(code, Some(0), "{said}");
    let advice: Value = serde_json::from_str(&said).unwrap();
    let moves = advice["moves"].as_array().unwrap();
    assert_eq!(moves.len(), 7);
    assert_eq!(moves[0]["domino"], advice["best"]);
    let chances: Vec<f64> = moves.iter().map(|it| it["p_make"].as_f64().unwrap()).collect();
    assert!(chances.is_sorted_by(|a, b| a >= b), "{chances:?}");
    assert_eq!(advice["held"][0]["domino"], "5-0");
}

const FEW: &str = "--samples 4 --deals 3 --player samples=2";

fn bid(more: &[&str]) -> (Option<i32>, String) {
    let words: Vec<&str> = ["bid"].into_iter().chain(more.iter().copied()).chain(FEW.split(' ')).collect();
    ask(&words, "")
}

#[test]
fn bids_are_told_for_every_declaration() {
    let (code, said) = bid(&["HAND", "--score", "3,4", "--dealer", "2", "--bids", "30 pass", "--json"]);
    assert_eq!(code, Some(0), "{said}");
    let bids: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((&bids["seat"], &bids["bid"], &bids["standing"]), (&1.into(), &31.into(), &30.into()));
    let rows = bids["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 10);
    for row in rows {
        assert_eq!(row["open_hand_by_bid"].as_array().unwrap().len(), 13);
        let points: f64 = row["points"].as_array().unwrap().iter().map(|it| it.as_f64().unwrap()).sum();
        assert!((points - 1.0).abs() < 1e-9, "{row}");
        assert_eq!(row["open_hand"], row["open_hand_by_bid"][1]);
    }
    let (code, said) = bid(&["HAND", "--threads", "1"]);
    assert_eq!((code, bid(&["HAND", "--threads", "3"]).1), (Some(0), said));
    for (words, sentence) in [
        (&["6-6 6-5"][..], "HAND: expected 7 different dominoes, got 2"),
        (&["HAND", "--bids", "30 29"], "--bids: `29` is not a call: expected pass or a bid"),
        (
            &["HAND", "--bids", "31 30"],
            "--bids: `30` is no call here: expected pass or a bid from 32 on, at most 84",
        ),
        (&["HAND", "--bids", "p p p p"], "--bids: expected at most three calls"),
        (
            &["HAND", "--bid", "3 marks"],
            "`126` is no call here: expected pass or a bid from 30 on, at most 84",
        ),
        (&["HAND", "--score", "7,0"], "expected marks of both sides, each 0 to 6, ours first"),
        (&["HAND", "--all-pass", "nello"], "expected reshake or dealer-bids"),
    ] {
        let (code, said) = bid(words);
        assert!(code == Some(2) && said.contains(sentence), "{words:?}: {said}");
    }
}

/// A device solves open hands and plays hands out as the CPU does.
#[test]
fn bids_are_the_same_on_a_device() {
    let player = "p-make 2 evaluator=cascade:2 posterior=contract";
    let on = |device| {
        let few = ["--samples", "1", "--deals", "3", "--json", "--player", player, "--device", device];
        let said = super::succeed(&mut boneyard(&[&["bid", HAND], &few[..]].concat())).stdout;
        serde_json::from_slice::<Value>(&said).unwrap()
    };
    assert_eq!(on("cpu"), on("wgpu"));
}

/// Random hands, by tenths; a file of them goes on where it ended.
#[test]
fn bids_are_calibrated() {
    let dir = tempfile::TempDir::new().unwrap();
    let out = dir.path().join("hands.jsonl");
    let calibrate = |hands: &str, more: &[&str]| {
        let words = ["bid", "--calibrate", hands, "--deals", "3", "--device", "cpu", "--player"];
        let words = [&words[..], &["greedy 2 evaluator=playout", "--json"], more].concat();
        let (code, said) = ask(&words, "");
        assert_eq!(code, Some(0), "{said}");
        serde_json::from_str::<Value>(&said).unwrap()
    };
    let whole = calibrate("12", &[]);
    let tenths = whole["tenths"].as_array().unwrap();
    assert_eq!(tenths.iter().map(|it| it["hands"].as_u64().unwrap()).sum::<u64>(), 12);
    assert_eq!(tenths.iter().map(|it| it["made"]["of"].as_u64().unwrap()).sum::<u64>(), 36);
    let out = ["--out", out.to_str().unwrap()];
    calibrate("5", &out);
    assert_eq!(calibrate("12", &[&out[..], &["--batch", "20"]].concat()), whole);
    assert_eq!(std::fs::read_to_string(out[1]).unwrap().lines().count(), 13);
    for (words, sentence) in [
        (&["bid"][..], "required arguments were not provided"),
        (&["bid", "HAND", "--calibrate", "5"], "cannot be used with"),
        (&["bid", "HAND", "--out", "file"], "--calibrate"),
        (&["bid", "--calibrate", "0"], "--calibrate 0: expected at least 1"),
    ] {
        let (code, said) = ask(words, "");
        assert!(code == Some(2) && said.contains(sentence), "{words:?}: {said}");
    }
}

/// What answers questions takes what `generate` takes.
#[test]
fn questions_are_asked_in_rounds_with_posteriors_and_networks() {
    let view = r#"{"hand": "6-6 6-5 6-4 6-1 5-5 4-2 1-0", "trump": "sixes"}"#;
    let common = ["--device", "cpu", "--adaptive", "se:2", "--min-samples", "24", "--max-samples", "48"];
    let rounds = [&common[..], &["--evaluator", "cascade:2"]].concat();
    let (code, said) = ask(&[&["evaluate"], &rounds[..]].concat(), view);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("\"worlds_used\":48") || said.contains("\"worlds_used\":24"), "{said}");
    assert_eq!(ask(&[&["advise", "HAND", "--trump", "sixes"], &rounds[..]].concat(), "").0, Some(0));
    let game = "sixes leader 0 | 0-0 1-0 1-1 2-0 2-1 2-2 3-0 | 3-1 3-2 3-3 4-0 4-1 4-2 4-3 | 4-4 5-0 5-1 5-2 5-3 5-4 5-5 \
                | 6-0 6-1 6-2 6-3 6-4 6-5 6-6 | 2-0 3-2 5-2 6-2";
    assert_eq!(ask(&[&["review", game], &rounds[..]].concat(), "").0, Some(0));
    let weighed =
        ["--device", "cpu", "--samples", "2", "--evaluator", "net:small", "--posterior", "contract"];
    for words in [&["evaluate"][..], &["advise", "HAND", "--trump", "sixes"], &["review", game]] {
        let (code, said) = ask(&[words, &weighed[..]].concat(), if words.len() == 1 { view } else { "" });
        assert_eq!(code, Some(0), "{said}");
        for (more, sentence) in [
            (&["--adaptive", "se:1", "--samples", "5"][..], "cannot be used with"),
            (&["--adaptive", "se:1", "--posterior", "contract"], "may draw a world twice"),
            (&["--adaptive", "se:1", "--min-samples", "2"], "--min-samples 2: expected 24"),
        ] {
            let (code, said) = ask(&[words, &["--device", "cpu"], more].concat(), view);
            assert!(code == Some(2) && said.contains(sentence), "{words:?} {more:?}: {said}");
        }
    }
    let (code, said) = ask(&["evaluate", "--adaptive", "se:1", "--restarts", "2", "--device", "cpu"], view);
    assert!(code == Some(2) && said.contains("--restarts: expected --samples"), "{said}");
}

#[test]
fn games_are_reviewed_wherever_they_are() {
    let dir = tempfile::TempDir::new().unwrap();
    let data = dir.path().join("data");
    super::succeed(&mut super::generate(&data, "--games 1 --evaluator cascade:2"));
    let row = ask(&["inspect", data.to_str().unwrap(), "--seed", "0"], "").1;
    // The hands and plays of the game as `inspect` prints them are a transcript.
    let hands: Vec<&str> =
        row.lines().filter(|line| line.starts_with("seat ")).map(|line| line[6..].trim()).collect();
    let plays: Vec<&str> = row
        .lines()
        .filter_map(|line| line.split_once(" plays ").map(|it| it.1.split(' ').next().unwrap()))
        .collect();
    let declaration = row.split_whitespace().nth(2).unwrap();
    let text = format!("{declaration} leader 0 | {} | {}", hands.join(" | "), plays.join(" "));
    let page = dir.path().join("page.html");
    let (code, by_text) = ask(&["review", &text, "QUICK", "--html", page.to_str().unwrap()], "");
    assert_eq!(code, Some(0), "{by_text}");
    assert!(by_text.contains("It adds up") && std::fs::read_to_string(page).unwrap().contains("<table>"));
    let same = |words: &[&str], input: &str| assert_eq!(ask(words, input), (Some(0), by_text.clone()));
    same(&["review", data.to_str().unwrap(), "--of-seed", "0", "QUICK"], "");
    same(&["review", "-", "QUICK"], &text);
    let json = format!(
        "{{\"hands\": \"{}\", \"trump\": \"{declaration}\", \"plays\": \"{}\"}}",
        hands.join("|"),
        plays.join(" ")
    );
    same(&["review", &json, "QUICK"], "");
    for (words, sentence) in [
        (&["review", data.to_str().unwrap()][..], "--of-seed: expected the seed of a game"),
        (&["review", &text, "--view"], "--view: expected a terminal to draw in, but stdout is none"),
        (&["review", "nowhere"], "is not a game: expected `sixes leader 0 bid 30 |"),
        (&["review", &text, "--evaluator", "contract"], "expected an evaluator that values them"),
    ] {
        let (code, said) = ask(words, "");
        assert!(code == Some(2) && said.contains(sentence), "{words:?}: {said}");
    }
}
