//! What a batch needs of a device's memory.

use crate::kernels::strength::strengths;
use crate::layout::{COMPLETIONS, HISTOGRAM, ITEMS, VALUES, WORLD, estimate, game, log, seen, status};

/// What a batch needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Needs {
    pub games: usize,
    /// Games of a chunk.
    pub chunk: usize,
    pub samples: usize,
    pub histogram: bool,
}

/// Bytes of a world with its owner, its values and its place in the list of those that were not found.
pub(crate) const WORLD_BYTES: u64 = 4 * (WORLD + 1 + VALUES + 1) as u64;

/// Bytes of a device's memory that a game in play takes, beside its worlds; with a histogram of its values, far more.
pub fn bytes_per_game(histogram: bool) -> u64 {
    let none = Needs { games: 0, chunk: 0, samples: 0, histogram };
    Needs { games: 1, ..none }.fixed_bytes() - none.fixed_bytes()
}

impl Needs {
    pub fn histogram_words(&self) -> usize {
        if self.histogram { 28 * self.games * HISTOGRAM } else { 1 }
    }

    /// Bytes of all that does not depend on the chunk.
    pub fn fixed_bytes(&self) -> u64 {
        let per_game = game::ROW + seen::ROW + COMPLETIONS + ITEMS + 1 + estimate::ROW + 1 + 28 * log::ROW;
        // The status, the strengths of dominoes, the end of the worlds.
        let of_all = status::WORDS + strengths().len() + 1;
        4 * (self.games as u64 * per_game as u64 + (self.histogram_words() + of_all) as u64)
    }

    /// Bytes of the longest buffer that does not depend on the chunk.
    pub fn longest_fixed_bytes(&self) -> u64 {
        4 * (28 * self.games * log::ROW).max(self.games * COMPLETIONS).max(self.histogram_words()) as u64
    }
}
