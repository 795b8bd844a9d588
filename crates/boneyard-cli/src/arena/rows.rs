//! The file of a match: a line that says what is played, then a line a deal, in their order.

use crate::exit::BadInput;
use anyhow::Context;
use boneyard_arena::Pair;
use boneyard_run::is_bad_path;
use serde_json::Value;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// The deals that have been played, and where more of them are written.
pub struct Rows {
    pairs: Vec<Pair>,
    file: Option<(File, PathBuf)>,
}

impl Rows {
    /// Opens or makes the file of a match; none keeps nothing. A line that was cut short when a run ended is dropped.
    pub fn open(path: Option<&Path>, header: &Value) -> anyhow::Result<Self> {
        let Some(path) = path else { return Ok(Self { pairs: Vec::new(), file: None }) };
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
        let mut pairs: Vec<Pair> = Vec::new();
        let refuse = |what: String| BadInput::option("--out", format_args!("{name}: {what}"));
        match lines.next() {
            None if !text.is_empty() => {
                return Err(refuse("expected a match of `boneyard arena`, or no such file".to_owned()));
            }
            None => {}
            Some(first) if serde_json::from_str::<Value>(first).ok().as_ref() != Some(header) => {
                return Err(refuse(format!("holds another match, {first}: expected {header}")));
            }
            Some(_) => {
                for (n, line) in lines.enumerate() {
                    let pair: Pair = serde_json::from_str(line)
                        .map_err(|error| refuse(format!("line {} is no deal of a match: {error}", n + 2)))?;
                    if pairs.last().is_some_and(|last| last.deal + 1 != pair.deal) {
                        return Err(refuse(format!("line {}: deal {} is out of order", n + 2, pair.deal)));
                    }
                    pairs.push(pair);
                }
            }
        }
        file.set_len(whole as u64).with_context(|| format!("cannot write {name}"))?;
        file.seek(SeekFrom::End(0)).with_context(|| format!("cannot write {name}"))?;
        let mut rows = Self { pairs, file: Some((file, path.to_owned())) };
        if whole == 0 {
            rows.write(&format!("{header}\n"))?;
        }
        Ok(rows)
    }

    /// The first `deals` deals that were played before.
    pub fn take_pairs(&mut self, seed: u64, deals: u64) -> Vec<Pair> {
        let mut pairs = std::mem::take(&mut self.pairs);
        pairs.retain(|pair| (seed..seed + deals).contains(&pair.deal));
        pairs
    }

    /// Writes more deals.
    pub fn add(&mut self, pairs: &[Pair]) -> anyhow::Result<()> {
        let line = |pair| serde_json::to_string(pair).map(|line| line + "\n");
        let lines: String = pairs.iter().map(line).collect::<Result<_, _>>()?;
        self.write(&lines)
    }

    fn write(&mut self, text: &str) -> anyhow::Result<()> {
        let Some((file, path)) = &mut self.file else { return Ok(()) };
        let written = file.write_all(text.as_bytes()).and_then(|()| file.flush());
        written.with_context(|| format!("cannot write {}", path.display()))
    }
}
