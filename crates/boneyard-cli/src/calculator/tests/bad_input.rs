//! Bad input: one clear sentence each, in the place of the answer.

use super::{answers_to, command, late_position, view_of, without_question};
use crate::calculator::lines::LONGEST;
use serde_json::{Value, json};

/// The deal of seed 0, fives, seat 0 leads, the first trick played.
fn position() -> Value {
    json!({
        "hands": [
            [0, 3, 5, 7, 10, 14, 17],
            [2, 4, 18, 19, 21, 23, 25],
            [6, 9, 11, 15, 20, 22, 26],
            [1, 8, 12, 13, 16, 24, 27],
        ],
        "declaration": 5,
        "leader": 0,
        "plays": [17, 18, 20, 16],
    })
}

fn view() -> Value {
    view_of(&position(), 2)
}

fn with(mut question: Value, field: &str, value: Value) -> Value {
    question[field] = value;
    question
}

fn without(mut question: Value, field: &str) -> Value {
    question.as_object_mut().unwrap().remove(field);
    question
}

fn refused_line(line: &str, input: &[u8], sentence: &str) {
    let answers = answers_to(&command(line).unwrap(), input);
    assert_eq!(answers, [json!({"error": sentence})], "{line}: {}", String::from_utf8_lossy(input));
}

fn refused(lines: &[&str], question: Value, sentence: &str) {
    lines.iter().for_each(|line| refused_line(line, question.to_string().as_bytes(), sentence));
}

const ALL: [&str; 6] = ["deal", "legal", "worlds", "solve", "evaluate --samples 2", "tokens"];
const POSITIONS: [&str; 5] = ["legal", "worlds", "solve", "evaluate --samples 2", "tokens"];
const VIEWS: [&str; 2] = ["worlds", "evaluate --samples 2"];

#[test]
fn these_are_good() {
    for line in POSITIONS {
        for good in [
            position(),
            with(position(), "declaration", json!("fives")),
            with(with(position(), "bid", json!(84)), "bidder", json!(3)),
        ] {
            let answers = answers_to(&command(line).unwrap(), good.to_string().as_bytes());
            assert_eq!(answers[0].get("error"), None, "{line} {good}");
        }
    }
    for line in VIEWS {
        let asked = |question: Value| {
            let answers = answers_to(&command(line).unwrap(), question.to_string().as_bytes());
            let alone = |answer| {
                let mut answer = without_question(answer);
                answer.as_object_mut().unwrap().remove("sizes");
                answer
            };
            answers.iter().map(alone).collect::<Vec<_>>()
        };
        assert_eq!(asked(view()), asked(position()));
        assert_eq!(asked(with(view(), "sizes", json!([6, 6, 6]))), asked(position()));
    }
}

#[test]
fn lines_that_are_no_object() {
    for line in ALL {
        refused_line(line, b"\n", "empty line: expected a JSON object");
        refused_line(line, b" \t\r\n", "empty line: expected a JSON object");
        refused_line(line, b"{\"seed\": \xff}", "not UTF-8 at byte 9: expected a JSON object");
        refused_line(
            line,
            b"{\"hands\": [[0, 3, 5",
            "not JSON: EOF while parsing a list at column 19: expected a JSON object",
        );
        refused_line(line, b"{} {}", "not JSON: trailing characters at column 4: expected a JSON object");
        refused_line(line, b"{\"a\": NaN}", "not JSON: expected value at column 7: expected a JSON object");
        refused_line(line, b"[1]", "invalid type: sequence, expected a JSON object");
        refused_line(line, b"17", "invalid type: integer `17`, expected a JSON object");
        let nested = "[".repeat(100_000);
        refused_line(
            line,
            format!("{{\"a\": {nested}").as_bytes(),
            "not JSON: recursion limit exceeded at column 133: expected a JSON object",
        );
        refused_line(
            line,
            &vec![b' '; LONGEST + 1],
            "line of 1048577 bytes: expected a JSON object of at most 1048576 bytes",
        );
    }
}

#[test]
fn fields() {
    let only = "expected only hands, seat, hand, declaration, trump, leader, plays, bid, bidder, sizes, or what a \
                calculator answers";
    refused(&ALL, with(position(), "clubs", json!(5)), &format!("unknown field `clubs`: {only}"));
    refused(
        &ALL,
        with(position(), "trumps", json!(5)),
        &format!("unknown field `trumps`, where `trump` is nearly that: {only}"),
    );
    refused(
        &ALL,
        with(position(), &"x".repeat(1000), json!(5)),
        &format!("unknown field `{}…`: {only}", "x".repeat(60)),
    );
    refused(
        &POSITIONS,
        with(position(), "hand", json!([])),
        "`hand` and `hands` are both given: expected one of them",
    );
    refused(
        &POSITIONS,
        with(position(), "trump", json!(5)),
        "`declaration` and `trump` are both given: expected one of them",
    );
    for command in ["legal", "solve", "tokens"] {
        let sentence = format!(
            "{command} needs all four hands: expected `hands`, not the view of one seat, which worlds and evaluate answer"
        );
        refused(&[command], view(), &sentence);
    }
    refused_line("deal", b"{\"seed\": 1, \"seed\": 1}", "field `seed` is given twice: expected it once");
    refused(
        &["legal", "solve", "tokens"],
        json!({}),
        "missing field `hands`: expected four hands of 7 dominoes",
    );
    let a_hand =
        "missing field `hand`: expected 7 dominoes, such as \"6-6 6-5 6-4 6-1 5-5 4-2 1-0\" or a list of ids";
    refused(&VIEWS, json!({}), a_hand);
    refused(&VIEWS, without(view(), "hand"), a_hand);
    refused(
        &VIEWS,
        without(view(), "declaration"),
        "missing field `declaration`: expected 0-9 or a name such as \"sixes\"",
    );
    refused(&POSITIONS, with(position(), "seat", json!(1)), "seat 1 is given, but it is the turn of seat 2");
}

#[test]
fn values() {
    let seed = |value: Value| {
        let sentence = format!(
            "seed: expected a whole number from 0 to 18446744073709551615, or its digits as a string, got {value}"
        );
        refused(&["deal"], json!({"seed": value}), &sentence);
    };
    for bad in
        [json!(-1), json!(1.0), json!(1e300), json!("x"), json!(""), json!("+1"), json!(null), json!([0])]
    {
        seed(bad);
    }
    seed(json!("18446744073709551616"));
    let check = |field: &str, value: Value, sentence: &str| {
        refused(&POSITIONS, with(position(), field, value.clone()), sentence);
        if field != "hands" {
            refused(&VIEWS, with(view(), field, value), sentence);
        }
    };
    check("leader", json!(4), "leader: 4 is not a seat: seats are 0, 1, 2, 3");
    check("leader", json!(-1), "leader: expected a seat 0-3, got -1");
    check("bidder", json!(null), "bidder: expected a seat 0-3, got null");
    check(
        "bid",
        json!(29),
        "bid: 29 is not a bid: expected 30-42 points, or a multiple of 42 up to 4200 for marks",
    );
    check("bid", json!(30.5), "bid: expected 30-42, or a multiple of 42 up to 4200 for marks, got 30.5");
    let names = "blanks, ones, twos, threes, fours, fives, sixes, doubles-trump, doubles-suit, notrump";
    let declaration =
        |name: &str| format!("declaration: `{name}` is not a declaration: expected 0-9 or one of {names}");
    check("declaration", json!(10), &declaration("10"));
    check("declaration", json!("spades"), &declaration("spades"));
    check("declaration", json!("doubles"), &declaration("doubles"));
    check("declaration", json!([5]), "declaration: expected 0-9 or a name such as \"sixes\", got [5]");
    let a_domino = "is not a domino: expected two pips 0-6 such as 6-4 or 64";
    check("plays", json!(17), "plays: expected dominoes such as \"6-4 5-5\", or a list of ids 0-27, got 17");
    check("plays", json!([17, "18"]), &format!("plays[1]: `18` {a_domino}"));
    check("plays", json!("5-2 5-8"), &format!("plays: `5-8` {a_domino}"));
    check("plays", json!([17, 18.0]), "plays[1]: expected a domino such as \"6-4\", or an id 0-27, got 18.0");
    check("plays", json!([28]), "plays[0]: 28 is not a domino: ids run from 0 (0-0) to 27 (6-6)");
    check("hands", json!("all"), &format!("hands: `all` {a_domino}"));
    check("hands", json!(7), "hands: expected four hands of 7 dominoes, got 7");
    check("hands", json!([[], [], []]), "hands: expected four hands of 7 dominoes, got 3 hands");
    check(
        "hands",
        json!([[0, 1], 5]),
        "hands[1]: expected dominoes such as \"6-4 5-5\", or a list of ids 0-27, got 5",
    );
    check("hands", json!([[-1]]), "hands[0][0]: expected a domino such as \"6-4\", or an id 0-27, got -1");
    check(
        "bid",
        json!("lots"),
        "bid: `lots` is not a bid: expected 30-42 points, marks such as `2 marks`, or a multiple of 42 up to 4200",
    );
    check("leader", json!("north"), "leader: `north` is not a seat: seats are 0, 1, 2, 3");
}

#[test]
fn hands() {
    let mut six = position();
    six["hands"][2].as_array_mut().unwrap().pop();
    refused(&POSITIONS, six, "the hand of seat 2 has 6 dominoes, expected 7");
    let mut eight = position();
    eight["hands"][1].as_array_mut().unwrap().push(json!(27));
    refused(&POSITIONS, eight, "the hand of seat 1 has 8 dominoes, expected 7");
    let mut twice = position();
    twice["hands"][3][0] = json!(0);
    refused(&POSITIONS, twice, "domino 0 (0-0) appears twice");
    refused(
        &VIEWS,
        with(view(), "hand", json!([6, 9, 11, 15, 22, 26])),
        "the hand has 6 dominoes, expected the 7 that the seat was dealt, played ones included",
    );
    refused(&VIEWS, with(view(), "hand", json!([6, 6, 9, 11, 15, 22, 26])), "domino 6 (3-0) appears twice");
}

#[test]
fn plays() {
    let check = |plays: Value, sentence: &str| {
        refused(&POSITIONS, with(position(), "plays", plays), sentence);
    };
    check(json!([18]), "play 1: seat 0 is to play and does not hold domino 18 (5-3)");
    check(json!([17, 18, 17]), "play 3: domino 17 (5-2) has been played already");
    check(json!([17, 2]), "play 2: seat 1 revokes with domino 2 (1-1): it holds 5-3, which follows suit");
    let over = late_position(0, 28);
    let mut beyond = over.clone();
    beyond["plays"].as_array_mut().unwrap().push(json!(0));
    refused(&POSITIONS, beyond, "play 29: the hand is over after 28 plays");
    refused(
        &["solve", "worlds", "evaluate --samples 2", "tokens"],
        over.clone(),
        "the hand is over: there is no move to ask about",
    );
    let last = &answers_to(&command("legal").unwrap(), over.to_string().as_bytes())[0];
    assert_eq!((&last["mover"], &last["slots"], &last["table"]), (&Value::Null, &json!([]), &json!([])));
    refused(
        &VIEWS,
        with(view(), "seat", json!(1)),
        "play 2: seat 1 is to play and does not hold domino 18 (5-3)",
    );
    refused(
        &VIEWS,
        with(view(), "plays", json!([22])),
        "play 1: seat 0 is to play, but domino 22 (6-1) is in the hand of seat 2",
    );
    refused(&VIEWS, with(view(), "plays", json!([17])), "seat 2 is given, but it is the turn of seat 1");
    refused(
        &VIEWS,
        with(view(), "sizes", json!([6, 6, 5])),
        "sizes: after 4 plays the three other seats hold [6,6,6] dominoes, got [6,6,5]",
    );
    refused(
        &VIEWS,
        with(view(), "plays", json!([17, 18, 20, 27, 15, 16])),
        "play 6: seat 3 plays domino 16 (5-1) although it failed to follow that suit before: one of the two \
         plays is wrong",
    );
}

#[test]
fn a_view_without_a_world() {
    // Sixes are trump. Seats 1, 2 and 3 discard on every trump that seat 0 leads, yet five sixes are unseen.
    let view = json!({
        "seat": 0, "hand": [27, 26, 0, 1, 2, 3, 4], "declaration": 6, "leader": 0, "plays": [27, 5, 6, 7],
    });
    let sentence =
        "no world agrees with this view: the unseen dominoes cannot be dealt to the three other seats";
    refused(&VIEWS, view, sentence);
}

#[test]
fn too_many_worlds_to_list() {
    refused(
        &["worlds --list"],
        late_position(0, 0),
        "399072960 worlds are too many to list: expected at most 1000000",
    );
}

#[test]
fn options() {
    let check = |line: &str, sentence: &str| {
        let error = command(line).err().expect(line);
        assert!(error.is::<crate::exit::BadInput>(), "{line}");
        assert_eq!(error.to_string(), sentence);
    };
    // What clap reads, clap refuses.
    let check_value = |line: &str, sentence: &str| {
        let error = command(line).err().expect(line);
        assert!(error.is::<clap::Error>(), "{line}");
        assert!(error.to_string().starts_with(&format!("error: invalid value {sentence}\n")), "{error}");
    };
    check("evaluate --samples 0", "--samples: expected 1 to 16777216 worlds, got 0");
    check("evaluate --samples 16777217", "--samples: expected 1 to 16777216 worlds, got 16777217");
    check(
        "evaluate --samples 8 --restarts 1",
        "--restarts: expected 2 or more, as one run has no spread, got 1",
    );
    check(
        "evaluate --samples 8 --restarts 3",
        "--restarts: expected a number that divides the 8 samples, got 3",
    );
    check_value(
        "evaluate --samples 8 --policy softmax:NaN",
        "'softmax:NaN' for '--policy <POLICY>': softmax:T NaN: expected a temperature from 0.0001 to 1000",
    );
    check("worlds --draw 0", "--draw: expected 1 to 1000000 worlds, got 0");
    check("worlds --draw 1000001", "--draw: expected 1 to 1000000 worlds, got 1000001");
    check_value(
        "worlds --draw 1 --sampler mcmc",
        "'mcmc' for '--sampler <SAMPLER>': expected affine, uniform, distinct, stratified, first-fit, backtracking \
         or first-fit+backtracking",
    );
}
