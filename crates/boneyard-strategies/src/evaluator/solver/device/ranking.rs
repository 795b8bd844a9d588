//! How dominoes rank under a declaration, at hand in shared memory.

use boneyard_device::kernels::strength::{FIVES, STRENGTHS, TENS, TRUMPS};
use cubecl::prelude::*;

/// Words a declaration takes in shared memory.
const ROW: u32 = 32;

/// Words of all declarations in shared memory.
pub const SHARED: usize = 10 * ROW as usize;

/// How dominoes rank under one declaration.
#[derive(CubeType, CubeTypeMut, Clone, Copy)]
pub struct Ranking {
    /// The trumps.
    pub trumps: u32,
    /// The dominoes that count five.
    pub fives: u32,
    /// The dominoes that count ten.
    pub tens: u32,
    /// Where its row begins in shared memory.
    row: u32,
}

/// Copies what the search needs of the strengths buffer; all units of the cube take part.
#[cube]
pub fn share(strengths: &Array<u32>, shared: &mut SharedMemory<u32>) {
    let mut word = UNIT_POS;
    while word < comptime!(SHARED as u32) {
        let declaration = word / comptime!(ROW);
        shared[word as usize] =
            strengths[(declaration * comptime!(STRENGTHS as u32) + word % comptime!(ROW)) as usize];
        word += CUBE_DIM;
    }
    sync_cube();
}

/// How dominoes rank under a declaration.
#[cube]
pub fn ranking_of(declaration: u32, shared: &SharedMemory<u32>) -> Ranking {
    let row = declaration * comptime!(ROW);
    Ranking {
        trumps: shared[(row + comptime!(TRUMPS as u32)) as usize],
        fives: shared[(row + comptime!(FIVES as u32)) as usize],
        tens: shared[(row + comptime!(TENS as u32)) as usize],
        row,
    }
}

#[cube]
impl Ranking {
    /// The dominoes that follow when `tile` is led.
    pub fn follow(&self, tile: u32, shared: &SharedMemory<u32>) -> u32 {
        shared[(self.row + super::sets::strength_of(tile)) as usize]
    }

    /// Count points of a set.
    pub fn count(&self, set: u32) -> i32 {
        ((set & self.fives).count_ones() * 5u32 + (set & self.tens).count_ones() * 10u32) as i32
    }
}
