//! `boneyard deal`: `{"seed": n}` → `{"seed", "hands", "names"}`, the same hands as ids and as text.
//!
//! A seed is a whole number below 2⁶⁴ or a string of its decimal digits, for software whose numbers end at
//! 2⁵³; the answer repeats it in the same form. The deal is the one that `generate` gives this seed.

use super::fields::{Fields, Refusal, wrong};
use boneyard::{
    core::Deals,
    rules::{notation, tiles_of},
};
use serde::Serialize;
use serde_json::Value;

#[derive(Serialize)]
pub struct Answer {
    seed: Value,
    /// Four hands by seat, ascending ids.
    hands: [Vec<u8>; 4],
    names: [String; 4],
}

pub const FIELDS: &[&str] = &["seed", "hands", "names"];

pub fn answer(fields: &mut Fields) -> Result<Answer, Refusal> {
    let expected = "a whole number from 0 to 18446744073709551615, or its digits as a string";
    let value = fields.need("seed", expected)?;
    let (seed, repeated) = match value {
        Value::String(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            let seed: Option<u64> = digits.parse().ok();
            (seed, seed.map_or(Value::Null, |seed| seed.to_string().into()))
        }
        _ => (value.as_u64(), value.clone()),
    };
    let seed = seed.ok_or_else(|| wrong("seed", expected, value))?;
    let hands = Deals::Python.deal(seed).hands();
    Ok(Answer {
        seed: repeated,
        hands: hands.map(|hand| tiles_of(hand).map(|domino| domino.id()).collect()),
        names: hands.map(notation::tiles),
    })
}
