//! Sets of seeds: the games that a file holds, a run wants, a dataset lacks.

use std::fmt;
use std::str::FromStr;

/// Seeds from `first` to `last`, both among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The lowest.
    pub first: u64,
    /// The highest; not below `first`.
    pub last: u64,
}

impl Span {
    /// `games` seeds from `first` on; `None` if there are none, or the last does not fit 64 bits.
    pub fn of(first: u64, games: u64) -> Option<Self> {
        Some(Self { first, last: first.checked_add(games.checked_sub(1)?)? })
    }

    /// What both hold.
    pub fn and(self, other: Self) -> Option<Self> {
        let (first, last) = (self.first.max(other.first), self.last.min(other.last));
        (first <= last).then_some(Self { first, last })
    }

    /// How many; one less than there are if it is all 2⁶⁴.
    pub fn games(self) -> u64 {
        (self.last - self.first).saturating_add(1)
    }
}

/// A set of seeds; as text `0-31,64-95`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seeds {
    /// Ascending, with a gap between each and the next.
    spans: Vec<Span>,
}

impl Seeds {
    /// All of these.
    pub fn of(spans: impl IntoIterator<Item = Span>) -> Self {
        let mut sorted: Vec<Span> = spans.into_iter().collect();
        sorted.sort_unstable();
        let mut spans: Vec<Span> = Vec::new();
        for span in sorted {
            match spans.last_mut() {
                Some(before) if span.first <= before.last.saturating_add(1) => {
                    before.last = before.last.max(span.last);
                }
                _ => spans.push(span),
            }
        }
        Self { spans }
    }

    /// The seeds of either.
    pub fn or(&self, other: &Self) -> Self {
        Self::of(self.spans.iter().chain(&other.spans).copied())
    }

    /// The seeds of both.
    pub fn and(&self, other: &Self) -> Self {
        let pairs = self.spans.iter().flat_map(|a| other.spans.iter().map(move |b| a.and(*b)));
        Self::of(pairs.flatten())
    }

    /// Its seeds that the other has not.
    pub fn minus(&self, other: &Self) -> Self {
        let mut left = Vec::new();
        for &span in &self.spans {
            let mut rest = Some(span);
            for gone in &other.spans {
                let Some(Span { first, last }) = rest.filter(|rest| rest.and(*gone).is_some()) else {
                    continue;
                };
                if gone.first > first {
                    left.push(Span { first, last: gone.first - 1 });
                }
                rest = (gone.last < last).then(|| Span { first: gone.last + 1, last });
            }
            left.extend(rest);
        }
        Self { spans: left }
    }

    /// True if it has none.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// How many; 2⁶⁴ − 1 stands for that and more.
    pub fn games(&self) -> u64 {
        self.spans.iter().fold(0, |sum: u64, span| sum.saturating_add(span.games()))
    }

    /// Whether it has this one.
    pub fn contains(&self, seed: u64) -> bool {
        self.spans.iter().any(|span| (span.first..=span.last).contains(&seed))
    }

    /// Ascending.
    pub fn iter(&self) -> impl Iterator<Item = u64> {
        self.spans.iter().flat_map(|span| span.first..=span.last)
    }

    /// Its runs of consecutive seeds, ascending.
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }
}

impl FromIterator<u64> for Seeds {
    fn from_iter<T: IntoIterator<Item = u64>>(seeds: T) -> Self {
        Self::of(seeds.into_iter().map(|seed| Span { first: seed, last: seed }))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            write!(f, "{}", self.first)
        } else {
            write!(f, "{}-{}", self.first, self.last)
        }
    }
}

impl fmt::Display for Seeds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let spans: Vec<String> = self.spans.iter().map(Span::to_string).collect();
        f.write_str(&spans.join(","))
    }
}

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number =
            |text: &str| text.parse::<u64>().ok().filter(|_| text.starts_with(|c: char| c.is_ascii_digit()));
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let span = number(first).zip(number(last)).map(|(first, last)| Self { first, last });
        span.filter(|span| span.first <= span.last)
            .ok_or_else(|| format!("`{text}`: expected seeds such as 0-31"))
    }
}

impl FromStr for Seeds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        Ok(Self::of(text.split(',').map(str::parse).collect::<Result<Vec<Span>, _>>()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn seeds(text: &str) -> Seeds {
        text.parse().unwrap()
    }

    #[test]
    fn touching_spans_are_one() {
        assert_eq!(seeds("4-7,0-3,9").to_string(), "0-7,9");
        assert_eq!(seeds("").to_string(), "");
        assert_eq!(seeds("3-9,4-5").spans(), [Span { first: 3, last: 9 }]);
    }

    #[test]
    fn the_last_seed_is_one() {
        let last = Seeds::of(Span::of(u64::MAX - 1, 2));
        assert_eq!(last.games(), 2);
        assert_eq!(last.minus(&seeds("18446744073709551615")).to_string(), "18446744073709551614");
        assert_eq!(Span::of(u64::MAX, 2), None);
        assert_eq!(Span::of(7, 0), None);
        assert_eq!(Seeds::of([Span { first: 0, last: u64::MAX }]).games(), u64::MAX);
    }

    #[test]
    fn bad_text_is_refused() {
        for text in ["x", "3-", "-3", "5-4", "1,,2", "+1", "1-2-3", "18446744073709551616"] {
            assert!(text.parse::<Seeds>().is_err(), "{text}");
        }
    }

    fn set() -> impl Strategy<Value = BTreeSet<u64>> {
        prop_oneof![
            prop::collection::btree_set(0..40u64, 0..30),
            prop::collection::btree_set(u64::MAX - 20..=u64::MAX, 0..15),
        ]
    }

    proptest! {
        #[test]
        fn it_is_a_set(a in set(), b in set()) {
            let of = |set: &BTreeSet<u64>| set.iter().copied().collect::<Seeds>();
            let (left, right) = (of(&a), of(&b));
            prop_assert_eq!(left.games(), a.len() as u64);
            prop_assert!(left.iter().eq(a.iter().copied()));
            prop_assert!((0..45).all(|seed| left.contains(seed) == a.contains(&seed)));
            prop_assert_eq!(left.or(&right), of(&(&a | &b)));
            prop_assert_eq!(left.and(&right), of(&(&a & &b)));
            prop_assert_eq!(left.minus(&right), of(&(&a - &b)));
            prop_assert_eq!(left.to_string().parse::<Seeds>().unwrap(), left);
        }
    }
}
