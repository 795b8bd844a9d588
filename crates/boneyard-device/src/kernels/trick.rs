//! The trick under way in one word.
//!
//! | bits | holds |
//! |---|---|
//! | 0–1 | leader |
//! | 2–4 | led suit (0 before the lead) |
//! | 5–9 | the winning domino so far |
//! | 10–11 | who played it |
//! | 12–17 | count points in it |

use boneyard_rules::rule::*;
use cubecl::prelude::*;

/// The dominoes that follow the lead; all when nothing has been led.
#[cube]
pub fn following(trick: u32, ply: u32, declaration: u32) -> u32 {
    let mut tiles = 0x0fff_ffffu32.runtime();
    if ply % 4u32 != 0u32 {
        tiles = follow_tiles((trick >> 2u32) & 7u32, declaration);
    }
    tiles
}

/// The trick after `seat` plays `domino`; before the first ply of a trick only the leader matters.
#[cube]
pub fn with_play(trick: u32, ply: u32, seat: u32, domino: u32, declaration: u32) -> u32 {
    let leader = trick & 3u32;
    let mut suit = (trick >> 2u32) & 7u32;
    let mut best = (trick >> 5u32) & 31u32;
    let mut winner = (trick >> 10u32) & 3u32;
    let mut points = (trick >> 12u32) & 63u32;
    if ply % 4u32 == 0u32 {
        suit = led_suit(domino, declaration);
        best = domino;
        winner = seat;
        points = 0u32.runtime();
    } else {
        if strength(domino, suit, declaration) > strength(best, suit, declaration) {
            best = domino;
            winner = seat;
        }
    }
    points += count_points(1u32 << domino);
    leader | (suit << 2u32) | (best << 5u32) | (winner << 10u32) | (points << 12u32)
}

/// The seat that wins a trick of four plays, which leads the next.
#[cube]
pub fn winner(trick: u32) -> u32 {
    (trick >> 10u32) & 3u32
}

/// The points of a trick of four plays, where the bank has its winner's.
#[cube]
pub fn taken(trick: u32) -> u32 {
    (((trick >> 12u32) & 63u32) + 1u32) << ((winner(trick) % 2u32) * 8u32)
}
