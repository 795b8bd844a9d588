//! What holds across crates: checks against golden data, random games to state laws on, and transcripts of
//! decision records. The laws themselves are the integration tests of this package.
#![deny(missing_docs)]

pub mod games;
pub mod golden;
pub mod network;
pub mod snapshots;
pub mod solved;
pub mod transcript;
pub mod uniform;
