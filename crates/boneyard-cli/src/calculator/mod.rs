//! The engine as a calculator: one JSON object a line in, one a line out, in the same order.
//!
//! Every line is answered by exactly one line. One that cannot be answered (an empty one too) gets
//! `{"error": "…"}` in its place, one sentence; the others are answered all the same, and the exit code is 2
//! at the end. Wrong options are refused before anything is read.
//!
//! An answer begins with the fields of its question, so that `deal | solve | evaluate` is a question too, and an `id` comes back.
//! What another calculator answered stays there, its error too.

mod deal;
mod evaluate;
mod fields;
mod legal;
mod lines;
mod position;
mod solve;
#[cfg(test)]
mod tests;
mod tokens;
mod worlds;

use crate::{
    cli::Calculator,
    exit::{BAD_INPUT, say},
};
use boneyard::rules::{Game, View};
use boneyard_run::threads;
use evaluate::Evaluate;
use fields::{Fields, Refusal};
use lines::{LONGEST, Line};
use position::Contracted;
use rayon::prelude::*;
use serde::Serialize;
use serde_json::{Map, Value};
use std::{
    collections::BTreeMap,
    io::{self, BufRead, Write},
    process::ExitCode,
};
use worlds::Worlds;

/// Answers `input` line by line. A reader that goes away, as `head` does, has had enough: no error.
pub fn run(command: Calculator, input: impl BufRead, output: impl Write) -> anyhow::Result<ExitCode> {
    let command = Command::new(&command)?;
    if command.shares_work() {
        threads::start()?;
    }
    let refused = answer_all(&command, input, output)?;
    if refused == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    let lines = if refused == 1 { "1 line was" } else { &format!("{refused} lines were") };
    say(&format!("boneyard: {lines} not answered; the reason stands in its place"));
    Ok(ExitCode::from(BAD_INPUT))
}

/// A command with its options checked.
enum Command {
    Deal,
    Legal,
    Worlds(Worlds),
    Solve,
    Evaluate(Box<Evaluate>),
    Tokens,
}

impl Command {
    fn new(command: &Calculator) -> anyhow::Result<Self> {
        Ok(match command {
            Calculator::Deal => Self::Deal,
            Calculator::Legal => Self::Legal,
            Calculator::Worlds(options) => Self::Worlds(Worlds::new(options)?),
            Calculator::Solve => Self::Solve,
            Calculator::Evaluate(options) => Self::Evaluate(Box::new(Evaluate::new(options)?)),
            Calculator::Tokens => Self::Tokens,
        })
    }

    /// Whether threads share the work: the lines of `solve`, and the worlds of one line of `evaluate`.
    fn shares_work(&self) -> bool {
        matches!(self, Self::Solve | Self::Evaluate(_))
    }

    /// The answers to a batch, in its order, each given to `write` as soon as memory wants to be rid of it.
    fn answer(&self, batch: &[Line], mut write: impl FnMut(Answered) -> io::Result<()>) -> io::Result<()> {
        if let Self::Solve = self {
            let answers: Vec<Answered> = batch
                .par_iter()
                .map_init(solve::scratch, |scratch, line| {
                    answer(line, solve::FIELDS, |fields| solve::answer(fields, scratch))
                })
                .collect();
            return answers.into_iter().try_for_each(write);
        }
        batch.iter().try_for_each(|line| {
            write(match self {
                Self::Deal => answer(line, deal::FIELDS, deal::answer),
                Self::Legal => answer(line, legal::FIELDS, legal::answer),
                Self::Worlds(worlds) => answer(line, worlds::FIELDS, |fields| worlds.answer(fields)),
                Self::Solve => unreachable!("answered above"),
                Self::Evaluate(evaluate) => answer(line, evaluate::FIELDS, |fields| evaluate.answer(fields)),
                Self::Tokens => answer(line, tokens::FIELDS, tokens::answer),
            })
        })
    }
}

/// What fields ask about, for commands that ask in other words.
pub fn question(fields: Map<String, Value>) -> Result<(View, Contracted), String> {
    let mut fields = Fields::from(fields);
    position::view(&mut fields).map_err(|Refusal(what)| what)
}

/// The game that a position with its plays is.
pub fn played(line: &[u8]) -> Result<(Game, Contracted), String> {
    let read = Fields::parse(line).and_then(|mut fields| {
        fields.check()?;
        position::position(&mut fields, "review")
    });
    read.map_err(|Refusal(what)| what)
}

/// One line of output, and whether it is an answer.
struct Answered {
    text: String,
    refused: bool,
}

/// The fields of each calculator's answers.
const ANSWERS: [&[&str]; 6] =
    [deal::FIELDS, legal::FIELDS, worlds::FIELDS, solve::FIELDS, evaluate::FIELDS, tokens::FIELDS];

/// Whether a calculator reads a field or answers with it.
fn is_known(name: &str) -> bool {
    name == "id" || position::FIELDS.contains(&name) || ANSWERS.iter().any(|names| names.contains(&name))
}

/// `own` are the names of the answer's fields; what the question has under these names was another answer's.
fn answer<A: Serialize>(
    line: &Line,
    own: &[&str],
    answer: impl FnOnce(&mut Fields) -> Result<A, Refusal>,
) -> Answered {
    let mut fields = Fields::default();
    let answer = match line {
        Line::Whole(line) => Fields::parse(line).and_then(|parsed| {
            fields = parsed;
            fields.check()?;
            answer(&mut fields)
        }),
        Line::TooLong(length) => {
            Err(Refusal(format!("line of {length} bytes: expected a JSON object of at most {LONGEST} bytes")))
        }
    };
    let refused = answer.is_err();
    let text = match answer {
        Ok(answer) => together(fields.beside(own), &answer),
        Err(Refusal(error)) => {
            let id = fields.beside(&[]).filter(|(name, _)| *name == "id").take(1);
            together(id, &BTreeMap::from([("error", error)]))
        }
    };
    Answered { text, refused }
}

/// One object of fields and of an answer, which is one too.
fn together<'a>(fields: impl Iterator<Item = (&'a String, &'a Value)>, answer: &impl Serialize) -> String {
    const JSON: &str = "numbers, strings and lists are JSON";
    let mut text = String::from("{");
    for (name, value) in fields {
        let name = serde_json::to_string(name).expect(JSON);
        text += &format!("{name}:{},", serde_json::to_string(value).expect(JSON));
    }
    let answer = serde_json::to_string(answer).expect(JSON);
    text + answer.strip_prefix('{').expect("an answer is an object")
}

/// Writes one line for each line of `input`; how many were refused.
fn answer_all(command: &Command, input: impl BufRead, mut output: impl Write) -> io::Result<u64> {
    let mut n_refused = 0;
    lines::batches(input, |batch| {
        let answered = command.answer(&batch, |Answered { text, refused }| {
            n_refused += u64::from(refused);
            output.write_all(text.as_bytes())?;
            output.write_all(b"\n")
        });
        answered.and_then(|()| output.flush()).map_err(failed("cannot write the output"))
    })?;
    Ok(n_refused)
}

/// Says what failed, in an error of the same kind.
fn failed(what: &'static str) -> impl Fn(io::Error) -> io::Error {
    move |error| io::Error::new(error.kind(), format!("{what}: {error}"))
}
