//! What can go wrong with files of records.

use std::path::{Path, PathBuf};
use thiserror::Error;

/// Shorthand for results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of reading or writing records.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// A directory that holds something else.
    #[error(
        "{} is not empty and is no dataset, as it has no _boneyard.parquet: expected a new or empty directory, or a dataset",
        .dir.display()
    )]
    Foreign {
        /// The directory.
        dir: PathBuf,
    },
    /// A file in a dataset that is none of its own.
    #[error("{} {what}: expected only the files of the dataset beside it", .path.display())]
    ForeignFile {
        /// The file.
        path: PathBuf,
        /// Why it does not belong there.
        what: String,
    },
    /// A dataset of another configuration, version or arithmetic.
    #[error(
        "{} holds a dataset that differs in {}: expected the same to go on with it, or another directory",
        .dir.display(), .differences.join(", ")
    )]
    Different {
        /// The directory.
        dir: PathBuf,
        /// Such as `samples (50 there, 60 here)`.
        differences: Vec<String>,
    },
    /// Somebody keeps the lock that runs hold only for a moment.
    #[error("{} is locked by another program: expected to have it within a minute", .path.display())]
    Busy {
        /// The lock.
        path: PathBuf,
    },
    /// The directory is no longer the one that was opened.
    #[error(
        "{} was removed, renamed or replaced while a run was writing to it: expected it to stay; blocks that were not \
         there yet are lost",
        .dir.display()
    )]
    Gone {
        /// The directory.
        dir: PathBuf,
    },
    /// Not a file of records, or not one that this version can read.
    #[error("{}: {what}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The operating system refuses.
    #[error("cannot {action} {}: {source}", .path.display())]
    Io {
        /// Such as `create`.
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Encoding fails, which would be a bug unless the disk is full.
    #[error("cannot write {}: {source}", .path.display())]
    Encode {
        /// The file.
        path: PathBuf,
        /// Why.
        source: parquet::errors::ParquetError,
    },
}

impl Error {
    /// For `map_err` on file operations.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }

    /// A file that cannot be read as records.
    pub(crate) fn unreadable(path: &Path, what: impl std::fmt::Display) -> Self {
        Self::Unreadable { path: path.to_owned(), what: what.to_string() }
    }
}
