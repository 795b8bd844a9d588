//! One file of rows: how it is written, and what is found out before it is believed.

use crate::checksum;
use crate::column::Stored;
use crate::columns;
use crate::{Contents, Error, Manifest, Result, Seeds, features};
use boneyard_core::Agreement;
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::{KeyValue, RowGroupMetaData};
use parquet::file::properties::WriterProperties;
use parquet::file::statistics::Statistics;
use std::collections::{BTreeMap, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Rows encoded at a time, so that a large block needs no second copy in memory.
const ROWS_A_BATCH: usize = 64 * 28;

/// What files of ours begin their `created_by` with.
const CREATOR: &str = "boneyard";

/// Encodes rows with what the footer is to say. Bytes depend on nothing else.
pub(crate) fn encode<R: Stored>(
    rows: &[R],
    columns: R::Options,
    footer: Vec<(String, String)>,
) -> Result<Vec<u8>, ParquetError> {
    let mut pairs = footer;
    pairs.push((features::KEY.to_owned(), features::text::<R>(columns)));
    // Twice: pyarrow knows, and keeps, only what the Arrow schema says.
    let metadata: HashMap<String, String> = pairs.iter().cloned().collect();
    let schema = columns::schema_of::<R>(columns).as_ref().clone().with_metadata(metadata);
    pairs.push((checksum::KEY.to_owned(), checksum::NONE_YET.to_owned()));
    let pairs = pairs.into_iter().map(|(key, value)| KeyValue::new(key, value)).collect();
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3).expect("zstd has a level 3")))
        .set_created_by(created_by())
        .set_key_value_metadata(Some(pairs))
        .build();
    let mut writer = ArrowWriter::try_new(Vec::new(), Arc::new(schema), Some(properties))?;
    for rows in rows.chunks(ROWS_A_BATCH) {
        writer.write(&columns::encode(rows, columns))?;
    }
    let mut bytes = writer.into_inner()?;
    checksum::seal(&mut bytes);
    Ok(bytes)
}

/// In the form that readers take apart: `boneyard version 0.1.0 (build 0123456789ab)`.
fn created_by() -> String {
    let commit = env!("BONEYARD_COMMIT");
    let build = if commit.is_empty() { "release" } else { commit };
    format!("{CREATOR} version {} (build {build})", env!("CARGO_PKG_VERSION"))
}

/// Who wrote a file.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Writer {
    /// We did; then its checksum holds.
    Boneyard,
    /// Another program, which may have kept our checksum of other bytes.
    Other,
}

impl Writer {
    fn of(created_by: Option<&str>) -> Self {
        // A damaged name of ours is not the name of another program.
        let alike = |name: &str| {
            CREATOR.bytes().zip(name.bytes()).filter(|(a, b)| a == b).count() > CREATOR.len() / 2
        };
        if created_by.is_none_or(alike) { Self::Boneyard } else { Self::Other }
    }
}

/// A file of rows in memory that was found to be as it was written.
#[derive(Debug)]
pub(crate) struct Block {
    path: PathBuf,
    bytes: Bytes,
    metadata: ArrowReaderMetadata,
    footer: BTreeMap<String, String>,
    contents: Contents,
}

impl Block {
    /// Reads a file and checks that it is whole and has our columns.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Unreadable`].
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let bytes = Bytes::from(std::fs::read(path).map_err(Error::io("read", path))?);
        Self::parse(path, bytes).map_err(|what| Error::unreadable(path, what))
    }

    fn parse(path: &Path, bytes: Bytes) -> Result<Self, String> {
        let (metadata, footer) = judge(&bytes)?;
        check_version(&footer)?;
        let configuration = footer.get("boneyard.configuration");
        let configuration = configuration.and_then(|text| serde_json::from_str(text).ok());
        let contents = Contents::of(&configuration.unwrap_or_default());
        contents.check_schema(metadata.schema())?;
        Ok(Self { path: path.to_owned(), bytes, metadata, footer, contents })
    }

    /// The same, if it holds rows of this type.
    ///
    /// # Errors
    /// Those of [`Block::open`]; [`Error::Unreadable`] if it holds others.
    pub(crate) fn open_of<R: Stored>(path: &Path) -> Result<Self> {
        let this = Self::open(path)?;
        match this.contents.what() {
            what if what == R::WHAT => Ok(this),
            what => Err(Error::unreadable(path, format_args!("holds {what}: expected {}", R::WHAT))),
        }
    }

    /// How many rows it has.
    pub(crate) fn count(&self) -> u64 {
        self.metadata.metadata().file_metadata().num_rows().unsigned_abs()
    }

    /// What made it, and the seeds of its games.
    ///
    /// # Errors
    /// One phrase if the footer does not say.
    pub(crate) fn origin(&self) -> Result<(Manifest, Seeds), String> {
        let seeds = self.footer.get("boneyard.seeds").ok_or("its footer has no boneyard.seeds")?;
        Ok((Manifest::of_footer(&self.footer)?, seeds.parse()?))
    }

    /// How far values were from exact ones, if they were compared.
    pub(crate) fn agreement(&self) -> Option<Agreement> {
        agreement_of(self.footer.get("boneyard.agreement")?)
    }

    /// False if another program wrote it anew, so that nothing vouches for its bytes.
    pub(crate) fn is_ours(&self) -> bool {
        Writer::of(self.metadata.metadata().file_metadata().created_by()) == Writer::Boneyard
    }

    /// Its rows, a batch at a time; of one game only, if a seed is given, and perhaps some of its neighbours.
    pub(crate) fn batches<R: Stored>(
        &self,
        seed: Option<u64>,
    ) -> Result<impl Iterator<Item = Result<Vec<R>>> + use<R>> {
        let groups = self.metadata.metadata().row_groups().iter().enumerate();
        let groups = groups.filter(|(_, group)| seed.is_none_or(|seed| may_hold(group, seed)));
        let groups = groups.map(|(index, _)| index).collect();
        let path = self.path.clone();
        let builder =
            ParquetRecordBatchReaderBuilder::new_with_metadata(self.bytes.clone(), self.metadata.clone());
        let unreadable = move |what| Error::unreadable(&path, what);
        let mut reader = guarded(|| builder.with_row_groups(groups).build()).map_err(&unreadable)?;
        let next = move || {
            let batch = guarded(|| reader.next().transpose()).transpose()?;
            Some(batch.and_then(|batch| columns::decode(&batch)).map_err(&unreadable))
        };
        Ok(std::iter::from_fn(next))
    }

    /// All its rows.
    pub(crate) fn rows<R: Stored>(&self) -> Result<Vec<R>> {
        Ok(self.batches(None)?.collect::<Result<Vec<_>>>()?.concat())
    }
}

/// What the footer of a manifest says.
///
/// # Errors
/// One phrase if it is none.
pub(crate) fn read_manifest(bytes: &[u8]) -> Result<Manifest, String> {
    let (_, footer) = judge(&Bytes::copy_from_slice(bytes))?;
    Manifest::of_footer(&footer)
}

/// As JSON: how many worlds were compared; in points, the mean absolute error and the mean error of an evaluator's values,
/// and what its best moves give away; and the sums that they come from.
pub fn describe(agreement: &Agreement) -> serde_json::Value {
    serde_json::json!({
        "worlds": agreement.worlds,
        "mae": agreement.mae(),
        "bias": agreement.bias(),
        "q_gap": agreement.q_gap(),
        "values": agreement.values,
        "sum_absolute": agreement.absolute,
        "sum": agreement.sum,
        "sum_gap": agreement.gap,
    })
}

fn agreement_of(text: &str) -> Option<Agreement> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    Some(Agreement {
        worlds: value["worlds"].as_u64()?,
        values: value["values"].as_u64()?,
        absolute: value["sum_absolute"].as_f64()?,
        sum: value["sum"].as_f64()?,
        gap: value["sum_gap"].as_f64()?,
    })
}

/// Takes a file's footer apart; if it is one of ours, its checksum must hold.
fn judge(bytes: &Bytes) -> Result<(ArrowReaderMetadata, BTreeMap<String, String>), String> {
    let metadata = guarded(|| ArrowReaderMetadata::load(bytes, ArrowReaderOptions::new()))?;
    let file = metadata.metadata().file_metadata();
    let pairs = file.key_value_metadata().into_iter().flatten();
    let footer: BTreeMap<String, String> =
        pairs.filter_map(|pair| Some((pair.key.clone(), pair.value.clone()?))).collect();
    if Writer::of(file.created_by()) == Writer::Boneyard {
        checksum::check(bytes)?;
    }
    Ok((metadata, footer))
}

fn check_version(footer: &BTreeMap<String, String>) -> Result<(), String> {
    let known = boneyard_core::SCHEMA_VERSION.to_string();
    match footer.get("boneyard.schema_version") {
        None => Err("not written by boneyard: the footer has no boneyard.schema_version".to_owned()),
        Some(version) if *version != known => {
            Err(format!("has schema version {version}, but this program reads version {known}"))
        }
        Some(_) => Ok(()),
    }
}

/// Calls into the Parquet reader, which panics on some damaged files.
fn guarded<T, E: std::fmt::Display>(call: impl FnOnce() -> Result<T, E>) -> Result<T, String> {
    // Unwind safe: after an error the reader is dropped, never used again.
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(result) => result.map_err(|error| error.to_string()),
        Err(_) => Err("is damaged: the Parquet reader gave up".to_owned()),
    }
}

/// False if the statistics of a row group rule a game out.
fn may_hold(group: &RowGroupMetaData, seed: u64) -> bool {
    let column = group.columns().iter().find(|column| column.column_path().string() == "seed");
    match column.and_then(|column| column.statistics()) {
        Some(Statistics::Int64(range)) => {
            let low = range.min_opt().is_none_or(|&low| low as u64 <= seed);
            low && range.max_opt().is_none_or(|&high| seed <= high as u64)
        }
        _ => true,
    }
}
