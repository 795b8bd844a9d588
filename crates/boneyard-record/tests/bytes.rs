//! Columns stay what they were: digests of the type and the bytes of each column as the release before the table of columns
//! wrote it (commit b7050ff), of games that are made up here, so that no strategy has a part in them.
//!
//! New columns change no digest. Another version of the Parquet or zstd library may change them all; then
//! `every_column_comes_back` and the digests of the command say whether values are the same.

mod common;

use arrow_schema::Field;
use boneyard_core::GameRecord;
use boneyard_record::{Columns, Dataset, Shard, Trust};
use common::{blocks, game, manifest, provenance, wanted};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::metadata::ColumnChunkMetaData;
use sha2::{Digest, Sha256};
use std::fs;
use std::sync::Arc;
use tempfile::TempDir;

/// Name and digest of every column of a file, in order.
fn digests(games: &[GameRecord], columns: Columns) -> Vec<(String, String)> {
    let dir = TempDir::new().unwrap();
    let dataset = Dataset::open(dir.path(), manifest("bytes", 1000), columns, provenance()).unwrap();
    let survey = dataset.survey(Trust::Nothing).unwrap();
    let mut work = dataset.work(survey, wanted(7000, games.len() as u64), Shard::WHOLE).unwrap();
    let task = work.next(|_| {}).unwrap().unwrap();
    assert_eq!(work.dataset().write(task, games).unwrap(), 1, "all seeds are of one block and split");
    let path = blocks(dir.path()).into_keys().next().unwrap();
    let path = dir.path().join(path);

    let bytes = fs::read(&path).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(fs::File::open(&path).unwrap()).unwrap();
    let [group] = reader.metadata().row_groups() else { panic!("a small file has one row group") };
    let digest = |(field, chunk): (&Arc<Field>, &ColumnChunkMetaData)| {
        let (start, length) = chunk.byte_range();
        let hash = Sha256::new()
            .chain_update(field.data_type().to_string())
            .chain_update(&bytes[start as usize..][..length as usize])
            .finalize();
        (field.name().clone(), hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect())
    };
    assert_eq!(reader.schema().fields().len(), group.num_columns());
    reader.schema().fields().iter().zip(group.columns()).map(digest).collect()
}

#[test]
fn columns_have_the_bytes_of_the_release_before() {
    let games: Vec<GameRecord> = (7000..7070).map(game).collect(); // more than are encoded at a time
    let check = |columns, left_out: &[&str]| {
        let mut found = digests(&games, columns);
        found.retain(|(name, _)| PINNED.iter().any(|(pinned, _)| name == pinned));
        let pinned = PINNED.iter().filter(|(name, _)| !left_out.contains(name));
        let pinned: Vec<_> = pinned.map(|&(name, hash)| (name.to_owned(), hash.to_owned())).collect();
        assert_eq!(found, pinned, "{columns:?}");
    };
    check(Columns::default(), &["q_histogram", "correction_se"]);
    check(Columns { histogram: true, ..Columns::default() }, &["correction_se"]);
    check(Columns { correction: true, ..Columns::default() }, &["q_histogram"]);
}

const PINNED: &[(&str, &str)] = &[
    ("seed", "d91e11c662088770"),
    ("declaration", "585fc187dd592b8a"),
    ("bidder", "40df3ebd9ed11b9a"),
    ("bid", "fa2c38823ede0bf1"),
    ("ply", "b60cb7d0da084bf1"),
    ("seat", "8500ed4ec061336a"),
    ("hand", "2219e88eb014ce1a"),
    ("plays", "f17433fc5d02c58f"),
    ("leader", "40df3ebd9ed11b9a"),
    ("banked_us", "664a45f42951b6e1"),
    ("banked_them", "4be160e7a7bce412"),
    ("legal", "e8ac19086805da7e"),
    ("e_q", "3117f2c3e5c14a85"),
    ("q_var", "791386931064ba6b"),
    ("p_make", "456121fd8d86cfc9"),
    ("q_histogram", "69bae505daf0af26"),
    ("correction_se", "bfe65b872153e7fd"),
    ("action", "81ce6cd30d669e3a"),
    ("domino", "abc3cbd723f0373f"),
    ("greedy", "30095934b755d383"),
    ("mode", "851c4cf50a1f4999"),
    ("worlds_total", "e24d69fc5d93bb9d"),
    ("worlds_used", "d02995fdcb70cdc7"),
    ("exact", "658e44069b1dbc5b"),
    ("ess", "05d94f10b6e9140d"),
    ("outcome", "2e10504dee5bd317"),
];
