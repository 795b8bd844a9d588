//! One encoder layer. `tiles` and `pairs` are those of `PackedWeights`, in lanes and in twos.

// The macro `cube` adds modules and types beside each item, without documentation.
#![allow(missing_docs)]
#![allow(clippy::too_many_arguments)]

use super::attention::attend;
use super::blueprint::TensorBlueprint;
use super::registers::{Cursor, Half2, LANES, Sum2, Words4, multiply_tile, packed, quad_sum, rounded, zeros};
use super::shared::{Plane, Shared, blocks_of, operand, sync_planes};
use cubecl::prelude::*;

/// One encoder layer; `queries` blocks of its output are computed.
#[cube]
pub fn encode(
    tiles: &Array<Words4>,
    pairs: &Array<Sum2>,
    at: &mut Cursor,
    shared: &mut Shared,
    plane: Plane,
    #[comptime] queries: usize,
    #[comptime] blueprint: TensorBlueprint,
) {
    let shape = comptime!(blueprint.shape);
    let own = comptime!(blueprint.own(shape.heads));
    for head in 0..own {
        attend(tiles, pairs, at, shared, plane, plane.part as usize * own + head, queries, blueprint);
    }
    at.tile += comptime!(shape.heads * shape.tiles * shape.head_tiles * 3 * LANES as usize);
    at.pair += comptime!(8 * shape.heads * shape.head_tiles);
    sync_planes(blueprint);

    let mut y = residual(pairs, at, shared, plane, queries, blueprint);
    let mixed = comptime!(shape.heads * shape.head_tiles);
    accumulate(tiles, at, shared, plane, 0usize, &mut y, mixed, queries, blueprint);
    normalise(&y, pairs, at, shared, plane, queries, blueprint);

    at.pair += comptime!(8 * shape.inner_tiles);
    let biases = at.pair - comptime!(8 * shape.inner_tiles);
    let sections = comptime!(shape.inner_tiles / shape.section);
    // All of the feed-forward block at once, if shared memory has the space; its sums want their registers.
    if comptime!(sections == 1) {
        widen(tiles, pairs, biases, at, shared, plane, 0usize, queries, blueprint);
        sync_planes(blueprint);
    }
    let mut y = residual(pairs, at, shared, plane, queries, blueprint);
    for i in 0..sections {
        // The planes that are behind still read the section before.
        let offset = i % 2 * comptime!(2 * shape.section * LANES as usize);
        if comptime!(sections > 1) {
            let biases = biases + i * comptime!(8 * shape.section);
            widen(tiles, pairs, biases, at, shared, plane, offset, queries, blueprint);
            sync_planes(blueprint);
        }
        accumulate(tiles, at, shared, plane, offset, &mut y, shape.section, queries, blueprint);
    }
    normalise(&y, pairs, at, shared, plane, queries, blueprint);
}

/// The activations and a bias, to which a product is to be added: [block][own tile][its halves].
#[cube]
fn residual(
    pairs: &Array<Sum2>,
    at: &mut Cursor,
    shared: &Shared,
    plane: Plane,
    #[comptime] queries: usize,
    #[comptime] blueprint: TensorBlueprint,
) -> Sequence<Array<Sum2>> {
    let own = comptime!(blueprint.own(blueprint.shape.tiles));
    let first = plane.part as usize * own;
    let mut y = Sequence::<Array<Sum2>>::new();
    #[unroll]
    for block in 0..queries {
        #[unroll]
        for k in 0..own {
            let x = operand(&shared.x, plane.x, first + k, block);
            #[unroll]
            for n in 0..2usize {
                let bias = pairs[at.pair + 8 * (first + k) + comptime!(4 * n)];
                let mut sum = Array::<Sum2>::new(2usize);
                sum[0usize] = Sum2::cast_from(x[comptime!(2 * n)]) + bias;
                sum[1usize] = Sum2::cast_from(x[comptime!(2 * n + 1)]) + bias;
                y.push(sum);
            }
        }
    }
    at.pair += comptime!(8 * blueprint.shape.tiles);
    y
}

/// Adds the product of the intermediate tiles from `offset` on with their rows of tiles: the plane's own columns.
#[cube]
fn accumulate(
    tiles: &Array<Words4>,
    at: &mut Cursor,
    shared: &Shared,
    plane: Plane,
    offset: usize,
    y: &mut Sequence<Array<Sum2>>,
    #[comptime] n_tiles: usize,
    #[comptime] queries: usize,
    #[comptime] blueprint: TensorBlueprint,
) {
    let own = comptime!(blueprint.own(blueprint.shape.tiles));
    let length = comptime!(n_tiles * own * LANES as usize);
    let start = at.tile + plane.part as usize * length;
    // So many at a time that their weights are on the way before they are needed.
    let at_once = comptime!(blueprint.at_once(n_tiles));
    for few in 0..comptime!(n_tiles / at_once) {
        #[unroll]
        for i in 0..at_once {
            let tile = few * at_once + i;
            let a = blocks_of(&shared.intermediate, plane.intermediate + offset, tile, queries);
            #[unroll]
            for n in 0..own {
                let w = tiles[start + (tile * own + n) * comptime!(LANES as usize)];
                #[unroll]
                for block in 0..queries {
                    let to = comptime!((block * own + n) * 2);
                    multiply_tile(a.index(block), w, y, to, comptime!(to + 1));
                }
            }
        }
    }
    at.tile += comptime!(blueprint.shape.parts * length);
}

/// The plane's own columns of a section of the feed-forward block, into the intermediate tiles from `offset` on.
#[cube]
fn widen(
    tiles: &Array<Words4>,
    pairs: &Array<Sum2>,
    biases: usize,
    at: &mut Cursor,
    shared: &mut Shared,
    plane: Plane,
    offset: usize,
    #[comptime] queries: usize,
    #[comptime] blueprint: TensorBlueprint,
) {
    let shape = comptime!(blueprint.shape);
    let group = comptime!(shape.group);
    let own = comptime!(blueprint.own(shape.section));
    let length = comptime!(shape.tiles * group * LANES as usize);
    let mut start = at.tile + plane.part as usize * comptime!(own / group * length);
    let mut tile = plane.part as usize * own;
    for _ in 0..comptime!(own / group) {
        // Asked for before they are needed: [tile of the group][its halves].
        let mut bias = Array::<Sum2>::new(comptime!(2 * group));
        #[unroll]
        for i in 0..comptime!(2 * group) {
            bias[i] = pairs[biases + 8 * tile + comptime!(4 * i)];
        }
        // [tile of the group][block][its halves]
        let mut inner = zeros(comptime!(group * queries * 2));
        for k in 0..comptime!(shape.tiles) {
            let a = blocks_of(&shared.x, plane.x, k, queries);
            #[unroll]
            for i in 0..group {
                let w = tiles[start + (k * group + i) * comptime!(LANES as usize)];
                #[unroll]
                for block in 0..queries {
                    let to = comptime!((i * queries + block) * 2);
                    multiply_tile(a.index(block), w, &mut inner, to, comptime!(to + 1));
                }
            }
        }
        #[unroll]
        for i in 0..group {
            #[unroll]
            for block in 0..queries {
                let mut active = Array::<Half2>::new(4usize);
                #[unroll]
                for n in 0..2usize {
                    let sum = inner.index(comptime!((i * queries + block) * 2 + n));
                    #[unroll]
                    for r in 0..2usize {
                        active[comptime!(2 * n + r)] =
                            max(rounded(sum[r] + bias[comptime!(2 * i + n)]), Half2::cast_from(0.0f32));
                    }
                }
                let to = plane.intermediate + offset + ((tile + i) * 2 + block) * comptime!(LANES as usize);
                shared.intermediate[to] = packed(&active);
            }
        }
        start += length;
        tile += group;
    }
    at.tile += comptime!(shape.section / group * length);
}

/// Normalises rows, and rounds them to activations.
///
/// Numbers beyond the width are zero, and add nothing. The variance is the mean of the squares less the square of the
/// mean, in f32: the residual stream is never far from zero, and operands have eleven bits.
#[cube]
fn normalise(
    y: &Sequence<Array<Sum2>>,
    pairs: &Array<Sum2>,
    at: &mut Cursor,
    shared: &mut Shared,
    plane: Plane,
    #[comptime] queries: usize,
    #[comptime] blueprint: TensorBlueprint,
) {
    let shape = comptime!(blueprint.shape);
    let own = comptime!(blueprint.own(shape.tiles));
    // The sum of each row's numbers and that of their squares: [block][r].
    let mut moments = Array::<Sum2>::new(comptime!(2 * queries));
    #[unroll]
    for block in 0..queries {
        #[unroll]
        for r in 0..2usize {
            let mut sum = Sum2::new(0.0f32);
            let mut squares = Sum2::new(0.0f32);
            #[unroll]
            for i in 0..comptime!(2 * own) {
                let numbers = y.index(comptime!(block * 2 * own + i))[r];
                sum += numbers;
                squares += numbers * numbers;
            }
            let mut both = Sum2::new(quad_sum(sum[0usize] + sum[1usize]));
            both[1usize] = quad_sum(squares[0usize] + squares[1usize]);
            moments[comptime!(2 * block + r)] = both;
        }
    }
    if comptime!(shape.parts > 1) {
        combine(&mut moments, shared, plane, queries, blueprint);
    }
    // What a row is multiplied by, and what is added then.
    let mut scales = Array::<f32>::new(comptime!(2 * queries));
    let mut shifts = Array::<f32>::new(comptime!(2 * queries));
    #[unroll]
    for row in 0..comptime!(2 * queries) {
        let means = moments[row] * Sum2::new(comptime!(1.0 / shape.width as f32));
        let variance = max(means[1usize] - means[0usize] * means[0usize], 0.0f32);
        let scale = f32::inverse_sqrt(variance + 1e-5f32);
        scales[row] = scale;
        shifts[row] = -means[0usize] * scale;
    }
    let first = plane.part as usize * own;
    #[unroll]
    for k in 0..own {
        let pair = at.pair + 8 * (first + k);
        #[unroll]
        for block in 0..queries {
            let mut x = Array::<Half2>::new(4usize);
            #[unroll]
            for n in 0..2usize {
                let weight = pairs[pair + comptime!(4 * n)];
                let bias = pairs[pair + comptime!(8 * shape.tiles + 4 * n)];
                let numbers = y.index(comptime!((block * own + k) * 2 + n));
                #[unroll]
                for r in 0..2usize {
                    let row = comptime!(2 * block + r);
                    let unit = fma(numbers[r], Sum2::new(scales[row]), Sum2::new(shifts[row]));
                    x[comptime!(2 * n + r)] = rounded(fma(unit, weight, bias));
                }
            }
            let to = plane.x + ((first + k) * 2 + block) * comptime!(LANES as usize);
            shared.x[to] = packed(&x);
        }
    }
    at.pair += comptime!(16 * shape.tiles);
    sync_planes(blueprint);
}

/// Moments of a plane's own columns become those of all columns.
#[cube]
fn combine(
    moments: &mut Array<Sum2>,
    shared: &mut Shared,
    plane: Plane,
    #[comptime] queries: usize,
    #[comptime] blueprint: TensorBlueprint,
) {
    let parts = comptime!(blueprint.shape.parts);
    let g = plane.lane / 4u32;
    let t = plane.lane % 4u32;
    #[unroll]
    for row in 0..comptime!(2 * queries) {
        if t == 0u32 {
            let token = plane.part * 32u32 + comptime!(8 * row as u32) + g;
            shared.moments[plane.moments + token as usize] = moments[row];
        }
    }
    sync_planes(blueprint);
    #[unroll]
    for row in 0..comptime!(2 * queries) {
        let token = plane.moments + (comptime!(8 * row as u32) + g) as usize;
        let mut sum = shared.moments[token];
        #[unroll]
        for part in 1..parts {
            sum += shared.moments[token + comptime!(32 * part)];
        }
        moments[row] = sum;
    }
}
