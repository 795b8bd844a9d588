//! Worlds as words for a network.

// The macro `cube` adds modules and types beside each item, without documentation.
#![allow(missing_docs)]
#![allow(clippy::collapsible_if, clippy::too_many_arguments)]

use boneyard_device::kernels::strength::{IDS, STRENGTHS};
use boneyard_device::layout::{WORLD, game, seen};
use core::{fmt::Debug, hash::Hash};
use cubecl::prelude::*;

/// A world with its decision as a tokenizer sees it: dominoes by id, seats absolute.
#[derive(CubeType, CubeTypeMut, Clone, Copy)]
pub struct OpenDeal {
    /// Who decides.
    pub mover: u32,
    /// What was declared.
    pub declaration: u32,
    /// Who leads the trick under way.
    pub leader: u32,
    /// How many plays have been made in it.
    pub in_trick: u32,
    /// The dominoes played in it, one a byte, the lead lowest.
    pub trick: u32,
    /// The dominoes played in the whole game.
    pub played: u32,
    /// Where the game's row begins.
    row: usize,
    /// Where the world begins.
    world: usize,
    /// Where the declaration's row of the strengths buffer begins.
    strengths_row: usize,
}

#[cube]
impl OpenDeal {
    /// The seven dominoes that a seat was dealt in this world, played ones included.
    pub fn dealt(&self, games: &Array<u32>, worlds: &Array<u32>, strengths: &Array<u32>, seat: u32) -> u32 {
        let mut dominoes = games[self.row + comptime!(game::PLAYED) + seat as usize];
        if seat == self.mover {
            dominoes = games[self.row + comptime!(game::HANDS) + seat as usize];
        } else {
            let other = (seat + 3u32 - self.mover) & 3u32;
            let mut rest = worlds[self.world + other as usize];
            while rest != 0u32 {
                let strength = rest.trailing_zeros();
                rest &= rest - 1u32;
                dominoes |= 1u32 << strengths[self.strengths_row + comptime!(IDS) + strength as usize];
            }
        }
        dominoes
    }
}

/// The device face of a tokenizer.
///
/// Law: a token depends on the decision, the world and its number only.
#[cube]
pub trait TokenizerKernel: Send + Sync + 'static {
    /// The blueprint: whatever changes the generated code.
    type Config: Copy + Eq + Hash + Debug + Send + Sync + 'static;

    /// Tokens of a world.
    const TOKENS: usize;

    /// Words of a token.
    const WORDS: usize;

    /// Writes the words of token `token` from `at` on. The buffers are what [`OpenDeal::dealt`] reads.
    fn write(
        deal: &OpenDeal,
        games: &Array<u32>,
        worlds: &Array<u32>,
        strengths: &Array<u32>,
        token: u32,
        tokens: &mut Array<u32>,
        at: usize,
        #[comptime] config: Self::Config,
    );
}

/// Units of a cube of `tokenize_kernel`.
pub const UNITS: u32 = 128;

/// One unit a token: the worlds from `first` on of a chunk of `n_games` games, at most `n_worlds` of them.
#[cube(launch_unchecked)]
pub fn tokenize_kernel<T: TokenizerKernel>(
    games: &Array<u32>,
    observations: &Array<u32>,
    worlds: &Array<u32>,
    owners: &Array<u32>,
    starts: &Array<u32>,
    strengths: &Array<u32>,
    tokens: &mut Array<u32>,
    first: u32,
    n_worlds: u32,
    n_games: u32,
    #[comptime] config: T::Config,
) {
    let nth = ABSOLUTE_POS / comptime!(T::TOKENS);
    let item = first as usize + nth;
    // One after the other: the second would read beyond the end.
    if nth < n_worlds as usize {
        if item < starts[n_games as usize] as usize {
            let owner = owners[item] as usize;
            let from = owner * comptime!(seen::ROW);
            let row = owner * comptime!(game::ROW);
            let declaration = observations[from + comptime!(seen::DECLARATION)];
            let ply = observations[from + comptime!(seen::PLY)];
            let in_trick = ply % 4u32;
            let mut trick = 0u32.runtime();
            if in_trick > 0u32 {
                trick = games[row + comptime!(game::PLAYS) + (ply / 4u32) as usize];
            }
            let deal = OpenDeal {
                mover: observations[from + comptime!(seen::MOVER)],
                declaration,
                leader: observations[from + comptime!(seen::TRICK)] & 3u32,
                in_trick,
                trick,
                played: games[row + comptime!(game::PLAYED)]
                    | games[row + comptime!(game::PLAYED + 1)]
                    | games[row + comptime!(game::PLAYED + 2)]
                    | games[row + comptime!(game::PLAYED + 3)],
                row,
                world: item * comptime!(WORLD),
                strengths_row: declaration as usize * comptime!(STRENGTHS),
            };
            let token = (ABSOLUTE_POS % comptime!(T::TOKENS)) as u32;
            let at = ABSOLUTE_POS * comptime!(T::WORDS);
            T::write(&deal, games, worlds, strengths, token, tokens, at, config);
        }
    }
}
