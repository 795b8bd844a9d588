//! Decisions of earlier plies, as they were in worlds of now.

use crate::kernels::{
    observe::write_seen,
    strength::{IDS, STRENGTHS, by_strength},
    trick,
};
use crate::layout::{WORLD, before, game, past, seen};
use boneyard_rules::rule::*;
use cubecl::prelude::*;

/// Units of a cube of the kernels of this file.
pub const UNITS: u32 = 128;

/// The domino that was played at a ply.
#[cube]
fn played_at(games: &Array<u32>, row: usize, ply: u32) -> u32 {
    (games[row + comptime!(game::PLAYS) + (ply / 4u32) as usize] >> (ply % 4u32 * 8u32)) & 255u32
}

/// The seat that has played a domino.
#[cube]
fn player(games: &Array<u32>, row: usize, domino: u32) -> u32 {
    let mut seat = 0u32.runtime();
    for it in 1u32..4u32 {
        if (games[row + comptime!(game::PLAYED) + it as usize] >> domino) & 1u32 == 1u32 {
            seat = it;
        }
    }
    seat
}

/// One unit a game of a chunk: how it stood before `ply`, without hands and voids, and whether what was played then is one of
/// the `last` plays of others than the mover of now. No decision has been listed yet.
#[cube(launch_unchecked)]
pub fn rewind_kernel(
    games: &Array<u32>,
    observations: &Array<u32>,
    rows: &mut Array<u32>,
    listed: &mut Array<u32>,
    first: u32,
    n_games: u32,
    ply: u32,
    last: u32,
) {
    if ABSOLUTE_POS == 0 {
        listed[0usize] = 0u32.runtime();
        listed[1usize] = 0u32.runtime();
    }
    if ABSOLUTE_POS < n_games as usize {
        let g = first as usize + ABSOLUTE_POS;
        let row = g * comptime!(game::ROW);
        let to = ABSOLUTE_POS * comptime!(before::ROW);
        let from = g * comptime!(seen::ROW);
        let now = observations[from + comptime!(seen::PLY)];
        let viewer = observations[from + comptime!(seen::MOVER)];
        let declaration = observations[from + comptime!(seen::DECLARATION)];
        for word in 0usize..comptime!(game::ROW) {
            rows[to + word] = games[row + word];
        }
        // Back: what was played since was held, and is not told.
        let mut others = 0u32.runtime();
        for at in ply..now {
            let domino = played_at(games, row, at);
            let seat = player(games, row, domino);
            others += (seat != viewer) as u32;
            rows[to + comptime!(game::PLAYED) + seat as usize] &= !(1u32 << domino);
            rows[to + comptime!(game::PLAYS) + (at / 4u32) as usize] &= !(255u32 << (at % 4u32 * 8u32));
        }
        // And forth: the trick and the points banked by then.
        let mut turn = player(games, row, played_at(games, row, 0u32.runtime()));
        let mut banked = 0u32.runtime();
        for at in 0u32..ply {
            let domino = played_at(games, row, at);
            turn = trick::with_play(turn, at, player(games, row, domino), domino, declaration);
            if at % 4u32 == 3u32 {
                banked += trick::taken(turn);
                turn = trick::winner(turn);
            }
        }
        rows[to + comptime!(game::TRICK)] = turn;
        rows[to + comptime!(game::BANKED)] = banked;
        let domino = played_at(games, row, ply);
        let seat = player(games, row, domino);
        rows[to + comptime!(before::DOMINO)] = domino;
        rows[to + comptime!(before::SEAT)] = seat;
        rows[to + comptime!(before::COUNTS)] = ((seat != viewer) & (others <= last)) as u32;
    }
}

/// One unit a world from `from` on, at most `n` of them: lists the decision that was made at `ply` if it counts and was not
/// forced there, with an observation of its own.
#[cube(launch_unchecked)]
pub fn past_kernel(
    games: &Array<u32>,
    observations: &Array<u32>,
    strengths: &Array<u32>,
    worlds: &Array<u32>,
    owners: &Array<u32>,
    starts: &Array<u32>,
    rows: &Array<u32>,
    listed: &mut Array<Atomic<u32>>,
    past_games: &mut Array<u32>,
    past_rows: &mut Array<u32>,
    past_worlds: &mut Array<u32>,
    past_owners: &mut Array<u32>,
    past_of: &mut Array<u32>,
    from: u32,
    n: u32,
    first: u32,
    n_games: u32,
    ply: u32,
) {
    let item = from as usize + ABSOLUTE_POS;
    // One after the other: the second would read beyond the end.
    if ABSOLUTE_POS < n as usize {
        if item < starts[n_games as usize] as usize {
            let owner = owners[item];
            let row = (owner - first) as usize * comptime!(before::ROW);
            if rows[row + comptime!(before::COUNTS)] == 1u32 {
                let now = owner as usize * comptime!(game::ROW);
                let seen_now = owner as usize * comptime!(seen::ROW);
                let declaration = observations[seen_now + comptime!(seen::DECLARATION)];
                let viewer = observations[seen_now + comptime!(seen::MOVER)];
                let seat = rows[row + comptime!(before::SEAT)];
                let strengths_row = declaration as usize * comptime!(STRENGTHS);
                // What the seat was dealt in this world, by id: what it holds, and what it has played.
                let mut hand = games[now + comptime!(game::PLAYED) + seat as usize];
                let nth = ((seat + 3u32 - viewer) & 3u32) as usize;
                let mut rest = worlds[item * comptime!(WORLD) + nth];
                while rest != 0u32 {
                    let strength = rest.trailing_zeros();
                    rest &= rest - 1u32;
                    hand |= 1u32 << strengths[strengths_row + comptime!(IDS) + strength as usize];
                }
                let held = hand & !rows[row + comptime!(game::PLAYED) + seat as usize];
                let turn = rows[row + comptime!(game::TRICK)];
                let legal = legal_tiles(held, trick::following(turn, ply, declaration));
                if legal.count_ones() > 1u32 {
                    let at = listed[1usize].fetch_add(1u32) as usize;
                    let out = at * comptime!(seen::ROW);
                    write_seen(rows, row, hand, ply, strengths, past_rows, out);
                    past_rows[out + comptime!(seen::PLAN)] = 2u32.runtime();
                    for word in 0usize..comptime!(game::ROW) {
                        past_games[at * comptime!(game::ROW) + word] = rows[row + word];
                    }
                    for nth in 0u32..3u32 {
                        let other = (seat + 1u32 + nth) & 3u32;
                        let mut holds = observations[seen_now + comptime!(seen::HELD)];
                        if other != viewer {
                            let which = ((other + 3u32 - viewer) & 3u32) as usize;
                            holds = worlds[item * comptime!(WORLD) + which];
                        }
                        let since = games[now + comptime!(game::PLAYED) + other as usize]
                            & !rows[row + comptime!(game::PLAYED) + other as usize];
                        past_worlds[at * comptime!(WORLD) + nth as usize] =
                            holds | by_strength(since, strengths, strengths_row);
                    }
                    past_owners[at] = at as u32;
                    let domino = rows[row + comptime!(before::DOMINO)];
                    past_of[at * comptime!(past::OF)] = item as u32;
                    past_of[at * comptime!(past::OF) + 1usize] =
                        (hand & ((1u32 << domino) - 1u32)).count_ones();
                }
            }
        }
    }
}

/// One unit: what befell earlier decisions is put to the accounts of the chunk that asked for them.
#[cube(launch_unchecked)]
pub fn settle_kernel(past: &mut Array<u32>, tally: &mut Array<u32>) {
    if ABSOLUTE_POS == 0 {
        #[unroll]
        for nth in 0..past::ACCOUNTS.len() {
            let word = comptime!(past::ACCOUNTS[nth]);
            tally[word] += past[word];
            past[word] = 0u32.runtime();
        }
    }
}
