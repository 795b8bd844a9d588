//! What can go wrong at the table.

use thiserror::Error;

/// Shorthand for results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of a match or a player's description. What an opponent's program does wrong is no error of the match: it loses
/// the hand.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// A description that says no player.
    #[error("player `{text}`: {what}")]
    Player {
        /// The description.
        text: String,
        /// What is wrong with it, and what would be right.
        what: String,
    },
    /// A program that cannot be started.
    #[error("cannot start the player {path}: {source}")]
    Start {
        /// Its path.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// Of the pipeline.
    #[error(transparent)]
    Core(#[from] boneyard::core::Error),
    /// Of the rules.
    #[error(transparent)]
    Rule(#[from] boneyard::rules::RuleError),
    /// Rows that are no part of a match.
    #[error("line {line} of the match: {what}")]
    Rows {
        /// Number of the line, from 1.
        line: usize,
        /// What is wrong.
        what: String,
    },
}
