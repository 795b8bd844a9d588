//! Dominoes renamed by strength, one row of a buffer a declaration.

use boneyard_rules::tables;
use cubecl::prelude::*;

/// Words of a declaration's row in the orders buffer.
pub const ORDER: usize = 96;
/// Where a row has the trumps.
pub const TRUMPS: usize = 28;
/// Where a row has the dominoes that count five.
pub const FIVES: usize = 29;
/// Where a row has the dominoes that count ten.
pub const TENS: usize = 30;
/// Where a row has the places by id.
pub const PLACES: usize = 32;
/// Where a row has the ids by place.
pub const IDS: usize = 64;

/// The orders buffer: by declaration `[0..28]` what follows the domino in this place, then trumps, fives, tens,
/// `[32..60]` place by id, `[64..92]` id by place.
pub fn orders() -> Vec<u32> {
    let mut words = vec![0; 10 * ORDER];
    for declaration in 0..10 {
        let row = &mut words[declaration * ORDER..][..ORDER];
        let by_place = |tiles: u32| -> u32 {
            (0..28).filter(|id| tiles >> id & 1 == 1).map(|id| 1 << tables::PLACE[declaration][id]).sum()
        };
        for place in 0..28 {
            let id = tables::BY_STRENGTH[declaration][place];
            let suit = tables::LED_SUIT[declaration][usize::from(id)];
            row[place] = by_place(tables::FOLLOW[declaration][usize::from(suit)]);
            row[PLACES + place] = u32::from(tables::PLACE[declaration][place]);
            row[IDS + place] = u32::from(id);
        }
        row[TRUMPS] = by_place(tables::TRUMPS[declaration]);
        row[FIVES] = by_place(boneyard_rules::rule::FIVES);
        row[TENS] = by_place(boneyard_rules::rule::TENS);
    }
    words
}

/// A set of ids as a set of places.
#[cube]
pub fn places(tiles: u32, orders: &Array<u32>, order: usize) -> u32 {
    let mut result = 0u32.runtime();
    let mut rest = tiles;
    while rest != 0u32 {
        let id = rest.trailing_zeros();
        rest &= rest - 1u32;
        result |= 1u32 << orders[order + comptime!(PLACES) + id as usize];
    }
    result
}
