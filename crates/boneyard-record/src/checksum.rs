//! The checksum that every file carries: CRC-32 of all its bytes, the eight digits of the checksum itself read as zeros.
//!
//! It stands in the footer as `boneyard.crc32`. CRC-32 finds every damage of up to 32 bits in a row, and all but one in
//! four thousand million others.

use crc32fast::Hasher;
use std::ops::Range;

/// Its key in the footer.
pub(crate) const KEY: &str = "boneyard.crc32";

/// What stands for it while it is computed.
pub(crate) const NONE_YET: &str = "00000000";

/// Where its digits stand in a Parquet file.
fn digits(bytes: &[u8]) -> Option<Range<usize>> {
    // In Thrift's compact form: the key, then a field of type binary that is eight long.
    let mark = [KEY.as_bytes(), &[0x18, NONE_YET.len() as u8]].concat();
    let end = bytes.len().checked_sub(8)?;
    let footer = u32::from_le_bytes(bytes[end..end + 4].try_into().ok()?) as usize;
    let start = end.checked_sub(footer)?;
    let at = bytes[start..end].windows(mark.len()).rposition(|window| window == mark)? + start + mark.len();
    (at + NONE_YET.len() <= end).then_some(at..at + NONE_YET.len())
}

fn compute(bytes: &[u8], digits: &Range<usize>) -> String {
    let mut hasher = Hasher::new();
    hasher.update(&bytes[..digits.start]);
    hasher.update(NONE_YET.as_bytes());
    hasher.update(&bytes[digits.end..]);
    format!("{:08x}", hasher.finalize())
}

/// Writes the checksum into a file that has [`NONE_YET`] in its place.
///
/// # Panics
/// If it has no place for one.
pub(crate) fn seal(bytes: &mut [u8]) {
    let digits = digits(bytes).expect("the footer has a place for the checksum");
    let checksum = compute(bytes, &digits);
    bytes[digits].copy_from_slice(checksum.as_bytes());
}

/// Whether a file is as it was written.
///
/// # Errors
/// One phrase if it is not.
pub(crate) fn check(bytes: &[u8]) -> Result<(), String> {
    let digits = digits(bytes).ok_or("is damaged: its checksum cannot be found")?;
    let computed = compute(bytes, &digits);
    if bytes[digits] == *computed.as_bytes() {
        Ok(())
    } else {
        Err("is damaged: its bytes do not agree with its checksum".to_owned())
    }
}
