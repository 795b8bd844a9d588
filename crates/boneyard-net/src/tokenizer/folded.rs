//! Tokens as rows of two tables.
//!
//! A network looks up twelve rows for a token's features, lays them side by side and projects them. As the projection
//! is linear, the sum of what the features of two groups make can be tabulated instead: the features that follow from
//! the declaration and the domino, and those that follow from who has it and when (its *role*). The rows of the two
//! tables are the *embeddings* of dominoes and of roles.
//! A token is then one word: its domino's row in bits 0–15 and its role's row in bits 16–31, or [`ABSENT`].

// The macro `cube` adds modules and types beside each item, without documentation.
#![allow(missing_docs)]
#![allow(clippy::collapsible_else_if, clippy::too_many_arguments)]

use super::kernel::token_of;
use super::launch::tokenize;
use super::open_deal::{OpenDeal, TokenizerKernel};
use super::{Decision, FEATURES, FIRST_ON_TABLE, TOKENS, Token, context, in_hand};
use crate::reference::Input;
use crate::weights::{EMBEDDING_TABLES, Weights};
use boneyard_core::{Named, Result, Tokenizer};
use boneyard_device::{Device, DeviceObservations, DeviceWorlds, Words};
use cubecl::prelude::*;
use std::ops::Range;

/// Embeddings of dominoes: 28 and the context, by declaration.
pub const DOMINO_EMBEDDINGS: usize = 10 * DOMINOES_PER_DECLARATION;

/// The last one is the context's.
const DOMINOES_PER_DECLARATION: usize = 29;

/// Embeddings of roles: eight kinds of tokens, four seats from the mover, in hand or not, four leaders from the mover.
pub const ROLE_EMBEDDINGS: usize = 8 * 4 * 2 * 4;

/// A token that is not there.
pub const ABSENT: u32 = u32::MAX;

/// The row of the context. The mover's hand comes first, so that what is asked of a network stands in its first rows,
/// and the tokens that may be absent come last.
const CONTEXT_ROW: u32 = 28;

/// A token as its rows; absent tokens are for the caller to know.
#[cube]
fn fold(token: &Token) -> u32 {
    let byte = 255u32;
    let high = token.first & byte;
    let low = (token.first >> 8u32) & byte;
    let kind = (token.third >> 8u32) & byte;
    let mut domino = high * (high + 1u32) / 2u32 + low;
    if kind == 0u32 {
        domino = 28u32.runtime();
    }
    let declaration = (token.third >> 16u32) & byte;
    let row = declaration * comptime!(DOMINOES_PER_DECLARATION as u32) + domino;
    let relative = (token.second >> 8u32) & byte;
    let in_hand = token.third & byte;
    let leader = token.third >> 24u32;
    let role = ((kind * 4u32 + relative) * 2u32 + in_hand) * 4u32 + leader;
    row | (role << 16u32)
}

/// The features of a row of dominoes, by number; the others, which belong to roles, are `None`.
fn domino_features(row: usize) -> [Option<u32>; FEATURES] {
    let (declaration, domino) =
        ((row / DOMINOES_PER_DECLARATION) as u32, (row % DOMINOES_PER_DECLARATION) as u32);
    let decision = Decision { mover: 0, declaration, leader: 0 };
    let token = if domino == 28 { context(&decision) } else { in_hand(&decision, domino, 0, 0) };
    let bytes = token.features();
    std::array::from_fn(|feature| (!OF_ROLE[feature]).then_some(bytes[feature] as u32))
}

/// The features of a role, as [`domino_features`].
fn role_features(role: usize) -> [Option<u32>; FEATURES] {
    let (kind, relative, in_hand, leader) = (role / 32, role / 8 % 4, role / 4 % 2, role % 4);
    let owned_by = |seat| u32::from(kind != 0 && relative == seat);
    let mut features = [None; FEATURES];
    let values = [relative as u32, owned_by(0), owned_by(2), in_hand as u32, kind as u32, leader as u32];
    let of_role = (0..FEATURES).filter(|&feature| OF_ROLE[feature]);
    of_role.zip(values).for_each(|(feature, value)| features[feature] = Some(value));
    features
}

/// Which features belong to the role: 5–9, who has the domino and as what, and 11, the leader.
const OF_ROLE: [bool; FEATURES] =
    [false, false, false, false, false, true, true, true, true, true, false, true];

/// What the features of each domino, or of each role, add to the network's first activations.
pub(crate) struct Embeddings {
    /// `[DOMINO_EMBEDDINGS, D]`.
    pub dominoes: Vec<Vec<f32>>,
    /// `[ROLE_EMBEDDINGS, D]`; these have the bias too.
    pub roles: Vec<Vec<f32>>,
}

impl Embeddings {
    /// Looks up and projects all rows.
    pub fn new(weights: &Weights) -> Self {
        let architecture = weights.architecture();
        let tensor = |name: &str| &weights.tensor(name).expect("weights are complete").data;
        let (projection, bias) = (tensor("input_proj.weight"), tensor("input_proj.bias"));
        let columns = projection.len() / architecture.width;
        let project = |features: [Option<u32>; FEATURES]| -> Vec<f64> {
            let mut looked_up = Vec::with_capacity(columns);
            for (feature, (name, ..)) in EMBEDDING_TABLES.iter().enumerate() {
                let wide = architecture.embedding(feature);
                match features[feature] {
                    Some(row) => {
                        let table = tensor(&format!("{name}.weight"));
                        looked_up.extend_from_slice(&table[row as usize * wide..][..wide]);
                    }
                    None => looked_up.resize(looked_up.len() + wide, 0.0),
                }
            }
            let dot = |row: &[f32]| row.iter().zip(&looked_up).map(|(a, b)| f64::from(a * b)).sum();
            projection.chunks_exact(columns).map(dot).collect()
        };
        let dominoes = (0..DOMINO_EMBEDDINGS).map(|row| project(domino_features(row)));
        let roles = (0..ROLE_EMBEDDINGS).map(|role| {
            let sums = project(role_features(role));
            sums.iter().zip(bias).map(|(sum, bias)| sum + f64::from(*bias)).collect()
        });
        let single = |row: Vec<f64>| row.iter().map(|&number| number as f32).collect();
        Self { dominoes: dominoes.map(single).collect(), roles: roles.map(single).collect() }
    }
}

/// The tokenizer of this module, on devices: one word a token, `[W, T]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct FoldedTokenizer;

/// [`FoldedTokenizer`] as kernel code: one unit a token, `tokens` is `[W, T]`.
pub struct FoldedTokenizerKernel;

#[cube]
impl TokenizerKernel for FoldedTokenizerKernel {
    type Config = ();

    const TOKENS: usize = TOKENS;

    const WORDS: usize = 1;

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
        let number = unfolded(token, deal.mover);
        let mut word = comptime!(ABSENT).runtime();
        if (number < comptime!(FIRST_ON_TABLE as u32))
            | (number < comptime!(FIRST_ON_TABLE as u32) + deal.in_trick)
        {
            word = fold(&token_of(deal, games, worlds, strengths, number));
        }
        tokens[at] = word;
    }
}

impl Named for FoldedTokenizer {
    fn id(&self) -> String {
        "folded".to_owned()
    }
}

impl<R: Runtime> Tokenizer<Device<R>> for FoldedTokenizer {
    type Tokens = Words;

    fn tokenize(
        &mut self,
        on: &mut Device<R>,
        seen: &DeviceObservations,
        worlds: &DeviceWorlds,
        part: Range<usize>,
        out: &mut Words,
    ) -> Result<()> {
        tokenize::<FoldedTokenizerKernel, R>(on, (), seen, worlds.drawn()?, part, out)
    }
}

impl Input {
    /// The tokens as words `[T]`, in the order of folded tokens.
    pub fn folded(&self) -> [u32; TOKENS] {
        std::array::from_fn(|row| {
            let token = unfolded(row as u32, self.mover as u32) as usize;
            if self.present[token] { fold(&Token::of(&self.features[token])) } else { ABSENT }
        })
    }
}

/// The number of the token that stands in a row: the mover's hand, those of the seats after it in their order, the
/// context, the table.
#[cube]
fn unfolded(row: u32, mover: u32) -> u32 {
    let seat = (mover + row / 7u32) & 3u32;
    let mut token = 1u32 + 7u32 * seat + row % 7u32;
    if row == comptime!(CONTEXT_ROW) {
        token = 0u32.runtime();
    } else {
        if row > comptime!(CONTEXT_ROW) {
            token = row;
        }
    }
    token
}
