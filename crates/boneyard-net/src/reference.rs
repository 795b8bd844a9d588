//! The network's function, written to be read: on the processor, in f32, through candle.
//!
//! Each of a token's twelve features is looked up in a table; the twelve rows are laid side by side and projected to
//! the width of the network. Encoder layers follow (attention, then a feed-forward block, each added to what came in
//! and normalised after), and two linear heads: the values of the mover's seven dominoes are read off their own
//! tokens, the value of the position off the context token. Faster implementations are held to this one.

use crate::tokenizer::{FEATURES, TOKENS, Tokens};
use crate::weights::{Architecture, EMBEDDING_TABLES, Weights};
use boneyard_rules::{View, World};
use candle_core::{D, Device, Result, Tensor};
use std::collections::HashMap;

/// What keeps the normalisation away from a division by zero.
const EPSILON: f64 = 1e-5;

/// One decision in one world, as the network reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Input {
    /// `[T, F]`.
    pub features: [[i8; FEATURES]; TOKENS],
    /// Which tokens there are, `[T]`; the others are looked at by nobody.
    pub present: [bool; TOKENS],
    /// The absolute seat of the mover, 0–3.
    pub mover: usize,
}

impl Input {
    /// The mover's decision in a world that agrees with its view.
    pub fn of(view: &View, world: &World) -> Self {
        Self::new(&Tokens::of(view, world), view.seat().index())
    }

    /// Tokens with the seat that they do not tell.
    pub fn new(tokens: &Tokens, mover: usize) -> Self {
        Self { features: tokens.features(), present: tokens.present(), mover }
    }
}

/// A network's outputs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Output {
    /// By slot of the mover, legal or not: points still to be won, its team minus the other.
    pub q: [f32; 7],
    /// The same of the position, in units of 42 points.
    pub value: f32,
}

/// A network, ready to compute.
#[derive(Clone, Debug)]
pub struct Reference {
    architecture: Architecture,
    tensors: HashMap<String, Tensor>,
}

impl Reference {
    /// The network with these weights.
    ///
    /// # Errors
    /// None that weights could cause.
    pub fn new(weights: &Weights) -> Result<Self> {
        let tensors = weights.tensors().map(|(name, tensor)| {
            let shape = tensor.shape.as_slice();
            Ok((name.to_owned(), Tensor::from_slice(&tensor.data, shape, &Device::Cpu)?))
        });
        Ok(Self { architecture: weights.architecture(), tensors: tensors.collect::<Result<_>>()? })
    }

    /// The sizes.
    pub fn architecture(&self) -> Architecture {
        self.architecture
    }

    /// The outputs of some inputs, in their order.
    ///
    /// The last bits depend on how many inputs there are, as that decides how matrix products are cut; they do not
    /// depend on where an input stands and beside which others.
    ///
    /// # Errors
    /// For a feature that has no row in its table, which tokens of this crate never have.
    pub fn forward(&self, inputs: &[Input]) -> Result<Vec<Output>> {
        let mut hidden = self.embed(inputs)?;
        let absent = absent_keys(inputs)?;
        for layer in 0..self.architecture.layers {
            hidden = self.encode(layer, &hidden, &absent)?;
        }
        let hidden = hidden.flatten_to(1)?;
        let first = |n: usize| (n * TOKENS) as u32;
        let own = inputs
            .iter()
            .enumerate()
            .flat_map(|(n, input)| (0..7).map(move |slot| first(n) + 1 + 7 * input.mover as u32 + slot));
        let q = self.read_off("output_proj", &hidden, own.collect())?;
        let values = self.read_off("value_head", &hidden, (0..inputs.len()).map(first).collect())?;
        let output = |(q, value): (&[f32; 7], f32)| Output { q: *q, value };
        Ok(q.as_chunks().0.iter().zip(values).map(output).collect())
    }

    /// What is between the layers, W being the number of inputs: `[W, T, D]` after the input projection, and after each
    /// of L layers. Numbers of tokens that are not there mean nothing.
    ///
    /// # Errors
    /// As [`Reference::forward`].
    pub fn activations(&self, inputs: &[Input]) -> Result<Vec<Vec<f32>>> {
        let absent = absent_keys(inputs)?;
        let mut hidden = self.embed(inputs)?;
        let mut activations = vec![hidden.flatten_all()?.to_vec1()?];
        for layer in 0..self.architecture.layers {
            hidden = self.encode(layer, &hidden, &absent)?;
            activations.push(hidden.flatten_all()?.to_vec1()?);
        }
        Ok(activations)
    }

    fn tensor(&self, name: &str) -> &Tensor {
        &self.tensors[name]
    }

    /// From `x`, `[.., in]`, to `[.., out]`, for a weight `[out, in]` and a bias `[out]`.
    fn linear(&self, weight: &str, bias: &str, x: &Tensor) -> Result<Tensor> {
        let rows = x.flatten_to(x.rank() - 2)?;
        let y = rows.matmul(&self.tensor(weight).t()?)?.broadcast_add(self.tensor(bias))?;
        let mut shape = x.dims().to_vec();
        *shape.last_mut().expect("two dimensions at least") = y.dim(1)?;
        y.reshape(shape)
    }

    /// The first activations: `[W, T, D]`.
    fn embed(&self, inputs: &[Input]) -> Result<Tensor> {
        let rows = EMBEDDING_TABLES.iter().enumerate().map(|(feature, (name, ..))| {
            let codes = inputs.iter().flat_map(|input| &input.features);
            let codes: Vec<u32> = codes.map(|token| token[feature] as u32).collect();
            self.tensor(&format!("{name}.weight")).index_select(&Tensor::new(codes, &Device::Cpu)?, 0)
        });
        let rows = Tensor::cat(&rows.collect::<Result<Vec<_>>>()?, 1)?;
        let hidden = self.linear("input_proj.weight", "input_proj.bias", &rows)?;
        hidden.reshape((inputs.len(), TOKENS, self.architecture.width))
    }

    /// From `x`, `[W, T, D]`, to the same of the next layer; `absent` is that of [`absent_keys`].
    fn encode(&self, layer: usize, x: &Tensor, absent: &Tensor) -> Result<Tensor> {
        let name = |name: &str| format!("transformer.layers.{layer}.{name}");
        let linear = |weight: &str, bias: &str, x: &Tensor| self.linear(&name(weight), &name(bias), x);
        let mixed = self.attend(&linear("self_attn.in_proj_weight", "self_attn.in_proj_bias", x)?, absent)?;
        let mixed = linear("self_attn.out_proj.weight", "self_attn.out_proj.bias", &mixed)?;
        let x = self.normalise(&name("norm1"), &(x + mixed)?)?;
        let inner = linear("linear1.weight", "linear1.bias", &x)?.relu()?;
        let inner = linear("linear2.weight", "linear2.bias", &inner)?;
        self.normalise(&name("norm2"), &(x + inner)?)
    }

    /// From queries, keys and values side by side, `[W, T, 3 D]`, to what each token takes of the others' values, the
    /// heads side by side, `[W, T, D]`.
    fn attend(&self, projected: &Tensor, absent: &Tensor) -> Result<Tensor> {
        let Architecture { width, heads, .. } = self.architecture;
        let n_inputs = projected.dim(0)?;
        // `[W, H, T, D / H]`
        let part = |i: usize| {
            let part = projected.narrow(2, i * width, width)?;
            part.reshape((n_inputs, TOKENS, heads, width / heads))?.transpose(1, 2)?.contiguous()
        };
        let (queries, keys, values) = (part(0)?, part(1)?, part(2)?);
        let scores = (queries.matmul(&keys.t()?)? / ((width / heads) as f64).sqrt())?;
        let shares = softmax(&scores.broadcast_add(absent)?)?;
        shares.matmul(&values)?.transpose(1, 2)?.reshape((n_inputs, TOKENS, width))
    }

    /// `[.., D]`, row by row.
    fn normalise(&self, name: &str, x: &Tensor) -> Result<Tensor> {
        let centred = x.broadcast_sub(&x.mean_keepdim(D::Minus1)?)?;
        let variance = centred.sqr()?.mean_keepdim(D::Minus1)?;
        let unit = centred.broadcast_div(&(variance + EPSILON)?.sqrt()?)?;
        let scaled = unit.broadcast_mul(self.tensor(&format!("{name}.weight")))?;
        scaled.broadcast_add(self.tensor(&format!("{name}.bias")))
    }

    /// One number for each of these rows of `hidden`, `[W T, D]`.
    fn read_off(&self, head: &str, hidden: &Tensor, rows: Vec<u32>) -> Result<Vec<f32>> {
        let rows = hidden.index_select(&Tensor::new(rows, &Device::Cpu)?, 0)?;
        self.linear(&format!("{head}.weight"), &format!("{head}.bias"), &rows)?.flatten_all()?.to_vec1()
    }
}

/// `[W, 1, 1, T]`: what is added to scores, so that no token looks at one that is not there.
fn absent_keys(inputs: &[Input]) -> Result<Tensor> {
    let present = inputs.iter().flat_map(|input| input.present);
    let added: Vec<f32> = present.map(|present| if present { 0.0 } else { f32::NEG_INFINITY }).collect();
    Tensor::from_vec(added, (inputs.len(), 1, 1, TOKENS), &Device::Cpu)
}

/// Over the last dimension.
fn softmax(x: &Tensor) -> Result<Tensor> {
    let exponentials = x.broadcast_sub(&x.max_keepdim(D::Minus1)?)?.exp()?;
    exponentials.broadcast_div(&exponentials.sum_keepdim(D::Minus1)?)
}
