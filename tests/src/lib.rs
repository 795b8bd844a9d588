//! What holds across crates: checks against golden data, random games to state laws on, and transcripts of
//! decision records. [`laws`] hold for every backend; the integration tests of this package make tests of them all.
#![deny(missing_docs)]

pub mod batch;
pub mod coverage;
pub mod evaluators;
pub mod games;
pub mod golden;
pub mod laws;
pub mod network;
pub mod referee;
pub mod samplers;
pub mod snapshots;
pub mod solved;
pub mod transcript;
pub mod uniform;
