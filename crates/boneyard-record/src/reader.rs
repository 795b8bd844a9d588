//! Reading rows back.

use crate::dataset::MANIFEST;
use crate::{Error, Result, Row, Split, columns};
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use parquet::file::statistics::Statistics;
use std::collections::VecDeque;
use std::fs::{self, File};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// The rows of one or more files, a batch in memory at a time.
#[derive(Debug)]
pub struct Rows {
    files: VecDeque<PathBuf>,
    game: Option<u64>,
    open: Option<(PathBuf, ParquetRecordBatchReader)>,
    rows: std::vec::IntoIter<Row>,
}

/// The rows of one file, in order.
///
/// # Errors
/// [`Error::Io`] or [`Error::Unreadable`] if it is not a file of decision records of a known version.
pub fn read_file(path: &Path) -> Result<Rows> {
    open(path, None)?; // so that a wrong file is refused here, not at the first row
    Ok(Rows::of(VecDeque::from([path.to_owned()])))
}

/// The rows of a dataset: training, validation and test files, each by block number.
///
/// # Errors
/// [`Error::Io`], or [`Error::Unreadable`] if `dir` has no manifest.
pub fn read_dir(dir: &Path) -> Result<Rows> {
    if !dir.join(MANIFEST).is_file() {
        return Err(Error::unreadable(
            dir,
            format!("has no {MANIFEST}: expected a directory written by generate"),
        ));
    }
    let mut files = VecDeque::new();
    for split in Split::ALL.map(|split| dir.join(split.name())) {
        if !split.exists() {
            continue;
        }
        let mut paths = Vec::new();
        for entry in fs::read_dir(&split).map_err(Error::io("list", &split))? {
            let path = entry.map_err(Error::io("list", &split))?.path();
            if path.extension().is_some_and(|extension| extension == "parquet") {
                paths.push(path);
            }
        }
        // Longer numbers are larger: block numbers are padded, but not without end.
        paths.sort_by_key(|path| (path.as_os_str().len(), path.clone()));
        files.extend(paths);
    }
    Ok(Rows::of(files))
}

impl Rows {
    fn of(files: VecDeque<PathBuf>) -> Self {
        Self { files, game: None, open: None, rows: Vec::new().into_iter() }
    }

    /// Only the rows of one game; files and row groups that cannot hold it are not read.
    pub fn of_game(mut self, game: u64) -> Self {
        self.game = Some(game);
        self
    }

    /// The next batch of rows, or `None` at the end.
    fn next_batch(&mut self) -> Option<Result<Vec<Row>>> {
        loop {
            if self.open.is_none() {
                let path = self.files.pop_front()?;
                match open(&path, self.game) {
                    Ok(reader) => self.open = Some((path, reader)),
                    Err(error) => return Some(Err(error)),
                }
            }
            let (path, reader) = self.open.as_mut().expect("opened above");
            match guarded(path, || reader.next().transpose()) {
                Ok(Some(batch)) => {
                    return Some(columns::decode(&batch).map_err(|what| Error::unreadable(path, what)));
                }
                Ok(None) => self.open = None,
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

impl Iterator for Rows {
    type Item = Result<Row>;

    fn next(&mut self) -> Option<Result<Row>> {
        loop {
            let wanted = self.game;
            if let Some(row) = self.rows.find(|row| wanted.is_none_or(|game| row.game == game)) {
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

/// Opens a file and checks its version and columns.
fn open(path: &Path, game: Option<u64>) -> Result<ParquetRecordBatchReader> {
    let file = File::open(path).map_err(Error::io("open", path))?;
    let builder = guarded(path, || ParquetRecordBatchReaderBuilder::try_new(file))?;
    check_version(builder.metadata()).map_err(|what| Error::unreadable(path, what))?;
    columns::check_schema(builder.schema()).map_err(|what| Error::unreadable(path, what))?;
    let groups = builder.metadata().row_groups().iter().enumerate();
    let groups = groups.filter(|(_, group)| game.is_none_or(|game| may_hold(group, game)));
    let groups = groups.map(|(index, _)| index).collect();
    guarded(path, || builder.with_row_groups(groups).build())
}

/// Calls into the Parquet reader, which panics on some damaged files.
fn guarded<T, E: std::fmt::Display>(path: &Path, call: impl FnOnce() -> Result<T, E>) -> Result<T> {
    // Unwind safe: after an error the reader is dropped, never used again.
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(result) => result.map_err(|error| Error::unreadable(path, error)),
        Err(_) => Err(Error::unreadable(path, "is damaged: the Parquet reader gave up")),
    }
}

fn check_version(metadata: &ParquetMetaData) -> Result<(), String> {
    let pairs = metadata.file_metadata().key_value_metadata().into_iter().flatten();
    let version =
        pairs.filter(|pair| pair.key == "boneyard.schema_version").find_map(|pair| pair.value.as_deref());
    let known = boneyard_core::RECORD_VERSION.to_string();
    match version {
        None => Err("not written by boneyard: the footer has no boneyard.schema_version".to_owned()),
        Some(version) if version != known => {
            Err(format!("has schema version {version}, but this program reads version {known}"))
        }
        Some(_) => Ok(()),
    }
}

/// False if the statistics of a row group rule a game out.
fn may_hold(group: &RowGroupMetaData, game: u64) -> bool {
    let column = group.columns().iter().find(|column| column.column_path().string() == "game");
    match column.and_then(|column| column.statistics()) {
        Some(Statistics::Int64(range)) => {
            let low = range.min_opt().is_none_or(|&low| low as u64 <= game);
            low && range.max_opt().is_none_or(|&high| game <= high as u64)
        }
        _ => true,
    }
}
