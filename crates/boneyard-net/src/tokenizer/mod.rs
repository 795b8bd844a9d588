//! A decision in one world as 32 tokens of twelve small integers.
//!
//! The tokens show a whole deal: always the 28 dominoes as they were dealt in the world, played ones with their own
//! pips and marked as played. There is no other code of position.
//!
//! | token | what |
//! |---|---|
//! | 0 | the context |
//! | 1 + 7 · seat + slot | a domino of a hand, by absolute seat and ascending id |
//! | 29, 30, 31 | the dominoes on the table in the trick under way, the lead first; all zero if not played yet |
//!
//! | feature | domino of a hand | domino on the table | context |
//! |---|---|---|---|
//! | 0, 1 | high and low pip | the same | 0 |
//! | 2 | 1 for doubles | the same | 0 |
//! | 3 | count: 0, 1 or 2 for 0, 5 or 10 points | the same | 0 |
//! | 4 | rank in the called suit, 0 the highest; 7 outside of it | the same | 0 |
//! | 5 | owner's seat from the mover, 0–3 | the seat that played it | 0 |
//! | 6, 7 | 1 if that is the mover; its partner | the same | 0 |
//! | 8 | 1 while still in hand | 0 | 0 |
//! | 9 | 1 + absolute seat | 5, 6, 7 in the order of the trick | 0 |
//! | 10 | declaration | the same | the same |
//! | 11 | the trick's leader from the mover, 0–3 | the same | the same |
//!
//! Doubles are a called suit under both declarations of doubles, although only one of them makes them trumps.
//!
//! Features are bytes, four to a word, the low byte first: three words a token, 96 a world, `[W, T, F / 4]`. All are at
//! most 9, so signed and unsigned bytes are the same.

pub mod folded;
mod host;
mod kernel;
mod launch;
mod open_deal;
mod token;

pub use host::Tokens;
pub use kernel::DealTokenizerKernel;
pub use launch::{token_buffer, tokenize};
pub use open_deal::{OpenDeal, TokenizerKernel, UNITS, tokenize_kernel};
pub use token::{Decision, Token, context, in_hand, on_table};

use boneyard_core::Named;

/// Tokens of a world: T.
pub const TOKENS: usize = 32;
/// Features of a token: F.
pub const FEATURES: usize = 12;
/// Words of a token.
pub const TOKEN_WORDS: usize = FEATURES / 4;
/// Words of a world's tokens.
pub const WORDS: usize = TOKENS * TOKEN_WORDS;
/// The first token of the trick under way; the ones before are always there.
pub const FIRST_ON_TABLE: usize = 29;

/// The tokenizer of this module.
///
/// On the host a world's tokens are [`Tokens`]; on a device a batch's are words `[W, T, F / 4]` in a buffer of the
/// caller's, whose size says how many worlds it holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct DealTokenizer;

impl DealTokenizer {
    /// The id of the tokenizer, wherever it runs.
    pub const ID: &str = "deal";
}

impl Named for DealTokenizer {
    fn id(&self) -> String {
        Self::ID.to_owned()
    }
}
