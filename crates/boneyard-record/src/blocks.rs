//! How the games of a run are cut into blocks.

use crate::Split;
use std::ops::Range;

/// Games `0..games` in blocks of `size`; game `g` has seed `first_seed + g`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blocks {
    /// How many games.
    pub games: u64,
    /// Games a block; the last may have fewer. Not 0.
    pub size: u64,
    /// Seed of game 0; the last game's seed must fit 64 bits.
    pub first_seed: u64,
}

impl Blocks {
    /// How many blocks.
    pub fn count(&self) -> u64 {
        self.games.div_ceil(self.size)
    }

    /// The games of a block.
    pub fn games_of(&self, block: u64) -> Range<u64> {
        let start = block * self.size;
        start..start + self.size.min(self.games - start)
    }

    /// The splits that a block has a file in.
    pub fn splits_of(&self, block: u64) -> impl Iterator<Item = Split> + use<> {
        let games = self.games_of(block);
        let first_seed = self.first_seed;
        // A thousand consecutive seeds meet all splits.
        let seeds = games.take(1000).map(move |game| first_seed + game);
        let found = seeds.fold([false; 3], |mut found, seed| {
            found[Split::of_seed(seed) as usize] = true;
            found
        });
        Split::ALL.into_iter().filter(move |&split| found[split as usize])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_cover_the_games_once() {
        let check = |games, size, count| {
            let blocks = Blocks { games, size, first_seed: 0 };
            assert_eq!(blocks.count(), count);
            let covered: Vec<u64> = (0..count).flat_map(|block| blocks.games_of(block)).collect();
            assert_eq!(covered, (0..games).collect::<Vec<_>>());
        };
        check(1, 64, 1);
        check(64, 64, 1);
        check(65, 64, 2);
        check(7, 3, 3);
    }

    #[test]
    fn a_block_knows_its_splits() {
        let check = |first_seed, splits: &[Split]| {
            let blocks = Blocks { games: 60, size: 60, first_seed };
            assert_eq!(blocks.splits_of(0).collect::<Vec<_>>(), splits, "from seed {first_seed}");
        };
        check(0, &[Split::Train]);
        check(880, &[Split::Train, Split::Validation]);
        check(895, &[Split::Train, Split::Validation, Split::Test]);
        check(2_955, &[Split::Train, Split::Test]);
    }

    #[test]
    fn the_last_seeds_do_not_overflow() {
        let blocks = Blocks { games: 3, size: 2, first_seed: u64::MAX - 2 };
        assert_eq!(blocks.games_of(1), 2..3);
        assert_eq!(blocks.splits_of(1).collect::<Vec<_>>(), [Split::Train]);
    }
}
