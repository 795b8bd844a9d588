//! Training, validation and test games, told apart by their seed.

use crate::{Seeds, Span};
use std::str::FromStr;

/// Which part of a dataset a game belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Split {
    /// Seeds 0–899 of every thousand.
    Train,
    /// Seeds 900–949.
    Validation,
    /// Seeds 950–999.
    Test,
}

impl Split {
    /// All three.
    pub const ALL: [Split; 3] = [Split::Train, Split::Validation, Split::Test];

    /// The split of a game: by seed, so that it is the same in every dataset.
    pub fn of_seed(seed: u64) -> Self {
        match seed % 1000 {
            0..900 => Split::Train,
            900..950 => Split::Validation,
            _ => Split::Test,
        }
    }

    /// Where its seeds lie in every thousand: first and last.
    fn of_a_thousand(self) -> (u64, u64) {
        match self {
            Split::Train => (0, 899),
            Split::Validation => (900, 949),
            Split::Test => (950, 999),
        }
    }

    /// Its seeds in a span; the span should be of some blocks, not of all 2⁶⁴ seeds.
    pub fn seeds_in(self, span: Span) -> Seeds {
        let (low, high) = self.of_a_thousand();
        let spans = (span.first / 1000..=span.last / 1000).filter_map(|thousand| {
            let first = (thousand * 1000).checked_add(low)?;
            Span { first, last: (thousand * 1000).saturating_add(high) }.and(span)
        });
        Seeds::of(spans)
    }

    /// How many seeds of a span are its own.
    pub fn count_in(self, span: Span) -> u64 {
        let (low, high) = self.of_a_thousand();
        // Of the seeds below `end`.
        let below = |end: u128| {
            let (thousands, rest) = (end / 1000, end % 1000);
            let size = u128::from(high - low + 1);
            thousands * size + rest.saturating_sub(low.into()).min(size)
        };
        (below(u128::from(span.last) + 1) - below(span.first.into())) as u64
    }

    /// The name of its directory.
    pub fn name(self) -> &'static str {
        match self {
            Split::Train => "train",
            Split::Validation => "validation",
            Split::Test => "test",
        }
    }
}

impl FromStr for Split {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|split| split.name() == text);
        found.ok_or_else(|| format!("`{text}`: expected train, validation or test"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_split_as_seeds_are() {
        for span in
            [(0, 0), (895, 905), (949, 3010), (u64::MAX - 700, u64::MAX), (u64::MAX - 3, u64::MAX - 1)]
        {
            let span = Span { first: span.0, last: span.1 };
            for split in Split::ALL {
                let expected: Seeds =
                    (span.first..=span.last).filter(|&seed| Split::of_seed(seed) == split).collect();
                assert_eq!(split.seeds_in(span), expected, "{split:?} {span:?}");
                assert_eq!(split.count_in(span), expected.games(), "{split:?} {span:?}");
            }
        }
    }

    #[test]
    fn splits_by_seed_modulo_1000() {
        let check = |seed, split| assert_eq!(Split::of_seed(seed), split, "seed {seed}");
        check(0, Split::Train);
        check(899, Split::Train);
        check(900, Split::Validation);
        check(1_949, Split::Validation);
        check(5_950, Split::Test);
        check(999, Split::Test);
        check(u64::MAX, Split::Train); // …615
    }
}
