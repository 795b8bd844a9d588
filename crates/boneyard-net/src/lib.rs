//! What a network sees of a world.
//!
//! [`tokenizer`] turns a decision in one of its worlds into 32 tokens of twelve small integers, on the host and on
//! devices, to the bit.
#![deny(missing_docs)]

pub mod tokenizer;

pub use tokenizer::{DealTokenizer, Tokens};
