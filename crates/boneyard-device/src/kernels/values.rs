//! The values of a world, seven numbers of 16 bits in four words.

use crate::layout::{ILLEGAL, VALUES};
use cubecl::prelude::*;

/// What an evaluator gives for a move when it could not come to its end.
pub const UNFINISHED: i32 = 0x7fff;

/// A slot's 16 bits in the values buffer.
#[cube]
pub fn slot_bits(values: &Array<u32>, item: u32, slot: u32) -> u32 {
    (values[item as usize * comptime!(VALUES) + (slot / 2u32) as usize] >> ((slot % 2u32) * 16u32))
        & 0xffffu32
}

/// True unless the 16 bits stand for a move that is illegal, or whose value was not finished.
#[cube]
pub fn is_value(bits: u32) -> bool {
    (bits != 0x8000u32) & (bits != comptime!(UNFINISHED as u32))
}

/// Sign extension of 16 bits.
#[cube]
pub fn signed(bits: u32) -> i32 {
    ((bits ^ 0x8000u32) as i32) - 0x8000i32
}

/// The values of a world by slot, packed as in the values buffer.
#[derive(CubeType, CubeTypeMut, Clone, Copy)]
pub struct SlotValues {
    q01: u32,
    q23: u32,
    q45: u32,
    q6: u32,
}

/// No slot is legal yet.
#[cube]
pub fn no_values() -> SlotValues {
    SlotValues {
        q01: ILLEGAL.runtime(),
        q23: ILLEGAL.runtime(),
        q45: ILLEGAL.runtime(),
        q6: ILLEGAL.runtime(),
    }
}

#[cube]
impl SlotValues {
    /// Gives a slot its value, of which the low 16 bits count.
    pub fn put(&mut self, slot: u32, value: i32) {
        let shift = (slot % 2u32) * 16u32;
        let keep = 0xffff_0000u32 >> shift;
        let put = (value as u32 & 0xffffu32) << shift;
        if slot / 2u32 == 0u32 {
            self.q01 = (self.q01 & keep) | put;
        }
        if slot / 2u32 == 1u32 {
            self.q23 = (self.q23 & keep) | put;
        }
        if slot / 2u32 == 2u32 {
            self.q45 = (self.q45 & keep) | put;
        }
        if slot / 2u32 == 3u32 {
            self.q6 = (self.q6 & keep) | put;
        }
    }

    /// Writes the values of an item.
    pub fn write(&self, values: &mut Array<u32>, item: u32) {
        let out = item as usize * comptime!(VALUES);
        values[out] = self.q01;
        values[out + 1usize] = self.q23;
        values[out + 2usize] = self.q45;
        values[out + 3usize] = self.q6;
    }
}

/// Units of a cube of `clear_kernel` and `put_kernel`.
pub const CLEARERS: u32 = 128;

/// One unit a world: no slot is legal yet.
#[cube(launch_unchecked)]
pub fn clear_kernel(starts: &Array<u32>, values: &mut Array<u32>, n_games: u32) {
    if ABSOLUTE_POS < starts[n_games as usize] as usize {
        no_values().write(values, ABSOLUTE_POS as u32);
    }
}

/// One unit a row: the values of one of `worlds`.
#[cube(launch_unchecked)]
pub fn put_kernel(worlds: &Array<u32>, rows: &Array<u32>, values: &mut Array<u32>, n: u32) {
    if ABSOLUTE_POS < n as usize {
        let from = ABSOLUTE_POS * comptime!(VALUES);
        let to = worlds[ABSOLUTE_POS] as usize * comptime!(VALUES);
        #[unroll]
        for word in 0..VALUES {
            values[to + word] = rows[from + word];
        }
    }
}
