//! A file that is read in pieces, none before what it claims is held against its length.

use super::WeightsError;
use sha2::{Digest, Sha256};
use std::io::{Read, Seek, SeekFrom};

/// Bytes that pass through at a time.
const CHUNK: usize = 1 << 16;

/// Something of a known length to read from.
pub struct Input<R> {
    reader: R,
    length: u64,
}

impl<R: Read + Seek> Input<R> {
    pub fn new(mut reader: R) -> Result<Self, WeightsError> {
        let length = reader.seek(SeekFrom::End(0)).map_err(failed)?;
        Ok(Self { reader, length })
    }

    /// Its length in bytes.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Some of it, or nothing where it ends before.
    pub fn piece(&mut self, at: u64, length: u64) -> Result<Option<Vec<u8>>, WeightsError> {
        if at.checked_add(length).is_none_or(|end| end > self.length) {
            return Ok(None);
        }
        let mut bytes = vec![0; length as usize];
        self.reader.seek(SeekFrom::Start(at)).map_err(failed)?;
        self.reader.read_exact(&mut bytes).map_err(failed)?;
        Ok(Some(bytes))
    }

    /// Some of it, which must be there, a chunk after the other.
    pub fn pass(&mut self, at: u64, length: u64, mut look: impl FnMut(&[u8])) -> Result<(), WeightsError> {
        self.reader.seek(SeekFrom::Start(at)).map_err(failed)?;
        let mut chunk = [0; CHUNK];
        let mut left = length;
        while left > 0 {
            let n = left.min(CHUNK as u64) as usize;
            self.reader.read_exact(&mut chunk[..n]).map_err(failed)?;
            look(&chunk[..n]);
            left -= n as u64;
        }
        Ok(())
    }

    /// SHA-256 of all of it, in hex.
    pub fn sha256(&mut self) -> Result<String, WeightsError> {
        let mut hasher = Sha256::new();
        self.pass(0, self.length, |chunk| hasher.update(chunk))?;
        Ok(hex(&hasher.finalize()))
    }
}

/// A hash as it is written down.
pub fn hex(hash: &[u8]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn failed(error: std::io::Error) -> WeightsError {
    WeightsError::Failed(error.to_string())
}
