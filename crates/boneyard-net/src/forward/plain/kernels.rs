//! A step of a layer each. `n` of the W worlds are computed together, those from `start` on.

// The macro `cube` adds modules and types beside each item, without documentation.
#![allow(missing_docs)]
#![allow(clippy::too_many_arguments, clippy::manual_div_ceil, clippy::collapsible_if)]

use crate::forward::outputs_kernel::OUTPUTS;
use crate::tokenizer::TOKENS;
use crate::tokenizer::folded::ABSENT;
use cubecl::prelude::*;

/// Units of a cube of the kernels here, but for attention, which has one a token.
pub const UNITS: u32 = 64;

/// Rows and columns of a product that a cube computes, each of its units 4 × 4.
pub const BLOCK: u32 = 32;
/// Factors that it loads at a time.
const DEPTH: u32 = 16;

/// One unit a number: the first activations, zero from world `totals[total] - first` on.
///
/// `tokens` `[W, T]`, `domino_embeddings` `[DOMINO_EMBEDDINGS, D]`, `role_embeddings` `[ROLE_EMBEDDINGS, D]`, `x`
/// `[n, T, D]`.
#[cube(launch_unchecked)]
pub fn embed_kernel(
    tokens: &Array<u32>,
    domino_embeddings: &Array<f32>,
    role_embeddings: &Array<f32>,
    totals: &Array<u32>,
    x: &mut Array<f32>,
    total: u32,
    first: u32,
    start: u32,
    n: u32,
    width: u32,
) {
    let row = (ABSOLUTE_POS / width as usize) as u32;
    let column = ABSOLUTE_POS % width as usize;
    let world = row / comptime!(TOKENS as u32);
    if world < n {
        let mut number = 0.0f32;
        if first + start + world < totals[total as usize] {
            let word = tokens[(start * comptime!(TOKENS as u32) + row) as usize];
            if word != comptime!(ABSENT) {
                let domino = (word & 0xffffu32) as usize * width as usize;
                let role = (word >> 16u32) as usize * width as usize;
                number = domino_embeddings[domino + column] + role_embeddings[role + column];
            }
        }
        x[ABSOLUTE_POS] = number;
    }
}

/// One cube a block of the product, to which the bias is added.
///
/// `x` `[n_rows, inputs]`, `weight` `[inputs, outputs]`, `bias` `[outputs]`, `y` `[n_rows, outputs]`.
#[cube(launch_unchecked)]
pub fn linear_kernel(
    x: &Array<f32>,
    weight: &Array<f32>,
    bias: &Array<f32>,
    y: &mut Array<f32>,
    n_rows: u32,
    inputs: u32,
    outputs: u32,
    #[comptime] relu: bool,
) {
    let mut left = SharedMemory::<f32>::new(comptime!((BLOCK * DEPTH) as usize));
    let mut right = SharedMemory::<f32>::new(comptime!((DEPTH * BLOCK) as usize));
    let across = (outputs + comptime!(BLOCK - 1)) / BLOCK;
    let row = CUBE_POS as u32 / across * BLOCK;
    let column = CUBE_POS as u32 % across * BLOCK;
    let down = UNIT_POS / 8u32 * 4u32;
    let aside = UNIT_POS % 8u32 * 4u32;
    let mut sums = Array::<f32>::new(16usize);
    #[unroll]
    for i in 0..16usize {
        sums[i] = 0.0f32;
    }
    let steps = (inputs + comptime!(DEPTH - 1)) / DEPTH;
    for step in 0u32..steps {
        #[unroll]
        for i in 0..8u32 {
            let at = UNIT_POS + i * UNITS;
            let (r, k) = (row + at / DEPTH, step * DEPTH + at % DEPTH);
            let mut number = 0.0f32;
            if r < n_rows {
                if k < inputs {
                    number = x[(r * inputs + k) as usize];
                }
            }
            left[at as usize] = number;
            let (k, c) = (step * DEPTH + at / BLOCK, column + at % BLOCK);
            let mut number = 0.0f32;
            if k < inputs {
                if c < outputs {
                    number = weight[(k * outputs + c) as usize];
                }
            }
            right[at as usize] = number;
        }
        sync_cube();
        #[unroll]
        for k in 0..DEPTH {
            #[unroll]
            for i in 0..4u32 {
                let factor = left[((down + i) * DEPTH + k) as usize];
                #[unroll]
                for j in 0..4u32 {
                    sums[(i * 4u32 + j) as usize] += factor * right[(k * BLOCK + aside + j) as usize];
                }
            }
        }
        sync_cube();
    }
    #[unroll]
    for i in 0..4u32 {
        #[unroll]
        for j in 0..4u32 {
            let (r, c) = (row + down + i, column + aside + j);
            if r < n_rows {
                if c < outputs {
                    let mut sum = sums[(i * 4u32 + j) as usize] + bias[c as usize];
                    if comptime!(relu) {
                        sum = f32::max(sum, 0.0f32);
                    }
                    y[(r * outputs + c) as usize] = sum;
                }
            }
        }
    }
}

/// One cube a world and head, one unit a token: what it takes of the others' values.
///
/// `projected` `[n, T, 3, H, D / H]` (queries, keys, values), `tokens` `[W, T]`, `y` `[n, T, H, D / H]`.
#[cube(launch_unchecked)]
pub fn attend_kernel(
    projected: &Array<f32>,
    tokens: &Array<u32>,
    y: &mut Array<f32>,
    start: u32,
    n: u32,
    width: u32,
    heads: u32,
) {
    let world = CUBE_POS as u32 / heads;
    let head = CUBE_POS as u32 % heads;
    if world < n {
        let n_tokens = comptime!(TOKENS as u32);
        let size = width / heads;
        let own = ((world * n_tokens + UNIT_POS) * 3u32 * width + head * size) as usize;
        let scale = f32::inverse_sqrt(size as f32);
        let mut shares = Array::<f32>::new(comptime!(TOKENS));
        let mut most = f32::new(comptime!(f32::MIN));
        for key in 0u32..n_tokens {
            let other = ((world * n_tokens + key) * 3u32 * width + width + head * size) as usize;
            let mut score = 0.0f32;
            for i in 0..size as usize {
                score += projected[own + i] * projected[other + i];
            }
            score *= scale;
            if tokens[((start + world) * n_tokens + key) as usize] == comptime!(ABSENT) {
                score = f32::new(comptime!(f32::MIN));
            }
            shares[key as usize] = score;
            most = f32::max(most, score);
        }
        let mut sum = 0.0f32;
        for key in 0..comptime!(TOKENS) {
            let share = f32::exp(shares[key] - most);
            shares[key] = share;
            sum += share;
        }
        for i in 0..size {
            let mut mixed = 0.0f32;
            for key in 0u32..n_tokens {
                let value = (world * n_tokens + key) * 3u32 * width + 2u32 * width + head * size + i;
                mixed += shares[key as usize] * projected[value as usize];
            }
            y[((world * n_tokens + UNIT_POS) * width + head * size + i) as usize] = mixed / sum;
        }
    }
}

/// One unit a row: adds to it, and normalises the sum.
///
/// `x` and `added` `[n_rows, D]`, `weight` and `bias` `[D]`.
#[cube(launch_unchecked)]
pub fn normalise_kernel(
    x: &mut Array<f32>,
    added: &Array<f32>,
    weight: &Array<f32>,
    bias: &Array<f32>,
    n_rows: u32,
    width: u32,
) {
    if ABSOLUTE_POS < n_rows as usize {
        let from = ABSOLUTE_POS * width as usize;
        let mut sum = 0.0f32;
        for i in 0..width as usize {
            let number = x[from + i] + added[from + i];
            x[from + i] = number;
            sum += number;
        }
        let mean = sum / width as f32;
        let mut squares = 0.0f32;
        for i in 0..width as usize {
            let apart = x[from + i] - mean;
            squares += apart * apart;
        }
        let scale = f32::inverse_sqrt(squares / width as f32 + 1e-5f32);
        for i in 0..width as usize {
            x[from + i] = (x[from + i] - mean) * scale * weight[i] + bias[i];
        }
    }
}

/// One unit an output: read off the token in its row.
///
/// `x` `[n, T, D]`, `weight` `[D]`, `bias` `[1]`, `outputs` `[W, S]`.
#[cube(launch_unchecked)]
pub fn read_kernel(
    x: &Array<f32>,
    weight: &Array<f32>,
    bias: &Array<f32>,
    outputs: &mut Array<f32>,
    start: u32,
    n: u32,
    width: u32,
) {
    let world = (ABSOLUTE_POS / comptime!(OUTPUTS)) as u32;
    let slot = (ABSOLUTE_POS % comptime!(OUTPUTS)) as u32;
    if world < n {
        let row = ((world * comptime!(TOKENS as u32) + slot) * width) as usize;
        let mut output = bias[0usize];
        for i in 0..width as usize {
            output += x[row + i] * weight[i];
        }
        outputs[start as usize * comptime!(OUTPUTS) + ABSOLUTE_POS] = output;
    }
}
