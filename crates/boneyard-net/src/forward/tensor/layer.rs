//! One encoder layer.

// The macro `cube` adds modules and types beside each item, without documentation.
#![allow(missing_docs)]
#![allow(clippy::too_many_arguments)]

use super::TensorBlueprint;
use super::attention::attend;
use super::registers::{
    Half2, LANES, Reels, Sum2, Words4, multiply_tile, operands, quad_sum, rounded, unpacked, zeros,
};
use crate::forward::tape::Shape;
use cubecl::prelude::*;

/// One encoder layer; `queries` blocks of its output are computed.
#[cube]
pub fn encode(
    x: &mut Sequence<Array<Half2>>,
    tiles: &Array<Words4>,
    pairs: &Array<Sum2>,
    at: &mut Reels,
    stash: &mut SharedMemory<Words4>,
    exchange: &mut SharedMemory<Words4>,
    plane: u32,
    half: u32,
    lane: u32,
    present: u32,
    #[comptime] queries: usize,
    #[comptime] blueprint: TensorBlueprint,
) {
    let shape = comptime!(blueprint.shape);
    let blocks = comptime!(blueprint.blocks);
    if comptime!(blueprint.blocks == 1) {
        // Nobody reads what was exchanged in the layer before.
        sync_cube();
    }
    let kept =
        plane as usize * comptime!(shape.heads * shape.head_tiles * blocks * LANES as usize) + lane as usize;
    for head in 0..comptime!(shape.heads) {
        let to = kept + head * comptime!(shape.head_tiles * blocks * LANES as usize);
        attend(
            x,
            tiles,
            pairs,
            at,
            stash,
            to,
            exchange,
            head as u32,
            plane,
            half,
            lane,
            present,
            queries,
            blueprint,
        );
    }

    let mut y = residual(x, pairs, at, queries, shape);
    for tile in 0..comptime!(shape.heads * shape.head_tiles) {
        let mut mixed = operands(queries);
        #[unroll]
        for block in 0..queries {
            let words = stash[kept + (tile * blocks + block) * comptime!(LANES as usize)];
            unpacked(words, mixed.index_mut(block));
        }
        accumulate(&mixed, tiles, at, &mut y, queries, shape);
    }
    normalise(&mut y, x, pairs, at, queries, shape);

    let mut y = residual(x, pairs, at, queries, shape);
    for _ in 0..comptime!(shape.inner_tiles) {
        // [its halves][block]
        let mut inner = zeros(comptime!(2 * queries));
        #[unroll]
        for n in 0..2usize {
            let bias = pairs[at.pair + comptime!(4 * n)];
            #[unroll]
            for block in 0..queries {
                let sum = inner.index_mut(comptime!(n * queries + block));
                sum[0usize] = bias;
                sum[1usize] = bias;
            }
        }
        at.pair += 8usize;
        #[unroll]
        for k in 0..comptime!(shape.tiles) {
            let w = tiles[at.tile + comptime!(k * LANES as usize)];
            #[unroll]
            for block in 0..queries {
                let a = x.index(comptime!(block * shape.tiles + k));
                multiply_tile(a, w, &mut inner, block, comptime!(queries + block));
            }
        }
        at.tile += comptime!(shape.tiles * LANES as usize);
        let mut active = operands(queries);
        #[unroll]
        for block in 0..queries {
            let operand = active.index_mut(block);
            #[unroll]
            for n in 0..2usize {
                let sum = inner.index(comptime!(n * queries + block));
                #[unroll]
                for r in 0..2usize {
                    operand[comptime!(2 * n + r)] = rounded(max(sum[r], Sum2::new(0.0f32)));
                }
            }
        }
        accumulate(&active, tiles, at, &mut y, queries, shape);
    }
    normalise(&mut y, x, pairs, at, queries, shape);
}

/// The activations and a bias, to which a product is to be added: [block][tile][its halves].
#[cube]
fn residual(
    x: &Sequence<Array<Half2>>,
    pairs: &Array<Sum2>,
    at: &mut Reels,
    #[comptime] queries: usize,
    #[comptime] shape: Shape,
) -> Sequence<Array<Sum2>> {
    let mut y = Sequence::<Array<Sum2>>::new();
    #[unroll]
    for block in 0..queries {
        #[unroll]
        for k in 0..comptime!(shape.tiles) {
            let operand = x.index(comptime!(block * shape.tiles + k));
            #[unroll]
            for n in 0..2usize {
                let bias = pairs[at.pair + comptime!(8 * k + 4 * n)];
                let mut sum = Array::<Sum2>::new(2usize);
                sum[0usize] = Sum2::cast_from(operand[comptime!(2 * n)]) + bias;
                sum[1usize] = Sum2::cast_from(operand[comptime!(2 * n + 1)]) + bias;
                y.push(sum);
            }
        }
    }
    at.pair += comptime!(8 * shape.tiles);
    y
}

/// Adds the product of one tile of columns with a row of tiles.
#[cube]
fn accumulate(
    a: &Sequence<Array<Half2>>,
    tiles: &Array<Words4>,
    at: &mut Reels,
    y: &mut Sequence<Array<Sum2>>,
    #[comptime] queries: usize,
    #[comptime] shape: Shape,
) {
    #[unroll]
    for n in 0..comptime!(shape.tiles) {
        let w = tiles[at.tile + comptime!(n * LANES as usize)];
        #[unroll]
        for block in 0..queries {
            let to = comptime!((block * shape.tiles + n) * 2);
            multiply_tile(a.index(block), w, y, to, comptime!(to + 1));
        }
    }
    at.tile += comptime!(shape.tiles * LANES as usize);
}

/// Normalises rows, and rounds them to activations.
#[cube]
fn normalise(
    y: &mut Sequence<Array<Sum2>>,
    x: &mut Sequence<Array<Half2>>,
    pairs: &Array<Sum2>,
    at: &mut Reels,
    #[comptime] queries: usize,
    #[comptime] shape: Shape,
) {
    let share = comptime!(1.0 / shape.width as f32);
    // Columns beyond the width are zero; each of them adds the square of the mean to the squares.
    let beyond = comptime!((shape.tiles * 16 - shape.width) as f32);
    #[unroll]
    for block in 0..queries {
        let mut scales = Array::<f32>::new(2usize);
        #[unroll]
        for r in 0..2usize {
            let mut sum = Sum2::new(0.0f32);
            #[unroll]
            for i in 0..comptime!(2 * shape.tiles) {
                sum += y.index(comptime!(block * 2 * shape.tiles + i))[r];
            }
            let mean = quad_sum(sum[0usize] + sum[1usize]) * share;
            let mut squares = Sum2::new(0.0f32);
            #[unroll]
            for i in 0..comptime!(2 * shape.tiles) {
                let numbers = y.index_mut(comptime!(block * 2 * shape.tiles + i));
                let apart = numbers[r] - Sum2::new(mean);
                squares += apart * apart;
                numbers[r] = apart;
            }
            let squares = quad_sum(squares[0usize] + squares[1usize]);
            let variance = max((squares - beyond * mean * mean) * share, 0.0f32);
            scales[r] = f32::inverse_sqrt(variance + 1e-5f32);
        }
        #[unroll]
        for k in 0..comptime!(shape.tiles) {
            let operand = x.index_mut(comptime!(block * shape.tiles + k));
            #[unroll]
            for n in 0..2usize {
                let weight = pairs[at.pair + comptime!(8 * k + 4 * n)];
                let bias = pairs[at.pair + comptime!(8 * (shape.tiles + k) + 4 * n)];
                let apart = y.index(comptime!((block * shape.tiles + k) * 2 + n));
                #[unroll]
                for r in 0..2usize {
                    operand[comptime!(2 * n + r)] = rounded(apart[r] * Sum2::new(scales[r]) * weight + bias);
                }
            }
        }
    }
    at.pair += comptime!(16 * shape.tiles);
}
