//! How seeds are cut into blocks, and which of them a run wants.

use crate::{Seeds, Span, Split};
use std::str::FromStr;

/// Blocks of `size` consecutive seeds: block `b` begins at seed `b × size`, in every dataset and every run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blocks {
    /// Games a block. Not 0.
    pub size: u64,
}

impl Blocks {
    /// The block of a seed.
    pub fn of_seed(self, seed: u64) -> u64 {
        seed / self.size
    }

    /// The seeds of a block.
    ///
    /// # Panics
    /// If there is no such block: its first seed does not fit 64 bits.
    pub fn span(self, block: u64) -> Span {
        let first = block.checked_mul(self.size).expect("a block of some seed");
        Span { first, last: first.saturating_add(self.size - 1) }
    }

    /// The seeds of a block that belong to a split: those of one file, if it is whole.
    pub fn part(self, block: u64, split: Split) -> Seeds {
        split.seeds_in(self.span(block))
    }
}

/// The games that a run wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Their seeds.
    pub span: Span,
    /// Only those of this split, if any is named.
    pub split: Option<Split>,
}

impl Wanted {
    /// The splits it has games in, as far as its split says.
    pub fn splits(self) -> impl Iterator<Item = Split> {
        Split::ALL.into_iter().filter(move |&split| self.split.is_none_or(|only| only == split))
    }

    /// What it wants of one file.
    pub fn of(self, blocks: Blocks, block: u64, split: Split) -> Seeds {
        let span = blocks.span(block).and(self.span).filter(|_| self.split.is_none_or(|only| only == split));
        span.map(|span| split.seeds_in(span)).unwrap_or_default()
    }

    /// How many games.
    pub fn games(self) -> u64 {
        match self.split {
            None => self.span.games(),
            Some(split) => split.count_in(self.span),
        }
    }

    /// The blocks that its seeds lie in, ascending.
    pub fn blocks(self, blocks: Blocks) -> std::ops::RangeInclusive<u64> {
        blocks.of_seed(self.span.first)..=blocks.of_seed(self.span.last)
    }
}

/// One of `of` equal parts of a run's blocks: those whose number is `index` − 1 modulo `of`. As text `1/4`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    index: u64,
    of: u64,
}

impl Shard {
    /// The whole.
    pub const WHOLE: Self = Self { index: 1, of: 1 };

    /// Whether a block is one of its own.
    pub fn has(self, block: u64) -> bool {
        block % self.of == self.index - 1
    }

    /// How many parts there are.
    pub fn of(self) -> u64 {
        self.of
    }
}

impl std::fmt::Display for Shard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let read = || {
            let (index, of) = text.split_once('/')?;
            let (index, of) = (index.parse().ok()?, of.parse().ok()?);
            (1..=of).contains(&index).then_some(Self { index, of })
        };
        read().ok_or_else(|| format!("`{text}`: expected a part such as 1/4, the first of four, up to 4/4"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_cover_the_seeds_once() {
        let blocks = Blocks { size: 3 };
        let wanted = Wanted { span: Span { first: 895, last: 952 }, split: None };
        let found: Seeds = wanted
            .blocks(blocks)
            .flat_map(|block| wanted.splits().map(move |split| wanted.of(blocks, block, split)))
            .inspect(|part| assert!(part.games() <= 3))
            .flat_map(|part| part.iter().collect::<Vec<_>>())
            .collect();
        assert_eq!(found, Seeds::of([wanted.span]));
    }

    #[test]
    fn a_block_knows_its_parts() {
        let parts = |block| Split::ALL.map(|split| Blocks { size: 64 }.part(block, split).to_string());
        assert_eq!(parts(0), ["0-63", "", ""]);
        assert_eq!(parts(14), ["896-899", "900-949", "950-959"]);
        let wide = Blocks { size: 16384 };
        assert_eq!(wide.part(0, Split::Test).games(), 16 * 50);
    }

    #[test]
    fn the_last_seeds_do_not_overflow() {
        let blocks = Blocks { size: 10 };
        let wanted = Wanted { span: Span { first: u64::MAX - 1, last: u64::MAX }, split: None };
        let [block] = wanted.blocks(blocks).collect::<Vec<_>>()[..] else { panic!("one block") };
        assert_eq!(blocks.span(block).last, u64::MAX);
        assert_eq!(wanted.of(blocks, block, Split::Train).games(), 2);
    }

    #[test]
    fn a_split_can_be_asked_for() {
        let wanted = Wanted { span: Span { first: 0, last: 1999 }, split: Some(Split::Validation) };
        assert_eq!(wanted.games(), 100);
        assert!(wanted.of(Blocks { size: 1000 }, 1, Split::Train).is_empty());
        assert_eq!(wanted.of(Blocks { size: 1000 }, 1, Split::Validation).to_string(), "1900-1949");
    }

    #[test]
    fn shards_divide() {
        let shards: Vec<Shard> = ["1/3", "2/3", "3/3"].iter().map(|text| text.parse().unwrap()).collect();
        for block in 0..100 {
            assert_eq!(shards.iter().filter(|shard| shard.has(block)).count(), 1);
        }
        assert!((0..9).all(|block| Shard::WHOLE.has(block)));
        for text in ["0/3", "4/3", "1", "a/b", "1/0", "", "-1/2"] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }
}
