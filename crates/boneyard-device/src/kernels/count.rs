//! Counting in status buffers.

use cubecl::prelude::*;

/// Adds `amount` to a counter of two words, the low one at `word`.
#[cube]
pub fn add_wide(tally: &mut Array<Atomic<u32>>, amount: u32, #[comptime] word: usize) {
    if amount > 0u32 {
        let before = tally[word].fetch_add(amount);
        // Whoever makes the low word wrap carries.
        if before + amount < before {
            tally[comptime!(word + 1)].fetch_add(1u32);
        }
    }
}
