//! The tricks of the line above the current one, in shared memory: each unit has its own column, so that units at
//! different depths do not get into each other's way.
//!
//! Hands are not kept: those of the trick below, with what was played put back, are the same.

use super::sets::strength_of;
use super::trick::{Trick, seen_from};
use cubecl::prelude::*;

/// Words of a trick.
pub const WORDS: usize = 8;

/// Where a word of the unit's own stack stands.
#[cube]
pub fn place(word: u32) -> usize {
    (word * CUBE_DIM + UNIT_POS) as usize
}

#[cube]
fn at(level: u32, word: u32) -> usize {
    place(level * comptime!(WORDS as u32) + word)
}

/// Puts a trick away that was played out, `play3` last, and won by `winner`.
#[cube]
pub fn push(stack: &mut SharedMemory<u32>, level: u32, trick: &Trick, play3: u32, winner: u32) {
    stack[at(level, 0u32)] = trick.safe;
    stack[at(level, 1u32)] = trick.partners;
    stack[at(level, 2u32)] = trick.doubtful;
    stack[at(level, 3u32)] = trick.left1;
    stack[at(level, 4u32)] = trick.left2;
    stack[at(level, 5u32)] = trick.left3;
    stack[at(level, 6u32)] = strength_of(trick.play0)
        | (strength_of(trick.play1) << 5u32)
        | (strength_of(trick.play2) << 10u32)
        | (strength_of(play3) << 15u32)
        | (winner << 20u32)
        | (trick.side << 22u32);
    stack[at(level, 7u32)] = trick.need as u32 | ((trick.open as u32) << 6u32) | (trick.bounds << 12u32);
}

/// Takes a trick back; `trick` is the one that followed it. Returns what the fourth seat had played.
#[cube]
pub fn pop(stack: &SharedMemory<u32>, level: u32, trick: &mut Trick) -> u32 {
    let plays = stack[at(level, 6u32)];
    trick.play0 = 1u32 << (plays & 31u32);
    trick.play1 = 1u32 << ((plays >> 5u32) & 31u32);
    trick.play2 = 1u32 << ((plays >> 10u32) & 31u32);
    let play3 = 1u32 << ((plays >> 15u32) & 31u32);
    let leader = 4u32 - ((plays >> 20u32) & 3u32);
    let (hand0, hand1, hand2, hand3) = seen_from(leader, trick.hand0, trick.hand1, trick.hand2, trick.hand3);
    trick.hand0 = hand0 | trick.play0;
    trick.hand1 = hand1 | trick.play1;
    trick.hand2 = hand2 | trick.play2;
    trick.hand3 = hand3 | play3;
    trick.side = plays >> 22u32;
    trick.safe = stack[at(level, 0u32)];
    trick.partners = stack[at(level, 1u32)];
    trick.doubtful = stack[at(level, 2u32)];
    trick.left1 = stack[at(level, 3u32)];
    trick.left2 = stack[at(level, 4u32)];
    trick.left3 = stack[at(level, 5u32)];
    let numbers = stack[at(level, 7u32)];
    trick.need = (numbers & 63u32) as i32;
    trick.open = ((numbers >> 6u32) & 63u32) as i32;
    trick.bounds = numbers >> 12u32;
    play3
}
