//! Decision records as Parquet files, one row a decision; and labels, one row a world.
//!
//! A dataset is a directory:
//!
//! ```text
//! _boneyard.parquet                            no rows; its footer says what makes the dataset
//! data/train/block-<hash>-<number>.parquet     rows of the block's games with seed mod 1000 < 900
//! data/validation/block-…                      … 900–949
//! data/test/block-…                            … 950–999
//! .boneyard/                                   locks, and marks of what was asked for; empty files
//! ```
//!
//! `<hash>` is the first 12 hex digits of the configuration's SHA-256. A block is a run of consecutive seeds, which begins
//! at a multiple of its size; it has a file in each split that one of its games falls in. Files appear by renaming,
//! complete and synced, and carry a checksum of all their bytes, so that what is there is whole or found out. Nothing in a
//! file depends on time, batch, threads or on how the dataset grew.
//!
//! [`Dataset`] writes, for any number of processes at once; [`read_dir`], [`read_game`] and [`read_file`] give back
//! [`Row`]s, [`read_labels`] [`LabelRow`]s; [`verify()`] checks everything; [`schema`] and [`table`] tell the columns.
#![deny(missing_docs)]

mod block;
mod blocks;
mod card;
mod cell;
mod checksum;
mod column;
mod columns;
mod contents;
mod dataset;
mod error;
mod features;
mod home;
mod label;
mod layout;
mod manifest;
mod publish;
mod reader;
mod replay;
mod row;
mod seeds;
mod split;
mod survey;
mod verify;

pub use block::describe;
pub use blocks::{Blocks, Shard, Wanted};
pub use card::card;
pub use cell::Maybe;
pub use column::{Column, Stored};
pub use columns::{batch, label_table, schema, table};
pub use contents::Contents;
pub use dataset::{Dataset, Provenance, Task, Work};
pub use error::{Error, Result};
pub use label::{LabelColumns, LabelRecord, LabelRow, TOKEN_NUMBERS};
pub use manifest::{Manifest, code_version};
pub use reader::{Rows, manifest, read_dir, read_file, read_game, read_labels};
pub use replay::Replay;
pub use row::{Columns, Row};
pub use seeds::{Seeds, Span};
pub use split::Split;
pub use survey::{Survey, Trust};
pub use verify::{Finding, Verdict, missing, verify};
