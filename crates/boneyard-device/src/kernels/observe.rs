//! What the mover of each game sees, with its worlds counted.

use crate::kernels::{
    check,
    solve::orders::{ORDER, PLACES, places},
    trick,
};
use crate::layout::{COMPLETIONS, game, seen, status};
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

/// One cube a game: the observation, the completion table, the plan.
#[cube(launch_unchecked)]
pub fn observe_kernel(
    games: &Array<u32>,
    observations: &mut Array<u32>,
    tables: &mut Array<u32>,
    orders: &Array<u32>,
    n_games: u32,
    ply: u32,
    samples: u32,
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
    let bidder = (contract >> 4u32) & 3u32;
    let bid = (contract >> 8u32) & 255u32;
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
    let order = declaration as usize * comptime!(ORDER);
    let hidden = places(unseen, orders, order);
    let not_left = places(excluded_by((voids >> (8u32 * left)) & 255u32, declaration), orders, order);
    let not_partner = places(excluded_by((voids >> (8u32 * partner)) & 255u32, declaration), orders, order);
    let not_right = places(excluded_by((voids >> (8u32 * right)) & 255u32, declaration), orders, order);
    let size_left = 7u32 - games[row + comptime!(game::PLAYED) + left as usize].count_ones();
    let size_partner = 7u32 - games[row + comptime!(game::PLAYED) + partner as usize].count_ones();
    let size_right = 7u32 - games[row + comptime!(game::PLAYED) + right as usize].count_ones();

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
            let mut plan = 2u32.runtime();
            let mut items = samples;
            if total <= samples {
                plan = 1u32.runtime();
                items = total;
            }
            if comptime!(!evaluate_forced) {
                if legal.count_ones() == 1u32 {
                    plan = 0u32.runtime();
                    items = 0u32.runtime();
                }
            }
            let out = g * comptime!(seen::ROW);
            observations[out + comptime!(seen::MOVER)] = mover;
            observations[out + comptime!(seen::DECLARATION)] = declaration;
            observations[out + comptime!(seen::HAND)] = hand;
            observations[out + comptime!(seen::HELD)] = places(held, orders, order);
            observations[out + comptime!(seen::LEGAL)] = places(legal, orders, order);
            observations[out + comptime!(seen::SLOTS)] = slots;
            observations[out + comptime!(seen::UNSEEN)] = hidden;
            observations[out + comptime!(seen::SIZES)] =
                size_left | (size_partner << 4u32) | (size_right << 8u32);
            observations[out + comptime!(seen::EXCLUDED)] = not_left;
            observations[out + comptime!(seen::EXCLUDED + 1)] = not_partner;
            observations[out + comptime!(seen::EXCLUDED + 2)] = not_right;
            observations[out + comptime!(seen::NEEDED)] = needed as u32;
            observations[out + comptime!(seen::TOTAL)] = total;
            observations[out + comptime!(seen::ITEMS)] = items;
            observations[out + comptime!(seen::PLAN)] = plan;
            observations[out + comptime!(seen::TRICK)] = turn;
            let plays = games[row + comptime!(game::PLAYS) + (ply / 4u32) as usize];
            let mut on_table = 0x7fffu32.runtime();
            for k in 0u32..3u32 {
                if k < ply % 4u32 {
                    let id = (plays >> (8u32 * k)) & 255u32;
                    let place = orders[order + comptime!(PLACES) + id as usize];
                    on_table ^= (31u32 ^ place) << (5u32 * k);
                }
            }
            observations[out + comptime!(seen::TABLE)] = on_table;
            observations[out + comptime!(seen::OPEN)] = 42u32 - team0 - team1;
            observations[out + comptime!(seen::SEED)] = games[row + comptime!(game::SEED)];
            observations[out + comptime!(seen::SEED + 1)] = games[row + comptime!(game::SEED + 1)];
            observations[out + comptime!(seen::PLY)] = ply;
            observations[out + comptime!(seen::VOIDS)] =
                voids_in((voids >> (8u32 * left)) & 255u32, unseen, declaration)
                    + voids_in((voids >> (8u32 * partner)) & 255u32, unseen, declaration)
                    + voids_in((voids >> (8u32 * right)) & 255u32, unseen, declaration);
        }
    }
}

/// Units of the one cube of `place_kernel`.
pub const PLACERS: u32 = 256;

/// Counts a chunk of which a step fell short.
#[cube]
fn settle(tally: &mut Array<u32>, expected: u32, #[comptime] counter: usize, #[comptime] cut: usize) {
    if tally[counter] != expected {
        tally[cut] += 1u32;
    }
    tally[counter] = 0u32.runtime();
}

/// Where the items of each game of a chunk begin: an exclusive prefix sum, the total last. One cube. Settles the
/// accounts of the chunk before, and opens new ones.
#[cube(launch_unchecked)]
pub fn place_kernel(
    observations: &Array<u32>,
    starts: &mut Array<u32>,
    tally: &mut Array<u32>,
    first: u32,
    n_games: u32,
) {
    let total = place_games(observations, starts, first, n_games, 0u32.runtime());
    if UNIT_POS == 0u32 {
        let expected = tally[comptime!(status::EXPECTED)];
        settle(tally, expected, status::SAMPLED, status::CUT_SAMPLING);
        settle(tally, 7u32 * expected, status::VALUED, status::CUT_VALUES);
        settle(tally, 7u32 * expected, status::REDUCED, status::CUT_REDUCING);
        tally[comptime!(status::EXPECTED)] = total;
        tally[comptime!(status::NEXT)] = 0u32.runtime();
        tally[comptime!(status::UNFOUND)] = 0u32.runtime();
    }
}

/// Where the items of each game begin, or the one in `one_in` of them that is checked; unit 0 learns the total. For a cube
/// of [`PLACERS`] units.
#[cube]
pub fn place_games(
    observations: &Array<u32>,
    starts: &mut Array<u32>,
    first: u32,
    n_games: u32,
    one_in: u32,
) -> u32 {
    let mut sums = SharedMemory::<u32>::new(256usize);
    // Each unit sums a run of neighbouring games, unit 0 adds up the runs, each unit places its own.
    let share = (n_games + 255u32) / 256u32;
    let begin = u32::min(UNIT_POS * share, n_games);
    let end = u32::min(begin + share, n_games);
    let mut sum = 0u32.runtime();
    for k in begin..end {
        sum += items_of(observations, first + k, one_in);
    }
    sums[UNIT_POS as usize] = sum;
    sync_cube();
    let mut total = 0u32.runtime();
    if UNIT_POS == 0u32 {
        for unit in 0u32..256u32 {
            let run = sums[unit as usize];
            sums[unit as usize] = total;
            total += run;
        }
        starts[n_games as usize] = total;
    }
    sync_cube();
    let mut place = sums[UNIT_POS as usize];
    for k in begin..end {
        starts[k as usize] = place;
        place += items_of(observations, first + k, one_in);
    }
    total
}

/// The items of a game; with `one_in`, those that are checked.
#[cube]
fn items_of(observations: &Array<u32>, game: u32, one_in: u32) -> u32 {
    let mut items = observations[game as usize * comptime!(seen::ROW) + comptime!(seen::ITEMS)];
    if one_in > 0u32 {
        items = check::count(items, one_in);
    }
    items
}

/// Units of a cube of `fill_kernel`.
pub const FILLERS: u32 = 128;

/// Writes `value` to the first `n` words: what nobody has written yet is known to be so.
#[cube(launch_unchecked)]
pub fn fill_kernel(words: &mut Array<u32>, n: u32, value: u32) {
    if ABSOLUTE_POS < n as usize {
        words[ABSOLUTE_POS] = value;
    }
}
