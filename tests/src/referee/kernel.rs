//! An independent look at sampled worlds: from the dominoes dealt and played, by the rules, to what each seat may
//! hold. Nothing that observing or sampling computed is used, and none of their code.

// The macro `cube` adds modules and types beside each item, without documentation.
#![allow(missing_docs)]
#![allow(clippy::collapsible_if, clippy::too_many_arguments, clippy::manual_is_multiple_of)]

use boneyard_device::kernels::strength::{IDS, STRENGTHS};
use boneyard_device::layout::{WORLD, game};
use boneyard_rules::rule::*;
use cubecl::prelude::*;

/// Words of a verdict of the referee.
pub mod verdict {
    /// Worlds looked at.
    pub const CHECKED: usize = 0;
    /// Worlds said to be of another game than the one in whose place they stand.
    pub const MISPLACED: usize = 1;
    /// Worlds with a domino that the mover has seen.
    pub const STRANGERS: usize = 2;
    /// Worlds with a domino in two hands.
    pub const TWICE: usize = 3;
    /// Worlds with an unseen domino in no hand.
    pub const LOST: usize = 4;
    /// Worlds with a hand of the wrong size.
    pub const SIZES: usize = 5;
    /// Worlds with a domino in a suit of which its holder has shown to have none.
    pub const VOIDS: usize = 6;
    /// Words.
    pub const WORDS: usize = 7;
}

/// Units of a cube of `referee_kernel`.
pub const UNITS: u32 = 128;

/// A set by strength as a set of ids.
#[cube]
fn ids(set: u32, strengths: &Array<u32>, row: usize) -> u32 {
    let mut result = 0u32.runtime();
    for strength in 0usize..28usize {
        if (set >> strength as u32) & 1u32 == 1u32 {
            result |= 1u32 << strengths[row + comptime!(IDS) + strength];
        }
    }
    result
}

/// One cube a game of the chunk: plays the game up to `ply` again, and counts the worlds that cannot be.
#[cube(launch_unchecked)]
pub fn referee_kernel(
    games: &Array<u32>,
    starts: &Array<u32>,
    worlds: &Array<u32>,
    owners: &Array<u32>,
    strengths: &Array<u32>,
    counts: &mut Array<Atomic<u32>>,
    first: u32,
    n_games: u32,
    ply: u32,
) {
    // What left opponent, partner and right opponent have shown they cannot hold; how many they hold; the unseen.
    let mut facts = SharedMemory::<u32>::new(7usize);
    let k = u32::min(CUBE_POS as u32, n_games - 1u32);
    let g = first + k;
    let row = g as usize * comptime!(game::ROW);
    let contract = games[row + comptime!(game::CONTRACT)];
    let declaration = contract & 15u32;
    if UNIT_POS == 0u32 {
        let mut cannot = Array::<u32>::new(4usize);
        let mut left = Array::<u32>::new(4usize);
        for seat in 0usize..4usize {
            cannot[seat] = 0u32.runtime();
            left[seat] = 7u32.runtime();
        }
        let mut leader = (contract >> 4u32) & 3u32;
        let mut suit = 0u32.runtime();
        let mut highest = 0u32.runtime();
        let mut winner = 0u32.runtime();
        let mut played = 0u32.runtime();
        for past in 0u32..ply {
            let word = games[row + comptime!(game::PLAYS) + (past / 4u32) as usize];
            let domino = (word >> (past % 4u32 * 8u32)) & 255u32;
            let seat = (leader + past % 4u32) % 4u32;
            if past % 4u32 == 0u32 {
                suit = led_suit(domino, declaration);
                winner = seat;
                highest = strength(domino, suit, declaration);
            } else {
                let follows = follow_tiles(suit, declaration);
                if (follows >> domino) & 1u32 == 0u32 {
                    cannot[seat as usize] |= follows;
                }
                let rank = strength(domino, suit, declaration);
                if rank > highest {
                    winner = seat;
                    highest = rank;
                }
            }
            played |= 1u32 << domino;
            left[seat as usize] -= 1u32;
            if past % 4u32 == 3u32 {
                leader = winner;
            }
        }
        let mover = (leader + ply % 4u32) % 4u32;
        for other in 0u32..3u32 {
            let seat = (mover + 1u32 + other) % 4u32;
            facts[other as usize] = cannot[seat as usize];
            facts[(3u32 + other) as usize] = left[seat as usize];
        }
        facts[6usize] = 0x0fff_ffffu32 & !(played | games[row + comptime!(game::HANDS) + mover as usize]);
    }
    sync_cube();
    let unseen = facts[6usize];
    let mut item = starts[k as usize] + UNIT_POS;
    let mut end = starts[(k + 1u32) as usize];
    if CUBE_POS as u32 >= n_games {
        end = 0u32.runtime();
    }
    let mut checked = 0u32.runtime();
    let mut misplaced = 0u32.runtime();
    let mut strangers = 0u32.runtime();
    let mut twice = 0u32.runtime();
    let mut lost = 0u32.runtime();
    let mut sizes = 0u32.runtime();
    let mut voids = 0u32.runtime();
    while item < end {
        let at = item as usize * comptime!(WORLD);
        let mut all = 0u32.runtime();
        let mut beyond = 0u32.runtime();
        let mut shared = 0u32.runtime();
        let mut wrong_size = 0u32.runtime();
        let mut forbidden = 0u32.runtime();
        for other in 0usize..3usize {
            let set = worlds[at + other];
            let hand = ids(set, strengths, declaration as usize * comptime!(STRENGTHS));
            beyond |= set >> 28u32;
            shared |= all & hand;
            all |= hand;
            forbidden |= hand & facts[other];
            if set.count_ones() != facts[3usize + other] {
                wrong_size = 1u32.runtime();
            }
        }
        checked += 1u32;
        misplaced += (owners[item as usize] != g) as u32;
        strangers += (beyond | (all & !unseen) != 0u32) as u32;
        twice += (shared != 0u32) as u32;
        lost += (unseen & !all != 0u32) as u32;
        sizes += wrong_size;
        voids += (forbidden != 0u32) as u32;
        item += comptime!(UNITS);
    }
    counts[comptime!(verdict::CHECKED)].fetch_add(checked);
    counts[comptime!(verdict::MISPLACED)].fetch_add(misplaced);
    counts[comptime!(verdict::STRANGERS)].fetch_add(strangers);
    counts[comptime!(verdict::TWICE)].fetch_add(twice);
    counts[comptime!(verdict::LOST)].fetch_add(lost);
    counts[comptime!(verdict::SIZES)].fetch_add(sizes);
    counts[comptime!(verdict::VOIDS)].fetch_add(voids);
}
