//! A file that grows with a command and lets it go on later: a line that says what is done, then a line a row, in the order of
//! their numbers.

use crate::exit::BadInput;
use anyhow::Context;
use boneyard_run::is_bad_path;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// What a line holds.
pub trait Row: Serialize + DeserializeOwned {
    /// Its number; the next row has the next one.
    fn number(&self) -> u64;
}

/// The rows that are there, and where more of them are written.
pub struct Rows<T> {
    rows: Vec<T>,
    file: Option<(File, PathBuf)>,
}

impl<T: Row> Rows<T> {
    /// Opens or makes the file; none keeps nothing. A line that was cut short when a run ended is dropped.
    pub fn open(path: Option<&Path>, header: &Value) -> anyhow::Result<Self> {
        let Some(path) = path else { return Ok(Self { rows: Vec::new(), file: None }) };
        let name = path.display();
        let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
        let mut file = open.map_err(|error| match is_bad_path(&error) {
            true => BadInput::option("--out", format_args!("cannot open {name}: {error}")),
            false => anyhow::Error::from(error).context(format!("cannot open {name}")),
        })?;
        let mut text = String::new();
        file.read_to_string(&mut text).with_context(|| format!("cannot read {name}"))?;
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        let mut lines = text[..whole].lines();
        let mut rows: Vec<T> = Vec::new();
        let refuse = |what: String| BadInput::option("--out", format_args!("{name}: {what}"));
        match lines.next() {
            None if !text.is_empty() => {
                return Err(refuse("expected a file that this command has made, or none".to_owned()));
            }
            None => {}
            Some(first) if serde_json::from_str::<Value>(first).ok().as_ref() != Some(header) => {
                return Err(refuse(format!("holds something else, {first}: expected {header}")));
            }
            Some(_) => {
                for (n, line) in lines.enumerate() {
                    let row: T = serde_json::from_str(line)
                        .map_err(|error| refuse(format!("line {} is no row: {error}", n + 2)))?;
                    if rows.last().is_some_and(|last| last.number() + 1 != row.number()) {
                        return Err(refuse(format!("line {}: row {} is out of order", n + 2, row.number())));
                    }
                    rows.push(row);
                }
            }
        }
        file.set_len(whole as u64).with_context(|| format!("cannot write {name}"))?;
        file.seek(SeekFrom::End(0)).with_context(|| format!("cannot write {name}"))?;
        let mut rows = Self { rows, file: Some((file, path.to_owned())) };
        if whole == 0 {
            rows.write(&format!("{header}\n"))?;
        }
        Ok(rows)
    }

    /// The rows from `first` on, at most `n`, that were there before.
    pub fn take(&mut self, first: u64, n: u64) -> Vec<T> {
        let mut rows = std::mem::take(&mut self.rows);
        rows.retain(|row| (first..first + n).contains(&row.number()));
        rows
    }

    /// Writes more rows.
    pub fn add(&mut self, rows: &[T]) -> anyhow::Result<()> {
        let line = |row| serde_json::to_string(row).map(|line| line + "\n");
        let lines: String = rows.iter().map(line).collect::<Result<_, _>>()?;
        self.write(&lines)
    }

    fn write(&mut self, text: &str) -> anyhow::Result<()> {
        let Some((file, path)) = &mut self.file else { return Ok(()) };
        let written = file.write_all(text.as_bytes()).and_then(|()| file.flush());
        written.with_context(|| format!("cannot write {}", path.display()))
    }
}
