//! `inspect`: a recorded game as a person reads it.

mod decision;
mod replay;

use crate::cli::Inspect;
use crate::exit::BadInput;
use boneyard::record::{self, Row, Rows};
use boneyard::rules::{Contract, PLIES, notation};
use replay::Replay;
use std::io::{IsTerminal, Write, stdout};
use std::process::ExitCode;

/// Runs the command.
pub fn run(options: &Inspect) -> anyhow::Result<ExitCode> {
    if options.ply.is_some_and(|ply| usize::from(ply) >= PLIES) {
        return Err(BadInput::option("--ply", "expected 0 to 27"));
    }
    // Reading turns panics of the Parquet library into errors; they need no second report.
    let report_panics = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let rows = rows(options);
    std::panic::set_hook(report_panics);
    let replay = Replay::new(rows?).map_err(|what| {
        BadInput::option(&options.path.display().to_string(), format!("game {}: {what}", options.game))
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
fn rows(options: &Inspect) -> anyhow::Result<Vec<Row>> {
    let unreadable = |error: record::Error| BadInput(error.to_string());
    let open = if options.path.is_dir() { record::read_dir } else { record::read_file };
    let all: Rows = open(&options.path).map_err(unreadable)?;
    let mut rows = all.of_game(options.game).collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
    if rows.is_empty() {
        let what = format!("there is no such game in {}", options.path.display());
        return Err(BadInput::option(&format!("--game {}", options.game), what));
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
    let Row { game, seed, declaration, bid, bidder, .. } = &replay.rows()[0];
    writeln!(output, "game {game}  seed {seed}  {declaration}  bid {bid} by seat {}", bidder.id())?;
    writeln!(
        output,
        "team 0: seats 0 and 2, team 1: seats 1 and 3; E[Q] in points from here on, mover's team first\n"
    )
}
