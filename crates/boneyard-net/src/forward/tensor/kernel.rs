//! The kernel: tokens to activations, layer after layer, activations to outputs.

// The macro `cube` adds modules and types beside each item, without documentation.
#![allow(missing_docs)]
#![allow(clippy::too_many_arguments)]

use super::blueprint::TensorBlueprint;
use super::layer::encode;
use super::registers::{Cursor, LANES, Sum2, Words2, Words4, half2, operands, packed, quad_sum};
use super::shared::{Plane, Shared, operand, sync_planes};
use crate::tokenizer::folded::ABSENT;
use cubecl::prelude::*;

/// A cube reads the packed weights once for all of its worlds, and writes the outputs for the mover's seven dominoes in each.
///
/// `tokens` `[W, T]`, `outputs` `[W, S]`; the other shapes are those of `PackedWeights`, embeddings in vectors of their last
/// axis, tiles in lanes, pairs in twos. There are `counts[count]` worlds, less `first`, and at most `most`.
#[cube(launch_unchecked, fast_math = FastMath::all(), address_type = "u64")]
pub fn tensor_kernel(
    tokens: &Array<u32>,
    domino_embeddings: &Array<Words2>,
    role_embeddings: &Array<Words2>,
    tiles: &Array<Words4>,
    pairs: &Array<Sum2>,
    counts: &Array<u32>,
    outputs: &mut Array<f32>,
    count: u32,
    first: u32,
    most: u32,
    #[comptime] blueprint: TensorBlueprint,
) {
    let shape = comptime!(blueprint.shape);
    let per_cube = comptime!(blueprint.worlds_per_cube());
    let mut shared = Shared {
        x: SharedMemory::<Words4>::new(comptime!(per_cube * blueprint.x() * LANES as usize)),
        intermediate: SharedMemory::<Words4>::new(comptime!(
            per_cube * blueprint.intermediate() * LANES as usize
        )),
        moments: SharedMemory::<Sum2>::new(comptime!(per_cube * blueprint.moments())),
    };
    let mut n_worlds = counts[count as usize];
    n_worlds = u32::min(n_worlds - u32::min(n_worlds, first), most);
    let lane = UNIT_POS % LANES;
    let plane = UNIT_POS / LANES;
    let here = plane / comptime!(blueprint.shape.parts as u32);
    let g = lane / 4u32;
    let t = lane % 4u32;
    let start = CUBE_POS as u32 * comptime!(per_cube as u32);
    let world = start + here;
    if start < n_worlds {
        // Planes without a world repeat the last one.
        let read = u32::min(world, n_worlds - 1u32);
        let own = tokens[(read * LANES + lane) as usize];
        let there = own != comptime!(ABSENT);
        let own = select(there, own, 0u32);
        let plane = Plane {
            lane,
            part: plane % comptime!(blueprint.shape.parts as u32),
            x: here as usize * comptime!(blueprint.x() * LANES as usize) + lane as usize,
            intermediate: here as usize * comptime!(blueprint.intermediate() * LANES as usize)
                + lane as usize,
            moments: here as usize * comptime!(blueprint.moments()),
            present: plane_ballot(there)[0usize],
        };
        embed(own, domino_embeddings, role_embeddings, &mut shared, plane, blueprint);
        sync_planes(blueprint);

        let mut at = Cursor { tile: lane as usize, pair: t as usize };
        for _ in 0..comptime!(shape.layers - 1) {
            encode(tiles, pairs, &mut at, &mut shared, plane, 2usize, blueprint);
        }
        // Of the last layer only the first block is asked for.
        encode(tiles, pairs, &mut at, &mut shared, plane, 1usize, blueprint);

        let mut dot = 0.0f32;
        for k in 0..comptime!(shape.tiles) {
            let x = operand(&shared.x, plane.x, k, 0usize);
            let near = Sum2::cast_from(x[0usize]) * pairs[at.pair + 8 * k];
            let far = Sum2::cast_from(x[2usize]) * pairs[at.pair + 8 * k + 4];
            dot += near[0usize] + near[1usize] + far[0usize] + far[1usize];
        }
        let bias = pairs[at.pair - t as usize + comptime!(8 * shape.tiles)];
        let output = quad_sum(dot) + bias[0usize];
        if t == 0u32 && g < 7u32 && plane.part == 0u32 && world < n_worlds {
            outputs[(world * 8u32 + g) as usize] = output;
        }
    }
}

/// The plane's own columns of its world's activations, of which each lane has the token of its number.
#[cube]
fn embed(
    token: u32,
    domino_embeddings: &Array<Words2>,
    role_embeddings: &Array<Words2>,
    shared: &mut Shared,
    plane: Plane,
    #[comptime] blueprint: TensorBlueprint,
) {
    let row_length = comptime!(blueprint.shape.tiles * 4);
    let own = comptime!(blueprint.own(blueprint.shape.tiles));
    let first = plane.part as usize * own;
    #[unroll]
    for block in 0..2usize {
        let mut x = operands(own);
        #[unroll]
        for r in 0..2usize {
            let word = plane_shuffle(token, comptime!((block * 16 + r * 8) as u32) + plane.lane / 4u32);
            let column = 4 * first + (plane.lane % 4u32) as usize;
            let domino = (word & 0xffffu32) as usize * row_length + column;
            let role = (word >> 16u32) as usize * row_length + column;
            #[unroll]
            for k in 0..own {
                let a = domino_embeddings[domino + comptime!(4 * k)];
                let b = role_embeddings[role + comptime!(4 * k)];
                let operand = x.index_mut(k);
                operand[r] = half2(a[0usize]) + half2(b[0usize]);
                operand[comptime!(r + 2)] = half2(a[1usize]) + half2(b[1usize]);
            }
        }
        #[unroll]
        for k in 0..own {
            let to = plane.x + ((first + k) * 2 + block) * comptime!(LANES as usize);
            shared.x[to] = packed(x.index(k));
        }
    }
}
