//! One decision: who played what, how it was chosen, and what each legal move was worth.

use boneyard::core::Mode;
use boneyard::record::Row;
use boneyard::rules::{Domino, notation};
use std::io::{Result, Write};

/// Cells on each side of the zero of a bar.
const SIDE: usize = 21;

/// Prints a decision: one line, and one for each legal move that was evaluated.
pub fn print(row: &Row, colour: bool, output: &mut impl Write) -> Result<()> {
    let (bold, plain) = if colour { ("\x1b[1m", "\x1b[0m") } else { ("", "") };
    let [ply, seat, domino] = [row.ply.to_string(), row.seat.id().to_string(), pips(row.domino)];
    writeln!(
        output,
        "ply {ply:>2}  seat {seat} plays {bold}{domino}{plain}  {}{}",
        chosen(row),
        worlds(row)
    )?;
    if row.worlds_used == 0 {
        return Ok(());
    }
    for slot in (0..7).filter(|slot| row.legal >> slot & 1 == 1) {
        let played = slot == usize::from(row.action);
        let (on, off) = if played { (bold, plain) } else { ("", "") };
        let mark = if played { '>' } else { ' ' };
        writeln!(output, "{on}      {mark} {}  {}{off}", pips(row.hand[slot]), value(row, slot))?;
    }
    Ok(())
}

fn pips(id: u8) -> String {
    Domino::new(u64::from(id)).map_or_else(|_| "?".to_owned(), notation::domino)
}

/// How the move was chosen.
fn chosen(row: &Row) -> String {
    match row.mode {
        Mode::Forced => "forced".to_owned(),
        mode if row.action != row.greedy => {
            format!("{}, greedy plays {}", mode.name(), pips(row.hand[usize::from(row.greedy)]))
        }
        mode => mode.name().to_owned(),
    }
}

/// What it rests on.
fn worlds(row: &Row) -> String {
    match (row.worlds_used, row.exact) {
        (0, _) => String::new(),
        (1, true) => ", the only world".to_owned(),
        (used, true) => format!(", all {used} worlds"),
        (used, false) => format!(", {used} of {} worlds", row.worlds_total),
    }
}

/// What a slot is worth: E\[Q\] with the standard deviation over worlds, and the chance of success.
fn value(row: &Row, slot: usize) -> String {
    let ours = row.seat.team() == row.bidder.team();
    let goal = if ours { "make" } else { "set" };
    let chance = row.p_make[slot].map_or(f64::NAN, f64::from);
    let points = match (row.e_q[slot], row.q_var[slot]) {
        (Some(mean), Some(variance)) => format!("{mean:+7.2} sd {:5.2}  ", variance.max(0.0).sqrt()),
        _ => String::new(),
    };
    let bar = match row.e_q[slot] {
        Some(mean) => points_bar(mean),
        None => chance_bar(chance),
    };
    format!("{points}{goal:>4} {:5.1}%  {bar}", 100.0 * chance)
}

/// From −42 to 42, two points a cell.
fn points_bar(mean: f32) -> String {
    let cells = ((mean.abs() / 2.0).round() as usize).min(SIDE);
    let (left, right) = if mean < 0.0 { (cells, 0) } else { (0, cells) };
    format!(
        "[{}{}|{}{}]",
        " ".repeat(SIDE - left),
        "-".repeat(left),
        "+".repeat(right),
        " ".repeat(SIDE - right)
    )
}

/// From 0 to 1.
fn chance_bar(chance: f64) -> String {
    let cells = ((chance * 2.0 * SIDE as f64).round() as usize).min(2 * SIDE);
    format!("[{}{}]", "+".repeat(cells), " ".repeat(2 * SIDE - cells))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_wide_as_they_claim_whatever_they_show() {
        for mean in [-100.0, -42.0, -0.4, 0.0, 17.3, 42.0, f32::INFINITY, f32::NAN] {
            assert_eq!(points_bar(mean).len(), 2 * SIDE + 3, "{mean}");
        }
        for chance in [0.0, 0.5, 1.0, 7.0, -1.0, f64::NAN] {
            assert_eq!(chance_bar(chance).len(), 2 * SIDE + 2, "{chance}");
        }
        assert_eq!(points_bar(-6.0), format!("[{}---|{}]", " ".repeat(18), " ".repeat(21)));
        assert_eq!(points_bar(3.0), format!("[{}|++{}]", " ".repeat(21), " ".repeat(19)));
    }
}
