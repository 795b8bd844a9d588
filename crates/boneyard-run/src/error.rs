//! What can go wrong with a run, and whose fault it is.

use boneyard::core;
use boneyard::record;
use boneyard_runtime::RuntimeError;
use std::io::{self, ErrorKind};
use thiserror::Error;

/// Shorthand for results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of a run: one of the library's, with what it happened at.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// A setting, a strategy or a device fails.
    #[error(transparent)]
    Core(#[from] core::Error),
    /// The same, while a block was being played.
    #[error("cannot play block {block}: {source}")]
    Block {
        /// The number of the block.
        block: u64,
        /// What failed.
        source: core::Error,
    },
    /// The dataset.
    #[error(transparent)]
    Records(#[from] record::Error),
    /// A device was asked for that there is not.
    #[error("device: {0}")]
    Device(RuntimeError),
    /// A device cannot be opened.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    /// The system gives no threads.
    #[error("cannot start threads: {0}")]
    Threads(String),
}

impl Error {
    /// Whether it lies with what the user gave us, and not with the machine.
    pub fn is_bad_input(&self) -> bool {
        match self {
            Self::Core(error) | Self::Block { source: error, .. } => {
                use core::Error as E;
                matches!(error, E::Setting { .. } | E::Mismatch(_) | E::Rule(_))
            }
            Self::Records(record::Error::Io { source, .. }) => is_bad_path(source),
            Self::Records(error) => {
                use record::Error as E;
                !matches!(error, E::Encode { .. } | E::Gone { .. } | E::Busy { .. })
            }
            Self::Device(_) => true,
            Self::Runtime(error) => matches!(error, RuntimeError::Configuration { .. }),
            Self::Threads(_) => false,
        }
    }
}

/// Whether the system refuses what a path names. Anything else, such as a full or a read-only disk, is no fault of the
/// path.
pub fn is_bad_path(error: &io::Error) -> bool {
    use ErrorKind::*;
    matches!(
        error.kind(),
        NotFound | NotADirectory | IsADirectory | AlreadyExists | InvalidFilename | InvalidInput
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_path_is_bad_input_and_the_machine_is_not() {
        let is_bad_input = |kind: ErrorKind| {
            let source = kind.into();
            Error::from(record::Error::Io { action: "open", path: "a".into(), source }).is_bad_input()
        };
        use ErrorKind::*;
        for kind in [NotFound, NotADirectory, IsADirectory, AlreadyExists] {
            assert!(is_bad_input(kind), "{kind}");
        }
        for kind in [PermissionDenied, ReadOnlyFilesystem, StorageFull, QuotaExceeded, Other, TimedOut] {
            assert!(!is_bad_input(kind), "{kind}");
        }
        assert!(Error::Records(record::Error::Foreign { dir: "a".into() }).is_bad_input());
        assert!(!Error::Records(record::Error::Gone { dir: "a".into() }).is_bad_input());
        assert!(Error::Core(core::Error::Mismatch("a".to_owned())).is_bad_input());
        assert!(!Error::Core(core::Error::Stopped).is_bad_input());
    }
}
