//! Dominoes in order of strength, by declaration.
//!
//! The solver and playouts rename dominoes so that the winner of any trick is the top bit of
//! `played & (follow(led) | trumps)`; see [`boneyard_rules::tables::BY_STRENGTH`].

use boneyard_rules::{
    Tiles,
    rule::{FIVES, TENS},
    tables::{BY_STRENGTH, FOLLOW, LED_SUIT, PLACE, TRUMPS},
    tiles_of,
};

/// What the search needs to know of a declaration; all sets are by place (strength), not by id.
#[derive(Clone, Copy, Debug)]
pub(super) struct Order {
    /// `[place]`: the dominoes that follow when this one is led.
    pub follow: [u32; 28],
    /// The dominoes with trump power.
    pub trumps: u32,
    /// The dominoes that count five.
    pub fives: u32,
    /// The dominoes that count ten.
    pub tens: u32,
    place: [u8; 28],
}

/// One [`Order`] a declaration.
pub(super) static ORDERS: [Order; 10] = {
    let mut orders = [Order { follow: [0; 28], trumps: 0, fives: 0, tens: 0, place: [0; 28] }; 10];
    let mut declaration = 0;
    while declaration < 10 {
        let mut order = Order {
            follow: [0; 28],
            trumps: by_place(TRUMPS[declaration], declaration),
            fives: by_place(FIVES, declaration),
            tens: by_place(TENS, declaration),
            place: PLACE[declaration],
        };
        let mut place = 0;
        while place < 28 {
            let suit = LED_SUIT[declaration][BY_STRENGTH[declaration][place] as usize];
            order.follow[place] = by_place(FOLLOW[declaration][suit as usize], declaration);
            place += 1;
        }
        orders[declaration] = order;
        declaration += 1;
    }
    orders
};

const fn by_place(tiles: Tiles, declaration: usize) -> u32 {
    let mut places = 0;
    let mut id = 0;
    while id < 28 {
        places |= (tiles >> id & 1) << PLACE[declaration][id];
        id += 1;
    }
    places
}

impl Order {
    /// A set of ids as a set of places.
    pub fn places(&self, tiles: Tiles) -> u32 {
        tiles_of(tiles).fold(0, |places, domino| places | 1 << self.place[domino.index()])
    }

    /// The place of a domino, as a bit.
    pub fn bit(&self, domino: boneyard_rules::Domino) -> u32 {
        1 << self.place[domino.index()]
    }

    /// Count points of a set of places.
    #[inline(always)]
    pub fn points(&self, places: u32) -> i32 {
        (5 * (places & self.fives).count_ones() + 10 * (places & self.tens).count_ones()) as i32
    }
}
