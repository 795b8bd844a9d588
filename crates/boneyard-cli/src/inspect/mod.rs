//! `inspect`: a recorded game as a person reads it.

mod decision;

use crate::cli::Inspect;
use crate::exit::{self, BadInput};
use boneyard::record::{Error, Replay, Row, missing, read_file, read_game};
use boneyard::rules::{Contract, PLIES, notation};
use std::io::{IsTerminal, Write, stdout};
use std::process::ExitCode;

/// Runs the command.
pub fn run(options: &Inspect) -> anyhow::Result<ExitCode> {
    if options.ply.is_some_and(|ply| usize::from(ply) >= PLIES) {
        return Err(BadInput::option("--ply", "expected 0 to 27"));
    }
    let replay = Replay::new(exit::quiet(|| rows(options))?).map_err(|what| {
        BadInput::option(&options.path.display().to_string(), format!("seed {}: {what}", options.seed))
    })?;
    let colour = stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let mut output = stdout().lock();
    match options.ply {
        Some(ply) => print_one(&replay, usize::from(ply), colour, &mut output)?,
        None => print_all(&replay, colour, &mut output)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The rows of the game that is asked for, by ply.
pub fn rows(options: &Inspect) -> anyhow::Result<Vec<Row>> {
    let Inspect { path, seed, .. } = options;
    let all = match path.is_dir() {
        true => {
            match missing(path) {
                Ok(Some(games @ 1..)) => exit::say(&format!(
                    "this dataset is not finished: {games} games that were asked for are missing"
                )),
                // The game is there all the same.
                Err(error @ Error::ForeignFile { .. }) => exit::say(&error.to_string()),
                Err(error) => return Err(exit::of_records(error)),
                Ok(_) => {}
            }
            read_game(path, *seed)
        }
        false => read_file(path).map(|rows| rows.of_seed(*seed)),
    };
    let rows = all.and_then(|rows| rows.collect::<Result<Vec<_>, _>>());
    let mut rows = rows.map_err(exit::of_records)?;
    if rows.is_empty() {
        let what = format!("there is no such game in {}", path.display());
        return Err(BadInput::option(&format!("--seed {seed}"), what));
    }
    rows.sort_by_key(|row| row.ply);
    Ok(rows)
}

fn print_all(replay: &Replay, colour: bool, output: &mut impl Write) -> std::io::Result<()> {
    header(replay, output)?;
    for (seat, hand) in replay.deal().hands().into_iter().enumerate() {
        writeln!(output, "seat {seat}  {}", notation::tiles(hand))?;
    }
    for ply in 0..PLIES {
        let game = replay.before(ply);
        if ply % 4 == 0 {
            let [ours, theirs] = game.table().banked();
            let leader = game.mover().id();
            writeln!(output, "\ntrick {}  score {ours} : {theirs}  seat {leader} leads", ply / 4 + 1)?;
        }
        decision::print(&replay.rows()[ply], colour, output)?;
    }
    let [ours, theirs] = replay.end().table().banked();
    let row = &replay.rows()[0];
    let contract = match replay.end().contract(row.bid, row.bidder) {
        Contract::Made => "made",
        Contract::Set => "set",
        Contract::Open => "open",
    };
    writeln!(
        output,
        "\nend  score {ours} : {theirs}  the bid of {} by seat {} is {contract}",
        row.bid,
        row.bidder.id()
    )
}

fn print_one(replay: &Replay, ply: usize, colour: bool, output: &mut impl Write) -> std::io::Result<()> {
    header(replay, output)?;
    let game = replay.before(ply);
    for seat in boneyard::rules::Seat::ALL {
        let marker = if seat == game.mover() { "  to play" } else { "" };
        writeln!(output, "seat {}  {}{marker}", seat.id(), notation::tiles(game.held(seat)))?;
    }
    let [ours, theirs] = game.table().banked();
    let leader = game.table().leader().id();
    let trick = match notation::list(game.table().trick()) {
        none if none.is_empty() => "nothing yet".to_owned(),
        list => list,
    };
    writeln!(
        output,
        "\ntrick {}  score {ours} : {theirs}  seat {leader} leads  on the table: {trick}",
        ply / 4 + 1
    )?;
    decision::print(&replay.rows()[ply], colour, output)
}

fn header(replay: &Replay, output: &mut impl Write) -> std::io::Result<()> {
    let Row { seed, declaration, bid, bidder, .. } = &replay.rows()[0];
    writeln!(output, "seed {seed}  {declaration}  bid {bid} by seat {}", bidder.id())?;
    writeln!(
        output,
        "team 0: seats 0 and 2, team 1: seats 1 and 3; E[Q] in points from here on, mover's team first\n"
    )
}
