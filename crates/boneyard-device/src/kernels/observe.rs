//! What the mover of each game sees, with its worlds counted.

use crate::kernels::{
    strength::{self, STRENGTH, STRENGTHS, by_strength},
    trick,
};
use crate::layout::{COMPLETIONS, PIPS, game, seen};
use boneyard_rules::rule::*;
use cubecl::prelude::*;

/// Units of a cube of `observe_kernel`: one for each pair of capacities.
pub const UNITS: u32 = 64;

/// The dominoes excluded by a set of voids.
#[cube]
fn excluded_by(voids: u32, declaration: u32) -> u32 {
    let mut tiles = 0u32.runtime();
    for suit in 0u32..8u32 {
        if (voids >> suit) & 1u32 == 1u32 {
            tiles |= follow_tiles(suit, declaration);
        }
    }
    tiles
}

/// How many of a set of voids are in suits of which `unseen` holds dominoes.
#[cube]
fn voids_in(voids: u32, unseen: u32, declaration: u32) -> u32 {
    let mut n = 0u32.runtime();
    for suit in 0u32..8u32 {
        if (voids >> suit) & 1u32 == 1u32 {
            if follow_tiles(suit, declaration) & unseen != 0u32 {
                n += 1u32;
            }
        }
    }
    n
}

/// What the mover of a game at a ply sees of the play: the words of its row, from `out` on, that evaluators read. The game's begins
/// at `row`; `hand` is what the mover was dealt.
#[cube]
pub fn write_seen(
    games: &Array<u32>,
    row: usize,
    hand: u32,
    ply: u32,
    strengths: &Array<u32>,
    observations: &mut Array<u32>,
    out: usize,
) {
    let turn = games[row + comptime!(game::TRICK)];
    let contract = games[row + comptime!(game::CONTRACT)];
    let declaration = contract & 15u32;
    let bidder = (contract >> 4u32) & 3u32;
    let bid = (contract >> 8u32) & 255u32;
    let mover = ((turn & 3u32) + ply) & 3u32;
    let strengths_row = declaration as usize * comptime!(STRENGTHS);
    let held = hand & !games[row + comptime!(game::PLAYED) + mover as usize];
    let legal = legal_tiles(held, trick::following(turn, ply, declaration));
    let mut slots = 0u32.runtime();
    let mut tiles = hand;
    for slot in 0u32..7u32 {
        let bit = tiles & (0u32 - tiles);
        tiles ^= bit;
        if legal & bit != 0u32 {
            slots |= 1u32 << slot;
        }
    }
    let banked = games[row + comptime!(game::BANKED)];
    let team0 = banked & 255u32;
    let team1 = (banked >> 8u32) & 255u32;
    let mut bidders = team0;
    let mut others = team1;
    if bidder & 1u32 == 1u32 {
        bidders = team1;
        others = team0;
    }
    let mut needed = difference_needed(bid as i32, bidders as i32, others as i32);
    if (mover ^ bidder) & 1u32 == 1u32 {
        needed = 1i32 - needed;
    }
    let plays = games[row + comptime!(game::PLAYS) + (ply / 4u32) as usize];
    let mut on_table = 0x7fffu32.runtime();
    for k in 0u32..3u32 {
        if k < ply % 4u32 {
            let id = (plays >> (8u32 * k)) & 255u32;
            let strength = strengths[strengths_row + comptime!(STRENGTH) + id as usize];
            on_table ^= (31u32 ^ strength) << (5u32 * k);
        }
    }
    observations[out + comptime!(seen::MOVER)] = mover;
    observations[out + comptime!(seen::DECLARATION)] = declaration;
    observations[out + comptime!(seen::HAND)] = hand;
    observations[out + comptime!(seen::HELD)] = by_strength(held, strengths, strengths_row);
    observations[out + comptime!(seen::LEGAL)] = by_strength(legal, strengths, strengths_row);
    observations[out + comptime!(seen::SLOTS)] = slots;
    observations[out + comptime!(seen::NEEDED)] = needed as u32;
    observations[out + comptime!(seen::TRICK)] = turn;
    observations[out + comptime!(seen::TABLE)] = on_table;
    observations[out + comptime!(seen::BIDDER)] = (bidder + 4u32 - mover) & 3u32;
    observations[out + comptime!(seen::BIDDER_PLAYED)] =
        by_strength(games[row + comptime!(game::PLAYED) + bidder as usize], strengths, strengths_row);
    observations[out + comptime!(seen::OPEN)] = 42u32 - team0 - team1;
    observations[out + comptime!(seen::SEED)] = games[row + comptime!(game::SEED)];
    observations[out + comptime!(seen::SEED + 1)] = games[row + comptime!(game::SEED + 1)];
    observations[out + comptime!(seen::PLY)] = ply;
}

/// One cube a game: the observation, the completion table, which worlds may be looked at.
#[cube(launch_unchecked)]
pub fn observe_kernel(
    games: &Array<u32>,
    observations: &mut Array<u32>,
    tables: &mut Array<u32>,
    strengths: &Array<u32>,
    n_games: u32,
    ply: u32,
    samples: u32,
    enumerated: u32,
    #[comptime] evaluate_forced: bool,
) {
    let mut cells = SharedMemory::<u32>::new(128usize);
    let index = CUBE_POS;
    let mut g = index;
    if index >= n_games as usize {
        // The grid is padded to a rectangle; idle cubes repeat game 0 without writing.
        g = 0usize.runtime();
    }
    let writes = index < n_games as usize;
    let row = g * comptime!(game::ROW);
    let turn = games[row + comptime!(game::TRICK)];
    let contract = games[row + comptime!(game::CONTRACT)];
    let declaration = contract & 15u32;
    let mover = ((turn & 3u32) + ply) & 3u32;
    let played = games[row + comptime!(game::PLAYED)]
        | games[row + comptime!(game::PLAYED + 1)]
        | games[row + comptime!(game::PLAYED + 2)]
        | games[row + comptime!(game::PLAYED + 3)];
    let hand = games[row + comptime!(game::HANDS) + mover as usize];
    let held = hand & !played;
    let legal = legal_tiles(held, trick::following(turn, ply, declaration));
    let unseen = 0x0fff_ffffu32 & !hand & !played;
    let voids = games[row + comptime!(game::VOIDS)];
    let left = (mover + 1u32) & 3u32;
    let partner = (mover + 2u32) & 3u32;
    let right = (mover + 3u32) & 3u32;
    let strengths_row = declaration as usize * comptime!(STRENGTHS);
    let hidden = by_strength(unseen, strengths, strengths_row);
    let not_left =
        by_strength(excluded_by((voids >> (8u32 * left)) & 255u32, declaration), strengths, strengths_row);
    let not_partner =
        by_strength(excluded_by((voids >> (8u32 * partner)) & 255u32, declaration), strengths, strengths_row);
    let not_right =
        by_strength(excluded_by((voids >> (8u32 * right)) & 255u32, declaration), strengths, strengths_row);
    let size_left = 7u32 - games[row + comptime!(game::PLAYED) + left as usize].count_ones();
    let size_partner = 7u32 - games[row + comptime!(game::PLAYED) + partner as usize].count_ones();
    let size_right = 7u32 - games[row + comptime!(game::PLAYED) + right as usize].count_ones();

    if writes {
        if UNIT_POS < 8u32 {
            let at = comptime!(PIPS) + UNIT_POS as usize;
            let pips = strengths[strengths_row + comptime!(strength::PIPS) + UNIT_POS as usize];
            tables[g * comptime!(COMPLETIONS) + at] = pips;
        }
    }

    // Count completions from the weakest unseen domino up; unit (a, b) keeps the cell of these capacities.
    let n = unseen.count_ones();
    let a = UNIT_POS / 8u32;
    let b = UNIT_POS % 8u32;
    let table = g * comptime!(COMPLETIONS);
    let mut cell = 0u32.runtime();
    if UNIT_POS == 0u32 {
        cell = 1u32.runtime();
    }
    cells[UNIT_POS as usize] = cell;
    if writes {
        tables[table + (n * 64u32 + UNIT_POS) as usize] = cell;
    }
    let mut rest = hidden;
    for step in 0u32..21u32 {
        let below = (step % 2u32) * 64u32;
        let here = 64u32 - below;
        sync_cube();
        if step < n {
            let bit = rest & (0u32 - rest);
            rest ^= bit;
            let mut ways = 0u32.runtime();
            if a > 0u32 {
                if not_left & bit == 0u32 {
                    ways += cells[(below + UNIT_POS - 8u32) as usize];
                }
            }
            if b > 0u32 {
                if not_partner & bit == 0u32 {
                    ways += cells[(below + UNIT_POS - 1u32) as usize];
                }
            }
            if not_right & bit == 0u32 {
                ways += cells[(below + UNIT_POS) as usize];
            }
            cells[(here + UNIT_POS) as usize] = ways;
            if writes {
                tables[table + ((n - 1u32 - step) * 64u32 + UNIT_POS) as usize] = ways;
            }
        }
    }
    sync_cube();

    if writes {
        if UNIT_POS == 0u32 {
            let total = cells[((n % 2u32) * 64u32 + size_left * 8u32 + size_partner) as usize];
            let mut plan = 2u32.runtime();
            let mut most = u32::min(samples, total);
            if total <= enumerated {
                plan = 1u32.runtime();
            }
            if comptime!(!evaluate_forced) {
                if legal.count_ones() == 1u32 {
                    plan = 0u32.runtime();
                    most = 0u32.runtime();
                }
            }
            let out = g * comptime!(seen::ROW);
            write_seen(games, row, hand, ply, strengths, observations, out);
            observations[out + comptime!(seen::UNSEEN)] = hidden;
            observations[out + comptime!(seen::SIZES)] =
                size_left | (size_partner << 4u32) | (size_right << 8u32);
            observations[out + comptime!(seen::EXCLUDED)] = not_left;
            observations[out + comptime!(seen::EXCLUDED + 1)] = not_partner;
            observations[out + comptime!(seen::EXCLUDED + 2)] = not_right;
            observations[out + comptime!(seen::TOTAL)] = total;
            observations[out + comptime!(seen::MOST)] = most;
            observations[out + comptime!(seen::PLAN)] = plan;
            observations[out + comptime!(seen::VOIDS)] =
                voids_in((voids >> (8u32 * left)) & 255u32, unseen, declaration)
                    + voids_in((voids >> (8u32 * partner)) & 255u32, unseen, declaration)
                    + voids_in((voids >> (8u32 * right)) & 255u32, unseen, declaration);
        }
    }
}
