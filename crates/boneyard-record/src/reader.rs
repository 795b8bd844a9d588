//! Reading rows back.

use crate::block::Block;
use crate::column::Stored;
use crate::home::list;
use crate::layout::{Layout, MANIFEST, Part, is_hidden};
use crate::publish::exists;
use crate::{Error, LabelRow, Manifest, Result, Row, Split};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};

/// The rows of one or more files, a batch in memory at a time. Every file of ours is checked before it is read.
pub struct Rows<R: Stored = Row> {
    /// The first file, where it is open already.
    first: Option<Block>,
    files: VecDeque<PathBuf>,
    seed: Option<u64>,
    open: Option<Box<dyn Iterator<Item = Result<Vec<R>>>>>,
    rows: std::vec::IntoIter<R>,
}

impl<R: Stored> std::fmt::Debug for Rows<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rows").field("files", &self.files).field("seed", &self.seed).finish_non_exhaustive()
    }
}

/// The rows of one file, in order.
///
/// # Errors
/// [`Error::Io`] or [`Error::Unreadable`] if it is not a file of decision records of a known version, or damaged.
pub fn read_file(path: &Path) -> Result<Rows> {
    // Opened now, so that a wrong file is refused here and not at the first row.
    Ok(Rows { first: Some(Block::open_of::<Row>(path)?), ..Rows::of(VecDeque::new()) })
}

/// The rows of a dataset: training, validation and test files, each by block number.
///
/// # Errors
/// [`Error::Io`], or [`Error::Unreadable`] if `dir` has no manifest.
pub fn read_dir(dir: &Path) -> Result<Rows> {
    manifest(dir)?;
    Ok(Rows::of(files(dir)?))
}

/// The labels of a dataset: training, validation and test files, each by block number.
///
/// # Errors
/// As [`read_dir`].
pub fn read_labels(dir: &Path) -> Result<Rows<LabelRow>> {
    manifest(dir)?;
    Ok(Rows::of(files(dir)?))
}

/// The rows of one game of a dataset, by ply; none if it is not there.
///
/// # Errors
/// As [`read_dir`].
pub fn read_game(dir: &Path, seed: u64) -> Result<Rows> {
    let manifest = manifest(dir)?;
    let part = Part { block: manifest.blocks().of_seed(seed), split: Split::of_seed(seed) };
    let path = Layout::new(dir, &manifest).file(part);
    let files = exists(&path)?.then_some(path).into_iter().collect();
    Ok(Rows { seed: Some(seed), ..Rows::of(files) })
}

/// What made a dataset.
///
/// # Errors
/// [`Error::Unreadable`] if `dir` has no manifest or a damaged one, [`Error::Io`].
pub fn manifest(dir: &Path) -> Result<Manifest> {
    let path = dir.join(MANIFEST);
    match std::fs::read(&path) {
        Ok(bytes) => Manifest::read(&path, &bytes),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let what = format!("has no {MANIFEST}: expected a directory written by generate or label");
            Err(Error::unreadable(dir, what))
        }
        Err(error) => Err(Error::io("read", &path)(error)),
    }
}

/// The files of rows, by split and block.
fn files(dir: &Path) -> Result<VecDeque<PathBuf>> {
    let mut files = VecDeque::new();
    for split in Split::ALL {
        let mut paths = list(&dir.join("data").join(split.name()))?;
        let is_parquet = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "parquet");
        paths.retain(|path| is_parquet(path) && !is_hidden(path));
        // Longer numbers are larger: block numbers are padded, but not without end.
        paths.sort_by_key(|path| (path.as_os_str().len(), path.clone()));
        files.extend(paths);
    }
    Ok(files)
}

impl<R: Stored> Rows<R> {
    fn of(files: VecDeque<PathBuf>) -> Self {
        Self { first: None, files, seed: None, open: None, rows: Vec::new().into_iter() }
    }

    /// Only the rows of one game; row groups that cannot hold it are not decoded.
    pub fn of_seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// The next batch of rows, or `None` at the end.
    fn next_batch(&mut self) -> Option<Result<Vec<R>>> {
        loop {
            if let Some(batch) = self.open.as_mut().and_then(Iterator::next) {
                return Some(batch);
            }
            let block = match self.first.take() {
                Some(block) => Ok(block),
                None => Block::open_of::<R>(&self.files.pop_front()?),
            };
            match block.and_then(|block| block.batches(self.seed)) {
                Ok(batches) => self.open = Some(Box::new(batches)),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

impl<R: Stored> Iterator for Rows<R> {
    type Item = Result<R>;

    fn next(&mut self) -> Option<Result<R>> {
        loop {
            let wanted = self.seed;
            if let Some(row) = self.rows.find(|row| wanted.is_none_or(|seed| row.seed() == seed)) {
                return Some(Ok(row));
            }
            match self.next_batch()? {
                Ok(rows) => self.rows = rows.into_iter(),
                Err(error) => {
                    // After an error there is nothing to go on with.
                    (self.files, self.open) = (VecDeque::new(), None);
                    return Some(Err(error));
                }
            }
        }
    }
}
