//! Networks as oracles: what one sees of a world, and what it makes of it.
//!
//! [`tokenizer`] turns a decision in one of its worlds into 32 tokens of twelve small integers, on the host and on
//! devices, to the bit. [`weights`] reads networks from files that need not be trusted.
//! [`Reference`] computes them on the processor, and [`Neural`] makes an evaluator of a tokenizer and a [`Model`].
#![deny(missing_docs)]

mod forward;
mod neural;
mod reference;
pub mod tokenizer;
pub mod weights;

pub use forward::{Arithmetic, Forward, has_tensor_cores};
pub use neural::{DeviceModel, Model, Neural, UNIT};
pub use reference::{Input, Output, Reference};
pub use tokenizer::{DealTokenizer, Tokens};
pub use weights::{Architecture, Weights, WeightsError};
