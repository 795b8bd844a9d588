//! The calculator as its users see it, without starting a process.

mod bad_input;
mod fuzz;
mod golden;

use super::{Command, answer_all};
use crate::cli::{self, Cli};
use clap::Parser;
use serde_json::{Value, json};

/// A calculator command from its command line.
fn command(line: &str) -> anyhow::Result<Command> {
    let words = std::iter::once("boneyard").chain(line.split_whitespace());
    match Cli::try_parse_from(words)?.command {
        cli::Command::Calculator(command) => Command::new(&command),
        other => panic!("{other:?} is no calculator"),
    }
}

/// The output for some input, line by line; checks that it is one JSON object for each line.
fn answers_to(command: &Command, input: &[u8]) -> Vec<Value> {
    let mut output = Vec::new();
    let n_refused = answer_all(command, input, &mut output).expect("a vector takes everything");
    let output = String::from_utf8(output).expect("JSON is UTF-8");
    let answers: Vec<Value> = output.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    assert!(answers.iter().all(Value::is_object), "{output}");
    assert_eq!(answers.len(), input.split_inclusive(|&byte| byte == b'\n').count(), "{output}");
    assert_eq!(answers.iter().filter(|answer| answer.get("error").is_some()).count() as u64, n_refused);
    answers
}

/// The answers to objects, one a line.
fn ask(line: &str, questions: &[Value]) -> Vec<Value> {
    let input: String = questions.iter().map(|question| format!("{question}\n")).collect();
    answers_to(&command(line).unwrap(), input.as_bytes())
}

/// An answer without the position or view that its question was about.
fn without_question(answer: &Value) -> Value {
    let mut answer = answer.clone();
    let fields = answer.as_object_mut().unwrap();
    for name in super::position::FIELDS.iter().filter(|name| **name != "sizes") {
        fields.remove(*name);
    }
    answer
}

/// A view's answer may repeat the sizes that were given; they are right.
#[test]
fn answers_are_questions_too() {
    let dealt = ask("deal", &[json!({"id": "first", "seed": 7, "trump": "sixes", "plays": []})]);
    let solved = ask("solve", &dealt);
    let evaluated = ask("evaluate --samples 2", &solved);
    let answer = &ask("tokens", &ask("worlds", &ask("legal", &evaluated)))[0];
    for (name, value) in [
        ("id", json!("first")),
        ("seed", json!(7)),
        ("trump", json!("sixes")),
        ("hands", dealt[0]["hands"].clone()),
    ] {
        assert_eq!(answer[name], value, "{name}");
    }
    for own in ["q", "e_q", "count", "slots", "mask"] {
        assert!(answer.get(own).is_some(), "{own}");
    }
    // What went wrong before is what is wrong.
    let refused = answers_to(&command("solve").unwrap(), b"{\"id\": 3, \"error\": \"seed: no\"}");
    assert_eq!(refused, [json!({"id": 3, "error": "seed: no"})]);
}

/// What calculators say they answer with is what they answer with.
#[test]
fn answers_have_the_fields_of_their_lists() {
    let position = late_position(3, 13);
    for (line, names) in [
        ("legal", super::legal::FIELDS),
        ("worlds --list --draw 1", super::worlds::FIELDS),
        ("solve", super::solve::FIELDS),
        ("evaluate --samples 4 --restarts 2", super::evaluate::FIELDS),
        ("tokens", super::tokens::FIELDS),
    ] {
        let answer = &ask(line, std::slice::from_ref(&position))[0];
        let mut own: Vec<&str> = answer.as_object().unwrap().keys().map(String::as_str).collect();
        own.retain(|name| position.get(name).is_none());
        let mut names: Vec<&str> = names.to_vec();
        names.sort_unstable();
        own.sort_unstable();
        assert_eq!(own, names, "{line}");
    }
}

/// Whatever way a position is written, it is the same position.
#[test]
fn positions_in_other_words() {
    let position = late_position(4, 9);
    let name = |id: &Value| {
        let domino = boneyard::rules::Domino::new(id.as_u64().unwrap()).unwrap();
        format!("{}{}", domino.low(), domino.high())
    };
    let names = |list: &Value| list.as_array().unwrap().iter().map(name).collect::<Vec<_>>();
    let mut said = position.clone();
    for seat in 0..4 {
        let mut hand = names(&position["hands"][seat]);
        hand.reverse();
        said["hands"][seat] = if seat % 2 == 0 { json!(hand) } else { json!(hand.join(" ")) };
    }
    said["plays"] = json!(names(&position["plays"]).join(", "));
    said["trump"] = json!("4s");
    said.as_object_mut().unwrap().remove("declaration");
    said["leader"] = json!("seat 0");
    for line in ["legal", "worlds", "solve", "evaluate --samples 8", "tokens"] {
        let alone = |question: &Value| without_question(&ask(line, std::slice::from_ref(question))[0]);
        assert_eq!(alone(&said), alone(&position), "{line}");
    }
    let hands = (0..4).map(|seat| names(&position["hands"][seat]).join(" ")).collect::<Vec<_>>().join(" | ");
    said["hands"] = json!(hands);
    assert_eq!(without_question(&ask("solve", &[said])[0]), without_question(&ask("solve", &[position])[0]));
}

#[test]
fn what_is_left_out_is_what_is_likely() {
    let hand = "6-6 6-5 6-4 6-1 5-5 4-2 1-0";
    let worlds = |question: Value| ask("worlds", &[question]).remove(0);
    let alone = worlds(json!({"hand": hand}));
    assert_eq!(
        (&alone["declaration"], &alone["leader"], &alone["seat"]),
        (&json!("sixes"), &json!(0), &json!(0))
    );
    let third = worlds(json!({"hand": hand, "seat": 2, "trump": "fives", "plays": "5-0 5-2"}));
    assert_eq!((&third["leader"], &third["seat"], &third["mover"]), (&json!(0), &json!(2), &json!(2)));
    let after_a_trick =
        worlds(json!({"hand": hand, "seat": 3, "trump": "fives", "plays": "5-0 5-2 5-5 5-1"}));
    assert_eq!((&after_a_trick["leader"], &after_a_trick["seat"]), (&json!(1), &json!(3)));
    let bid = worlds(json!({"hand": hand, "bidder": 2, "trump": "nt", "plays": "3-3", "bid": "2 marks"}));
    assert_eq!((&bid["leader"], &bid["seat"]), (&json!(2), &json!(3)));
}

#[test]
fn answers_keep_the_order_and_the_rest_is_answered() {
    let input = b"{\"seed\": 3}\n\n{\"seed\": -3}\n\xff\n{\"seed\": \"4\"}";
    let answers = answers_to(&command("deal").unwrap(), input);
    let seeds: Vec<&Value> = answers.iter().map(|answer| &answer["seed"]).collect();
    assert_eq!(seeds, [&json!(3), &Value::Null, &Value::Null, &Value::Null, &json!("4")]);
}

#[test]
fn an_answer_is_written_before_more_input_is_read() {
    let (reader, writer) = std::io::pipe().unwrap();
    let (answer_reader, answer_writer) = std::io::pipe().unwrap();
    let run = std::thread::spawn(move || {
        answer_all(&Command::Deal, std::io::BufReader::new(reader), answer_writer).unwrap()
    });
    let mut answers = std::io::BufReader::new(answer_reader);
    for seed in [5, 6] {
        std::io::Write::write_all(&mut &writer, format!("{{\"seed\": {seed}}}\n").as_bytes()).unwrap();
        let mut answer = String::new();
        std::io::BufRead::read_line(&mut answers, &mut answer).unwrap();
        assert!(answer.starts_with(&format!("{{\"seed\":{seed},")), "{answer}");
    }
    drop(writer);
    assert_eq!(run.join().unwrap(), 0);
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let positions: Vec<Value> = (0..20).map(|seed| late_position(seed, 12)).collect();
    for line in ["solve", "evaluate --samples 20 --restarts 4"] {
        let with = |n_threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
            pool.install(|| ask(line, &positions))
        };
        assert_eq!(with(1), with(3), "{line}");
    }
}

#[test]
fn evaluating_a_generated_decision_again_gives_what_is_on_record() {
    use boneyard::{
        core::{Deals, Host, Pipeline, Sampling, Setup},
        rules::{Bid, Declaration, Seat},
        strategies::{evaluator::Solver, policy::PolicySpec, sampler::Unrank},
    };
    let (seed, policy) = (77, "mixed");
    let (deal, bidder) = (Deals::Python.deal(seed), Seat::new(2).unwrap());
    let setup = Setup { seed, deal, declaration: Declaration::SIXES, bidder, bid: Bid::THIRTY };
    let choices = policy.parse::<PolicySpec>().unwrap().build();
    let mut pipeline =
        Pipeline::new(Host::default(), Unrank::default(), Solver, choices, Sampling::new(10)).unwrap();
    let game = &pipeline.play(&[setup], &mut ()).unwrap().games[0];
    let last = game.decisions.last().unwrap();
    let plays: Vec<i8> = last.plays[..27].to_vec();
    let start = position_of(&setup.start());
    for decision in game.decisions.iter().filter(|decision| decision.estimate.is_some()) {
        let mut position = start.clone();
        position["plays"] = json!(plays[..usize::from(decision.ply)]);
        let line = format!("evaluate --samples 10 --seed {seed} --policy {policy}");
        let answer = &ask(&line, &[position])[0];
        let estimate = decision.estimate.as_ref().unwrap();
        for slot in (0..7).filter(|slot| decision.legal >> slot & 1 == 1) {
            let same = |key: &str, recorded: Option<f64>| {
                assert!((answer[key][slot].as_f64().unwrap() - recorded.unwrap()).abs() < 1e-9, "{key}");
            };
            same("e_q", estimate.mean(slot));
            same("q_var", estimate.variance(slot));
            same("p_make", estimate.p_make(slot));
        }
        assert_eq!(answer["choice"], decision.choice.slot);
        assert_eq!(answer["worlds_total"], decision.worlds_total);
    }
}

/// The position after `n_plays` lowest legal dominoes.
fn late_position(seed: u64, n_plays: usize) -> Value {
    use boneyard::rules::{Deal, Declaration, Game, Seat, tiles_of};
    let declaration = Declaration::new(seed % 10).unwrap();
    let mut game = Game::new(Deal::from_seed(seed), declaration, Seat::new(seed % 4).unwrap());
    for _ in 0..n_plays {
        game.play(tiles_of(game.legal()).next().unwrap()).unwrap();
    }
    position_of(&game)
}

fn position_of(game: &boneyard::rules::Game) -> Value {
    let ids = |hand| -> Vec<u8> { boneyard::rules::tiles_of(hand).map(|domino| domino.id()).collect() };
    let table = game.table();
    json!({
        "hands": game.deal().hands().map(ids),
        "declaration": table.declaration().id(),
        "leader": table.first_leader().id(),
        "plays": table.plays().map(|domino| domino.id()).collect::<Vec<_>>(),
    })
}

/// What the mover of a position knows of it.
fn view_of(position: &Value, mover: usize) -> Value {
    let mut view = position.clone();
    view.as_object_mut().unwrap().remove("hands");
    view["seat"] = json!(mover);
    view["hand"] = position["hands"][mover].clone();
    view
}
