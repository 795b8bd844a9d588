//! Strategies: samplers fill in hidden hands, evaluators value moves, planners say how many worlds are enough, policies
//! choose.
//!
//! Each strategy has its own folder or file with its options and its law in the documentation. Host code and, in
//! `kernel.rs`, device code stand side by side; the same value, such as `Greedy::default()`, serves in a pipeline on
//! the host and on a device, with the same results to the bit.
#![deny(missing_docs)]

pub mod evaluator;
pub mod planner;
pub mod policy;
pub mod sampler;
