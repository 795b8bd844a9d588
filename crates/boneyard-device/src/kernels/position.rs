//! A world with its decision: a position with open hands, as evaluators see it.
//!
//! Dominoes are renamed by strength, 0 the weakest: bit `s` of a set stands for the one of strength `s`. Seats are
//! numbered from the mover.

use crate::kernels::strength::{FIVES, IDS, STRENGTH, STRENGTHS, TENS, TRUMPS};
use crate::layout::{WORLD, seen};
use cubecl::prelude::*;

/// A position with open hands, somebody to move.
#[derive(CubeType, CubeTypeMut, Clone, Copy)]
pub struct Position {
    /// What the mover holds.
    pub mine: u32,
    /// What the left opponent holds.
    pub left: u32,
    /// What the partner holds.
    pub partner: u32,
    /// What the right opponent holds.
    pub right: u32,
    /// What the mover may play.
    pub legal: u32,
    /// How many plays have been made in the trick.
    pub in_trick: u32,
    /// The strengths of the dominoes on the table in playing order, five bits each; 31 where nobody has played.
    pub table: u32,
    /// The strength of the winning domino so far; 0 before the lead.
    pub best: u32,
    /// Who played it, from the mover; 0 before the lead.
    pub winner: u32,
    /// Who leads the trick, from the mover.
    pub leader: u32,
    /// Count points in the trick.
    pub points: u32,
    /// Points not banked yet, the trick on the table included.
    pub open: u32,
    /// The seven dominoes the mover was dealt, as ids.
    pub hand: u32,
    /// The ply.
    pub ply: u32,
    /// Points that make the mover's team successful, from now to the end, ours minus theirs.
    pub needed: i32,
    /// The declaration.
    pub declaration: u32,
    /// Who declared it, from the mover.
    pub bidder: u32,
    /// What the bidder has played.
    pub bidder_played: u32,
    /// Whether all worlds are looked at: 1, else 0.
    pub enumerated: u32,
    /// Where the declaration's row of the strengths buffer begins: see [`strengths`](crate::kernels::strength::strengths).
    pub row: usize,
}

#[cube]
impl Position {
    /// The trumps.
    pub fn trumps(&self, strengths: &Array<u32>) -> u32 {
        strengths[self.row + comptime!(TRUMPS)]
    }

    /// The dominoes that count five.
    pub fn fives(&self, strengths: &Array<u32>) -> u32 {
        strengths[self.row + comptime!(FIVES)]
    }

    /// The dominoes that count ten.
    pub fn tens(&self, strengths: &Array<u32>) -> u32 {
        strengths[self.row + comptime!(TENS)]
    }

    /// The dominoes that follow when the one of this strength is led.
    pub fn follow(&self, strengths: &Array<u32>, strength: u32) -> u32 {
        strengths[self.row + strength as usize]
    }

    /// What was played to the trick `k`-th, as a bit; no domino's bit if nobody has.
    pub fn on_table(&self, k: u32) -> u32 {
        1u32 << ((self.table >> (5u32 * k)) & 31u32)
    }

    /// The slot of the mover's domino of this strength.
    pub fn slot(&self, strengths: &Array<u32>, strength: u32) -> u32 {
        let id = strengths[self.row + comptime!(IDS) + strength as usize];
        (self.hand & ((1u32 << id) - 1u32)).count_ones()
    }
}

/// The position of an item: a world and the game it belongs to.
#[cube]
pub fn position(
    observations: &Array<u32>,
    worlds: &Array<u32>,
    strengths: &Array<u32>,
    game: u32,
    item: u32,
) -> Position {
    let world = item as usize * comptime!(WORLD);
    let (left, partner, right) = (worlds[world], worlds[world + 1usize], worlds[world + 2usize]);
    position_in(observations, strengths, game, left, partner, right)
}

/// The position of a game in the world in which the three others hold these dominoes.
#[cube]
pub fn position_in(
    observations: &Array<u32>,
    strengths: &Array<u32>,
    game: u32,
    left: u32,
    partner: u32,
    right: u32,
) -> Position {
    let from = game as usize * comptime!(seen::ROW);
    let declaration = observations[from + comptime!(seen::DECLARATION)];
    let row = declaration as usize * comptime!(STRENGTHS);
    let ply = observations[from + comptime!(seen::PLY)];
    let mover = observations[from + comptime!(seen::MOVER)];
    let turn = observations[from + comptime!(seen::TRICK)];
    let mut best = 0u32.runtime();
    let mut winner = 0u32.runtime();
    let mut points = 0u32.runtime();
    if ply % 4u32 != 0u32 {
        best = strengths[row + comptime!(STRENGTH) + ((turn >> 5u32) & 31u32) as usize];
        winner = (((turn >> 10u32) & 3u32) + 4u32 - mover) & 3u32;
        points = (turn >> 12u32) & 63u32;
    }
    Position {
        mine: observations[from + comptime!(seen::HELD)],
        left,
        partner,
        right,
        legal: observations[from + comptime!(seen::LEGAL)],
        in_trick: ply % 4u32,
        table: observations[from + comptime!(seen::TABLE)],
        best,
        winner,
        leader: ((turn & 3u32) + 4u32 - mover) & 3u32,
        points,
        open: observations[from + comptime!(seen::OPEN)],
        hand: observations[from + comptime!(seen::HAND)],
        ply,
        needed: observations[from + comptime!(seen::NEEDED)] as i32,
        declaration,
        bidder: observations[from + comptime!(seen::BIDDER)],
        bidder_played: observations[from + comptime!(seen::BIDDER_PLAYED)],
        enumerated: (observations[from + comptime!(seen::PLAN)] == 1u32) as u32,
        row,
    }
}
