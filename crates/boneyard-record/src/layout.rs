//! The names in a dataset's directory.
//!
//! Programs that read a directory of Parquet files take every file for one of them, but for empty files (polars) or
//! those whose path has a part that begins with `.` or `_` (pyarrow and what builds on it). So the manifest is a Parquet
//! file without rows, and all else is empty and hidden: a name says everything.

use crate::{Blocks, Manifest, Split};
use std::path::{Path, PathBuf};

/// The manifest: a Parquet file with the dataset's columns and no rows, whose footer says what makes it.
pub(crate) const MANIFEST: &str = "_boneyard.parquet";

/// The directory of all that is of no use to readers.
pub(crate) const STATE: &str = ".boneyard";

/// A file of rows: of one block and one split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Part {
    pub(crate) block: u64,
    pub(crate) split: Split,
}

/// The paths of a dataset.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    root: PathBuf,
    /// What its files' names begin with.
    prefix: String,
}

impl Layout {
    pub(crate) fn new(root: &Path, manifest: &Manifest) -> Self {
        Self { root: root.to_owned(), prefix: format!("block-{}-", manifest.short_hash()) }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.root.join("data")
    }

    pub(crate) fn split(&self, split: Split) -> PathBuf {
        self.data().join(split.name())
    }

    pub(crate) fn file(&self, part: Part) -> PathBuf {
        self.split(part.split).join(format!("{}{:06}.parquet", self.prefix, part.block))
    }

    /// The block of a file of this dataset, by its name.
    pub(crate) fn block(&self, name: &str, blocks: Blocks) -> Option<u64> {
        let digits = name.strip_prefix(&self.prefix)?.strip_suffix(".parquet")?;
        let block = digits.parse().ok()?;
        (format!("{block:06}") == digits && block <= blocks.of_seed(u64::MAX)).then_some(block)
    }

    /// Says of a part, by being there, that it may lack some of its games.
    pub(crate) fn partial(&self, part: Part) -> PathBuf {
        self.root.join(STATE).join("partial").join(format!("{}-{:06}", part.split.name(), part.block))
    }
}

/// Whether a file or directory is none of our business: `._name` of a Mac, `.nfs…`, our own state.
pub(crate) fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))
}
