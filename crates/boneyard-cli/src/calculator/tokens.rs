//! `boneyard tokens`: position → `{"mover", "tokens", "mask"}`: what a network reads when the mover decides and the
//! hands are these.
//!
//! `tokens` are 32 lists of twelve numbers, `mask` has a 1 for each that is there and a 0 for padding. A hypothetical
//! world is a position like any other.

use super::{
    fields::{Fields, Refusal},
    position,
};
use boneyard::net::{
    Tokens,
    tokenizer::{FEATURES, TOKENS},
};
use boneyard::rules::RuleError;
use serde::Serialize;

#[derive(Serialize)]
pub struct Answer {
    mover: u8,
    tokens: [[i8; FEATURES]; TOKENS],
    mask: [u8; TOKENS],
}

pub const FIELDS: &[&str] = &["mover", "tokens", "mask"];

pub fn answer(fields: &mut Fields) -> Result<Answer, Refusal> {
    let (game, _) = position::position(fields, "tokens")?;
    if game.table().is_over() {
        return Err(RuleError::NoMove.into());
    }
    let view = game.view();
    let world = view.others().map(|seat| game.held(seat));
    let tokens = Tokens::of(&view, &world);
    Ok(Answer { mover: view.seat().id(), tokens: tokens.features(), mask: tokens.present().map(u8::from) })
}
