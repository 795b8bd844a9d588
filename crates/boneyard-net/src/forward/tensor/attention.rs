//! One attention head. `tiles` and `pairs` are those of `PackedWeights`, in lanes and in twos.

// The macro `cube` adds modules and types beside each item, without documentation.
#![allow(missing_docs)]
#![allow(clippy::too_many_arguments)]

use super::blueprint::TensorBlueprint;
use super::registers::{
    Cursor, Half2, LANES, Sum2, Words4, multiply, multiply_tile, operands, packed, quad_max, quad_sum,
    rounded, unpacked, zeros,
};
use super::shared::{Plane, Shared, blocks_of};
use cubecl::prelude::*;

/// One head: what each token takes of the others' values, into the intermediate tiles.
#[cube]
pub fn attend(
    tiles: &Array<Words4>,
    pairs: &Array<Sum2>,
    at: &Cursor,
    shared: &mut Shared,
    plane: Plane,
    head: usize,
    #[comptime] queries: usize,
    #[comptime] blueprint: TensorBlueprint,
) {
    let shape = comptime!(blueprint.shape);
    let wide = comptime!(shape.head_tiles);
    // Sums of queries and keys: [block][tile of the head][its halves], rows are tokens. Of values: [tile of the
    // head][block][its halves], columns are tokens.
    let mut q = zeros(comptime!(queries * wide * 2));
    let mut keys = zeros(comptime!(2 * wide * 2));
    let mut values = zeros(comptime!(wide * 2 * 2));
    // Asked for before they are needed.
    let pair = at.pair + head * comptime!(8 * wide);
    let mut biases = Array::<Sum2>::new(comptime!(2 * wide));
    #[unroll]
    for i in 0..comptime!(2 * wide) {
        biases[i] = pairs[pair + comptime!(4 * i)];
    }
    let start = at.tile + head * comptime!(shape.tiles * wide * 3 * LANES as usize);
    for k in 0..comptime!(shape.tiles) {
        let x = blocks_of(&shared.x, plane.x, k, 2usize);
        #[unroll]
        for d in 0..wide {
            let from = start + (k * wide + d) * comptime!(3 * LANES as usize);
            let wq = tiles[from];
            let wk = tiles[from + comptime!(LANES as usize)];
            let mut v = Array::<Half2>::new(4usize);
            unpacked(tiles[from + comptime!(2 * LANES as usize)], &mut v);
            #[unroll]
            for block in 0..queries {
                let to = comptime!((block * wide + d) * 2);
                multiply_tile(x.index(block), wq, &mut q, to, comptime!(to + 1));
            }
            #[unroll]
            for block in 0..2usize {
                let a = x.index(block);
                let to = comptime!((block * wide + d) * 2);
                multiply_tile(a, wk, &mut keys, to, comptime!(to + 1));
                let to = comptime!((d * 2 + block) * 2);
                multiply(&v, a[0usize], a[2usize], values.index_mut(to));
                multiply(&v, a[1usize], a[3usize], values.index_mut(comptime!(to + 1)));
            }
        }
    }

    // Second operands: [block][tile of the head], of 8 rows of keys twice, of 8 columns of values twice.
    let mut key_operands = operands(comptime!(2 * wide));
    let mut value_operands = operands(comptime!(2 * wide));
    #[unroll]
    for block in 0..2usize {
        #[unroll]
        for d in 0..wide {
            let k = key_operands.index_mut(comptime!(block * wide + d));
            let v = value_operands.index_mut(comptime!(block * wide + d));
            #[unroll]
            for r in 0..2usize {
                #[unroll]
                for n in 0..2usize {
                    k[comptime!(2 * r + n)] = rounded(keys.index(comptime!((block * wide + d) * 2 + n))[r]);
                    v[comptime!(2 * r + n)] = rounded(values.index(comptime!((d * 2 + block) * 2 + n))[r]);
                }
            }
        }
    }

    #[unroll]
    for block in 0..queries {
        let mut own = operands(wide);
        #[unroll]
        for d in 0..wide {
            let operand = own.index_mut(d);
            #[unroll]
            for n in 0..2usize {
                let sum = q.index(comptime!((block * wide + d) * 2 + n));
                let bias = biases[comptime!(2 * d + n)];
                operand[comptime!(2 * n)] = rounded(sum[0usize] + bias);
                operand[comptime!(2 * n + 1)] = rounded(sum[1usize] + bias);
            }
        }
        let mut scores = zeros(4usize);
        #[unroll]
        for j in 0..4usize {
            #[unroll]
            for d in 0..wide {
                let k = key_operands.index(comptime!(j / 2 * wide + d));
                multiply(
                    own.index(d),
                    k[comptime!(j % 2 * 2)],
                    k[comptime!(j % 2 * 2 + 1)],
                    scores.index_mut(j),
                );
            }
        }
        // Only the last eight tokens may be absent.
        let last = scores.index_mut(3usize);
        #[unroll]
        for r in 0..2usize {
            let mut score = last[r];
            #[unroll]
            for i in 0..2usize {
                let key = 24u32 + 2u32 * (plane.lane % 4u32) + comptime!(i as u32);
                score[i] = select((plane.present >> key) & 1u32 == 1u32, score[i], comptime!(f32::MIN));
            }
            last[r] = score;
        }
        let mut shares = Array::<f32>::new(2usize);
        #[unroll]
        for r in 0..2usize {
            let mut most = f32::new(comptime!(f32::MIN));
            #[unroll]
            for j in 0..4usize {
                let score = scores.index(j)[r];
                most = max(most, max(score[0usize], score[1usize]));
            }
            let most = quad_max(most);
            let mut sum = 0.0f32;
            #[unroll]
            for j in 0..4usize {
                let scores = scores.index_mut(j);
                let mut share = scores[r];
                share[0usize] = f32::exp(share[0usize] - most);
                share[1usize] = f32::exp(share[1usize] - most);
                sum += share[0usize] + share[1usize];
                scores[r] = share;
            }
            shares[r] = 1.0f32 / quad_sum(sum);
        }
        let mut mixed = zeros(comptime!(2 * wide));
        #[unroll]
        for tokens in 0..2usize {
            let mut share = Array::<Half2>::new(4usize);
            #[unroll]
            for n in 0..2usize {
                let scores = scores.index(comptime!(2 * tokens + n));
                share[comptime!(2 * n)] = rounded(scores[0usize]);
                share[comptime!(2 * n + 1)] = rounded(scores[1usize]);
            }
            #[unroll]
            for d in 0..wide {
                let v = value_operands.index(comptime!(tokens * wide + d));
                multiply(&share, v[0usize], v[1usize], mixed.index_mut(comptime!(2 * d)));
                multiply(&share, v[2usize], v[3usize], mixed.index_mut(comptime!(2 * d + 1)));
            }
        }
        #[unroll]
        for d in 0..wide {
            let mut operand = Array::<Half2>::new(4usize);
            #[unroll]
            for n in 0..2usize {
                let sum = mixed.index(comptime!(2 * d + n));
                #[unroll]
                for r in 0..2usize {
                    operand[comptime!(2 * n + r)] = rounded(sum[r] * Sum2::new(shares[r]));
                }
            }
            let to = plane.intermediate + ((head * wide + d) * 2 + block) * comptime!(LANES as usize);
            shared.intermediate[to] = packed(&operand);
        }
    }
}
