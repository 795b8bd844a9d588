//! Units without a job of their own join others: what remains at the end are a few hard questions, and thousands of units have
//! nothing else to do. As long as there are jobs for all, a kernel without any of this is faster: so when the first unit finds no job
//! left all stop, and the next launch goes on with a kernel in which they join.
//!
//! A unit whose job is its last one shows it: which, what is known of its value, and what is asked. Whoever joins asks the same
//! question, goes through the first two tricks in an order of its own, and leaves what it finds in the table that all
//! share; whoever has an answer first tells the others. (Chess programs search on several processors in this way, "lazy
//! SMP".) Values do not depend on it, since every answer is true by itself.
//!
//! A unit shows one job at most, and what is known of it only grows, so it does not matter how old the words are that another
//! unit reads. U units, a record each: `[WORDS, U]`.
//!
//! | word | holds |
//! |---|---|
//! | 0 | whose job the unit works on, from 1: its own number plus one where it shows one, 0 if none |
//! | 1 | the job, from 1 |
//! | 2 | at least so many points |
//! | 3 | 63 − at most so many |
//! | 4 | the question: at least so many? |
//! | 5 | 1 once the value is written |

use super::interval::Interval;
use boneyard_device::layout::status;
use cubecl::prelude::*;

/// Words of a record.
pub const WORDS: usize = 6;

/// Turns from one look at what others know to the next, less one: a power of two less one.
pub const LOOKS: u32 = 127;

/// Tricks of the line that whoever has joined goes through in an order of its own.
const SHUFFLED: u32 = 2;

/// Nobody's record.
pub const NOBODYS: u32 = 0;

#[cube]
fn at(whose: u32, word: u32, units: u32) -> usize {
    (word * units + whose - 1u32) as usize
}

/// This unit's own record.
#[cube]
pub fn own() -> u32 {
    ABSOLUTE_POS as u32 + 1u32
}

/// Whether no job is left to be taken, so that the one under way is the unit's last.
#[cube]
pub fn is_last(tally: &Array<Atomic<u32>>, n_jobs: u32, jobs_done: u32, quota: u32) -> bool {
    (jobs_done >= quota) | (tally[comptime!(status::NEXT)].load() >= n_jobs)
}

/// Shows the unit's job.
#[cube]
pub fn show(records: &Array<Atomic<u32>>, units: u32, job: u32, known: &Interval) {
    let whose = own();
    records[at(whose, 1u32, units)].store(job + 1u32);
    records[at(whose, 2u32, units)].store(known.low as u32);
    records[at(whose, 3u32, units)].store(63u32 - known.high as u32);
    records[at(whose, 4u32, units)].store(known.ask as u32);
    records[at(whose, 0u32, units)].store(whose);
}

/// Somebody who works on something, as far as a guess can tell; else [`NOBODYS`].
#[cube]
pub fn somebody(records: &Array<Atomic<u32>>, units: u32, turn: u32) -> u32 {
    let mixed = own() * 0x9E37_79B1u32 + turn * 0x85EB_CA77u32;
    let whose = records[at((mixed ^ (mixed >> 15u32)) % units + 1u32, 0u32, units)].load();
    let mut found = NOBODYS.runtime();
    if whose != NOBODYS {
        let (low, high) = known_of(records, units, whose);
        if low < high {
            found = whose;
        }
    }
    found
}

/// The job of a record, from 1, for a unit that joins it; 0 if that cannot be seen yet.
#[cube]
pub fn join(records: &Array<Atomic<u32>>, units: u32, whose: u32) -> u32 {
    let job = records[at(whose, 1u32, units)].load();
    if job != 0u32 {
        records[at(own(), 0u32, units)].store(whose);
    }
    job
}

/// What is known of a record's value: at least, at most.
#[cube]
pub fn known_of(records: &Array<Atomic<u32>>, units: u32, whose: u32) -> (i32, i32) {
    let low = records[at(whose, 2u32, units)].load() as i32;
    let high = 63i32 - records[at(whose, 3u32, units)].load() as i32;
    (low, high)
}

/// What the others ask.
#[cube]
pub fn asked(records: &Array<Atomic<u32>>, units: u32, whose: u32) -> i32 {
    records[at(whose, 4u32, units)].load() as i32
}

/// Tells what has become known, and what is asked now.
#[cube]
pub fn tell(records: &Array<Atomic<u32>>, units: u32, whose: u32, known: &Interval) {
    records[at(whose, 2u32, units)].fetch_max(known.low as u32);
    records[at(whose, 3u32, units)].fetch_max(63u32 - known.high as u32);
    records[at(whose, 4u32, units)].store(known.ask as u32);
}

/// Whether this unit is the first that wants to write the value.
#[cube]
pub fn is_first(records: &Array<Atomic<u32>>, units: u32, whose: u32) -> bool {
    let mut first = true.runtime();
    if whose != NOBODYS {
        first = records[at(whose, 5u32, units)].fetch_add(1u32) == 0u32;
    }
    first
}

/// An order of play.
///
/// Of the two teams one has to be right with one move, the other is refuted by none: there every move has to be looked at, in
/// whatever order. Which team that is depends on the answer; half of those who join bet on each.
#[derive(CubeType, CubeTypeMut, Clone, Copy)]
pub struct Order {
    /// It is one of its own.
    pub shuffles: bool,
    /// Whose.
    unit: u32,
}

/// The order at a level of the line.
#[cube]
pub fn order_of(helps: bool, level: u32) -> Order {
    Order { shuffles: helps & (level < comptime!(SHUFFLED)), unit: ABSOLUTE_POS as u32 }
}

#[cube]
impl Order {
    /// What is tried first of `left`, which is not empty: `best`, or any, if this order differs at `seat` of a trick whose leader
    /// is of `side`; without `joins` nobody has an order of its own.
    pub fn choose(&self, best: u32, left: u32, seat: u32, side: u32, #[comptime] joins: bool) -> u32 {
        let mut chosen = best;
        if comptime!(joins) {
            if self.shuffles & ((seat ^ side ^ self.unit) & 1u32 == 1u32) {
                let mixed = (self.unit ^ left) * 0x9E37_79B1u32;
                let skipped = (mixed >> 8u32) % left.count_ones();
                let mut rest = left;
                for _ in 0u32..skipped {
                    rest &= rest - 1u32;
                }
                chosen = rest & (0u32 - rest);
            }
        }
        chosen
    }
}
