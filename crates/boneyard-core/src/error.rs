//! What can go wrong outside the rules themselves.

use boneyard_rules::RuleError;
use thiserror::Error;

/// Shorthand for results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of the pipeline or one of its parts.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The rules refuse a position.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// An option has a value that makes no sense.
    #[error("{option} {got}: expected {expected}")]
    Option {
        /// The option's name as a user writes it.
        option: &'static str,
        /// The value given.
        got: String,
        /// What would be right.
        expected: String,
    },
    /// Two parts of a pipeline do not fit together.
    #[error("{0}")]
    Mismatch(String),
    /// A sampler could not find all the worlds it was asked for.
    #[error(
        "sampler {sampler} found {found} of {wanted} worlds of the game with seed {seed} at ply {ply} within its \
         tries: raise its tries or rescue it with `or_else(Backtracking)`"
    )]
    GaveUp {
        /// The sampler's id.
        sampler: String,
        /// Worlds found.
        found: u64,
        /// Worlds wanted.
        wanted: u64,
        /// The game's seed.
        seed: u64,
        /// The ply.
        ply: u8,
    },
    /// A device refuses or fails.
    #[error("{runtime}: {what}")]
    Device {
        /// The runtime, such as `cuda`.
        runtime: String,
        /// What happened, with the kernel and the limit.
        what: String,
    },
}
