//! The forward pass in f32, for any device: each step of a layer is a kernel of its own, and what goes from one to the
//! next is kept in the device's memory, for as many worlds at a time as fit.

mod kernels;

use crate::forward::outputs_kernel::OUTPUTS;
use crate::tokenizer::TOKENS;
use crate::tokenizer::folded::Embeddings;
use crate::weights::{Architecture, Weights};
use boneyard_core::Result;
use boneyard_device::{Device, Grid, Kernel, Words};
use cubecl::prelude::*;
use kernels::{
    BLOCK, NORMALISED, UNITS, attend_kernel, embed_kernel, linear_kernel, normalise_kernel, read_kernel,
};
use std::ops::Range;

/// Most bytes for what goes from one kernel to the next.
const MOST_BYTES: u64 = 2 << 30;

/// A product and a sum.
struct Linear {
    /// `[inputs, outputs]`.
    weight: Words,
    /// `[outputs]`.
    bias: Words,
    inputs: u32,
    outputs: u32,
}

/// An encoder layer.
struct Layer {
    /// From D to queries, keys and values, 3 D.
    projection: Linear,
    /// From the heads' values to the residual, D to D.
    mixed: Linear,
    /// Weight and bias, `[D]` each, of both normalisations.
    norms: [[Words; 2]; 2],
    /// From D to I.
    up: Linear,
    /// From I to D.
    down: Linear,
}

/// A network's weights on a device.
pub(super) struct Kept {
    architecture: Architecture,
    /// `[DOMINO_EMBEDDINGS, D]`.
    domino_embeddings: Words,
    /// `[ROLE_EMBEDDINGS, D]`.
    role_embeddings: Words,
    /// L of them.
    layers: Vec<Layer>,
    /// Weight `[D]` and bias `[1]` of the output projection.
    output: [Words; 2],
}

/// What goes from one kernel to the next, for the worlds that are computed together.
struct Rows {
    /// Activations, `[W, T, D]`.
    x: Words,
    /// Queries, keys and values, `[W, T, 3 D]`; then what is added to activations, `[W, T, D]`.
    projected: Words,
    /// What heads take of the values, and what is added to activations, `[W, T, D]`.
    y: Words,
    /// Between the two halves of a feed-forward block, `[W, T, I]`.
    inner: Words,
}

impl Kept {
    pub fn new<R: Runtime>(on: &Device<R>, weights: &Weights) -> Result<Self> {
        let upload =
            |numbers: &[f32]| on.upload_to_keep("the weights", u32::from_bytes(f32::as_bytes(numbers)));
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
            let norm = |part: &str| -> Result<[Words; 2]> {
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
        let embeddings = Embeddings::new(weights);
        Ok(Self {
            architecture: weights.architecture(),
            layers: layers.collect::<Result<_>>()?,
            domino_embeddings: upload(&embeddings.dominoes.concat())?,
            role_embeddings: upload(&embeddings.roles.concat())?,
            output: [
                upload(&tensor("output_proj.weight".to_owned()).data)?,
                upload(&tensor("output_proj.bias".to_owned()).data)?,
            ],
        })
    }

    /// See [`Forward::run`](super::Forward::run).
    pub fn launch<R: Runtime>(
        &self,
        on: &Device<R>,
        tokens: &Words,
        (totals, total): (&Words, u32),
        first: usize,
        n: usize,
        outputs: &Words,
    ) -> Result<()> {
        let Architecture { width, feed_forward, .. } = self.architecture;
        let widest = (3 * width).max(feed_forward);
        let bytes = |columns: usize| (4 * TOKENS * columns) as u64;
        let most = on.spare_bytes().min(MOST_BYTES) / bytes(5 * width + feed_forward);
        let most = most.min(on.properties().memory.max_page_size / bytes(widest));
        // Rows are counted in 32 bits.
        let batch = (most as usize).clamp(1, 1 << 14).min(n);
        let rows = |columns: usize| on.buffer("the activations", batch * TOKENS * columns);
        let rows = Rows {
            x: rows(width)?,
            projected: rows(3 * width)?,
            y: rows(width)?,
            inner: rows(feed_forward)?,
        };
        for start in (0..n).step_by(batch) {
            let part = start..n.min(start + batch);
            self.embed(on, tokens, (totals, total), first, part.clone(), &rows)?;
            for layer in &self.layers {
                let n_rows = part.len() * TOKENS;
                layer.projection.apply(on, &rows.x, &rows.projected, n_rows, false)?;
                self.attend(on, tokens, part.clone(), &rows)?;
                layer.mixed.apply(on, &rows.y, &rows.projected, n_rows, false)?;
                self.normalise(on, &layer.norms[0], &rows.projected, n_rows, &rows)?;
                layer.up.apply(on, &rows.x, &rows.inner, n_rows, true)?;
                layer.down.apply(on, &rows.inner, &rows.y, n_rows, false)?;
                self.normalise(on, &layer.norms[1], &rows.y, n_rows, &rows)?;
            }
            self.read_off(on, part, &rows, outputs)?;
        }
        Ok(())
    }
}

impl Linear {
    /// From `x`, `[n_rows, inputs]`, to `y`, `[n_rows, outputs]`.
    fn apply<R: Runtime>(
        &self,
        on: &Device<R>,
        x: &Words,
        y: &Words,
        n_rows: usize,
        relu: bool,
    ) -> Result<()> {
        let blocks = n_rows.div_ceil(BLOCK as usize) * self.outputs.div_ceil(BLOCK) as usize;
        let each: usize = if self.inputs.is_multiple_of(4) && self.outputs.is_multiple_of(4) { 4 } else { 1 };
        let kernel = Kernel::of::<()>("linear", &(each, relu));
        on.launch(kernel, Grid::cubes(blocks, UNITS), |client, count, dim| {
            // SAFETY: cubes beyond the rows do nothing; rows and columns beyond the last ones are neither read nor written. Rows of
            // both factors are whole numbers of vectors.
            unsafe {
                linear_kernel::launch_unchecked::<R>(
                    client,
                    count,
                    dim,
                    each,
                    x.arg_of(each),
                    self.weight.arg_of(each),
                    self.bias.arg_of(each),
                    y.arg_of(each),
                    n_rows as u32,
                    self.inputs,
                    self.outputs,
                    each as u32,
                    relu,
                );
            }
        })
    }
}

impl Kept {
    /// The activations of the worlds `part` of `tokens`, `[W, T]`.
    fn embed<R: Runtime>(
        &self,
        on: &Device<R>,
        tokens: &Words,
        (totals, total): (&Words, u32),
        first: usize,
        part: Range<usize>,
        rows: &Rows,
    ) -> Result<()> {
        let width = self.architecture.width;
        let grid = Grid::units(part.len() * TOKENS * width, UNITS);
        on.launch(Kernel::new("embed"), grid, |client, count, dim| {
            // SAFETY: units beyond the part's rows do nothing; of worlds beyond the total no token is believed.
            unsafe {
                embed_kernel::launch_unchecked::<R>(
                    client,
                    count,
                    dim,
                    tokens.arg(),
                    self.domino_embeddings.arg(),
                    self.role_embeddings.arg(),
                    totals.arg(),
                    rows.x.arg(),
                    total,
                    first as u32,
                    part.start as u32,
                    part.len() as u32,
                    width as u32,
                );
            }
        })
    }

    /// What heads take of the values, `part` as in [`Kept::embed`].
    fn attend<R: Runtime>(
        &self,
        on: &Device<R>,
        tokens: &Words,
        part: Range<usize>,
        rows: &Rows,
    ) -> Result<()> {
        let Architecture { width, heads, .. } = self.architecture;
        let grid = Grid::cubes(part.len() * heads, TOKENS as u32);
        let size = (width / heads) as u32;
        on.launch(Kernel::of::<()>("attend", &size), grid, |client, count, dim| {
            // SAFETY: cubes beyond the part's worlds and heads do nothing.
            unsafe {
                attend_kernel::launch_unchecked::<R>(
                    client,
                    count,
                    dim,
                    rows.projected.arg(),
                    tokens.arg(),
                    rows.y.arg(),
                    part.start as u32,
                    part.len() as u32,
                    heads as u32,
                    size,
                );
            }
        })
    }

    /// Adds `added`, `[n_rows, D]`, to the activations and normalises them; weight and bias are `[D]`.
    fn normalise<R: Runtime>(
        &self,
        on: &Device<R>,
        [weight, bias]: &[Words; 2],
        added: &Words,
        n_rows: usize,
        rows: &Rows,
    ) -> Result<()> {
        let width = self.architecture.width as u32;
        let grid = Grid::cubes(n_rows.div_ceil(NORMALISED as usize), UNITS);
        on.launch(Kernel::of::<()>("normalise", &width), grid, |client, count, dim| {
            // SAFETY: units beyond the rows neither read nor write them.
            unsafe {
                normalise_kernel::launch_unchecked::<R>(
                    client,
                    count,
                    dim,
                    rows.x.arg(),
                    added.arg(),
                    weight.arg(),
                    bias.arg(),
                    n_rows as u32,
                    width,
                );
            }
        })
    }

    /// Writes the worlds `part` of `outputs`, `[W, S]`.
    fn read_off<R: Runtime>(
        &self,
        on: &Device<R>,
        part: Range<usize>,
        rows: &Rows,
        outputs: &Words,
    ) -> Result<()> {
        let grid = Grid::units(part.len() * OUTPUTS, UNITS);
        on.launch(Kernel::new("read off"), grid, |client, count, dim| {
            // SAFETY: units beyond the part's outputs, which the buffer holds, do nothing.
            unsafe {
                read_kernel::launch_unchecked::<R>(
                    client,
                    count,
                    dim,
                    rows.x.arg(),
                    self.output[0].arg(),
                    self.output[1].arg(),
                    outputs.arg(),
                    part.start as u32,
                    part.len() as u32,
                    self.architecture.width as u32,
                );
            }
        })
    }
}
