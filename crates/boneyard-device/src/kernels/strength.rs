//! Dominoes renamed by strength: one row of a buffer for each declaration.

use boneyard_rules::tables;
use cubecl::prelude::*;

/// Words of a declaration's row.
pub const STRENGTHS: usize = 104;
/// Where a row has the trumps.
pub const TRUMPS: usize = 28;
/// Where a row has the dominoes that count five.
pub const FIVES: usize = 29;
/// Where a row has the dominoes that count ten.
pub const TENS: usize = 30;
/// Where a row has the strengths by id.
pub const STRENGTH: usize = 32;
/// Where a row has the ids by strength.
pub const IDS: usize = 64;
/// Where a row has the dominoes with each of the seven pips, and then the doubles.
pub const PIPS: usize = 96;

/// The strengths buffer, `[10, STRENGTHS]`: by declaration `[0..28]` what follows the domino of this strength, then trumps,
/// fives, tens, `[32..60]` strength by id, `[64..92]` id by strength, `[96..104]` the dominoes
/// with a 0, a 1, … a 6, and the doubles. All sets are by strength.
pub fn strengths() -> Vec<u32> {
    let mut words = vec![0; 10 * STRENGTHS];
    for declaration in 0..10 {
        let row = &mut words[declaration * STRENGTHS..][..STRENGTHS];
        let set = |tiles: u32| -> u32 {
            (0..28).filter(|id| tiles >> id & 1 == 1).map(|id| 1 << tables::STRENGTH[declaration][id]).sum()
        };
        for strength in 0..28 {
            let id = tables::BY_STRENGTH[declaration][strength];
            let suit = tables::LED_SUIT[declaration][usize::from(id)];
            row[strength] = set(tables::FOLLOW[declaration][usize::from(suit)]);
            row[STRENGTH + strength] = u32::from(tables::STRENGTH[declaration][strength]);
            row[IDS + strength] = u32::from(id);
        }
        for pip in 0..8 {
            row[PIPS + pip] = set(tables::TRUMPS[pip]);
        }
        row[TRUMPS] = set(tables::TRUMPS[declaration]);
        row[FIVES] = set(boneyard_rules::rule::FIVES);
        row[TENS] = set(boneyard_rules::rule::TENS);
    }
    words
}

/// A set of ids as a set by strength; the declaration's row begins at `row`.
#[cube]
pub fn by_strength(tiles: u32, strengths: &Array<u32>, row: usize) -> u32 {
    let mut result = 0u32.runtime();
    let mut rest = tiles;
    while rest != 0u32 {
        let id = rest.trailing_zeros();
        rest &= rest - 1u32;
        result |= 1u32 << strengths[row + comptime!(STRENGTH) + id as usize];
    }
    result
}
