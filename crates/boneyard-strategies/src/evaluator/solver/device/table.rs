//! The transposition table: bounds on positions at the start of a trick.
//!
//! In one world a position is told by the dominoes still held and by who leads. An entry has 64 bits:
//!
//! | bits | holds |
//! |---|---|
//! | 0–29 | the dominoes held; who of the four, from the leader, holds the lowest of them |
//! | 30–35 | lower bound on the points to come of the root's team |
//! | 36–41 | upper bound |
//! | 42–63 | the world, from 1 |
//!
//! All units share one table where an aligned 64-bit word is read and written in one piece: a world that is hard then
//! has room that easy ones have left. Elsewhere each unit has a part to itself, in words of 32 bits. Either way an
//! entry is what one unit wrote, and true; the values found do not depend on which entries survive.

use super::sets::lowest;
use super::trick::{Trick, UNKNOWN};
use cubecl::prelude::*;

/// Most worlds of one launch: their numbers have 22 bits, and 0 is nobody's.
pub const MOST_WORLDS: usize = (1 << 22) - 1;

/// Bytes of an entry.
pub const ENTRY_BYTES: u64 = 8;

/// Which world is searched, and where the unit's part of the table begins.
#[derive(CubeType, CubeTypeMut, Clone, Copy)]
pub struct Probe {
    /// The number of the world, from 1.
    pub world: u32,
    /// First entry.
    pub first: u32,
    /// 32 − log₂ of the number of entries.
    pub shift: u32,
}

/// A position's key of 30 bits.
#[cube]
fn key(trick: &Trick) -> u32 {
    let held = trick.held();
    let low = lowest(held);
    let mut holder = select(trick.hand1 & low != 0u32, 1u32, 0u32);
    holder += select(trick.hand2 & low != 0u32, 2u32, 0u32);
    holder += select(trick.hand3 & low != 0u32, 3u32, 0u32);
    held | holder << 28u32
}

/// The entry that a key shares with others.
#[cube]
fn entry(told: u32, probe: &Probe) -> usize {
    let mut mixed = (told ^ (probe.world * 0x85EB_CA77u32)) * 0x9E37_79B1u32;
    mixed ^= mixed >> 15u32;
    mixed *= 0x85EB_CA77u32;
    (probe.first + (mixed >> probe.shift)) as usize
}

/// What is known of the trick's position: [`UNKNOWN`] if nothing is.
#[cube]
pub fn look_up<W: Int>(table: &Array<W>, probe: &Probe, trick: &Trick, #[comptime] shared: bool) -> u32 {
    let told = key(trick);
    let at = entry(told, probe);
    let mut low = 0u32.runtime();
    let mut high = 0u32.runtime();
    if comptime!(shared) {
        let word = u64::cast_from(table[at]);
        low = u32::cast_from(word);
        high = u32::cast_from(word >> 32u64);
    } else {
        low = u32::cast_from(table[2usize * at]);
        high = u32::cast_from(table[2usize * at + 1usize]);
    }
    let known = (low & 0x3fff_ffffu32 == told) & (high >> 10u32 == probe.world);
    select(known, (low >> 30u32) | ((high & 1023u32) << 2u32), UNKNOWN.runtime())
}

/// Remembers what is known of the trick's position, in place of whatever shared its entry.
#[cube]
pub fn remember<W: Int>(
    table: &mut Array<W>,
    probe: &Probe,
    trick: &Trick,
    bounds: u32,
    #[comptime] shared: bool,
) {
    let told = key(trick);
    let at = entry(told, probe);
    let low = told | (bounds << 30u32);
    let high = (bounds >> 2u32) | (probe.world << 10u32);
    if comptime!(shared) {
        table[at] = W::cast_from(u64::cast_from(low) | (u64::cast_from(high) << 32u64));
    } else {
        table[2usize * at] = W::cast_from(low);
        table[2usize * at + 1usize] = W::cast_from(high);
    }
}
