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
