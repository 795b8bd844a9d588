//! `engine`: the line protocol from the outside.

use super::{boneyard, text};
use boneyard::core::{Coordinates, Purpose};
use boneyard::rules::{Domino, Game, tiles_of};
use boneyard_arena::Contracts;
use boneyard_arena::protocol::{Reply, Request};
use std::io::{BufRead, BufReader, Write};
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

const QUICK: &[&str] = &["engine", "--player", "greedy 2 evaluator=playout"];

fn say(arguments: &[&str], input: &str) -> Output {
    let mut child = boneyard(arguments).stdin(Stdio::piped()).spawn().unwrap();
    // An engine that has refused a line no longer listens.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

/// Requests from random games, in any order.
fn requests(n: usize) -> Vec<Request> {
    let mut random = Coordinates { seed: 5, replicate: 0, ply: 0 }.stream(Purpose::Other, 1);
    let mut requests = Vec::with_capacity(n + 28);
    for deal in 0.. {
        if requests.len() >= n {
            break;
        }
        let mut setup = Contracts::Dropped30.setup(deal);
        let declaration = [0, 1, 2, 3, 4, 5, 6, 7, 9][random.below(9) as usize];
        setup.declaration = boneyard::rules::Declaration::new(declaration).unwrap();
        let mut game: Game = setup.start();
        while !game.table().is_over() {
            requests.push(Request::Play { view: game.view(), bidder: setup.bidder });
            let legal: Vec<Domino> = tiles_of(game.legal()).collect();
            game.play(legal[random.below(legal.len() as u32) as usize]).unwrap();
        }
    }
    for i in (1..requests.len()).rev() {
        requests.swap(i, random.below(i as u32 + 1) as usize);
    }
    requests.truncate(n);
    requests
}

/// 2,000 requests, or as many as `BONEYARD_FUZZ_CASES` says.
#[test]
fn answers_hold_whatever_the_order() {
    let n = std::env::var("BONEYARD_FUZZ_CASES").map_or(2_000, |cases| cases.parse().expect("a number"));
    let requests = requests(n);
    let input: String = requests.iter().map(|request| request.line() + "\n").collect();
    let mut child = boneyard(QUICK).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()).unwrap());
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    for request in &requests {
        let Request::Play { view, .. } = request else { unreachable!() };
        let line = lines.next().unwrap().unwrap();
        Reply::parse(&line, view).unwrap_or_else(|what| panic!("{}: {line}: {what}", request.line()));
    }
    writer.join().unwrap();
    assert!(lines.next().is_none());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn leaders_points_and_declarations_are_the_protocols() {
    let output = say(
        QUICK,
        "0 5 0 9 20 22 26 15 3 7 0\n\n  \n\
         3 4 2 2 10 12 16 23 25 26 12 2 5 3 23 0 3 1 17 2 9 3 25 0 7 1 8 3 2 0 4 1 22 2 1\r\n\
         declare 1 27 26 25 22 20 13 1\n\
         3 4 2 2 10 12 16 23 25 26 18 2 5 3 23 0 3 1 17 2 9 3 25 0 7 1 8 3 2 0 4 1 22 2 1 3 10 0 15 1 14 2 13 1 18 2 11",
    );
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let lines: Vec<String> = text(&output.stdout).lines().map(str::to_owned).collect();
    let tails: Vec<&str> =
        lines.iter().map(|line| line.split_once(' ').map_or(&line[..], |it| it.1)).collect();
    assert_eq!(tails, ["0 0 0", "3 1 17", "6", "1 1 23"]);
}

#[test]
fn a_bad_line_ends_it_without_an_answer() {
    let good = "0 5 0 9 20 22 26 15 3 7 0\n";
    for bad in [
        "hello",
        "0 5 0 9 20 22 26 15 3 7",
        "0 5 0 9 20 22 26 15 3 3 0",
        "declare 0 1",
        "1 5 0 9 20 22 26 15 3 7 0",
    ] {
        let output = say(QUICK, &format!("{bad}\n{good}"));
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(101), String::new()), "{bad}");
        assert!(text(&output.stderr).starts_with("boneyard engine: "), "{}", text(&output.stderr));
        let output = say(QUICK, &format!("{good}{bad}\n{good}"));
        assert_eq!((output.status.code(), text(&output.stdout).lines().count()), (Some(101), 1), "{bad}");
    }
    let output = say(&["engine", "--player", "p-mke"], good);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), String::new()));
}

/// Names are told where players are asked for, and how long answers take.
#[test]
fn it_has_names_and_looks_at_the_clock() {
    for command in ["engine", "arena", "bid"] {
        let help = text(&boneyard(&[command, "--help"]).output().unwrap().stdout);
        for player in boneyard_arena::PLAYERS {
            assert!(help.contains(player.description), "{command}: {help}");
        }
    }
    let said = say(&["engine", "--player", "greedy 2 evaluator=playout", "--measure", "3"], "");
    let said = text(&said.stdout);
    assert!(said.starts_with("84 answers, ") && said.contains("0 took longer than a second"), "{said}");
    assert_eq!(say(&["engine", "--player", "strong 50"], "").status.code(), Some(2));
}

/// An answer is there as soon as its request is, and in good time.
#[test]
fn it_answers_one_by_one() {
    let mut child = boneyard(&["engine"]).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    for request in
        requests(200).iter().filter(|it| matches!(it, Request::Play { view, .. } if view.table().ply() >= 8))
    {
        let begun = Instant::now();
        writeln!(stdin, "{}", request.line()).unwrap();
        lines.next().unwrap().unwrap();
        // Ten times what is promised of a quiet machine.
        assert!(begun.elapsed() < Duration::from_secs(10));
    }
    drop(stdin);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
