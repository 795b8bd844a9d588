//! A directory that a run writes its blocks to.

use crate::{Blocks, Columns, Error, Manifest, Result, Row, Split, atomic, columns};
use boneyard_core::{Agreement, GameRecord};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Name of the manifest in a dataset's directory.
pub(crate) const MANIFEST: &str = "boneyard.json";

/// Games encoded at a time, so that a large block needs no second copy in memory.
const GAMES_A_BATCH: usize = 64;

/// How far a run has come in its directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing is there.
    New,
    /// A run of the same configuration was begun.
    Begun {
        /// Complete blocks.
        blocks: u64,
        /// The games in them.
        games: u64,
    },
}

/// An open dataset. Only one process at a time can hold it.
#[derive(Debug)]
pub struct Dataset {
    dir: PathBuf,
    manifest: Manifest,
    blocks: Blocks,
    columns: Columns,
    /// Locked as long as the dataset is open, where the file system can lock.
    _lock: File,
}

impl Dataset {
    /// Looks at `dir` without writing anything: can a run of this manifest write there?
    ///
    /// # Errors
    /// [`Error::Foreign`] or [`Error::Different`] if it holds something else, [`Error::Unreadable`] if its
    /// manifest is damaged, [`Error::Io`] if it is no directory.
    pub fn check(dir: &Path, manifest: &Manifest, blocks: &Blocks) -> Result<Standing> {
        let path = dir.join(MANIFEST);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return check_vacant(dir),
            Err(error) => return Err(Error::io("read", &path)(error)),
        };
        let differences = Manifest::parse(&path, &text)?.differences(manifest);
        if !differences.is_empty() {
            return Err(Error::Different { dir: dir.to_owned(), differences });
        }
        let complete = complete_blocks(dir, manifest, blocks)?;
        let games = complete.iter().map(|&block| blocks.games_of(block)).map(|games| games.end - games.start);
        Ok(Standing::Begun { blocks: complete.len() as u64, games: games.sum() })
    }

    /// Opens `dir` for a run: creates it and writes the manifest, or resumes, and removes what a killed run
    /// left half-written.
    ///
    /// # Errors
    /// As [`Dataset::check`], [`Error::Busy`] if another run is writing there, and [`Error::Io`] if it cannot
    /// be written.
    pub fn open(dir: &Path, manifest: Manifest, blocks: Blocks, columns: Columns) -> Result<Self> {
        let path = dir.join(MANIFEST);
        if Self::check(dir, &manifest, &blocks)? == Standing::New {
            fs::create_dir_all(dir).map_err(Error::io("create", dir))?;
            atomic::create(&path, |mut file| {
                file.write_all(manifest.text().as_bytes()).map_err(Error::io("write", &path))?;
                Ok(file)
            })?;
        }
        let lock = File::open(&path).map_err(Error::io("open", &path))?;
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => return Err(Error::Busy { dir: dir.to_owned() }),
            // A file system without locks: go on, as if alone.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        let this = Self { dir: dir.to_owned(), manifest, blocks, columns, _lock: lock };
        this.remove_temporaries()?;
        Ok(this)
    }

    /// What is being written here.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The files of a block that are still missing.
    pub fn missing(&self, block: u64) -> Vec<PathBuf> {
        self.files(block).into_values().filter(|path| !path.exists()).collect()
    }

    /// Writes those files of a block that are missing, and returns them.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Encode`]; nothing half-written stays behind.
    pub fn write(&self, block: u64, games: &[GameRecord]) -> Result<Vec<PathBuf>> {
        let mut written = Vec::new();
        for (split, path) in self.files(block) {
            if path.exists() {
                continue;
            }
            let dir = path.parent().expect("files lie in a split's directory");
            fs::create_dir_all(dir).map_err(Error::io("create", dir))?;
            let games: Vec<&GameRecord> =
                games.iter().filter(|game| Split::of_seed(game.setup.seed) == split).collect();
            atomic::create(&path, |file| self.encode(&path, file, &games))?;
            written.push(path);
        }
        Ok(written)
    }

    fn encode(&self, path: &Path, file: File, games: &[&GameRecord]) -> Result<File> {
        let failed = |source| Error::Encode { path: path.to_owned(), source };
        let schema = columns::schema(self.columns);
        let properties = self.properties(games);
        let mut writer = ArrowWriter::try_new(file, schema, Some(properties)).map_err(failed)?;
        for games in games.chunks(GAMES_A_BATCH) {
            let records = games.iter().flat_map(|game| &game.decisions);
            let rows: Vec<Row> = records.map(|record| Row::new(record, self.columns)).collect();
            writer.write(&columns::encode(&rows, self.columns)).map_err(failed)?;
        }
        writer.into_inner().map_err(failed)
    }

    /// Fixed, so that bytes depend on games and manifest only. Where values were compared with exact ones, the footer
    /// says how far they were apart.
    fn properties(&self, games: &[&GameRecord]) -> WriterProperties {
        let mut agreement = Agreement::default();
        games.iter().flat_map(|game| &game.decisions).for_each(|decision| agreement.add(decision));
        let agreement = (agreement.worlds > 0)
            .then(|| ("boneyard.agreement".to_owned(), describe(&agreement).to_string()));
        let footer = self.manifest.footer().into_iter().chain(agreement);
        let footer = footer.map(|(key, value)| KeyValue::new(key, value));
        WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(3).expect("zstd has a level 3")))
            .set_created_by("boneyard".to_owned())
            .set_key_value_metadata(Some(footer.collect()))
            .build()
    }

    fn files(&self, block: u64) -> BTreeMap<Split, PathBuf> {
        let name = file_name(&self.manifest, block);
        self.blocks.splits_of(block).map(|split| (split, self.dir.join(split.name()).join(&name))).collect()
    }

    fn remove_temporaries(&self) -> Result<()> {
        let dirs = Split::ALL.map(|split| self.dir.join(split.name()));
        for path in dirs.iter().chain([&self.dir]).map(|dir| list(dir)).collect::<Result<Vec<_>>>()?.concat()
        {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let ours = name.starts_with("block-") || name.starts_with(MANIFEST);
            if ours && name.ends_with(atomic::TEMPORARY) {
                fs::remove_file(&path).map_err(Error::io("remove", &path))?;
            }
        }
        Ok(())
    }
}

/// As JSON: how many worlds were compared; in points, the mean absolute error and the mean error of an evaluator's values,
/// and what its best moves give away.
pub fn describe(agreement: &Agreement) -> Value {
    json!({
        "worlds": agreement.worlds,
        "mae": agreement.mae(),
        "bias": agreement.bias(),
        "q_gap": agreement.q_gap(),
    })
}

/// A directory without a manifest must be empty, or not exist.
fn check_vacant(dir: &Path) -> Result<Standing> {
    // A run that was killed while it wrote the manifest leaves only this.
    let half_written = dir.join(format!("{MANIFEST}{}", atomic::TEMPORARY));
    if list(dir)?.iter().any(|path| *path != half_written) {
        return Err(Error::Foreign { dir: dir.to_owned() });
    }
    Ok(Standing::New)
}

fn file_name(manifest: &Manifest, block: u64) -> String {
    format!("block-{}-{block:06}.parquet", manifest.short_hash())
}

/// The blocks none of whose files is missing, found without walking over all blocks of the run.
fn complete_blocks(dir: &Path, manifest: &Manifest, blocks: &Blocks) -> Result<Vec<u64>> {
    let prefix = format!("block-{}-", manifest.short_hash());
    let mut found: BTreeMap<u64, usize> = BTreeMap::new();
    for split in Split::ALL {
        for path in list(&dir.join(split.name()))? {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let number = name.strip_prefix(&prefix).and_then(|rest| rest.strip_suffix(".parquet"));
            if let Some(number) = number.and_then(|number| number.parse().ok()) {
                *found.entry(number).or_default() += 1;
            }
        }
    }
    found.retain(|&block, files| block < blocks.count() && *files == blocks.splits_of(block).count());
    Ok(found.into_keys().collect())
}

/// The entries of a directory; none if it does not exist.
fn list(dir: &Path) -> Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(Error::io("list", dir))?,
    };
    entries.map(|entry| Ok(entry.map_err(Error::io("list", dir))?.path())).collect()
}
