//! What can go wrong outside the rules themselves.

use boneyard_rules::RuleError;
use thiserror::Error;

/// Shorthand for results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of the pipeline or one of its parts.
///
/// It names settings as the library does, such as `samples` or `memory budget`; a command that calls them otherwise
/// says so in its own words.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The rules refuse a position.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// A setting has a value that makes no sense.
    #[error("{setting} {got}: expected {expected}")]
    Setting {
        /// What is set, such as `samples`.
        setting: &'static str,
        /// The value given.
        got: String,
        /// What would be right.
        expected: String,
    },
    /// Two parts of a pipeline do not fit together.
    #[error("{0}")]
    Mismatch(String),
    /// The system fails at reading a file.
    #[error("{file}: {what}")]
    File {
        /// Its name.
        file: String,
        /// What happened.
        what: String,
    },
    /// A sampler could not find all the worlds it was asked for.
    #[error(
        "sampler {sampler} found {found} of {wanted} worlds within its tries, and gave up in the game with seed {seed} at \
         ply {ply}: take one that always finds them, or rescue it with one, as first-fit+backtracking does"
    )]
    WorldsNotFound {
        /// The sampler's id.
        sampler: String,
        /// Worlds found.
        found: u64,
        /// Worlds wanted.
        wanted: u64,
        /// The seed of the first game that lacks one.
        seed: u64,
        /// The ply there.
        ply: u8,
    },
    /// An evaluator gave values that are no numbers.
    #[error("evaluator {evaluator}: {values} values are no numbers, expected points")]
    NoNumber {
        /// The evaluator's id.
        evaluator: String,
        /// How many values.
        values: u64,
    },
    /// A device has no room for a buffer.
    #[error(
        "{device}: out of memory: there is no room for {what}, {asked} bytes, of {together} bytes wanted together"
    )]
    NoRoom {
        /// The device, such as `cuda:0`.
        device: String,
        /// The buffer.
        what: &'static str,
        /// Its bytes.
        asked: u64,
        /// Bytes of all that was wanted together with it.
        together: u64,
    },
    /// A launch is larger than the device allows.
    #[error("{device}: kernel {kernel}: a launch of {asked} {what}, at most {allowed} are allowed")]
    LimitExceeded {
        /// The device.
        device: String,
        /// The kernel.
        kernel: &'static str,
        /// What is too many, such as `units a cube`.
        what: &'static str,
        /// How many were asked for.
        asked: u64,
        /// How many are allowed.
        allowed: u64,
    },
    /// A kernel could not be compiled or submitted.
    #[error("{device}: kernel {kernel} could not be launched: {why}")]
    Kernel {
        /// The device.
        device: String,
        /// The kernel.
        kernel: &'static str,
        /// The runtime's reason, in one line.
        why: String,
    },
    /// A device ended a loop before its work was done.
    #[error(
        "{device}: kernel {kernel} ({strategy}): {chunks} chunks were not finished, the device has cut a loop short (in \
         the last chunk {done} of {expected} were done)"
    )]
    CutShort {
        /// The device.
        device: String,
        /// The kernel.
        kernel: &'static str,
        /// The strategies whose kernels ran.
        strategy: String,
        /// Chunks that were not finished.
        chunks: u64,
        /// What was done of the last one.
        done: u64,
        /// What it should have been.
        expected: u64,
    },
    /// Searches took more turns than they may.
    #[error("{device}: evaluator {evaluator}: {searches} questions ran into the cap of {cap} turns")]
    Capped {
        /// The device.
        device: String,
        /// The evaluator's id.
        evaluator: String,
        /// How many searches.
        searches: u64,
        /// The most turns that one may take.
        cap: u32,
    },
    /// An observer has ended the run.
    #[error("the run was ended before it was done")]
    Stopped,
    /// A device refuses or fails otherwise.
    #[error("{device}: {what}")]
    Device {
        /// The device.
        device: String,
        /// What happened.
        what: String,
    },
}
