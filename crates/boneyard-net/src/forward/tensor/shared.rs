//! What the planes of a world share.

// The macro `cube` adds modules and types beside each item, without documentation.
#![allow(missing_docs)]

use super::blueprint::TensorBlueprint;
use super::registers::{Half2, LANES, Sum2, Words4, unpacked};
use cubecl::prelude::*;

/// Shared memory of a cube for its W worlds; a block is 16 tokens.
#[derive(CubeType)]
pub struct Shared {
    /// Activations, `[W, tiles, 2 blocks, LANES]`.
    pub x: SharedMemory<Words4>,
    /// What goes from one product into the next, `[W, n, 2 blocks, LANES]`: what heads take of the values, n = heads ·
    /// head_tiles; or sections of the feed-forward block, n = section, once or twice.
    pub intermediate: SharedMemory<Words4>,
    /// Of each plane's columns, the sum of a token's numbers and that of their squares: `[W, parts, T]`.
    pub moments: SharedMemory<Sum2>,
}

/// A plane of a cube: which it is, and where its world's memory begins.
#[derive(CubeType, Clone, Copy)]
pub struct Plane {
    /// The lane.
    pub lane: u32,
    /// Which of its world's planes it is.
    pub part: u32,
    /// Where its world's activations begin, at this lane.
    pub x: usize,
    /// Where its world's intermediate tiles begin, at this lane.
    pub intermediate: usize,
    /// Where its world's moments begin.
    pub moments: usize,
    /// Which tokens are there.
    pub present: u32,
}

/// What the planes of a world have written, all of them can read.
#[cube]
pub fn sync_planes(#[comptime] blueprint: TensorBlueprint) {
    if comptime!(blueprint.shape.parts > 1) {
        sync_cube();
    }
}

/// A tile of a block, as an operand: of a world's `[n, 2 blocks, LANES]`, which begins at `start`.
#[cube]
pub fn operand(
    memory: &SharedMemory<Words4>,
    start: usize,
    tile: usize,
    #[comptime] block: usize,
) -> Array<Half2> {
    let mut operand = Array::<Half2>::new(4usize);
    unpacked(memory[start + (tile * 2 + block) * comptime!(LANES as usize)], &mut operand);
    operand
}

/// A tile of each of the first blocks, as operands.
#[cube]
pub fn blocks_of(
    memory: &SharedMemory<Words4>,
    start: usize,
    tile: usize,
    #[comptime] blocks: usize,
) -> Sequence<Array<Half2>> {
    let mut operands = Sequence::<Array<Half2>>::new();
    #[unroll]
    for block in 0..blocks {
        operands.push(operand(memory, start, tile, block));
    }
    operands
}
