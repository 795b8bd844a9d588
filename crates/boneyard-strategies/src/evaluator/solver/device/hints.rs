//! Refutations that worked before: which domino last satisfied a seat that could choose among the same ones, in shared
//! memory. A hint says what to try first, and nothing else: it may be wrong, from another world, or never written.
//!
//! A seat is told by its place in the trick, what it may choose from, and the winning domino so far. An entry has 16 bits, two
//! a word, and each unit has a column of its own: the domino in bits 0–4, a tag in bits 5–15.

use super::sets::strength_of;
use cubecl::prelude::*;

/// Words a unit; one at least, for what a kernel without hints declares all the same.
pub const fn words(hints: u32) -> usize {
    if hints < 2 { 1 } else { hints as usize / 2 }
}

/// The hints of all units of a cube, and the world that this unit searches.
#[derive(CubeType)]
pub struct Hints {
    /// Columns of [`words`].
    pub table: SharedMemory<u32>,
    /// The world's number.
    pub world: u32,
}

/// A seat about to play, in 32 bits. `over` is what beats the winning domino so far; 0 for a lead.
#[cube]
pub fn told(seat: u32, choice: u32, over: u32, world: u32) -> u32 {
    let mut mixed = (choice * 0x9E37_79B1u32) ^ ((over ^ world) * 0x85EB_CA77u32) ^ (seat * 0xC2B2_AE3Du32);
    mixed ^= mixed >> 15u32;
    mixed * 0x27D4_EB2Fu32
}

/// The number of the entry.
#[cube]
fn entry(told: u32, #[comptime] n_hints: u32) -> u32 {
    ((told >> 16u32) * n_hints) >> 16u32
}

/// The tag, in place.
#[cube]
fn tag(told: u32) -> u32 {
    told & 0xffe0u32
}

#[cube]
fn place(entry: u32) -> usize {
    ((entry / 2u32) * CUBE_DIM + UNIT_POS) as usize
}

/// The hinted domino, if it is in `left`; else nothing.
#[cube]
pub fn hinted(left: u32, told: u32, hints: &Hints, #[comptime] n_hints: u32) -> u32 {
    let at = entry(told, n_hints);
    let half = (hints.table[place(at)] >> (16u32 * (at % 2u32))) & 0xffffu32;
    left & select(half & 0xffe0u32 == tag(told), 1u32 << (half & 31u32), 0u32)
}

/// Remembers that `tile` satisfied the seat.
#[cube]
pub fn satisfied(tile: u32, told: u32, hints: &mut Hints, #[comptime] n_hints: u32) {
    let at = entry(told, n_hints);
    let shift = 16u32 * (at % 2u32);
    let half = tag(told) | strength_of(tile);
    hints.table[place(at)] = (hints.table[place(at)] & (0xffff_0000u32 >> shift)) | (half << shift);
}
