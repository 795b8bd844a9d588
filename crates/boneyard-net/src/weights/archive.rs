//! The zip archive around a checkpoint, read where it lies.
//!
//! PyTorch stores entries without compression, so an entry is a slice of the file: nothing is unpacked, nothing is
//! copied, and no size is believed that reaches beyond the file.

use super::WeightsError;

const END: [u8; 4] = *b"PK\x05\x06";
const ENTRY: [u8; 4] = *b"PK\x01\x02";
const LOCAL: [u8; 4] = *b"PK\x03\x04";
/// Length of the record at the end, without its comment.
const END_LENGTH: usize = 22;
/// A comment is at most this long.
const LONGEST_COMMENT: usize = 0xffff;

/// How every zip archive with an entry begins.
pub const MAGIC: &[u8] = &LOCAL;

/// An archive whose directory has been found.
#[derive(Clone, Copy, Debug)]
pub struct Archive<'a> {
    bytes: &'a [u8],
    directory: &'a [u8],
}

/// What the directory says of an entry.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// Its path in the archive.
    pub name: &'a [u8],
    method: u16,
    checksum: u32,
    packed: usize,
    size: usize,
    offset: usize,
}

/// A little-endian number of two or four bytes.
fn number(bytes: &[u8], at: usize, length: usize) -> Option<usize> {
    let bytes = bytes.get(at..at.checked_add(length)?)?;
    Some(bytes.iter().rev().fold(0, |number, &byte| number << 8 | usize::from(byte)))
}

fn short(bytes: &[u8], at: usize) -> Option<usize> {
    number(bytes, at, 2)
}

fn long(bytes: &[u8], at: usize) -> Option<usize> {
    number(bytes, at, 4)
}

fn slice(bytes: &[u8], at: usize, length: usize) -> Option<&[u8]> {
    bytes.get(at..at.checked_add(length)?)
}

impl<'a> Archive<'a> {
    /// Finds the directory, from the end.
    pub fn open(bytes: &'a [u8]) -> Result<Self, WeightsError> {
        let damaged =
            || WeightsError::format("the zip archive has no directory at its end: is it cut short?");
        let last = bytes.len().checked_sub(END_LENGTH).ok_or_else(damaged)?;
        let first = last.saturating_sub(LONGEST_COMMENT);
        let mut ends = (first..=last).rev().filter(|&at| bytes[at..].starts_with(&END));
        let directory = ends.find_map(|at| slice(bytes, long(bytes, at + 16)?, long(bytes, at + 12)?));
        Ok(Self { bytes, directory: directory.ok_or_else(damaged)? })
    }

    /// The entries, in the order of the directory.
    pub fn entries(&self) -> impl Iterator<Item = Result<Entry<'a>, WeightsError>> {
        let mut rest = self.directory;
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let read = entry(rest);
            rest = read.map_or(&[], |(_, rest)| rest);
            Some(
                read.map(|(entry, _)| entry)
                    .ok_or_else(|| WeightsError::format("the directory of the zip archive is damaged")),
            )
        })
    }

    /// The only entry with this name.
    pub fn entry(&self, name: &str) -> Result<Entry<'a>, WeightsError> {
        let mut found = None;
        for entry in self.entries() {
            let entry = entry?;
            if entry.name == name.as_bytes() && found.replace(entry).is_some() {
                return Err(WeightsError::format(format!("two entries are called {name}")));
            }
        }
        found.ok_or_else(|| WeightsError::format(format!("the checkpoint has no entry {name}")))
    }

    /// The contents of an entry.
    pub fn contents(&self, entry: Entry<'a>) -> Result<&'a [u8], WeightsError> {
        let name = String::from_utf8_lossy(entry.name);
        let refuse = |what: &str| WeightsError::format(format!("entry {name} {what}"));
        if entry.method != 0 || entry.packed != entry.size {
            return Err(refuse("is compressed, which PyTorch does not do"));
        }
        let header = slice(self.bytes, entry.offset, 30).filter(|header| header.starts_with(&LOCAL));
        let start =
            header.and_then(|header| Some(entry.offset + 30 + short(header, 26)? + short(header, 28)?));
        let contents = start.and_then(|start| slice(self.bytes, start, entry.size));
        let contents = contents.ok_or_else(|| refuse("claims to lie where the file has ended"))?;
        if checksum(contents) != entry.checksum {
            return Err(refuse("is damaged: its checksum differs"));
        }
        Ok(contents)
    }
}

/// The first entry of a directory, and the directory after it.
fn entry(directory: &[u8]) -> Option<(Entry<'_>, &[u8])> {
    let name_length = short(directory, 28)?;
    let length = 46 + name_length + short(directory, 30)? + short(directory, 32)?;
    let rest = directory.get(length..)?;
    let entry = Entry {
        name: slice(directory, 46, name_length)?,
        method: short(directory, 10)? as u16,
        checksum: long(directory, 16)? as u32,
        packed: long(directory, 20)?,
        size: long(directory, 24)?,
        offset: long(directory, 42)?,
    };
    directory.starts_with(&ENTRY).then_some((entry, rest))
}

/// CRC-32 as zip has it, by halves of a byte.
fn checksum(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 16] = {
        let mut table = [0; 16];
        let mut i = 0;
        while i < 16 {
            let mut value = i as u32;
            let mut bit = 0;
            while bit < 4 {
                value = if value & 1 == 1 { value >> 1 ^ 0xedb8_8320 } else { value >> 1 };
                bit += 1;
            }
            table[i] = value;
            i += 1;
        }
        table
    };
    let half = |crc: u32| crc >> 4 ^ TABLE[(crc & 15) as usize];
    !bytes.iter().fold(!0, |crc, &byte| half(half(crc ^ u32::from(byte))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_one_of_zip() {
        assert_eq!(checksum(b"123456789"), 0xcbf4_3926);
        assert_eq!(checksum(b""), 0);
    }
}
