//! A world with its decision: a position with open hands, as evaluators see it.
//!
//! Dominoes are renamed by strength: sets of dominoes are sets of places. Seats are numbered from the mover.

use crate::kernels::evaluate::UNFINISHED;
use crate::kernels::solve::orders::{FIVES, IDS, ORDER, PLACES, TENS, TRUMPS};
use crate::layout::{ILLEGAL, VALUES, WORLD, seen};
use cubecl::prelude::*;

/// A position with open hands, somebody to move.
#[derive(CubeType, CubeTypeMut, Clone, Copy)]
pub struct Position {
    /// What the mover holds, as places.
    pub mine: u32,
    /// What the left opponent holds, as places.
    pub left: u32,
    /// What the partner holds, as places.
    pub partner: u32,
    /// What the right opponent holds, as places.
    pub right: u32,
    /// What the mover may play, as places.
    pub legal: u32,
    /// How many plays have been made in the trick.
    pub in_trick: u32,
    /// The places of the dominoes on the table in playing order, five bits each; 31 where nobody has played.
    pub table: u32,
    /// The place of the winning domino so far; 0 before the lead.
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
    /// Where the declaration's row of the orders buffer begins: see [`orders`](crate::kernels::solve::orders::orders).
    pub order: usize,
}

#[cube]
impl Position {
    /// The trumps, as places.
    pub fn trumps(&self, orders: &Array<u32>) -> u32 {
        orders[self.order + comptime!(TRUMPS)]
    }

    /// The dominoes that count five, as places.
    pub fn fives(&self, orders: &Array<u32>) -> u32 {
        orders[self.order + comptime!(FIVES)]
    }

    /// The dominoes that count ten, as places.
    pub fn tens(&self, orders: &Array<u32>) -> u32 {
        orders[self.order + comptime!(TENS)]
    }

    /// The dominoes that follow when the one in `place` is led, as places.
    pub fn follow(&self, orders: &Array<u32>, place: u32) -> u32 {
        orders[self.order + place as usize]
    }

    /// What was played to the trick `k`-th, as a bit; no domino's bit if nobody has.
    pub fn on_table(&self, k: u32) -> u32 {
        1u32 << ((self.table >> (5u32 * k)) & 31u32)
    }

    /// The slot of the mover's domino in `place`.
    pub fn slot(&self, orders: &Array<u32>, place: u32) -> u32 {
        let id = orders[self.order + comptime!(IDS) + place as usize];
        (self.hand & ((1u32 << id) - 1u32)).count_ones()
    }
}

/// The position of an item: a world and the game it belongs to.
#[cube]
pub fn position(
    observations: &Array<u32>,
    worlds: &Array<u32>,
    orders: &Array<u32>,
    game: u32,
    item: u32,
) -> Position {
    let world = item as usize * comptime!(WORLD);
    let (left, partner, right) = (worlds[world], worlds[world + 1usize], worlds[world + 2usize]);
    position_in(observations, orders, game, left, partner, right)
}

/// The position of a game in the world in which the three others hold these places.
#[cube]
pub fn position_in(
    observations: &Array<u32>,
    orders: &Array<u32>,
    game: u32,
    left: u32,
    partner: u32,
    right: u32,
) -> Position {
    let row = game as usize * comptime!(seen::ROW);
    let declaration = observations[row + comptime!(seen::DECLARATION)];
    let order = declaration as usize * comptime!(ORDER);
    let ply = observations[row + comptime!(seen::PLY)];
    let mover = observations[row + comptime!(seen::MOVER)];
    let turn = observations[row + comptime!(seen::TRICK)];
    let mut best = 0u32.runtime();
    let mut winner = 0u32.runtime();
    let mut points = 0u32.runtime();
    if ply % 4u32 != 0u32 {
        best = orders[order + comptime!(PLACES) + ((turn >> 5u32) & 31u32) as usize];
        winner = (((turn >> 10u32) & 3u32) + 4u32 - mover) & 3u32;
        points = (turn >> 12u32) & 63u32;
    }
    Position {
        mine: observations[row + comptime!(seen::HELD)],
        left,
        partner,
        right,
        legal: observations[row + comptime!(seen::LEGAL)],
        in_trick: ply % 4u32,
        table: observations[row + comptime!(seen::TABLE)],
        best,
        winner,
        leader: ((turn & 3u32) + 4u32 - mover) & 3u32,
        points,
        open: observations[row + comptime!(seen::OPEN)],
        hand: observations[row + comptime!(seen::HAND)],
        ply,
        needed: observations[row + comptime!(seen::NEEDED)] as i32,
        declaration,
        order,
    }
}

/// A slot's 16 bits in the values buffer.
#[cube]
pub fn slot_bits(values: &Array<u32>, item: u32, slot: u32) -> u32 {
    (values[item as usize * comptime!(VALUES) + (slot / 2u32) as usize] >> ((slot % 2u32) * 16u32))
        & 0xffffu32
}

/// True unless the 16 bits stand for a move that is illegal, or whose value was not finished.
#[cube]
pub fn is_value(bits: u32) -> bool {
    (bits != 0x8000u32) & (bits != comptime!(UNFINISHED as u32))
}

/// Sign extension of 16 bits.
#[cube]
pub fn signed(bits: u32) -> i32 {
    ((bits ^ 0x8000u32) as i32) - 0x8000i32
}

/// The values of a world by slot, packed as in the values buffer.
#[derive(CubeType, CubeTypeMut, Clone, Copy)]
pub struct SlotValues {
    q01: u32,
    q23: u32,
    q45: u32,
    q6: u32,
}

/// No slot is legal yet.
#[cube]
pub fn no_values() -> SlotValues {
    SlotValues {
        q01: ILLEGAL.runtime(),
        q23: ILLEGAL.runtime(),
        q45: ILLEGAL.runtime(),
        q6: ILLEGAL.runtime(),
    }
}

#[cube]
impl SlotValues {
    /// Gives a slot its value, of which the low 16 bits count.
    pub fn put(&mut self, slot: u32, value: i32) {
        let shift = (slot % 2u32) * 16u32;
        let keep = 0xffff_0000u32 >> shift;
        let put = (value as u32 & 0xffffu32) << shift;
        if slot / 2u32 == 0u32 {
            self.q01 = (self.q01 & keep) | put;
        }
        if slot / 2u32 == 1u32 {
            self.q23 = (self.q23 & keep) | put;
        }
        if slot / 2u32 == 2u32 {
            self.q45 = (self.q45 & keep) | put;
        }
        if slot / 2u32 == 3u32 {
            self.q6 = (self.q6 & keep) | put;
        }
    }

    /// Writes the values of an item.
    pub fn write(&self, values: &mut Array<u32>, item: u32) {
        let out = item as usize * comptime!(VALUES);
        values[out] = self.q01;
        values[out + 1usize] = self.q23;
        values[out + 2usize] = self.q45;
        values[out + 3usize] = self.q6;
    }
}
