//! Tokens on the host.

use super::{DealTokenizer, FEATURES, FIRST_ON_TABLE, TOKEN_WORDS, TOKENS, WORDS};
use super::{Decision, Token, context, in_hand, on_table};
use boneyard_core::{Host, HostObservations, HostWorlds, Result, Tokenizer};
use boneyard_rules::{Seat, View, World, tiles_of};
use std::ops::Range;

/// The tokens of one world, packed as on a device: words `[T, F / 4]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tokens([u32; WORDS]);

impl Tokens {
    /// The mover's decision in a world that agrees with its view.
    pub fn of(view: &View, world: &World) -> Self {
        let table = view.table();
        let (mover, declaration, leader) = (view.seat(), table.declaration(), table.leader());
        let decision = Decision {
            mover: mover.id().into(),
            declaration: declaration.id().into(),
            leader: leader.id().into(),
        };
        let played = table.played();
        let mut tokens = Self([0; WORDS]);
        tokens.put(0, context(&decision));
        for (seat, dealt) in Seat::ALL.into_iter().zip(view.dealt(world)) {
            for (slot, domino) in tiles_of(dealt).enumerate() {
                let remaining = u32::from(played & domino.bit() == 0);
                let token = in_hand(&decision, domino.id().into(), seat.id().into(), remaining);
                tokens.put(1 + 7 * seat.index() + slot, token);
            }
        }
        for (turn, domino) in table.trick().enumerate() {
            tokens.put(FIRST_ON_TABLE + turn, on_table(&decision, domino.id().into(), turn as u32));
        }
        tokens
    }

    fn put(&mut self, token: usize, Token { first, second, third }: Token) {
        self.0[TOKEN_WORDS * token..][..TOKEN_WORDS].copy_from_slice(&[first, second, third]);
    }

    /// The words, as a device has them: `[T, F / 4]`.
    pub fn words(&self) -> &[u32; WORDS] {
        &self.0
    }

    /// `[T, F]`.
    pub fn features(&self) -> [[i8; FEATURES]; TOKENS] {
        let byte = |i: usize| (self.0[i / 4] >> (8 * (i % 4))) as u8 as i8;
        std::array::from_fn(|token| std::array::from_fn(|feature| byte(FEATURES * token + feature)))
    }

    /// Which tokens there are, `[T]`: all but the last ones, where the trick under way has fewer than three dominoes.
    pub fn present(&self) -> [bool; TOKENS] {
        let features = self.features();
        std::array::from_fn(|token| token < FIRST_ON_TABLE || features[token] != [0; FEATURES])
    }
}

impl Tokenizer<Host> for DealTokenizer {
    type Tokens = Vec<Tokens>;

    fn tokenize(
        &mut self,
        _: &mut Host,
        observations: &HostObservations,
        worlds: &HostWorlds,
        part: Range<usize>,
        out: &mut Vec<Tokens>,
    ) -> Result<()> {
        let end = part.end.min(worlds.worlds.len());
        let part = part.start.min(end)..end;
        let owned = worlds.owners[part.clone()].iter().zip(&worlds.worlds[part]);
        out.clear();
        out.extend(owned.map(|(&owner, world)| Tokens::of(&observations[owner as usize].view, world)));
        Ok(())
    }
}
