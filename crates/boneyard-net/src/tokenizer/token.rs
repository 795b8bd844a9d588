//! One token: the same code on the host and in kernels.

// The macro `cube` adds modules and types beside each item, without documentation.
#![allow(missing_docs)]

use super::FEATURES;
use boneyard_rules::rule::{called_rank, count_points, high_pip, is_double, low_pip};
use cubecl::prelude::*;

/// Twelve features as bytes, the low byte first.
#[derive(CubeType, CubeTypeMut, Clone, Copy)]
pub struct Token {
    /// Features 0–3.
    pub first: u32,
    /// Features 4–7.
    pub second: u32,
    /// Features 8–11.
    pub third: u32,
}

impl Token {
    /// With these features.
    pub fn of(features: &[i8; FEATURES]) -> Self {
        let word =
            |word: usize| (0..4).fold(0, |all, i| all | u32::from(features[4 * word + i] as u8) << (8 * i));
        Self { first: word(0), second: word(1), third: word(2) }
    }

    /// Its features.
    pub fn features(&self) -> [i8; FEATURES] {
        let words = [self.first, self.second, self.third];
        std::array::from_fn(|feature| (words[feature / 4] >> (8 * (feature % 4))) as u8 as i8)
    }
}

/// What all tokens of a world share. Seats are absolute.
#[derive(CubeType, CubeTypeMut, Clone, Copy)]
pub struct Decision {
    /// Who decides.
    pub mover: u32,
    /// What was declared.
    pub declaration: u32,
    /// Who leads the trick under way.
    pub leader: u32,
}

/// Features 8–11, of which the last two are the same in every token.
#[cube]
fn third(decision: &Decision, in_hand: u32, kind: u32) -> u32 {
    let leader = (decision.leader + 4u32 - decision.mover) & 3u32;
    in_hand | (kind << 8u32) | (decision.declaration << 16u32) | (leader << 24u32)
}

/// The context token.
#[cube]
pub fn context(decision: &Decision) -> Token {
    Token {
        first: 0u32.runtime(),
        second: 0u32.runtime(),
        third: third(decision, 0u32.runtime(), 0u32.runtime()),
    }
}

/// A domino of the hand that a seat was dealt; `remaining` is 1 until it is played.
#[cube]
pub fn in_hand(decision: &Decision, domino: u32, seat: u32, remaining: u32) -> Token {
    Token {
        first: first(domino),
        second: second(decision, domino, seat),
        third: third(decision, remaining, 1u32 + seat),
    }
}

/// The domino that was played `turn`-th in the trick under way, 0 for the lead.
#[cube]
pub fn on_table(decision: &Decision, domino: u32, turn: u32) -> Token {
    Token {
        first: first(domino),
        second: second(decision, domino, (decision.leader + turn) & 3u32),
        third: third(decision, 0u32.runtime(), 5u32 + turn),
    }
}

/// Features 0–3: what is printed on the domino, and what it counts.
#[cube]
fn first(domino: u32) -> u32 {
    let count = count_points(1u32 << domino) / 5u32;
    high_pip(domino) | (low_pip(domino) << 8u32) | (is_double(domino) << 16u32) | (count << 24u32)
}

/// Features 4–7: the domino's rank, and who has it.
#[cube]
fn second(decision: &Decision, domino: u32, seat: u32) -> u32 {
    let relative = (seat + 4u32 - decision.mover) & 3u32;
    let mover = (relative == 0u32) as u32;
    let partner = (relative == 2u32) as u32;
    called_rank(domino, decision.declaration) | (relative << 8u32) | (mover << 16u32) | (partner << 24u32)
}
