//! From a configuration to a dataset: what `boneyard generate` and the Python package do alike.
//!
//! [`place`] says where a run takes place and how much of it at once, [`Run`] plays what a dataset lacks and writes it, and
//! a [`Watch`] is told how far it has come; [`calibrate`] says what comes true of what its decisions promise; [`labels`] makes exact values for networks to be trained on, which [`Run::label`] writes, and [`test_set`] says how far they then
//! are from them. What people type, and
//! what is printed, is none of this crate's business.
#![deny(missing_docs)]

pub mod calibrate;
mod error;
mod label;
pub mod labels;
pub mod place;
mod play;
pub mod reachable;
mod tally;
pub mod test_set;
pub mod threads;
pub mod uniform;
mod watch;

pub use error::{Error, Result, is_bad_path};
pub use play::{MOST_IN_PLAY, Run, Watched, check_batch};
pub use tally::Tally;
pub use watch::Watch;
