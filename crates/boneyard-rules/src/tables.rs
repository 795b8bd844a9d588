//! The rulebook's answers, precomputed for the host by `const fn`; the tests derive each again.

use crate::rule::{DOUBLES, FIVES, TENS};

/// (high, low) pips by domino id.
pub const PIPS: [(u8, u8); 28] = {
    let mut table = [(0, 0); 28];
    let (mut high, mut low) = (0, 0);
    let mut id = 0;
    while id < 28 {
        table[id] = (high, low);
        if low == high {
            high += 1;
            low = 0;
        } else {
            low += 1;
        }
        id += 1;
    }
    table
};

/// Count points by domino id.
pub const POINTS: [u8; 28] = {
    let mut table = [0; 28];
    let mut id = 0;
    while id < 28 {
        table[id] = (5 * (FIVES >> id & 1) + 10 * (TENS >> id & 1)) as u8;
        id += 1;
    }
    table
};

/// `[declaration][suit]`: the dominoes that follow the suit; suit 7 is the called suit.
pub const FOLLOW: [[u32; 8]; 10] = {
    let mut table = [[0; 8]; 10];
    let mut declaration = 0;
    while declaration < 10 {
        let mut id = 0;
        while id < 28 {
            let (high, low) = PIPS[id];
            if in_called_suit(id, declaration) {
                table[declaration][7] |= 1 << id;
            } else {
                table[declaration][high as usize] |= 1 << id;
                table[declaration][low as usize] |= 1 << id;
            }
            id += 1;
        }
        declaration += 1;
    }
    table
};

/// `[declaration]`: the dominoes with trump power.
pub const TRUMPS: [u32; 10] = {
    let mut table = [0; 10];
    let mut declaration = 0;
    while declaration < 8 {
        table[declaration] = FOLLOW[declaration][7];
        declaration += 1;
    }
    table
};

/// `[declaration][domino]`: the suit that leading the domino leads.
pub const LED_SUIT: [[u8; 28]; 10] = {
    let mut table = [[0; 28]; 10];
    let mut declaration = 0;
    while declaration < 10 {
        let mut id = 0;
        while id < 28 {
            table[declaration][id] = if in_called_suit(id, declaration) { 7 } else { PIPS[id].0 };
            id += 1;
        }
        declaration += 1;
    }
    table
};

/// `[declaration][strength]`: the dominoes from the weakest to the strongest, in an order in which the winner of
/// *any* trick is the strongest of the dominoes played that follow the led suit or are trump.
///
/// Non-doubles by id, then doubles by pip, then trumps. It works because within a suit a non-double ranks by
/// its other pip, which is the order of ids, and at most one double belongs to a pip suit.
pub const BY_STRENGTH: [[u8; 28]; 10] = {
    let mut table = [[0; 28]; 10];
    let mut declaration = 0;
    while declaration < 10 {
        let trumps = TRUMPS[declaration];
        let layers = [!DOUBLES & !trumps, DOUBLES & !trumps, trumps & !DOUBLES, trumps & DOUBLES];
        let (mut strength, mut layer) = (0, 0);
        while layer < 4 {
            let mut id = 0;
            while id < 28 {
                if layers[layer] >> id & 1 == 1 {
                    table[declaration][strength] = id as u8;
                    strength += 1;
                }
                id += 1;
            }
            layer += 1;
        }
        declaration += 1;
    }
    table
};

/// `[declaration][domino]`: its strength 0–27, the inverse of [`BY_STRENGTH`].
pub const STRENGTH: [[u8; 28]; 10] = {
    let mut table = [[0; 28]; 10];
    let mut declaration = 0;
    while declaration < 10 {
        let mut strength = 0;
        while strength < 28 {
            table[declaration][BY_STRENGTH[declaration][strength] as usize] = strength as u8;
            strength += 1;
        }
        declaration += 1;
    }
    table
};

const fn in_called_suit(id: usize, declaration: usize) -> bool {
    let (high, low) = PIPS[id];
    match declaration {
        0..=6 => high as usize == declaration || low as usize == declaration,
        7 | 8 => high == low,
        _ => false,
    }
}
