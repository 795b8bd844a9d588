//! Sets of dominoes as bits by strength; a higher bit beats a lower one wherever both count.

use cubecl::prelude::*;

/// All strengths above that of the one domino of `tile`; none if it is empty.
#[cube]
pub fn above_tile(tile: u32) -> u32 {
    0u32 - (tile << 1u32)
}

/// All strengths above the highest of `set`; all if it is empty.
#[cube]
pub fn above(set: u32) -> u32 {
    let mut over = 0xffff_ffffu32.runtime();
    if set != 0u32 {
        over = 0xffff_fffeu32 << (31u32 - set.leading_zeros());
    }
    over
}

/// The lowest of a set, empty if the set is.
#[cube]
pub fn lowest(set: u32) -> u32 {
    set & (0u32 - set)
}

/// Whether a set has more than one member.
#[cube]
pub fn several(set: u32) -> bool {
    set != lowest(set)
}

/// The highest of a set that is not empty.
#[cube]
pub fn highest(set: u32) -> u32 {
    0x8000_0000u32 >> set.leading_zeros()
}

/// The strength of a domino given as a bit.
#[cube]
pub fn strength_of(tile: u32) -> u32 {
    31u32 - tile.leading_zeros()
}

/// The first set if there is anything in it, else the second.
#[cube]
pub fn first_of(set: u32, otherwise: u32) -> u32 {
    select(set != 0u32, set, otherwise)
}

/// What `hand` may play when `follow` follow.
#[cube]
pub fn legal(hand: u32, follow: u32) -> u32 {
    first_of(hand & follow, hand)
}

/// What `hand` could win with among `over`.
#[cube]
pub fn beaters(hand: u32, follow: u32, trumps: u32, over: u32) -> u32 {
    first_of(hand & follow, hand & trumps) & over
}
