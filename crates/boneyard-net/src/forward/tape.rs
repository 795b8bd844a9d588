//! A network's weights in the order in which the tensor kernel uses them.
//!
//! The kernel reads two tapes from the beginning to the end and never looks anything up: *tiles* of 16 × 16 f16 of
//! the matrices, and *pairs* of f32 of everything that is added or multiplied by column. All sizes are rounded up to
//! 16 with zeros, which change nothing.
//!
//! A tile is 32 lanes of four words, a word two numbers of one row side by side. Lane 4g + t has, of a matrix
//! `[out][in]`, rows g and g + 8 and columns 2t, 2t + 1 and 2t + 8, 2t + 9: as the instruction `mma.m16n8k16` wants
//! its second operand transposed, or, with the middle words exchanged, its first one (PTX ISA, "Matrix Fragments for
//! mma.m16n8k16").
//!
//! What is known beforehand is computed beforehand, in f64:
//! queries are divided by the square root of a head's width; a key's bias adds the same to all of a query's scores
//! and drops out; values' biases pass through the average, so that the output projection's bias takes them in.

use crate::tokenizer::folded::Tables;
use crate::weights::{Architecture, Weights, WeightsError};
use half::f16;

/// Where the words of a tile stand, rows down and columns to the right, if it is the second operand of a product...
const SECOND: [(usize, usize); 4] = [(0, 0), (0, 8), (8, 0), (8, 8)];
/// ... and if it is the first.
const FIRST: [(usize, usize); 4] = [(0, 0), (8, 0), (0, 8), (8, 8)];

/// Rows and columns of a tile.
pub const TILE: usize = 16;

/// The sizes of the network in tiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shape {
    /// Numbers a token, not rounded up.
    pub width: usize,
    /// Tiles of a token.
    pub tiles: usize,
    /// Attention heads.
    pub heads: usize,
    /// Tiles of a head.
    pub head_tiles: usize,
    /// Tiles between the two halves of a feed-forward block.
    pub inner_tiles: usize,
    /// Encoder layers.
    pub layers: usize,
}

impl Shape {
    pub fn of(architecture: Architecture) -> Self {
        let Architecture { width, heads, layers, feed_forward } = architecture;
        Self {
            width,
            tiles: width.div_ceil(TILE),
            heads,
            head_tiles: (width / heads).div_ceil(TILE),
            inner_tiles: feed_forward.div_ceil(TILE),
            layers,
        }
    }
}

/// Weights as the kernel reads them.
pub struct Tape {
    /// Rows of the faces and the places: per tile and t, columns 2t, 2t + 1, 2t + 8, 2t + 9.
    pub faces: Vec<u32>,
    pub places: Vec<u32>,
    pub tiles: Vec<u32>,
    pub pairs: Vec<f32>,
}

/// `[row][column]`, rounded up.
struct Matrix {
    columns: usize,
    numbers: Vec<f64>,
}

impl Matrix {
    fn zeros(rows: usize, columns: usize) -> Self {
        Self { columns, numbers: vec![0.0; rows * columns] }
    }

    fn at(&self, row: usize, column: usize) -> f64 {
        self.numbers[row * self.columns + column]
    }

    fn set(&mut self, row: usize, column: usize, number: f64) {
        self.numbers[row * self.columns + column] = number;
    }
}

impl Tape {
    /// # Errors
    /// [`WeightsError`] for a weight that f16 cannot hold.
    pub fn record(weights: &Weights) -> Result<Self, WeightsError> {
        let architecture = weights.architecture();
        let shape = Shape::of(architecture);
        let tables = Tables::new(weights);
        let mut tape = Self { faces: vec![], places: vec![], tiles: vec![], pairs: vec![] };
        for (rows, out) in [(&tables.faces, &mut tape.faces), (&tables.places, &mut tape.places)] {
            for row in rows {
                for tile in 0..shape.tiles {
                    for t in 0..4 {
                        for column in [2 * t, 2 * t + 8] {
                            let number =
                                |column| row.get(TILE * tile + column).copied().unwrap_or(0.0).into();
                            out.push(pair("the embeddings", number(column), number(column + 1))?);
                        }
                    }
                }
            }
        }
        for layer in 0..architecture.layers {
            tape.layer(weights, layer, shape)?;
        }
        let tensor = |name: &str| &weights.tensor(name).expect("weights are complete").data;
        tape.columns(tensor("output_proj.weight").iter().map(|&number| number.into()), shape.tiles);
        tape.pairs.extend([tensor("output_proj.bias")[0], 0.0]);
        Ok(tape)
    }

    fn layer(&mut self, weights: &Weights, layer: usize, shape: Shape) -> Result<(), WeightsError> {
        let name = |name: &str| format!("transformer.layers.{layer}.{name}");
        let tensor = |part: &str| -> Vec<f64> {
            let tensor = weights.tensor(&name(part)).expect("weights are complete");
            tensor.data.iter().map(|&number| number.into()).collect()
        };
        let width = shape.width;
        let head_width = width / shape.heads;
        let rounded = shape.tiles * TILE;
        let (projection, bias) = (tensor("self_attn.in_proj_weight"), tensor("self_attn.in_proj_bias"));
        let scale = (head_width as f64).sqrt().recip();
        for head in 0..shape.heads {
            let parts = [(0, scale), (1, 1.0), (2, 1.0)].map(|(part, scale)| {
                let mut matrix = Matrix::zeros(shape.head_tiles * TILE, rounded);
                for row in 0..head_width {
                    for column in 0..width {
                        let from = (part * width + head * head_width + row) * width + column;
                        matrix.set(row, column, scale * projection[from]);
                    }
                }
                matrix
            });
            for tile in 0..shape.tiles {
                for d in 0..shape.head_tiles {
                    let [queries, keys, values] = &parts;
                    let name = name("self_attn.in_proj_weight");
                    self.tile(&name, queries, d, tile, SECOND)?;
                    self.tile(&name, keys, d, tile, SECOND)?;
                    self.tile(&name, values, d, tile, FIRST)?;
                }
            }
            let queries = &bias[head * head_width..][..head_width];
            self.columns(queries.iter().map(|number| scale * number), shape.head_tiles);
        }
        let (output, added) = (tensor("self_attn.out_proj.weight"), tensor("self_attn.out_proj.bias"));
        let mut matrix = Matrix::zeros(rounded, shape.heads * shape.head_tiles * TILE);
        let mut biases = added;
        for row in 0..width {
            for head in 0..shape.heads {
                for column in 0..head_width {
                    let from = head * head_width + column;
                    let number = output[row * width + from];
                    matrix.set(row, head * shape.head_tiles * TILE + column, number);
                    biases[row] += number * bias[2 * width + from];
                }
            }
        }
        self.columns(biases.into_iter(), shape.tiles);
        for tile in 0..shape.heads * shape.head_tiles {
            for n in 0..shape.tiles {
                self.tile(&name("self_attn.out_proj.weight"), &matrix, n, tile, SECOND)?;
            }
        }
        self.columns(tensor("norm1.weight").into_iter(), shape.tiles);
        self.columns(tensor("norm1.bias").into_iter(), shape.tiles);

        let (first, second) = (tensor("linear1.weight"), tensor("linear2.weight"));
        let inner = first.len() / width;
        let (mut up, mut down) = (
            Matrix::zeros(shape.inner_tiles * TILE, rounded),
            Matrix::zeros(rounded, shape.inner_tiles * TILE),
        );
        for i in 0..inner {
            for column in 0..width {
                up.set(i, column, first[i * width + column]);
                down.set(column, i, second[column * inner + i]);
            }
        }
        self.columns(tensor("linear2.bias").into_iter(), shape.tiles);
        self.columns(tensor("linear1.bias").into_iter(), shape.inner_tiles);
        for i in 0..shape.inner_tiles {
            for tile in 0..shape.tiles {
                self.tile(&name("linear1.weight"), &up, i, tile, SECOND)?;
            }
            for n in 0..shape.tiles {
                self.tile(&name("linear2.weight"), &down, n, i, SECOND)?;
            }
        }
        self.columns(tensor("norm2.weight").into_iter(), shape.tiles);
        self.columns(tensor("norm2.bias").into_iter(), shape.tiles);
        Ok(())
    }

    fn tile(
        &mut self,
        name: &str,
        matrix: &Matrix,
        row: usize,
        column: usize,
        words: [(usize, usize); 4],
    ) -> Result<(), WeightsError> {
        for lane in 0..32 {
            let (g, t) = (lane / 4, lane % 4);
            for (down, right) in words {
                let number = |k| matrix.at(TILE * row + g + down, TILE * column + 2 * t + right + k);
                self.tiles.push(pair(name, number(0), number(1))?);
            }
        }
        Ok(())
    }

    /// Numbers by column, rounded up to so many tiles.
    fn columns(&mut self, numbers: impl Iterator<Item = f64>, tiles: usize) {
        let end = self.pairs.len() + tiles * TILE;
        self.pairs.extend(numbers.map(|number| number as f32));
        self.pairs.resize(end, 0.0);
    }
}

/// Two numbers in half precision, the first one low.
fn pair(name: &str, low: f64, high: f64) -> Result<u32, WeightsError> {
    let half = |number| {
        let half = f16::from_f64(number);
        if half.is_finite() {
            return Ok(u32::from(half.to_bits()));
        }
        Err(WeightsError::Format(format!(
            "{name} has the weight {number}, expected at most 65,504 for half precision"
        )))
    };
    Ok(half(low)? | half(high)? << 16)
}
