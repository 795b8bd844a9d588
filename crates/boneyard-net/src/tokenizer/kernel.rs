//! Tokens on devices.

// The macro `cube` adds modules and types beside each item, without documentation.
#![allow(missing_docs)]
// Kernels neither short-circuit nor return early.
#![allow(clippy::collapsible_else_if, clippy::too_many_arguments)]

use super::launch::tokenize;
use super::open_deal::{OpenDeal, TokenizerKernel};
use super::{DealTokenizer, FIRST_ON_TABLE, TOKEN_WORDS, TOKENS};
use super::{Decision, Token, context, in_hand, on_table};
use boneyard_core::{Result, Tokenizer};
use boneyard_device::{Device, DeviceObservations, DeviceWorlds, Words};
use cubecl::prelude::*;
use std::ops::Range;

/// [`DealTokenizer`] as kernel code: one unit a token, `tokens` is `[W, T, F / 4]`.
pub struct DealTokenizerKernel;

#[cube]
impl TokenizerKernel for DealTokenizerKernel {
    type Config = ();

    const TOKENS: usize = TOKENS;

    const WORDS: usize = TOKEN_WORDS;

    fn write(
        deal: &OpenDeal,
        games: &Array<u32>,
        worlds: &Array<u32>,
        strengths: &Array<u32>,
        token: u32,
        tokens: &mut Array<u32>,
        at: usize,
        #[comptime] _config: (),
    ) {
        let written = token_of(deal, games, worlds, strengths, token);
        tokens[at] = written.first;
        tokens[at + 1usize] = written.second;
        tokens[at + 2usize] = written.third;
    }
}

/// Token `token` of a world; all zero if it is not there. The buffers are what [`OpenDeal::dealt`] reads.
#[cube]
pub(super) fn token_of(
    deal: &OpenDeal,
    games: &Array<u32>,
    worlds: &Array<u32>,
    strengths: &Array<u32>,
    token: u32,
) -> Token {
    let decision = Decision { mover: deal.mover, declaration: deal.declaration, leader: deal.leader };
    let mut written = Token { first: 0u32.runtime(), second: 0u32.runtime(), third: 0u32.runtime() };
    if token == 0u32 {
        written = context(&decision);
    } else {
        if token < comptime!(FIRST_ON_TABLE as u32) {
            let seat = (token - 1u32) / 7u32;
            let slot = (token - 1u32) % 7u32;
            let mut dominoes = deal.dealt(games, worlds, strengths, seat);
            for _ in 0u32..slot {
                dominoes &= dominoes - 1u32;
            }
            let domino = dominoes.trailing_zeros();
            let remaining = 1u32 - ((deal.played >> domino) & 1u32);
            written = in_hand(&decision, domino, seat, remaining);
        } else {
            let turn = token - comptime!(FIRST_ON_TABLE as u32);
            if turn < deal.in_trick {
                written = on_table(&decision, (deal.trick >> (8u32 * turn)) & 255u32, turn);
            }
        }
    }
    written
}

impl<R: Runtime> Tokenizer<Device<R>> for DealTokenizer {
    type Tokens = Words;

    fn tokenize(
        &mut self,
        on: &mut Device<R>,
        seen: &DeviceObservations,
        worlds: &DeviceWorlds,
        part: Range<usize>,
        out: &mut Words,
    ) -> Result<()> {
        tokenize::<DealTokenizerKernel, R>(on, (), seen, worlds.drawn()?, part, out)
    }
}
