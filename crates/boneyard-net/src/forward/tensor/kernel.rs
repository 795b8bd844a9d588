//! The kernel: tokens to activations, layer after layer, activations to answers.

// The macro `cube` adds modules and types beside each item, without documentation.
#![allow(missing_docs)]
#![allow(clippy::too_many_arguments)]

use super::TensorBlueprint;
use super::layer::encode;
use super::registers::{LANES, Reels, Sum2, Words2, Words4, half2, operands, quad_sum};
use crate::tokenizer::folded::ABSENT;
use cubecl::prelude::*;

/// One tape read and used after the other: the answers of a plane's world to its own seven moves.
#[cube(launch_unchecked, fast_math = FastMath::all())]
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
    let blocks = comptime!(blueprint.blocks);
    let per_cube = comptime!(blueprint.worlds_per_cube() as u32);
    let mut stash = SharedMemory::<Words4>::new(comptime!(blueprint.stash() * LANES as usize));
    let mut exchange = SharedMemory::<Words4>::new(comptime!(blueprint.exchange().max(1) * LANES as usize));

    let mut n_worlds = counts[count as usize];
    n_worlds = u32::min(n_worlds - u32::min(n_worlds, first), most);
    let lane = UNIT_POS % LANES;
    let plane = UNIT_POS / LANES;
    let g = lane / 4u32;
    let t = lane % 4u32;
    let start = CUBE_POS as u32 * per_cube;
    let half = plane / per_cube;
    let world = start + plane % per_cube;
    if start < n_worlds {
        // Planes without a world repeat the last one.
        let read = u32::min(world, n_worlds - 1u32);
        let own = tokens[(read * LANES + lane) as usize];
        let here = own != comptime!(ABSENT);
        let present = plane_ballot(here)[0usize];
        let own = select(here, own, 0u32);

        // Activations: an operand for every block and tile.
        let mut x = operands(comptime!(blocks * shape.tiles));
        #[unroll]
        for block in 0..blocks {
            #[unroll]
            for r in 0..2usize {
                let row = half * 16u32 + comptime!((block * 16 + r * 8) as u32) + g;
                let word = plane_shuffle(own, row);
                let face = (word & 0xffffu32) as usize * comptime!(shape.tiles * 4) + t as usize;
                let place = (word >> 16u32) as usize * comptime!(shape.tiles * 4) + t as usize;
                #[unroll]
                for k in 0..comptime!(shape.tiles) {
                    let a = faces[face + comptime!(4 * k)];
                    let b = places[place + comptime!(4 * k)];
                    let operand = x.index_mut(comptime!(block * shape.tiles + k));
                    operand[r] = half2(a[0usize]) + half2(b[0usize]);
                    operand[comptime!(r + 2)] = half2(a[1usize]) + half2(b[1usize]);
                }
            }
        }
        let mut at = Reels { tile: lane as usize, pair: t as usize };
        for _ in 0..comptime!(shape.layers - 1) {
            encode(
                &mut x,
                tiles,
                pairs,
                &mut at,
                &mut stash,
                &mut exchange,
                plane,
                half,
                lane,
                present,
                blocks,
                blueprint,
            );
        }
        // Of the last layer only the first block is asked for.
        encode(
            &mut x,
            tiles,
            pairs,
            &mut at,
            &mut stash,
            &mut exchange,
            plane,
            half,
            lane,
            present,
            1usize,
            blueprint,
        );

        let mut dot = 0.0f32;
        #[unroll]
        for k in 0..comptime!(shape.tiles) {
            let operand = x.index(k);
            let near = Sum2::cast_from(operand[0usize]) * pairs[at.pair + comptime!(8 * k)];
            let far = Sum2::cast_from(operand[2usize]) * pairs[at.pair + comptime!(8 * k + 4)];
            dot += near[0usize] + near[1usize] + far[0usize] + far[1usize];
        }
        let bias = pairs[at.pair - t as usize + comptime!(8 * shape.tiles)];
        let answer = quad_sum(dot) + bias[0usize];
        if t == 0u32 && g < 7u32 && half == 0u32 && world < n_worlds {
            answers[(world * 8u32 + g) as usize] = answer;
        }
    }
}
