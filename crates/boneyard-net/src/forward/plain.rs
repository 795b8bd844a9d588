//! The forward pass in f32, for any device: each step of a layer is a kernel of its own, and what goes from one to the
//! next is kept in the device's memory, for as many worlds at a time as there is room for.

// The macro `cube` adds modules and types beside each item, without documentation.
#![allow(missing_docs)]
#![allow(clippy::too_many_arguments, clippy::manual_div_ceil, clippy::collapsible_if)]

use crate::tokenizer::TOKENS;
use crate::tokenizer::folded::{ABSENT, Tables};
use crate::weights::{Architecture, Weights};
use boneyard_core::Result;
use boneyard_device::kernels::answers::ANSWERS;
use boneyard_device::{DeviceStep, Grid, Kernel};
use cubecl::prelude::*;
use cubecl::server::Handle;
use std::ops::Range;

/// Units of a cube of the kernels here, but for attention, which has one a token.
const UNITS: u32 = 64;

/// Rows and columns of a product that a cube computes, each of its units 4 × 4.
const BLOCK: u32 = 32;
/// Factors that it loads at a time.
const DEPTH: u32 = 16;

/// Most bytes for what goes from one kernel to the next.
const MOST_BYTES: u64 = 256 << 20;

/// `W` as `[in][out]`, and `b`.
struct Linear {
    weight: Handle,
    bias: Handle,
    inputs: u32,
    outputs: u32,
}

struct Layer {
    projection: Linear,
    mixed: Linear,
    norms: [[Handle; 2]; 2],
    up: Linear,
    down: Linear,
}

/// A network's weights on a device.
pub(super) struct Kept {
    architecture: Architecture,
    faces: Handle,
    places: Handle,
    layers: Vec<Layer>,
    output: [Handle; 2],
}

/// What goes from one kernel to the next.
struct Rows {
    x: Handle,
    projected: Handle,
    y: Handle,
    inner: Handle,
}

impl Kept {
    pub fn new<R: Runtime>(step: &DeviceStep<R>, weights: &Weights) -> Result<Self> {
        let upload = |numbers: &[f32]| step.upload("the weights", u32::from_bytes(f32::as_bytes(numbers)));
        let tensor = |name: String| weights.tensor(&name).expect("weights are complete");
        let linear = |weight: String, bias: String| -> Result<Linear> {
            let (weight, bias) = (tensor(weight), tensor(bias));
            let [outputs, inputs] = [0, 1].map(|axis| weight.shape[axis]);
            let by_input = (0..inputs).flat_map(|i| (0..outputs).map(move |o| o * inputs + i));
            let transposed: Vec<f32> = by_input.map(|at| weight.data[at]).collect();
            Ok(Linear {
                weight: upload(&transposed)?,
                bias: upload(&bias.data)?,
                inputs: inputs as u32,
                outputs: outputs as u32,
            })
        };
        let layers = (0..weights.architecture().layers).map(|layer| {
            let name = |part: &str| format!("transformer.layers.{layer}.{part}");
            let both = |part: &str| linear(name(&format!("{part}.weight")), name(&format!("{part}.bias")));
            let norm = |part: &str| -> Result<[Handle; 2]> {
                let upload = |of: &str| upload(&tensor(name(&format!("{part}.{of}"))).data);
                Ok([upload("weight")?, upload("bias")?])
            };
            Ok(Layer {
                projection: linear(name("self_attn.in_proj_weight"), name("self_attn.in_proj_bias"))?,
                mixed: both("self_attn.out_proj")?,
                norms: [norm("norm1")?, norm("norm2")?],
                up: both("linear1")?,
                down: both("linear2")?,
            })
        });
        let tables = Tables::new(weights);
        Ok(Self {
            architecture: weights.architecture(),
            layers: layers.collect::<Result<_>>()?,
            faces: upload(&tables.faces.concat())?,
            places: upload(&tables.places.concat())?,
            output: [
                upload(&tensor("output_proj.weight".to_owned()).data)?,
                upload(&tensor("output_proj.bias".to_owned()).data)?,
            ],
        })
    }

    /// See [`Forward::answer`](super::Forward::answer).
    pub fn launch<R: Runtime>(
        &self,
        step: &DeviceStep<R>,
        tokens: &Handle,
        (totals, total): (&Handle, u32),
        first: usize,
        n: usize,
        answers: &Handle,
    ) -> Result<()> {
        let Architecture { width, feed_forward, .. } = self.architecture;
        let widest = (3 * width).max(feed_forward);
        let bytes = |columns: usize| (4 * TOKENS * columns) as u64;
        let room = step.spare_bytes().min(MOST_BYTES) / bytes(5 * width + feed_forward);
        let room = room.min(step.properties().memory.max_page_size / bytes(widest));
        // Rows are counted in 32 bits.
        let batch = (room as usize).clamp(1, 1 << 14).min(n);
        let rows = |columns: usize| step.buffer("the activations", batch * TOKENS * columns);
        let rows = Rows {
            x: rows(width)?,
            projected: rows(3 * width)?,
            y: rows(width)?,
            inner: rows(feed_forward)?,
        };
        for start in (0..n).step_by(batch) {
            let part = start..n.min(start + batch);
            self.embed(step, tokens, (totals, total), first, part.clone(), &rows)?;
            for layer in &self.layers {
                let n_rows = part.len() * TOKENS;
                layer.projection.apply(step, &rows.x, &rows.projected, n_rows, false)?;
                self.attend(step, tokens, part.clone(), &rows)?;
                layer.mixed.apply(step, &rows.y, &rows.projected, n_rows, false)?;
                self.normalise(step, &layer.norms[0], &rows.projected, n_rows, &rows)?;
                layer.up.apply(step, &rows.x, &rows.inner, n_rows, true)?;
                layer.down.apply(step, &rows.inner, &rows.y, n_rows, false)?;
                self.normalise(step, &layer.norms[1], &rows.y, n_rows, &rows)?;
            }
            self.read_off(step, part, &rows, answers)?;
        }
        Ok(())
    }
}

/// A buffer of 32-bit words as a kernel argument.
fn words<R: Runtime>(handle: &Handle) -> ArrayArg<R> {
    // SAFETY: the buffer has the bytes that it says it has.
    unsafe { ArrayArg::from_raw_parts(handle.clone(), handle.size_in_used() as usize / 4) }
}

impl Linear {
    fn apply<R: Runtime>(
        &self,
        step: &DeviceStep<R>,
        x: &Handle,
        y: &Handle,
        n_rows: usize,
        relu: bool,
    ) -> Result<()> {
        let blocks = (n_rows / BLOCK as usize) * self.outputs.div_ceil(BLOCK) as usize;
        let kernel = Kernel::of::<()>("linear", &relu);
        step.launch(kernel, Grid::cubes(blocks, UNITS), |client, count, dim| {
            // SAFETY: cubes beyond the rows do nothing; columns beyond the last one are neither read nor written.
            unsafe {
                linear_kernel::launch_unchecked::<R>(
                    client,
                    count,
                    dim,
                    words(x),
                    words(&self.weight),
                    words(&self.bias),
                    words(y),
                    n_rows as u32,
                    self.inputs,
                    self.outputs,
                    relu,
                );
            }
        })
    }
}

impl Kept {
    fn embed<R: Runtime>(
        &self,
        step: &DeviceStep<R>,
        tokens: &Handle,
        (totals, total): (&Handle, u32),
        first: usize,
        part: Range<usize>,
        rows: &Rows,
    ) -> Result<()> {
        let width = self.architecture.width;
        let grid = Grid::units(part.len() * TOKENS * width, UNITS);
        step.launch(Kernel::new("embed"), grid, |client, count, dim| {
            // SAFETY: units beyond the part's rows do nothing; of worlds beyond the total no token is believed.
            unsafe {
                embed_kernel::launch_unchecked::<R>(
                    client,
                    count,
                    dim,
                    words(tokens),
                    words(&self.faces),
                    words(&self.places),
                    words(totals),
                    words(&rows.x),
                    total,
                    first as u32,
                    part.start as u32,
                    part.len() as u32,
                    width as u32,
                );
            }
        })
    }

    fn attend<R: Runtime>(
        &self,
        step: &DeviceStep<R>,
        tokens: &Handle,
        part: Range<usize>,
        rows: &Rows,
    ) -> Result<()> {
        let Architecture { width, heads, .. } = self.architecture;
        let grid = Grid::cubes(part.len() * heads, TOKENS as u32);
        step.launch(Kernel::new("attend"), grid, |client, count, dim| {
            // SAFETY: cubes beyond the part's worlds and heads do nothing.
            unsafe {
                attend_kernel::launch_unchecked::<R>(
                    client,
                    count,
                    dim,
                    words(&rows.projected),
                    words(tokens),
                    words(&rows.y),
                    part.start as u32,
                    part.len() as u32,
                    width as u32,
                    heads as u32,
                );
            }
        })
    }

    fn normalise<R: Runtime>(
        &self,
        step: &DeviceStep<R>,
        [weight, bias]: &[Handle; 2],
        added: &Handle,
        n_rows: usize,
        rows: &Rows,
    ) -> Result<()> {
        step.launch(Kernel::new("normalise"), Grid::units(n_rows, UNITS), |client, count, dim| {
            // SAFETY: units beyond the rows do nothing.
            unsafe {
                normalise_kernel::launch_unchecked::<R>(
                    client,
                    count,
                    dim,
                    words(&rows.x),
                    words(added),
                    words(weight),
                    words(bias),
                    n_rows as u32,
                    self.architecture.width as u32,
                );
            }
        })
    }

    fn read_off<R: Runtime>(
        &self,
        step: &DeviceStep<R>,
        part: Range<usize>,
        rows: &Rows,
        answers: &Handle,
    ) -> Result<()> {
        let grid = Grid::units(part.len() * ANSWERS, UNITS);
        step.launch(Kernel::new("read off"), grid, |client, count, dim| {
            // SAFETY: units beyond the part's answers, for which there is room, do nothing.
            unsafe {
                read_kernel::launch_unchecked::<R>(
                    client,
                    count,
                    dim,
                    words(&rows.x),
                    words(&self.output[0]),
                    words(&self.output[1]),
                    words(answers),
                    part.start as u32,
                    part.len() as u32,
                    self.architecture.width as u32,
                );
            }
        })
    }
}

/// One unit a number: the first activations of the worlds from `start` on.
#[cube(launch_unchecked)]
fn embed_kernel(
    tokens: &Array<u32>,
    faces: &Array<f32>,
    places: &Array<f32>,
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
                let face = (word & 0xffffu32) as usize * width as usize;
                let place = (word >> 16u32) as usize * width as usize;
                number = faces[face + column] + places[place + column];
            }
        }
        x[ABSOLUTE_POS] = number;
    }
}

/// One cube a block of the product: `y = x W + b`.
#[cube(launch_unchecked)]
fn linear_kernel(
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
#[cube(launch_unchecked)]
fn attend_kernel(
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
#[cube(launch_unchecked)]
fn normalise_kernel(
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

/// One unit an answer: read off the token in its row.
#[cube(launch_unchecked)]
fn read_kernel(
    x: &Array<f32>,
    weight: &Array<f32>,
    bias: &Array<f32>,
    answers: &mut Array<f32>,
    start: u32,
    n: u32,
    width: u32,
) {
    let world = (ABSOLUTE_POS / comptime!(ANSWERS)) as u32;
    let slot = (ABSOLUTE_POS % comptime!(ANSWERS)) as u32;
    if world < n {
        let row = ((world * comptime!(TOKENS as u32) + slot) * width) as usize;
        let mut answer = bias[0usize];
        for i in 0..width as usize {
            answer += x[row + i] * weight[i];
        }
        answers[start as usize * comptime!(ANSWERS) + ABSOLUTE_POS] = answer;
    }
}
