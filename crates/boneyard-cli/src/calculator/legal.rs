//! `boneyard legal`: position → `{"mover", "slots", "table", "banked", "contract"}`.
//!
//! After the last play `mover` is null, there are no slots, and score and contract are final.

use super::{fields::Refusal, position};
use boneyard::rules::Contract;
use serde::Serialize;

#[derive(Serialize)]
pub struct Answer {
    mover: Option<u8>,
    /// Ascending.
    slots: Vec<u8>,
    /// The trick under way, the lead first.
    table: Vec<u8>,
    /// By team.
    banked: [u8; 2],
    contract: Option<&'static str>,
}

pub fn answer(line: &[u8]) -> Result<Answer, Refusal> {
    let (game, contracted) = position::position(line)?;
    let table = game.table();
    let legal = game.legal_slots();
    Ok(Answer {
        mover: (!table.is_over()).then(|| game.mover().id()),
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
