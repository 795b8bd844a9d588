//! Decision records as Parquet files, one row a decision.
//!
//! A dataset is a directory:
//!
//! ```text
//! boneyard.json                           what made it: configuration, its SHA-256, versions, backend
//! train/block-<hash>-<number>.parquet     rows of the block's games with seed mod 1000 < 900
//! validation/block-…                      … 900–949
//! test/block-…                            … 950–999
//! ```
//!
//! `<hash>` is the first 12 hex digits of the configuration's SHA-256. A block is a run of consecutive games;
//! it has a file in each split that one of its games falls in. Files appear by renaming, complete and synced,
//! so what is there is whole, and a run that was cut off continues with the files that are missing. Nothing in
//! a file depends on time, machine or threads: the same configuration gives the same bytes.
//!
//! [`Dataset`] writes, [`read_dir`] and [`read_file`] give back [`Row`]s; [`schema`] and [`table`] tell its columns.
#![deny(missing_docs)]

mod atomic;
mod blocks;
mod cell;
mod columns;
mod dataset;
mod error;
mod manifest;
mod reader;
mod row;
mod split;

pub use blocks::Blocks;
pub use columns::{schema, table};
pub use dataset::{Dataset, Standing, describe};
pub use error::{Error, Result};
pub use manifest::{Manifest, code_version};
pub use reader::{Rows, read_dir, read_file};
pub use row::{Columns, Row};
pub use split::Split;
