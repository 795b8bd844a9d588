//! Counts: `10000`, `10_000` or `10k`.

/// Reads a count; k and M, in either case, are a thousand and a million.
pub fn count<T: TryFrom<u64>>(text: &str) -> Result<T, String> {
    let expected = || "expected a whole number, such as 500, 10_000, 10k or 2M".to_owned();
    let (digits, unit) = match text.char_indices().last() {
        Some((at, 'k' | 'K')) => (&text[..at], 1_000),
        Some((at, 'm' | 'M')) => (&text[..at], 1_000_000),
        _ => (text, 1),
    };
    // `u64::from_str` takes a leading plus sign, too, and underscores belong between digits.
    let is_number =
        digits.split('_').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    if !is_number {
        return Err(expected());
    }
    let number = digits.replace('_', "").parse::<u64>().ok().and_then(|number| number.checked_mul(unit));
    number.and_then(|number| T::try_from(number).ok()).ok_or_else(|| "it is too large".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read() {
        for (text, expected) in [
            ("0", 0),
            ("500", 500),
            ("10_000", 10_000),
            ("10k", 10_000),
            ("10K", 10_000),
            ("1M", 1_000_000),
            ("2m", 2_000_000),
            ("1_000k", 1_000_000),
            ("18446744073709551615", u64::MAX),
        ] {
            assert_eq!(count(text), Ok(expected), "{text}");
        }
        assert_eq!(count("4294967295"), Ok(u32::MAX));
    }

    #[test]
    fn what_is_no_count_is_refused() {
        for text in
            ["", "k", "_1", "1_", "1__0", "+1", "-1", "1.5", "1.5k", "1e3", "10 k", "10kk", "ten", "１"]
        {
            let error = count::<u64>(text).unwrap_err();
            assert!(error.starts_with("expected a whole number"), "{text}: {error}");
        }
        for text in ["18446744073709551616", "18446744073709552k", "99999999999999999999999M"] {
            assert_eq!(count::<u64>(text), Err("it is too large".to_owned()), "{text}");
        }
        assert_eq!(count::<u32>("5000M"), Err("it is too large".to_owned()));
    }
}
