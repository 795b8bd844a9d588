//! Searches that a launch has not finished, kept in global memory for the next launch to go on with.
//!
//! U units: `[WORDS, U]`, so that neighbouring units write neighbouring words.
//!
//! | word | holds |
//! |---|---|
//! | 0 | 0 if the unit has nothing left to do; else bit 0 set, bits 1–4: it fetches, asks, helps, its answer on the way up; from bit 5 the level, from bit 8 the seat |
//! | 1 | jobs taken |
//! | 2 | the item |
//! | 3 | moves without a value |
//! | 4 | what is known of the first of them |
//! | 5 | turns of the question |
//! | 6 | whose record it works on |
//! | 7 | the job |
//! | 8–19 | the trick: ten sets, three plays with the side, three numbers |
//! | 20– | the stack, level by level |

use super::interval::{Interval, unpacked};
use super::sets::strength_of;
use super::stack;
use super::trick::Trick;
use cubecl::prelude::*;

/// Where the stack begins.
const STACK: u32 = 20;

/// Words a unit, for a stack of so many levels.
pub const fn words(levels: usize) -> usize {
    STACK as usize + levels * stack::WORDS
}

/// A unit's search, but for its stack.
#[derive(CubeType, CubeTypeMut, Clone, Copy)]
pub struct Search {
    /// It has something left to do.
    pub running: bool,
    /// It fetches a job next.
    pub fetches: bool,
    /// It asks a question next.
    pub asks: bool,
    /// It has no job of its own any more.
    pub helps: bool,
    /// The answer on its way up, if the trick has one.
    pub verdict: u32,
    /// Jobs taken.
    pub jobs: u32,
    /// The item that it works on.
    pub item: u32,
    /// Moves without a value.
    pub moves: u32,
    /// What is known of the first of them.
    pub known: Interval,
    /// The current trick.
    pub trick: Trick,
    /// Tricks on the stack.
    pub level: u32,
    /// Where the trick goes on.
    pub seat: u32,
    /// Turns of the question.
    pub turns: u32,
    /// The record of its job, if that is shown: see `joins.rs`.
    pub whose: u32,
    /// Its job.
    pub job: u32,
}

#[cube]
fn at(word: u32, units: u32) -> usize {
    (word * units) as usize + ABSOLUTE_POS
}

/// The unit has nothing left to do.
#[cube]
pub fn finish(paused: &mut Array<u32>, units: u32) {
    paused[at(0u32, units)] = 0u32.runtime();
}

/// Keeps a search that is to go on.
#[cube]
pub fn save(paused: &mut Array<u32>, units: u32, search: &Search, stack: &SharedMemory<u32>) {
    let trick = &search.trick;
    paused[at(0u32, units)] = 1u32
        | (u32::cast_from(search.fetches) << 1u32)
        | (u32::cast_from(search.asks) << 2u32)
        | (u32::cast_from(search.helps) << 3u32)
        | ((search.verdict & 1u32) << 4u32)
        | (search.level << 5u32)
        | (search.seat << 8u32);
    paused[at(1u32, units)] = search.jobs;
    paused[at(2u32, units)] = search.item;
    paused[at(3u32, units)] = search.moves;
    paused[at(4u32, units)] = search.known.packed();
    paused[at(5u32, units)] = search.turns;
    paused[at(6u32, units)] = search.whose;
    paused[at(7u32, units)] = search.job;
    paused[at(8u32, units)] = trick.hand0;
    paused[at(9u32, units)] = trick.hand1;
    paused[at(10u32, units)] = trick.hand2;
    paused[at(11u32, units)] = trick.hand3;
    paused[at(12u32, units)] = trick.safe;
    paused[at(13u32, units)] = trick.partners;
    paused[at(14u32, units)] = trick.doubtful;
    paused[at(15u32, units)] = trick.left1;
    paused[at(16u32, units)] = trick.left2;
    paused[at(17u32, units)] = trick.left3;
    // Of a trick without a lead nothing is played, and what stands here does not matter.
    paused[at(18u32, units)] = (strength_of(trick.play0) & 31u32)
        | ((strength_of(trick.play1) & 31u32) << 5u32)
        | ((strength_of(trick.play2) & 31u32) << 10u32)
        | (trick.side << 15u32);
    paused[at(19u32, units)] = trick.need as u32 | ((trick.open as u32) << 6u32) | (trick.bounds << 12u32);
    let mut word = 0u32.runtime();
    while word < search.level * comptime!(stack::WORDS as u32) {
        paused[at(comptime!(STACK) + word, units)] = stack[stack::place(word)];
        word += 1u32;
    }
}

/// Takes a search up again.
#[cube]
pub fn resume(paused: &Array<u32>, units: u32, stack: &mut SharedMemory<u32>) -> Search {
    let state = paused[at(0u32, units)];
    let running = state != 0u32;
    let level = (state >> 5u32) & 7u32;
    let plays = paused[at(18u32, units)];
    let numbers = paused[at(19u32, units)];
    if running {
        let mut word = 0u32.runtime();
        while word < level * comptime!(stack::WORDS as u32) {
            stack[stack::place(word)] = paused[at(comptime!(STACK) + word, units)];
            word += 1u32;
        }
    }
    Search {
        running,
        fetches: state & 2u32 != 0u32,
        asks: state & 4u32 != 0u32,
        helps: state & 8u32 != 0u32,
        verdict: (state >> 4u32) & 1u32,
        jobs: paused[at(1u32, units)],
        // Units that are done have not kept theirs.
        item: select(running, paused[at(2u32, units)], 0u32),
        moves: paused[at(3u32, units)],
        known: unpacked(paused[at(4u32, units)]),
        trick: Trick {
            hand0: paused[at(8u32, units)],
            hand1: paused[at(9u32, units)],
            hand2: paused[at(10u32, units)],
            hand3: paused[at(11u32, units)],
            safe: paused[at(12u32, units)],
            partners: paused[at(13u32, units)],
            doubtful: paused[at(14u32, units)],
            left1: paused[at(15u32, units)],
            left2: paused[at(16u32, units)],
            left3: paused[at(17u32, units)],
            play0: 1u32 << (plays & 31u32),
            play1: 1u32 << ((plays >> 5u32) & 31u32),
            play2: 1u32 << ((plays >> 10u32) & 31u32),
            side: (plays >> 15u32) & 1u32,
            need: (numbers & 63u32) as i32,
            open: ((numbers >> 6u32) & 63u32) as i32,
            bounds: numbers >> 12u32,
        },
        level,
        seat: state >> 8u32,
        turns: paused[at(5u32, units)],
        whose: paused[at(6u32, units)],
        job: paused[at(7u32, units)],
    }
}
