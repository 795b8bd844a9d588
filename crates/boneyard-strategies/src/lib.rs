//! Strategies: samplers fill in hidden hands, evaluators value moves, policies choose.
//!
//! Each strategy has its own folder or file with its options and its law in the documentation.
#![deny(missing_docs)]

pub mod evaluator;
pub mod policy;
pub mod sampler;
