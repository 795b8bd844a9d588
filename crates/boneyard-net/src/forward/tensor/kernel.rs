//! The kernel: tokens to activations, layer after layer, activations to answers.

// The macro `cube` adds modules and types beside each item, without documentation.
#![allow(missing_docs)]
#![allow(clippy::too_many_arguments)]

use super::blueprint::TensorBlueprint;
use super::layer::encode;
use super::registers::{LANES, Reels, Sum2, Words2, Words4, half2, operands, packed, quad_sum};
use super::rooms::{Post, Rooms, meet, operand};
use crate::tokenizer::folded::ABSENT;
use cubecl::prelude::*;

/// A cube reads the tapes once for all of its worlds: what the network answers to the mover's seven dominoes in each.
#[cube(launch_unchecked, fast_math = FastMath::all(), address_type = "u64")]
pub fn tensor_kernel(
    tokens: &Array<u32>,
    faces: &Array<Words2>,
    places: &Array<Words2>,
    tiles: &Array<Words4>,
    pairs: &Array<Sum2>,
    counts: &Array<u32>,
    answers: &mut Array<f32>,
    count: u32,
    first: u32,
    most: u32,
    #[comptime] blueprint: TensorBlueprint,
) {
    let shape = comptime!(blueprint.shape);
    let per_cube = comptime!(blueprint.worlds_per_cube());
    let mut rooms = Rooms {
        x: SharedMemory::<Words4>::new(comptime!(per_cube * blueprint.x() * LANES as usize)),
        stash: SharedMemory::<Words4>::new(comptime!(per_cube * blueprint.stash() * LANES as usize)),
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
        let post = Post {
            lane,
            part: plane % comptime!(blueprint.shape.parts as u32),
            x: here as usize * comptime!(blueprint.x() * LANES as usize) + lane as usize,
            stash: here as usize * comptime!(blueprint.stash() * LANES as usize) + lane as usize,
            moments: here as usize * comptime!(blueprint.moments()),
            present: plane_ballot(there)[0usize],
        };
        embed(own, faces, places, &mut rooms, post, blueprint);
        meet(blueprint);

        let mut at = Reels { tile: lane as usize, pair: t as usize };
        for _ in 0..comptime!(shape.layers - 1) {
            encode(tiles, pairs, &mut at, &mut rooms, post, 2usize, blueprint);
        }
        // Of the last layer only the first block is asked for.
        encode(tiles, pairs, &mut at, &mut rooms, post, 1usize, blueprint);

        let mut dot = 0.0f32;
        for k in 0..comptime!(shape.tiles) {
            let x = operand(&rooms.x, post.x, k, 0usize);
            let near = Sum2::cast_from(x[0usize]) * pairs[at.pair + 8 * k];
            let far = Sum2::cast_from(x[2usize]) * pairs[at.pair + 8 * k + 4];
            dot += near[0usize] + near[1usize] + far[0usize] + far[1usize];
        }
        let bias = pairs[at.pair - t as usize + comptime!(8 * shape.tiles)];
        let answer = quad_sum(dot) + bias[0usize];
        if t == 0u32 && g < 7u32 && post.part == 0u32 && world < n_worlds {
            answers[(world * 8u32 + g) as usize] = answer;
        }
    }
}

/// The plane's own columns of its world's activations, of which each lane has the token of its number.
#[cube]
fn embed(
    token: u32,
    faces: &Array<Words2>,
    places: &Array<Words2>,
    rooms: &mut Rooms,
    post: Post,
    #[comptime] blueprint: TensorBlueprint,
) {
    let row_length = comptime!(blueprint.shape.tiles * 4);
    let own = comptime!(blueprint.own(blueprint.shape.tiles));
    let first = post.part as usize * own;
    #[unroll]
    for block in 0..2usize {
        let mut x = operands(own);
        #[unroll]
        for r in 0..2usize {
            let word = plane_shuffle(token, comptime!((block * 16 + r * 8) as u32) + post.lane / 4u32);
            let column = 4 * first + (post.lane % 4u32) as usize;
            let face = (word & 0xffffu32) as usize * row_length + column;
            let place = (word >> 16u32) as usize * row_length + column;
            #[unroll]
            for k in 0..own {
                let a = faces[face + comptime!(4 * k)];
                let b = places[place + comptime!(4 * k)];
                let operand = x.index_mut(k);
                operand[r] = half2(a[0usize]) + half2(b[0usize]);
                operand[comptime!(r + 2)] = half2(a[1usize]) + half2(b[1usize]);
            }
        }
        #[unroll]
        for k in 0..own {
            let to = post.x + ((first + k) * 2 + block) * comptime!(LANES as usize);
            rooms.x[to] = packed(x.index(k));
        }
    }
}
