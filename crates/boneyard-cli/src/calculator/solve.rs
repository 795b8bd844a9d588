//! `boneyard solve`: position → `{"mover", "q", "moves"}`: points still to be won with open hands and perfect play,
//! mover's team minus the other, by slot; null where not legal. The moves are ranked, the best first; several best ones
//! are `tied`.

use super::{
    fields::{Fields, Refusal},
    position,
};
use boneyard::{
    core::{ILLEGAL, WorldEvaluator},
    rules::{RuleError, notation, tiles_of},
    strategies::evaluator::Solver,
};
use serde::Serialize;

/// Working memory of one thread.
pub type Scratch = <Solver as WorldEvaluator>::Scratch;

#[derive(Serialize)]
pub struct Answer {
    mover: u8,
    q: [Option<i16>; 7],
    moves: Vec<Move>,
}

#[derive(Serialize)]
struct Move {
    domino: String,
    slot: u8,
    q: i16,
    tied: bool,
}

pub const FIELDS: &[&str] = &["mover", "q", "moves"];

pub fn scratch() -> Scratch {
    Solver.scratch()
}

pub fn answer(fields: &mut Fields, scratch: &mut Scratch) -> Result<Answer, Refusal> {
    let (game, _) = position::position(fields, "solve")?;
    if game.table().is_over() {
        return Err(RuleError::NoMove.into());
    }
    let values = Solver.solve(&game, scratch);
    let legal: Vec<_> = tiles_of(game.legal()).map(|domino| (domino, game.slot(domino))).collect();
    let best = legal.iter().map(|&(_, slot)| values[slot]).max().expect("a legal move");
    let n_best = legal.iter().filter(|&&(_, slot)| values[slot] == best).count();
    let mut moves: Vec<Move> = legal
        .iter()
        .map(|&(domino, slot)| Move {
            domino: notation::domino(domino),
            slot: slot as u8,
            q: values[slot],
            tied: values[slot] == best && n_best > 1,
        })
        .collect();
    moves.sort_by_key(|it| -it.q);
    let q = values.map(|value| (value != ILLEGAL).then_some(value));
    Ok(Answer { mover: game.mover().id(), q, moves })
}
