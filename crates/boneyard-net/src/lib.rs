//! Networks as oracles: what one sees of a world, and what it makes of it.
//!
//! [`tokenizer`] turns a decision in one of its worlds into 32 tokens of twelve small integers, on the host and on
//! devices, to the bit. [`weights`] reads networks from files that need not be trusted.
//! [`Reference`] computes them on the processor, and [`Neural`] makes an evaluator of a tokenizer and a [`Model`].
//!
//! # Shapes
//! The shape of a buffer is written with the same letters everywhere, the axis whose neighbours are furthest apart first:
//! `[W, T, D]` is world after world, in each token after token, of each D numbers.
//!
//! | letter | how many |
//! |---|---|
//! | W | worlds of a batch |
//! | T | tokens of a world: [`tokenizer::TOKENS`] = 32 |
//! | F | features of a token: [`tokenizer::FEATURES`] = 12 |
//! | S | outputs of a world: 8, by slot of the mover; the last means nothing |
//! | D | numbers of a token: [`Architecture::width`] |
//! | H | heads: [`Architecture::heads`], of D / H numbers each |
//! | L | layers: [`Architecture::layers`] |
//! | I | numbers of a token between the two halves of a feed-forward block: [`Architecture::feed_forward`] |
#![deny(missing_docs)]

mod forward;
mod neural;
mod reference;
pub mod tokenizer;
pub mod weights;

pub use forward::{Arithmetic, Forward, MOST_POINTS, OUTPUTS, has_tensor_cores, output_buffer, put_outputs};
pub use neural::{DeviceModel, Model, Neural, UNIT};
pub use reference::{Input, Output, Reference};
pub use tokenizer::{DealTokenizer, Tokens};
pub use weights::{Architecture, Weights, WeightsError};
