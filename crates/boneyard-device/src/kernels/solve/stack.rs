//! The tricks of the line above the current one, in shared memory: each unit has its own column, so that units at
//! different depths do not get into each other's way.

use super::sets::place_of;
use super::trick::Trick;
use cubecl::prelude::*;

/// Words of a trick.
pub const WORDS: usize = 12;

#[cube]
fn at(level: u32, word: u32) -> usize {
    ((level * comptime!(WORDS as u32) + word) * CUBE_DIM + UNIT_POS) as usize
}

/// Puts a trick away in which all have played.
#[cube]
pub fn push(stack: &mut SharedMemory<u32>, level: u32, trick: &Trick) {
    stack[at(level, 0u32)] = trick.hand0;
    stack[at(level, 1u32)] = trick.hand1;
    stack[at(level, 2u32)] = trick.hand2;
    stack[at(level, 3u32)] = trick.hand3;
    stack[at(level, 4u32)] = trick.safe;
    stack[at(level, 5u32)] = trick.partners;
    stack[at(level, 6u32)] = trick.doubtful;
    stack[at(level, 7u32)] = trick.left1;
    stack[at(level, 8u32)] = trick.left2;
    stack[at(level, 9u32)] = trick.left3;
    stack[at(level, 10u32)] = place_of(trick.play0)
        | (place_of(trick.play1) << 5u32)
        | (place_of(trick.play2) << 10u32)
        | (trick.side << 15u32);
    stack[at(level, 11u32)] = trick.need as u32 | ((trick.open as u32) << 6u32) | (trick.bounds << 12u32);
}

/// Takes a trick back.
#[cube]
pub fn pop(stack: &SharedMemory<u32>, level: u32, trick: &mut Trick) {
    trick.hand0 = stack[at(level, 0u32)];
    trick.hand1 = stack[at(level, 1u32)];
    trick.hand2 = stack[at(level, 2u32)];
    trick.hand3 = stack[at(level, 3u32)];
    trick.safe = stack[at(level, 4u32)];
    trick.partners = stack[at(level, 5u32)];
    trick.doubtful = stack[at(level, 6u32)];
    trick.left1 = stack[at(level, 7u32)];
    trick.left2 = stack[at(level, 8u32)];
    trick.left3 = stack[at(level, 9u32)];
    let plays = stack[at(level, 10u32)];
    trick.play0 = 1u32 << (plays & 31u32);
    trick.play1 = 1u32 << ((plays >> 5u32) & 31u32);
    trick.play2 = 1u32 << ((plays >> 10u32) & 31u32);
    trick.side = plays >> 15u32;
    let numbers = stack[at(level, 11u32)];
    trick.need = (numbers & 63u32) as i32;
    trick.open = ((numbers >> 6u32) & 63u32) as i32;
    trick.bounds = numbers >> 12u32;
}
