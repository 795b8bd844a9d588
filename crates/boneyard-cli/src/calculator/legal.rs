//! `boneyard legal`: position → `{"mover", "slots", "moves", "table", "banked", "contract"}`; the moves are the dominoes of the
//! slots.
//!
//! After the last play `mover` is null, there are no slots, and score and contract are final.

use super::{
    fields::{Fields, Refusal},
    position,
};
use boneyard::rules::{Contract, notation, tiles_of};
use serde::Serialize;

#[derive(Serialize)]
pub struct Answer {
    mover: Option<u8>,
    /// Ascending.
    slots: Vec<u8>,
    moves: Vec<Named>,
    /// The trick under way, the lead first.
    table: Vec<u8>,
    /// By team.
    banked: [u8; 2],
    contract: Option<&'static str>,
}

pub const FIELDS: &[&str] = &["mover", "slots", "moves", "table", "banked", "contract"];

/// A move by name.
#[derive(Serialize)]
struct Named {
    domino: String,
    slot: u8,
}

pub fn answer(fields: &mut Fields) -> Result<Answer, Refusal> {
    let (game, contracted) = position::position(fields, "legal")?;
    let table = game.table();
    let legal = game.legal_slots();
    Ok(Answer {
        mover: (!table.is_over()).then(|| game.mover().id()),
        moves: tiles_of(game.legal())
            .map(|it| Named { domino: notation::domino(it), slot: game.slot(it) as u8 })
            .collect(),
        slots: (0..7).filter(|slot| legal >> slot & 1 == 1).collect(),
        table: table.trick().map(|domino| domino.id()).collect(),
        banked: table.banked(),
        contract: match game.contract(contracted.bid, contracted.bidder) {
            Contract::Open => None,
            Contract::Made => Some("made"),
            Contract::Set => Some("set"),
        },
    })
}
