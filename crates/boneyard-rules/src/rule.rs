//! The rulebook: pure functions on `u32`, without tables, without loops that depend on data.
//!
//! With the feature `cube` every function here is also kernel code. That is why they are written without
//! `return`, short-circuiting guards and arrays. Suits are 0–6 for pips and 7 for the called suit;
//! declarations and dominoes are ids.

// The macro `cube` adds a module beside each function, without documentation.
#![cfg_attr(feature = "cube", allow(missing_docs))]
// Kernels do not short-circuit `&&`, so the tests stay nested.
#![allow(clippy::collapsible_if, clippy::collapsible_else_if)]

#[cfg(feature = "cube")]
use cubecl::prelude::*;

/// The seven doubles.
pub const DOUBLES: u32 = 1 | 1 << 2 | 1 << 5 | 1 << 9 | 1 << 14 | 1 << 20 | 1 << 27;
/// The dominoes that count five: 5-0, 4-1, 3-2.
pub const FIVES: u32 = 1 << 15 | 1 << 11 | 1 << 8;
/// The dominoes that count ten: 5-5, 6-4.
pub const TENS: u32 = 1 << 20 | 1 << 25;

/// The higher pip of a domino.
#[cfg_attr(feature = "cube", cube)]
pub fn high_pip(domino: u32) -> u32 {
    (domino >= 1u32) as u32
        + (domino >= 3u32) as u32
        + (domino >= 6u32) as u32
        + (domino >= 10u32) as u32
        + (domino >= 15u32) as u32
        + (domino >= 21u32) as u32
}

/// The lower pip of a domino.
#[cfg_attr(feature = "cube", cube)]
pub fn low_pip(domino: u32) -> u32 {
    let high = high_pip(domino);
    domino - high * (high + 1u32) / 2u32
}

/// 1 if both pips are the same, else 0.
#[cfg_attr(feature = "cube", cube)]
pub fn is_double(domino: u32) -> u32 {
    (DOUBLES >> domino) & 1u32
}

/// Count points of a set of dominoes.
#[cfg_attr(feature = "cube", cube)]
pub fn count_points(tiles: u32) -> u32 {
    (tiles & FIVES).count_ones() * 5u32 + (tiles & TENS).count_ones() * 10u32
}

/// The dominoes that show `pip`.
#[cfg_attr(feature = "cube", cube)]
pub fn tiles_with_pip(pip: u32) -> u32 {
    // (pip, 0) … (pip, pip) are neighbours; each higher pip adds one domino.
    let mut tiles = ((2u32 << pip) - 1u32) << (pip * (pip + 1u32) / 2u32);
    for high in 1u32..7u32 {
        if high > pip {
            tiles |= 1u32 << (high * (high + 1u32) / 2u32 + pip);
        }
    }
    tiles
}

/// The dominoes of the called suit.
#[cfg_attr(feature = "cube", cube)]
pub fn called_tiles(declaration: u32) -> u32 {
    let mut tiles = 0u32;
    if declaration < 7u32 {
        tiles = tiles_with_pip(declaration);
    } else {
        if declaration < 9u32 {
            tiles = DOUBLES;
        }
    }
    tiles
}

/// The dominoes that beat every domino of other suits.
#[cfg_attr(feature = "cube", cube)]
pub fn trump_tiles(declaration: u32) -> u32 {
    let mut tiles = called_tiles(declaration);
    if declaration == 8u32 {
        tiles = 0u32;
    }
    tiles
}

/// The dominoes that follow `suit`.
#[cfg_attr(feature = "cube", cube)]
pub fn follow_tiles(suit: u32, declaration: u32) -> u32 {
    let called = called_tiles(declaration);
    let mut tiles = called;
    if suit < 7u32 {
        tiles = tiles_with_pip(suit) & !called;
    }
    tiles
}

/// The suit that leading `domino` leads.
#[cfg_attr(feature = "cube", cube)]
pub fn led_suit(domino: u32, declaration: u32) -> u32 {
    let mut suit = high_pip(domino);
    if (called_tiles(declaration) >> domino) & 1u32 == 1u32 {
        suit = 7u32;
    }
    suit
}

/// The dominoes of `hand` that may be played to a trick in which `follow` is the set that follows the led
/// suit; to lead, pass all dominoes.
#[cfg_attr(feature = "cube", cube)]
pub fn legal_tiles(hand: u32, follow: u32) -> u32 {
    let mut legal = hand & follow;
    if legal == 0u32 {
        legal = hand;
    }
    legal
}

/// How strong `domino` is in a trick of the led `suit`: higher wins, 0 cannot win unless it was led.
///
/// Trumps stand above followers. Within a pip suit the double is highest and the others rank by their other
/// pip; doubles as a suit rank by pip.
#[cfg_attr(feature = "cube", cube)]
pub fn strength(domino: u32, suit: u32, declaration: u32) -> u32 {
    let bit = 1u32 << domino;
    let sum = high_pip(domino) + low_pip(domino);
    let mut rank = sum;
    if is_double(domino) == 1u32 {
        rank = 14u32;
    }
    // A double of the called suit of doubles ranks by its pip.
    if declaration >= 7u32 {
        if bit & called_tiles(declaration) != 0u32 {
            rank = sum / 2u32;
        }
    }
    let mut result = 0u32;
    if bit & trump_tiles(declaration) != 0u32 {
        result = 32u32 + rank;
    } else {
        if bit & follow_tiles(suit, declaration) != 0u32 {
            result = 16u32 + rank;
        }
    }
    result
}

/// Rank inside the called suit, 0 the highest … 6 the lowest; 7 outside it.
#[cfg_attr(feature = "cube", cube)]
pub fn called_rank(domino: u32, declaration: u32) -> u32 {
    let called = called_tiles(declaration);
    let mut rank = 7u32;
    if (called >> domino) & 1u32 == 1u32 {
        if declaration < 7u32 {
            // The double first; the others rank by their other pip, which is the order of their ids.
            rank = 0u32;
            if is_double(domino) == 0u32 {
                rank = 1u32 + ((called & !DOUBLES) >> domino >> 1u32).count_ones();
            }
        } else {
            rank = 6u32 - high_pip(domino);
        }
    }
    rank
}

/// What the bidder's team must still win, as a difference: it makes `bid` (30–42) exactly if its points minus
/// the others' points, from now to the end, are at least this. `banked` are the points each side has.
///
/// With `r` points still out and `d` the difference to come, the bidders end at `banked + (r + d) / 2`.
#[cfg_attr(feature = "cube", cube)]
pub fn difference_needed(bid: i32, banked_bidders: i32, banked_others: i32) -> i32 {
    2i32 * bid - 42i32 - (banked_bidders - banked_others)
}
