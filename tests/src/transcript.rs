//! Decision records as text: integers and fixed decimals only, so that it is the same text everywhere.

use boneyard_core::{DecisionRecord, Estimate, GameRecord};
use boneyard_rules::{Deal, Domino, Seat, notation};
use std::fmt::Write;

/// A whole game, one decision a paragraph.
pub fn game(record: &GameRecord) -> String {
    let setup = &record.setup;
    let mut text = format!(
        "seed {}, {}, seat {} bids {}\n{}\n",
        setup.seed,
        setup.declaration,
        setup.bidder.id(),
        setup.bid,
        hands(&setup.deal),
    );
    for decision in &record.decisions {
        text.push('\n');
        text.push_str(&self::decision(decision));
    }
    let [us, them] = record.points();
    let _ = write!(text, "\npoints: seats 0 and 2 {us}, seats 1 and 3 {them}\n");
    text
}

fn hands(deal: &Deal) -> String {
    let hand = |seat: Seat| format!("seat {}: {}", seat.id(), notation::tiles(deal.hand(seat)));
    Seat::ALL.map(hand).join("\n")
}

/// One decision.
pub fn decision(record: &DecisionRecord) -> String {
    let ply = usize::from(record.ply);
    let mut text = format!(
        "ply {ply}, trick {}, seat {}, bank {}-{}, table: {}\n",
        ply / 4 + 1,
        record.seat.id(),
        record.banked_us,
        record.banked_them,
        table(record),
    );
    if let Some(estimate) = &record.estimate {
        let how = if record.is_exact() { "exact" } else { "drawn" };
        let _ = writeln!(text, "  worlds {} of {}, {how}", estimate.worlds, record.worlds_total);
        for slot in (0..7).filter(|slot| record.legal >> slot & 1 == 1) {
            let _ = writeln!(text, "  {}  {}", domino(record.hand[slot]), slot_line(record, estimate, slot));
        }
    } else {
        let _ = writeln!(text, "  worlds none of {}", record.worlds_total);
    }
    let _ = writeln!(
        text,
        "  plays {} ({}, greedy {}), outcome {:+}",
        domino(record.domino),
        record.choice.mode.name(),
        domino(record.hand[usize::from(record.choice.greedy)]),
        record.outcome,
    );
    text
}

fn table(record: &DecisionRecord) -> String {
    let ply = usize::from(record.ply);
    let trick = &record.plays[ply - ply % 4..ply];
    if trick.is_empty() {
        return "leads".to_owned();
    }
    trick.iter().map(|&id| domino(id as u8)).collect::<Vec<_>>().join(" ")
}

fn domino(id: u8) -> String {
    notation::domino(Domino::new(u64::from(id)).expect("a record names dominoes"))
}

fn slot_line(record: &DecisionRecord, estimate: &Estimate, slot: usize) -> String {
    let goal = if record.seat.team() == record.bidder.team() { "make" } else { "set" };
    let worlds = i128::from(estimate.worlds);
    let sum = i128::from(estimate.sum[slot]);
    let spread = worlds * i128::from(estimate.sum_squares[slot]) - sum * sum;
    format!(
        "E[Q] {:>7}  variance {:>7}  P({goal}) {:>6}%",
        fixed(sum, worlds, true),
        fixed(spread, worlds * worlds, false),
        fixed(100 * i128::from(estimate.made[slot]), worlds, false),
    )
}

/// `numerator / denominator` with two decimals, rounded half away from zero.
fn fixed(numerator: i128, denominator: i128, signed: bool) -> String {
    let hundredths = (200 * numerator.abs() + denominator) / (2 * denominator);
    let sign = match (numerator < 0 && hundredths > 0, signed) {
        (true, _) => "-",
        (false, true) => "+",
        (false, false) => "",
    };
    format!("{sign}{}.{:02}", hundredths / 100, hundredths % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_decimals() {
        let check = |numerator, denominator, text: &str| {
            assert_eq!(fixed(numerator, denominator, true), text);
        };
        check(0, 3, "+0.00");
        check(-1, 3, "-0.33");
        check(2, 3, "+0.67");
        check(-1, 200, "-0.01");
        check(-1, 201, "+0.00");
        check(2_999, 1_000, "+3.00");
        check(-42, 1, "-42.00");
        assert_eq!(fixed(100, 8, false), "12.50");
    }
}
