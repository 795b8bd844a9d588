//! Networks as oracles: what one sees of a world, and what it makes of it.
//!
//! [`tokenizer`] turns a decision in one of its worlds into 32 tokens of twelve small integers, on the host and on
//! devices, to the bit. [`weights`] reads networks from files that need not be trusted.
#![deny(missing_docs)]

pub mod tokenizer;
pub mod weights;

pub use tokenizer::{DealTokenizer, Tokens};
pub use weights::{Architecture, Weights, WeightsError};
