//! Sizes of memory: `512MiB` or `4GB`.

use std::str::FromStr;

/// How much device memory a run may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemoryBudget {
    /// What suits the device.
    Auto,
    /// So many bytes.
    Bytes(u64),
}

impl MemoryBudget {
    /// How many bytes, if that was said.
    pub fn bytes(self) -> Option<u64> {
        match self {
            Self::Auto => None,
            Self::Bytes(bytes) => Some(bytes),
        }
    }
}

/// Powers of ten and of two, as everywhere: `k` and `kB` are 1000 bytes, `KiB` are 1024. A bare number counts bytes.
const UNITS: [(&str, u64); 14] = [
    ("", 1),
    ("b", 1),
    ("k", 1_000),
    ("kb", 1_000),
    ("m", 1_000_000),
    ("mb", 1_000_000),
    ("g", 1_000_000_000),
    ("gb", 1_000_000_000),
    ("t", 1_000_000_000_000),
    ("tb", 1_000_000_000_000),
    ("kib", 1 << 10),
    ("mib", 1 << 20),
    ("gib", 1 << 30),
    ("tib", 1 << 40),
];

impl FromStr for MemoryBudget {
    type Err = String;

    /// Units in any case; a space may stand before them.
    fn from_str(text: &str) -> Result<Self, String> {
        if text.eq_ignore_ascii_case("auto") {
            return Ok(Self::Auto);
        }
        let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, unit) = text.split_at(digits);
        let unit = unit.trim().to_ascii_lowercase();
        let known = UNITS.iter().find(|(name, _)| *name == unit);
        let bytes = known.and_then(|(_, unit)| number.parse::<u64>().ok()?.checked_mul(*unit));
        match bytes {
            Some(bytes) if bytes > 0 => Ok(Self::Bytes(bytes)),
            _ => Err("expected auto or a whole number of bytes above 0, such as 4GiB (2^30 bytes each), 4GB or 4G (10^9 \
                      each) or 65536"
                .to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read() {
        for (text, bytes) in [
            ("65536", 65_536),
            ("1KiB", 1024),
            ("512 MiB", 512 << 20),
            ("4GiB", 4 << 30),
            ("4gib", 4 << 30),
            ("1TiB", 1 << 40),
            ("4GB", 4_000_000_000),
            ("4G", 4_000_000_000),
            ("4g", 4_000_000_000),
            ("512MB", 512_000_000),
            ("1kB", 1000),
            ("7B", 7),
        ] {
            assert_eq!(text.parse(), Ok(MemoryBudget::Bytes(bytes)), "{text}");
        }
        assert_eq!("auto".parse(), Ok(MemoryBudget::Auto));
    }

    #[test]
    fn what_is_no_size_is_refused() {
        for text in
            ["", "0", "0GiB", "-1", "+1", "GiB", "1.5GiB", "4GBit", "lots", "4 G B", "99999999999GiB", "１GB"]
        {
            let error = text.parse::<MemoryBudget>().unwrap_err();
            assert!(error.starts_with("expected auto or a whole number of bytes above 0"), "{text}: {error}");
        }
    }
}
