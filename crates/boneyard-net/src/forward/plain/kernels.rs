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

/// Rows and columns of a product that a cube computes, each of its units 8 × 8.
pub const BLOCK: u32 = 64;
/// Factors that it loads at a time.
const DEPTH: u32 = 16;
/// Between the columns of a block in shared memory: a few more than a column has, so that units store to different banks.
const STRIDE: u32 = BLOCK + 4;

/// Units that share a row where rows are normalised.
const LANES: u32 = 32;
/// Rows that a cube normalises.
pub const NORMALISED: u32 = UNITS / LANES;

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
/// `x` `[n_rows, inputs]`, `weight` `[inputs, outputs]`, `bias` `[outputs]`, `y` `[n_rows, outputs]`, all in vectors of N, of which a
/// row is a whole number; `each` is N, 1 or 4.
///
/// A unit computes rows and columns 0–3 and 32–35 from its own place on: so the units of a plane read different banks. It brings
/// squares of N × N of x, which it turns, so that shared memory is written and read by vectors only.
#[cube(launch_unchecked)]
pub fn linear_kernel<N: Size>(
    x: &Array<Vector<f32, N>>,
    weight: &Array<Vector<f32, N>>,
    bias: &Array<Vector<f32, N>>,
    y: &mut Array<Vector<f32, N>>,
    n_rows: u32,
    inputs: u32,
    outputs: u32,
    #[comptime] each: u32,
    #[comptime] relu: bool,
) {
    // Factors by rows of x, and by columns of the weights.
    let mut left = SharedMemory::<Vector<f32, N>>::new(comptime!((DEPTH * STRIDE / each) as usize));
    let mut right = SharedMemory::<Vector<f32, N>>::new(comptime!((DEPTH * STRIDE / each) as usize));
    let stride = comptime!(STRIDE / each);
    let across = (outputs + comptime!(BLOCK - 1)) / BLOCK;
    let row = CUBE_POS as u32 / across * BLOCK;
    let column = CUBE_POS as u32 % across * BLOCK;
    let down = UNIT_POS / 8u32 * comptime!(4 / each);
    let aside = UNIT_POS % 8u32 * comptime!(4 / each);
    // Vectors of a unit's eight columns, and of its eight rows.
    let many = comptime!(8 / each);
    let mut sums = Array::<Vector<f32, N>>::new(comptime!((8 * many) as usize));
    #[unroll]
    for i in 0..comptime!(8 * many) {
        sums[i as usize] = Vector::<f32, N>::new(0.0f32);
    }
    let steps = (inputs + comptime!(DEPTH - 1)) / DEPTH;
    for step in 0u32..steps {
        #[unroll]
        for i in 0..comptime!(16 / (each * each)) {
            let at = UNIT_POS + i * UNITS;
            let (rows, k) = (at % comptime!(BLOCK / each), at / comptime!(BLOCK / each) * each);
            let mut turned = Array::<Vector<f32, N>>::new(comptime!(each as usize));
            #[unroll]
            for j in 0..each {
                turned[j as usize] = Vector::<f32, N>::new(0.0f32);
            }
            #[unroll]
            for r in 0..each {
                let mut numbers = Vector::<f32, N>::new(0.0f32);
                let from = row + rows * each + r;
                if from < n_rows {
                    if step * DEPTH + k < inputs {
                        numbers = x[((from * inputs + step * DEPTH + k) / each) as usize];
                    }
                }
                #[unroll]
                for j in 0..each {
                    let mut vector = turned[j as usize];
                    vector[r as usize] = numbers[j as usize];
                    turned[j as usize] = vector;
                }
            }
            #[unroll]
            for j in 0..each {
                left[((k + j) * stride + rows) as usize] = turned[j as usize];
            }
        }
        #[unroll]
        for i in 0..comptime!(DEPTH / each) {
            let at = UNIT_POS + i * UNITS;
            let (k, c) = (at / comptime!(BLOCK / each), at % comptime!(BLOCK / each));
            let mut numbers = Vector::<f32, N>::new(0.0f32);
            if step * DEPTH + k < inputs {
                if column + c * each < outputs {
                    numbers = weight[(((step * DEPTH + k) * outputs + column) / each + c) as usize];
                }
            }
            right[(k * stride + c) as usize] = numbers;
        }
        sync_cube();
        #[unroll]
        for k in 0..DEPTH {
            let mut columns = Array::<Vector<f32, N>>::new(comptime!(many as usize));
            #[unroll]
            for v in 0..many {
                columns[v as usize] = right[(k * stride + aside + comptime!(apart(v, each))) as usize];
            }
            #[unroll]
            for v in 0..many {
                let rows = left[(k * stride + down + comptime!(apart(v, each))) as usize];
                #[unroll]
                for r in 0..each {
                    let factor = Vector::<f32, N>::new(rows[r as usize]);
                    #[unroll]
                    for w in 0..many {
                        let at = comptime!(((v * each + r) * many + w) as usize);
                        sums[at] = fma(factor, columns[w as usize], sums[at]);
                    }
                }
            }
        }
        sync_cube();
    }
    #[unroll]
    for w in 0..many {
        let c = column / each + aside + comptime!(apart(w, each));
        if c * each < outputs {
            let added = bias[c as usize];
            #[unroll]
            for v in 0..many {
                #[unroll]
                for r in 0..each {
                    let to = row + (down + comptime!(apart(v, each))) * each + r;
                    if to < n_rows {
                        let mut sum = sums[comptime!(((v * each + r) * many + w) as usize)] + added;
                        if comptime!(relu) {
                            sum = max(sum, Vector::<f32, N>::new(0.0f32));
                        }
                        y[(to * (outputs / each) + c) as usize] = sum;
                    }
                }
            }
        }
    }
}

/// How far the `v`-th vector of a unit's eight rows or columns is from its first, in vectors of `each`: four lie side by side, the
/// others half a block on.
fn apart(v: u32, each: u32) -> u32 {
    let (side, far) = (v * each % 4, v * each / 4 * (BLOCK / 2));
    (side + far) / each
}

/// One cube a world and head, one unit a token: what it takes of the others' values.
///
/// `projected` `[n, T, 3, H, D / H]` (queries, keys, values), `tokens` `[W, T]`, `y` `[n, T, H, D / H]`; `size` is D / H.
///
/// Queries, keys, values and results pass through one block of shared memory, one after the other, so that global memory
/// is read and written row by row.
#[cube(launch_unchecked)]
pub fn attend_kernel(
    projected: &Array<f32>,
    tokens: &Array<u32>,
    y: &mut Array<f32>,
    start: u32,
    n: u32,
    heads: u32,
    #[comptime] size: u32,
) {
    let n_tokens = comptime!(TOKENS as u32);
    // A column more than there are: units read and write their own rows.
    let stride = comptime!(size + 1);
    let mut block = SharedMemory::<f32>::new(comptime!((TOKENS as u32 * (size + 1)) as usize));
    // By key, then by unit.
    let mut shares = SharedMemory::<f32>::new(comptime!(TOKENS * TOKENS));
    let world = CUBE_POS as u32 / heads;
    let head = CUBE_POS as u32 % heads;
    // The same for all units of the cube.
    if world < n {
        let width = heads * size;
        let first = world * n_tokens * 3u32 * width + head * size;
        load(projected, &mut block, first, 3u32 * width, size);
        sync_cube();
        let mut query = Array::<f32>::new(comptime!(size as usize));
        let scale = f32::inverse_sqrt(f32::cast_from(size));
        #[unroll]
        for i in 0..size {
            query[i as usize] = block[(UNIT_POS * stride + i) as usize] * scale;
        }
        sync_cube();
        load(projected, &mut block, first + width, 3u32 * width, size);
        sync_cube();
        let mut most = f32::new(comptime!(f32::MIN));
        for key in 0u32..n_tokens {
            let mut score = 0.0f32;
            #[unroll]
            for i in 0..size {
                score += query[i as usize] * block[(key * stride + i) as usize];
            }
            if tokens[((start + world) * n_tokens + key) as usize] == comptime!(ABSENT) {
                score = f32::new(comptime!(f32::MIN));
            }
            shares[(key * n_tokens + UNIT_POS) as usize] = score;
            most = f32::max(most, score);
        }
        sync_cube();
        load(projected, &mut block, first + 2u32 * width, 3u32 * width, size);
        sync_cube();
        let mut mixed = Array::<f32>::new(comptime!(size as usize));
        #[unroll]
        for i in 0..size {
            mixed[i as usize] = 0.0f32;
        }
        let mut sum = 0.0f32;
        for key in 0u32..n_tokens {
            let share = f32::exp(shares[(key * n_tokens + UNIT_POS) as usize] - most);
            sum += share;
            #[unroll]
            for i in 0..size {
                mixed[i as usize] += share * block[(key * stride + i) as usize];
            }
        }
        sync_cube();
        #[unroll]
        for i in 0..size {
            block[(UNIT_POS * stride + i) as usize] = mixed[i as usize] / sum;
        }
        sync_cube();
        let first = world * n_tokens * width + head * size;
        #[unroll]
        for i in 0..size {
            let at = UNIT_POS + i * n_tokens;
            let (token, i) = (at / size, at % size);
            y[(first + token * width + i) as usize] = block[(token * stride + i) as usize];
        }
    }
}

/// A row of `size` numbers for each token, `apart` from one another from `first` on, into shared memory.
#[cube]
fn load(from: &Array<f32>, block: &mut SharedMemory<f32>, first: u32, apart: u32, #[comptime] size: u32) {
    #[unroll]
    for i in 0..size {
        let at = UNIT_POS + i * comptime!(TOKENS as u32);
        let (token, i) = (at / size, at % size);
        block[(token * comptime!(size + 1) + i) as usize] = from[(first + token * apart + i) as usize];
    }
}

/// [`LANES`] units a row: adds to it, and normalises the sum.
///
/// `x` and `added` `[n_rows, D]`, `weight` and `bias` `[D]`; `width` is D.
#[cube(launch_unchecked)]
pub fn normalise_kernel(
    x: &mut Array<f32>,
    added: &Array<f32>,
    weight: &Array<f32>,
    bias: &Array<f32>,
    n_rows: u32,
    #[comptime] width: u32,
) {
    let each = comptime!(width.div_ceil(LANES));
    let mut parts = SharedMemory::<f32>::new(comptime!(UNITS as usize));
    let lane = UNIT_POS % LANES;
    let row = CUBE_POS as u32 * NORMALISED + UNIT_POS / LANES;
    let from = row * width;
    let mut numbers = Array::<f32>::new(comptime!(each as usize));
    let mut sum = 0.0f32;
    #[unroll]
    for i in 0..each {
        let column = lane + i * LANES;
        numbers[i as usize] = 0.0f32;
        if row < n_rows {
            if column < width {
                numbers[i as usize] = x[(from + column) as usize] + added[(from + column) as usize];
            }
        }
        sum += numbers[i as usize];
    }
    let mean = of_row(&mut parts, sum) / f32::cast_from(width);
    let mut squares = 0.0f32;
    #[unroll]
    for i in 0..each {
        if lane + i * LANES < width {
            let apart = numbers[i as usize] - mean;
            squares += apart * apart;
        }
    }
    sync_cube();
    let scale = f32::inverse_sqrt(of_row(&mut parts, squares) / f32::cast_from(width) + 1e-5f32);
    #[unroll]
    for i in 0..each {
        let column = lane + i * LANES;
        if row < n_rows {
            if column < width {
                let number = (numbers[i as usize] - mean) * scale;
                x[(from + column) as usize] = number * weight[column as usize] + bias[column as usize];
            }
        }
    }
}

/// The sum of what the units of a row have, in the order of the units.
#[cube]
fn of_row(parts: &mut SharedMemory<f32>, part: f32) -> f32 {
    parts[UNIT_POS as usize] = part;
    sync_cube();
    let mut sum = 0.0f32;
    #[unroll]
    for lane in 0..LANES {
        sum += parts[(UNIT_POS / LANES * LANES + lane) as usize];
    }
    sum
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
