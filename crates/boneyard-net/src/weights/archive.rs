//! The zip archive around a checkpoint: its directory is read, held against the file, and then single entries.
//!
//! PyTorch stores entries without compression, so an entry is a part of the file and is as long as it says. That is little
//! enough to read it here: the crate `zip` makes room for as many entries as a directory claims to have, some hundred bytes
//! each, before anybody can say that they are too many.

use super::WeightsError;
use super::input::Input;
use super::names::shown;
use std::collections::HashMap;
use std::io::{Read, Seek};
use std::ops::Range;

const END: [u8; 4] = *b"PK\x05\x06";
const ENTRY: [u8; 4] = *b"PK\x01\x02";
const LOCAL: [u8; 4] = *b"PK\x03\x04";
/// Length of the record at the end, without its comment.
const END_LENGTH: u64 = 22;
/// A comment is at most this long.
const LONGEST_COMMENT: u64 = 0xffff;
/// Length of an entry's header before its contents, without name and extra field.
const LOCAL_LENGTH: u64 = 30;
/// Longest directory; a checkpoint takes some 100 bytes a tensor.
const LONGEST_DIRECTORY: u64 = 2 << 20;

/// How every zip archive with an entry begins.
pub const MAGIC: &[u8] = &LOCAL;

/// The entries of an archive by their paths.
pub struct Archive {
    entries: HashMap<String, Entry>,
}

/// What the directory says of an entry.
#[derive(Clone, Copy, Debug)]
struct Entry {
    method: u16,
    checksum: u32,
    packed: u64,
    size: u64,
    offset: u64,
}

/// Where the contents of an entry lie, and what their checksum must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    pub part: Range<u64>,
    pub checksum: u32,
}

/// A little-endian number of two or four bytes.
fn number(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    let bytes = bytes.get(at..at + length)?;
    Some(bytes.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte)))
}

fn short(bytes: &[u8], at: usize) -> Option<u64> {
    number(bytes, at, 2)
}

fn long(bytes: &[u8], at: usize) -> Option<u64> {
    number(bytes, at, 4)
}

impl Archive {
    /// Reads the directory.
    pub fn open<R: Read + Seek>(input: &mut Input<R>) -> Result<Self, WeightsError> {
        let damaged = || WeightsError::format("the directory of the zip archive is damaged");
        let (start, directory) = directory(input)?;
        let mut entries = HashMap::new();
        let mut rest = directory.as_slice();
        while !rest.is_empty() {
            let (name, entry, after) = entry(rest).ok_or_else(damaged)?;
            let name = String::from_utf8_lossy(name).into_owned();
            if entries.contains_key(&name) {
                return Err(WeightsError::format(format!("two entries are called {}", shown(&name))));
            }
            entries.insert(name, entry);
            rest = after;
        }
        let mut parts: Vec<(u64, u64, &str)> = entries
            .iter()
            .map(|(name, entry)| (entry.offset, entry.offset + LOCAL_LENGTH + entry.packed, name.as_str()))
            .collect();
        parts.sort_unstable();
        let ends = parts.iter().skip(1).map(|next| next.0).chain([start]);
        match parts.iter().zip(ends).find(|((_, end, _), next)| end > next) {
            None => Ok(Self { entries }),
            Some(((.., name), _)) => {
                Err(WeightsError::format(format!("entry {} reaches into what follows it", shown(name))))
            }
        }
    }

    /// The paths, in no order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// Where the contents of an entry lie; nothing if there is no such entry.
    pub fn find<R: Read + Seek>(
        &self,
        input: &mut Input<R>,
        name: &str,
    ) -> Result<Option<Contents>, WeightsError> {
        let Some(entry) = self.entries.get(name) else { return Ok(None) };
        let refuse = |what: &str| WeightsError::format(format!("entry {} {what}", shown(name)));
        if entry.method != 0 || entry.packed != entry.size {
            return Err(refuse("is compressed, which PyTorch does not do"));
        }
        let header = input.piece(entry.offset, LOCAL_LENGTH)?.filter(|header| header.starts_with(&LOCAL));
        let start = header
            .and_then(|header| Some(entry.offset + LOCAL_LENGTH + short(&header, 26)? + short(&header, 28)?));
        let part = start.map(|start| start..start + entry.size).filter(|part| part.end <= input.length());
        let part = part.ok_or_else(|| refuse("claims to lie where the file has ended"))?;
        Ok(Some(Contents { part, checksum: entry.checksum }))
    }

    /// The contents of an entry of at most so many bytes; nothing if there is no such entry.
    pub fn read<R: Read + Seek>(
        &self,
        input: &mut Input<R>,
        name: &str,
        longest: u64,
    ) -> Result<Option<Vec<u8>>, WeightsError> {
        let Some(contents) = self.find(input, name)? else { return Ok(None) };
        let length = contents.part.end - contents.part.start;
        if length > longest {
            let what = format!("entry {} has {length} bytes, expected at most {longest}", shown(name));
            return Err(WeightsError::format(what));
        }
        let bytes = input.piece(contents.part.start, length)?.unwrap_or_default();
        contents.check(crc32fast::hash(&bytes), name)?;
        Ok(Some(bytes))
    }
}

impl Contents {
    /// Holds a checksum against what it must be.
    pub fn check(&self, checksum: u32, name: &str) -> Result<(), WeightsError> {
        if checksum == self.checksum {
            return Ok(());
        }
        Err(WeightsError::format(format!("entry {} is damaged: its checksum differs", shown(name))))
    }
}

/// Where the directory begins, and its bytes.
fn directory<R: Read + Seek>(input: &mut Input<R>) -> Result<(u64, Vec<u8>), WeightsError> {
    let none = || WeightsError::format("the zip archive has no directory at its end: is it cut short?");
    let length = input.length().min(END_LENGTH + LONGEST_COMMENT);
    let tail_start = input.length() - length;
    let tail = input.piece(tail_start, length)?.unwrap_or_default();
    let last = tail.len().checked_sub(END_LENGTH as usize).ok_or_else(none)?;
    let ends = (0..=last).rev().filter(|&at| tail[at..].starts_with(&END));
    let found = ends
        .filter_map(|at| Some((tail_start + at as u64, long(&tail, at + 16)?, long(&tail, at + 12)?)))
        .find(|&(end, start, length)| start + length <= end);
    let (_, start, length) = found.ok_or_else(none)?;
    if length > LONGEST_DIRECTORY {
        let what = format!("a zip directory of {length} bytes, expected at most {LONGEST_DIRECTORY}");
        return Err(WeightsError::format(what));
    }
    Ok((start, input.piece(start, length)?.ok_or_else(none)?))
}

/// The first entry of a directory, its path before it and the directory after it.
fn entry(directory: &[u8]) -> Option<(&[u8], Entry, &[u8])> {
    let name_length = short(directory, 28)? as usize;
    let length = 46 + name_length + short(directory, 30)? as usize + short(directory, 32)? as usize;
    let rest = directory.get(length..)?;
    let entry = Entry {
        method: short(directory, 10)? as u16,
        checksum: long(directory, 16)? as u32,
        packed: long(directory, 20)?,
        size: long(directory, 24)?,
        offset: long(directory, 42)?,
    };
    directory.starts_with(&ENTRY).then_some((&directory[46..46 + name_length], entry, rest))
}
