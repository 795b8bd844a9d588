//! Playing the choices.

use crate::kernels::trick;
use crate::layout::{estimate, game, log, seen};
use cubecl::prelude::*;

/// Units of a cube of `apply_kernel`.
pub const UNITS: u32 = 64;

/// One unit a game: logs the decision, plays it, shows voids, banks points. `question` is
/// the code of what values answer.
#[cube(launch_unchecked)]
pub fn apply_kernel(
    games: &mut Array<u32>,
    observations: &Array<u32>,
    estimates: &Array<u32>,
    choices: &Array<u32>,
    logs: &mut Array<u32>,
    n_games: u32,
    ply: u32,
    question: u32,
) {
    let g = ABSOLUTE_POS;
    if g < n_games as usize {
        let row = g * comptime!(game::ROW);
        let from = g * comptime!(seen::ROW);
        let choice = choices[g];
        let to = (ply * n_games) as usize * comptime!(log::ROW) + g * comptime!(log::ROW);
        logs[to + comptime!(log::CHOICE)] = choice | (question << 24u32);
        logs[to + comptime!(log::TOTAL)] = observations[from + comptime!(seen::TOTAL)];
        let planned = observations[from + comptime!(seen::PLAN)];
        for word in 0usize..comptime!(estimate::ROW) {
            let mut value = 0u32.runtime();
            if planned > 0u32 {
                value = estimates[g * comptime!(estimate::ROW) + word];
            }
            logs[to + comptime!(log::ESTIMATE) + word] = value;
        }

        let declaration = observations[from + comptime!(seen::DECLARATION)];
        let mover = observations[from + comptime!(seen::MOVER)];
        let mut tiles = observations[from + comptime!(seen::HAND)];
        let slot = choice & 255u32;
        for _ in 0u32..slot {
            tiles &= tiles - 1u32;
        }
        let domino = tiles.trailing_zeros();
        let turn = games[row + comptime!(game::TRICK)];
        if trick::following(turn, ply, declaration) & (1u32 << domino) == 0u32 {
            let suit = (turn >> 2u32) & 7u32;
            games[row + comptime!(game::VOIDS)] |= 1u32 << (mover * 8u32 + suit);
        }
        games[row + comptime!(game::PLAYED) + mover as usize] |= 1u32 << domino;
        games[row + comptime!(game::PLAYS) + (ply / 4u32) as usize] |= domino << (ply % 4u32 * 8u32);
        let mut next = trick::with_play(turn, ply, mover, domino, declaration);
        if ply % 4u32 == 3u32 {
            games[row + comptime!(game::BANKED)] += trick::taken(next);
            next = trick::winner(next);
        }
        games[row + comptime!(game::TRICK)] = next;
    }
}
