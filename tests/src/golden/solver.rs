//! `solver.json`: exact values of positions with open hands.

use super::found::{Found, Record, Tally};
use super::position::{fresh, replay};
use crate::games::reference_state;
use anyhow::{Result, ensure};
use boneyard_core::{ILLEGAL, SlotValues, WorldEvaluator};
use boneyard_rules::{Game, Seat};
use boneyard_strategies::evaluator::Solver;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Plain minimax takes milliseconds from this ply on, and minutes before long below it.
const PLAIN_FROM: usize = 15;

pub fn check(file: &Found<'_>, tally: &mut Tally) -> Result<()> {
    let file = file.record()?;
    file.get("about")?.text()?;
    let mut scratch = Solver.scratch();
    let mut names = BTreeSet::new();
    for found in file.get("positions")?.records()? {
        let record = found.record()?;
        let id = record.get("id")?.text()?;
        ensure!(names.insert(id), "{id} is the id of two positions");
        tally.skip("id");
        let game = replay(fresh(&record, "first_leader", tally)?, &record.get("slots")?)?;
        expect_position(&record, &game, tally)?;
        let q = Solver.solve(&game, &mut scratch);
        expect_values(&record, &game, &q, tally)?;
        for by in record.get("checked_by")?.records()? {
            match by.text()? {
                "plain" if game.table().ply() >= PLAIN_FROM => {
                    let plain = boneyard_reference::solve(&reference_state(&game));
                    let plain = plain.map(|q| q.map_or(ILLEGAL, |q| q as i16));
                    ensure!(plain == q, "{id}: {plain:?} by plain minimax, {q:?} by the solver");
                    tally.compared += 1;
                }
                _ => tally.skip("checked_by"),
            }
        }
        record.finish()?;
    }
    file.finish()
}

fn expect_position(record: &Record<'_>, game: &Game, tally: &mut Tally) -> Result<()> {
    let table = game.table();
    let trick: Vec<[usize; 3]> = table
        .trick()
        .enumerate()
        .map(|(place, domino)| [table.leader().after(place).index(), game.slot(domino), domino.index()])
        .collect();
    let remaining = Seat::ALL.map(|seat| slots(game, seat));
    record.expect("ply", table.ply(), tally)?;
    record.expect("leader", table.leader().id(), tally)?;
    record.expect("trick", json!(trick), tally)?;
    record.expect("remaining", json!(remaining), tally)?;
    record.expect("won", json!(table.banked()), tally)?;
    record.expect("player", game.mover().id(), tally)?;
    record.expect("legal", game.legal_slots(), tally)?;
    record.expect("packed", packed(game, &remaining), tally)
}

/// The slots that a seat still holds.
fn slots(game: &Game, seat: Seat) -> u8 {
    boneyard_rules::tiles_of(game.held(seat)).fold(0, |slots, domino| slots | 1 << game.slot(domino))
}

/// The original's state word, low bit first:
///
/// | bits | holds |
/// |---|---|
/// | 0–27 | the slots still held, 7 a seat |
/// | 28–29 | leader of the trick |
/// | 30–31 | dominoes on the table |
/// | 32–40 | their slots, 3 bits each, 7 where there is none |
fn packed(game: &Game, remaining: &[u8; 4]) -> u64 {
    let table = game.table();
    let held = remaining.iter().rev().fold(0, |word, &slots| word << 7 | u64::from(slots));
    let mut word = held | u64::from(table.leader().id()) << 28 | (table.trick().len() as u64) << 30;
    for place in 0..3 {
        let slot = table.trick().nth(place).map_or(7, |domino| game.slot(domino) as u64);
        word |= slot << (32 + 3 * place);
    }
    word
}

fn expect_values(record: &Record<'_>, game: &Game, q: &SlotValues, tally: &mut Tally) -> Result<()> {
    let sign = [1, -1][game.mover().team()];
    let list = |sign: i16| -> Value {
        q.iter().map(|&q| if q == ILLEGAL { Value::Null } else { (sign * q).into() }).collect()
    };
    let best = q.iter().copied().filter(|&q| q != ILLEGAL).max();
    let best = best.expect("a position has a legal move");
    record.expect("q_mover", list(1), tally)?;
    record.expect("v_mover", best, tally)?;
    record.expect("q_team0", list(sign), tally)?;
    record.expect("v_team0", sign * best, tally)
}
