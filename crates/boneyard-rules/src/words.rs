//! What people type: dominoes, hands and plays in the spellings they use.
//!
//! As text a domino is its two pips, in either order, with or without something between them: `6-4`, `46`, `4:6`, `[6|4]`.
//! Ids are numbers, never text. Declarations, bids and seats are read by `parse`: see [`Declaration`](crate::Declaration),
//! [`Bid`](crate::Bid) and [`Seat`](crate::Seat).
//!
//! ```
//! use boneyard_rules::{notation, words};
//!
//! let hand = words::dominoes("66 5-6 [6|4], 61 5:5 2-4 1-0")?;
//! assert_eq!(notation::list(hand), "6-6 6-5 6-4 6-1 5-5 4-2 1-0");
//! # Ok::<(), boneyard_rules::RuleError>(())
//! ```

use crate::{Domino, RuleError, notation::refuse};

/// Reads one domino.
///
/// # Errors
/// [`RuleError::Notation`] if it is anything else.
pub fn domino(text: &str) -> Result<Domino, RuleError> {
    let inside = text.trim().trim_start_matches(['[', '(']).trim_end_matches([']', ')']);
    let signs: Vec<char> = inside.chars().collect();
    let pips = match signs[..] {
        [high, low] => Some((high, low)),
        [high, '-' | ':' | '/' | '|' | '.' | '_' | '–' | '‑', low] => Some((high, low)),
        _ => None,
    };
    let pip = |sign: char| sign.to_digit(7).map(|pip| pip as u8);
    pips.and_then(|(high, low)| Domino::from_pips(pip(high)?, pip(low)?).ok())
        .ok_or_else(|| refuse(text, "a domino: expected two pips 0-6 such as 6-4 or 64"))
}

/// Reads dominoes separated by blanks or commas; `|` or `/` between tricks and brackets around it all are allowed.
///
/// # Errors
/// As [`domino`], for the first that is none.
pub fn dominoes(text: &str) -> Result<Vec<Domino>, RuleError> {
    let between = |sign: char| sign.is_whitespace() || matches!(sign, ',' | ';');
    let words = text.split(between).filter(|word| !matches!(*word, "" | "|" | "/" | "[" | "]" | "(" | ")"));
    words.map(domino).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Bid, Declaration, Seat, notation};

    #[test]
    fn a_domino_in_every_spelling() {
        for id in 0..28 {
            let it = Domino::new(id).unwrap();
            let (a, b) = (it.high(), it.low());
            for (a, b) in [(a, b), (b, a)] {
                for between in ["-", "", ":", "/", "|", ".", "_", "–"] {
                    assert_eq!(domino(&format!("{a}{between}{b}")), Ok(it));
                    assert_eq!(domino(&format!(" [{a}{between}{b}] ")), Ok(it));
                }
            }
        }
        for text in ["", "6", "6-", "-6", "70", "27", "7-0", "6--4", "6-4-1", "six-four", "+6", "6 4"] {
            let message = domino(text).unwrap_err().to_string();
            assert!(message.contains("expected two pips 0-6 such as 6-4 or 64"), "{message}");
        }
    }

    #[test]
    fn plays_with_and_without_tricks() {
        for text in
            ["6-6 6-1 6-5 6-0 5-5", "66,61 , 65; 60 | 55", "[6-6 6-1 6-5 6-0] [5-5]", "66 61 65 60 / 55"]
        {
            assert_eq!(notation::list(dominoes(text).unwrap()), "6-6 6-1 6-5 6-0 5-5", "{text}");
        }
        assert_eq!(dominoes(" "), Ok(Vec::new()));
        assert!(dominoes("6-6 6-7").unwrap_err().to_string().starts_with("`6-7` is not a domino"));
    }

    #[test]
    fn what_was_called() {
        let check =
            |text: &str, name: &str| assert_eq!(text.parse::<Declaration>().unwrap().name(), name, "{text}");
        for (texts, name) in [
            (&["six", "6s", "6's", "Sixes", "6", "sixes trump", "trump sixes", "6 trumps"][..], "sixes"),
            (&["aces", "one", "1s"], "ones"),
            (&["deuces", "TWO"], "twos"),
            (&["treys"], "threes"),
            (&["blank", "zeros", "0"], "blanks"),
            (&["doubles trump", "doubles are trumps", "doubles as trump", "7"], "doubles-trump"),
            (&["doubles suit", "doubles as a suit", "doubles own suit", "8"], "doubles-suit"),
            (&["follow me", "follow-me", "NT", "no trump", "no trumps", "notrump", "9"], "notrump"),
        ] {
            texts.iter().for_each(|text| check(text, name));
        }
        for text in ["", "10", "-1", "sevns", "trump", "doubles", "high", "6 7"] {
            let error = text.parse::<Declaration>().unwrap_err();
            assert_eq!(error, RuleError::NoSuchDeclaration { name: text.to_owned() });
        }
        for text in ["nello", "Plunge", "splash", "sevens", "nel-o"] {
            let message = text.parse::<Declaration>().unwrap_err().to_string();
            assert!(message.contains("changes the rules of play and is not modelled"), "{message}");
        }
    }

    #[test]
    fn what_was_bid() {
        let check = |text: &str, bid: u16| assert_eq!(text.parse::<Bid>().unwrap().value(), bid, "{text}");
        for (text, bid) in
            [("30", 30), ("42", 42), ("1 mark", 42), ("2 marks", 84), ("two marks", 84), ("3m", 126)]
        {
            check(text, bid);
        }
        for text in ["", "29", "43", "0 marks", "many marks", "-30", "101 marks"] {
            assert!(text.parse::<Bid>().is_err(), "{text}");
        }
        assert_eq!("seat 2".parse(), Ok(Seat::ALL[2]));
        assert_eq!("0".parse(), Ok(Seat::ALL[0]));
        assert!("4".parse::<Seat>().is_err() && "north".parse::<Seat>().is_err());
    }
}
