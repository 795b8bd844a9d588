//! `boneyard solve`: position → `{"mover", "q"}`: points still to be won with open hands and perfect play,
//! mover's team minus the other, by slot; null where not legal.

use super::{fields::Refusal, position};
use boneyard::{
    core::{ILLEGAL, WorldEvaluator},
    rules::RuleError,
    strategies::evaluator::Solver,
};
use serde::Serialize;

/// Working memory of one thread.
pub type Scratch = <Solver as WorldEvaluator>::Scratch;

#[derive(Serialize)]
pub struct Answer {
    mover: u8,
    q: [Option<i16>; 7],
}

pub fn scratch() -> Scratch {
    Solver.scratch()
}

pub fn answer(line: &[u8], scratch: &mut Scratch) -> Result<Answer, Refusal> {
    let (game, _) = position::position(line)?;
    if game.table().is_over() {
        return Err(RuleError::NoMove.into());
    }
    let values = Solver.solve(&game, scratch);
    Ok(Answer { mover: game.mover().id(), q: values.map(|value| (value != ILLEGAL).then_some(value)) })
}
