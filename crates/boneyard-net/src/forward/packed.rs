//! A network's weights in the order in which the tensor kernel uses them.
//!
//! The kernel reads two arrays from the beginning to the end and never looks anything up: *tiles* of 16 × 16 f16 of
//! the matrices, and *pairs* of f32 of everything that is added or multiplied by column. All sizes are rounded up to
//! 16 with zeros, which change nothing.
//!
//! A tile is `[32, 4]`, lanes of four words, a word two numbers of one row side by side. Lane 4g + t has, of a matrix
//! `[out, in]`, rows g and g + 8 and columns 2t, 2t + 1 and 2t + 8, 2t + 9: as the instruction `mma.m16n8k16` wants
//! its second operand transposed, or, with the middle words exchanged, its first one (PTX ISA, "Matrix Fragments for
//! mma.m16n8k16").
//!
//! What is known beforehand is computed beforehand, in f64:
//! queries are divided by the square root of a head's width; a key's bias adds the same to all of a query's scores
//! and drops out; values' biases pass through the average, so that the output projection's bias takes them in.

use crate::tokenizer::folded::Embeddings;
use crate::weights::{Architecture, Weights, WeightsError};
use half::f16;
use std::ops::Range;

/// Where the words of a tile stand, rows down and columns to the right, if it is the second operand of a product...
const SECOND: [(usize, usize); 4] = [(0, 0), (0, 8), (8, 0), (8, 8)];
/// ... and if it is the first.
const FIRST: [(usize, usize); 4] = [(0, 0), (8, 0), (0, 8), (8, 8)];

/// Rows and columns of a tile.
pub const TILE: usize = 16;

/// The sizes of the network in tiles, rounded up so that every part has as many. Shapes of what the tensor kernel reads
/// and writes are made of its fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shape {
    /// Planes that share a world: each has the same number of columns of every matrix.
    pub parts: usize,
    /// Tiles between the two halves of a feed-forward block that are computed before they are used.
    pub section: usize,
    /// Of these, what a part computes at a time.
    pub group: usize,
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
    /// Groups of so many tiles, of which every part computes so many before they are used.
    pub fn of(architecture: Architecture, parts: usize, group: usize, groups: usize) -> Self {
        let section = parts * group * groups;
        let Architecture { width, heads, layers, feed_forward } = architecture;
        Self {
            parts,
            section,
            group,
            width,
            tiles: width.div_ceil(TILE).next_multiple_of(parts),
            heads: heads.next_multiple_of(parts),
            head_tiles: (width / heads).div_ceil(TILE),
            inner_tiles: feed_forward.div_ceil(TILE).next_multiple_of(section),
            layers,
        }
    }

    /// Of so many tiles or heads, those of a part.
    fn own(&self, part: usize, all: usize) -> Range<usize> {
        let own = all / self.parts;
        part * own..(part + 1) * own
    }
}

/// Weights as the kernel reads them.
pub struct PackedWeights {
    /// Embeddings of the dominoes, `[DOMINO_EMBEDDINGS, tiles, 4, 2]`: per tile and t, columns 2t, 2t + 1 and 2t + 8, 2t + 9.
    pub dominoes: Vec<u32>,
    /// Embeddings of the roles, `[ROLE_EMBEDDINGS, tiles, 4, 2]`, likewise.
    pub roles: Vec<u32>,
    /// The matrices, a layer after the other, in tiles. Of the heads, queries, keys and values: `[heads, tiles, head_tiles,
    /// 3]`. The output projection: `[parts, heads · head_tiles, tiles / parts]`. Per section of the feed-forward block, the
    /// product that leads there, `[section / group, tiles, group]`, and the one that leads back, `[parts, section, tiles /
    /// parts]`. What stands behind `parts` is, per tile that is summed over, the part's own columns.
    pub tiles: Vec<u32>,
    /// By column, a layer after the other, in 16 numbers a tile: biases of the heads' queries, `[heads, head_tiles]`; bias of
    /// the output projection, `[tiles]`; weight and bias of the first normalisation, `[2, tiles]`; biases of the feed-forward
    /// block, `[inner_tiles]` and `[tiles]`; weight and bias of the second normalisation, `[2, tiles]`. At the end the head:
    /// weight, `[tiles]`, and bias, two numbers of which the second is zero.
    pub pairs: Vec<f32>,
}

/// `[rows, columns]`, rounded up.
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

impl PackedWeights {
    /// Folds what can be folded, and lays everything out.
    ///
    /// # Errors
    /// [`WeightsError`] for a weight that f16 cannot hold.
    pub fn pack(weights: &Weights, shape: Shape) -> Result<Self, WeightsError> {
        let embeddings = Embeddings::new(weights);
        let mut packed = Self { dominoes: vec![], roles: vec![], tiles: vec![], pairs: vec![] };
        for (rows, out) in
            [(&embeddings.dominoes, &mut packed.dominoes), (&embeddings.roles, &mut packed.roles)]
        {
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
        for layer in 0..shape.layers {
            packed.layer(weights, layer, shape)?;
        }
        let tensor = |name: &str| &weights.tensor(name).expect("weights are complete").data;
        packed.columns(tensor("output_proj.weight").iter().map(|&number| number.into()), shape.tiles);
        packed.pairs.extend([tensor("output_proj.bias")[0], 0.0]);
        Ok(packed)
    }

    fn layer(&mut self, weights: &Weights, layer: usize, shape: Shape) -> Result<(), WeightsError> {
        let name = |name: &str| format!("transformer.layers.{layer}.{name}");
        let tensor = |part: &str| -> Vec<f64> {
            let tensor = weights.tensor(&name(part)).expect("weights are complete");
            tensor.data.iter().map(|&number| number.into()).collect()
        };
        let Architecture { width, heads, .. } = weights.architecture();
        let head_width = width / heads;
        let rounded = shape.tiles * TILE;
        let (projection, bias) = (tensor("self_attn.in_proj_weight"), tensor("self_attn.in_proj_bias"));
        let scale = (head_width as f64).sqrt().recip();
        for head in 0..shape.heads {
            let parts = [(0, scale), (1, 1.0), (2, 1.0)].map(|(part, scale)| {
                let mut matrix = Matrix::zeros(shape.head_tiles * TILE, rounded);
                // Heads that round up the number have no rows.
                for row in 0..if head < heads { head_width } else { 0 } {
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
            let queries = bias[..width].iter().skip(head * head_width).take(head_width);
            self.columns(queries.map(|number| scale * number), shape.head_tiles);
        }
        let (output, added) = (tensor("self_attn.out_proj.weight"), tensor("self_attn.out_proj.bias"));
        let mut matrix = Matrix::zeros(rounded, shape.heads * shape.head_tiles * TILE);
        let mut biases = added;
        for row in 0..width {
            for head in 0..heads {
                for column in 0..head_width {
                    let from = head * head_width + column;
                    let number = output[row * width + from];
                    matrix.set(row, head * shape.head_tiles * TILE + column, number);
                    biases[row] += number * bias[2 * width + from];
                }
            }
        }
        self.columns(biases.into_iter(), shape.tiles);
        let mixed = 0..shape.heads * shape.head_tiles;
        self.product(&name("self_attn.out_proj.weight"), &matrix, 0..shape.tiles, mixed, shape)?;
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
        self.columns(tensor("linear1.bias").into_iter(), shape.inner_tiles);
        self.columns(tensor("linear2.bias").into_iter(), shape.tiles);
        for start in (0..shape.inner_tiles).step_by(shape.section) {
            let section = start..start + shape.section;
            for group in section.clone().step_by(shape.group) {
                for tile in 0..shape.tiles {
                    for row in group..group + shape.group {
                        self.tile(&name("linear1.weight"), &up, row, tile, SECOND)?;
                    }
                }
            }
            self.product(&name("linear2.weight"), &down, 0..shape.tiles, section, shape)?;
        }
        self.columns(tensor("norm2.weight").into_iter(), shape.tiles);
        self.columns(tensor("norm2.bias").into_iter(), shape.tiles);
        Ok(())
    }

    /// A part after the other: per tile of columns, its own tiles of rows.
    fn product(
        &mut self,
        name: &str,
        matrix: &Matrix,
        rows: Range<usize>,
        columns: Range<usize>,
        shape: Shape,
    ) -> Result<(), WeightsError> {
        for part in 0..shape.parts {
            for column in columns.clone() {
                for row in shape.own(part, rows.len()) {
                    self.tile(name, matrix, rows.start + row, column, SECOND)?;
                }
            }
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::{Input, Reference};
    use crate::tokenizer::folded::ABSENT;
    use crate::tokenizer::{Decision, FEATURES, TOKENS, Token, context, in_hand, on_table};

    /// Reads packed weights as the kernel does, but a tile and a column at a time, in f32.
    struct Reader<'a> {
        packed: &'a PackedWeights,
        tile: usize,
        pair: usize,
    }

    type Rows = Vec<Vec<f32>>;

    fn halves(word: u32) -> [f32; 2] {
        [word as u16, (word >> 16) as u16].map(|bits| f16::from_bits(bits).to_f32())
    }

    impl Reader<'_> {
        /// Adds the product with the next tile, whose words stand as said: columns `from` of `x` to columns `to` of `y`.
        fn product(&mut self, x: &Rows, from: usize, y: &mut Rows, to: usize, words: [(usize, usize); 4]) {
            let mut tile = [[0.0; TILE]; TILE];
            for lane in 0..32 {
                for (i, (down, right)) in words.into_iter().enumerate() {
                    let pair = halves(self.packed.tiles[128 * self.tile + 4 * lane + i]);
                    tile[lane / 4 + down][2 * (lane % 4) + right..][..2].copy_from_slice(&pair);
                }
            }
            self.tile += 1;
            for (x, y) in x.iter().zip(y) {
                for (out, row) in tile.iter().enumerate() {
                    y[to + out] += (0..TILE).map(|k| row[k] * x[from + k]).sum::<f32>();
                }
            }
        }

        fn parts(&mut self, x: &Rows, from: Range<usize>, y: &mut Rows, to: Range<usize>, shape: Shape) {
            for part in 0..shape.parts {
                for tile in from.clone() {
                    for n in shape.own(part, to.len()) {
                        self.product(x, TILE * tile, y, TILE * n, SECOND);
                    }
                }
            }
        }

        fn columns(&mut self, tiles: usize) -> Vec<f32> {
            let columns = self.packed.pairs[self.pair..][..TILE * tiles].to_vec();
            self.pair += TILE * tiles;
            columns
        }

        fn normalise(&mut self, y: &Rows, shape: Shape) -> Rows {
            let [weight, bias] = [(); 2].map(|()| self.columns(shape.tiles));
            let row = |row: &Vec<f32>| {
                let real = &row[..shape.width];
                let mean = real.iter().sum::<f32>() / shape.width as f32;
                let variance = real.iter().map(|it| (it - mean).powi(2)).sum::<f32>() / shape.width as f32;
                let unit =
                    |(i, it): (usize, &f32)| (it - mean) / (variance + 1e-5).sqrt() * weight[i] + bias[i];
                row.iter().enumerate().map(unit).collect()
            };
            y.iter().map(row).collect()
        }

        fn layer(&mut self, x: &Rows, present: &[bool], shape: Shape) -> Rows {
            let wide = TILE * shape.head_tiles;
            let mut mixed = vec![vec![0.0; shape.heads * wide]; TOKENS];
            for head in 0..shape.heads {
                let bias = self.columns(shape.head_tiles);
                let mut q = vec![bias; TOKENS];
                let [mut k, mut v] = [(); 2].map(|()| vec![vec![0.0; wide]; TOKENS]);
                for tile in 0..shape.tiles {
                    for d in 0..shape.head_tiles {
                        self.product(x, TILE * tile, &mut q, TILE * d, SECOND);
                        self.product(x, TILE * tile, &mut k, TILE * d, SECOND);
                        self.product(x, TILE * tile, &mut v, TILE * d, FIRST);
                    }
                }
                for token in 0..TOKENS {
                    let dot = |other: usize| q[token].iter().zip(&k[other]).map(|(a, b)| a * b).sum::<f32>();
                    let shares: Vec<f32> = (0..TOKENS)
                        .map(|other| if present[other] { dot(other).exp() } else { 0.0 })
                        .collect();
                    let sum: f32 = shares.iter().sum();
                    for i in 0..wide {
                        let taken = (0..TOKENS).map(|other| shares[other] * v[other][i]).sum::<f32>();
                        mixed[token][wide * head + i] = taken / sum;
                    }
                }
            }
            let bias = self.columns(shape.tiles);
            let mut y = sum(x, &bias);
            self.parts(&mixed, 0..shape.heads * shape.head_tiles, &mut y, 0..shape.tiles, shape);
            let x = self.normalise(&y, shape);
            let inner_bias = self.columns(shape.inner_tiles);
            let bias = self.columns(shape.tiles);
            let mut y = sum(&x, &bias);
            for section in inner_bias.chunks(TILE * shape.section) {
                let mut inner = vec![section.to_vec(); TOKENS];
                for group in (0..shape.section).step_by(shape.group) {
                    for tile in 0..shape.tiles {
                        for n in group..group + shape.group {
                            self.product(&x, TILE * tile, &mut inner, TILE * n, SECOND);
                        }
                    }
                }
                inner.iter_mut().flatten().for_each(|it| *it = it.max(0.0));
                self.parts(&inner, 0..shape.section, &mut y, 0..shape.tiles, shape);
            }
            self.normalise(&y, shape)
        }
    }

    fn sum(x: &Rows, bias: &[f32]) -> Rows {
        x.iter().map(|row| row.iter().zip(bias).map(|(a, b)| a + b).collect()).collect()
    }

    fn run(packed: &PackedWeights, shape: Shape, tokens: [u32; TOKENS]) -> [f32; 7] {
        let row = |rows: &[u32], row: u32| -> Vec<f32> {
            let words = &rows[row as usize * 8 * shape.tiles..][..8 * shape.tiles];
            let mut columns = vec![0.0; TILE * shape.tiles];
            for (i, &word) in words.iter().enumerate() {
                let column = TILE * (i / 8) + 2 * (i / 2 % 4) + 8 * (i % 2);
                columns[column..][..2].copy_from_slice(&halves(word));
            }
            columns
        };
        let present = tokens.map(|word| word != ABSENT);
        let embed = |word: u32| match word {
            ABSENT => vec![0.0; TILE * shape.tiles],
            _ => sum(&vec![row(&packed.dominoes, word & 0xffff)], &row(&packed.roles, word >> 16)).remove(0),
        };
        let mut x: Rows = tokens.map(embed).into();
        let mut reader = Reader { packed, tile: 0, pair: 0 };
        for _ in 0..shape.layers {
            x = reader.layer(&x, &present, shape);
        }
        let weight = reader.columns(shape.tiles);
        let bias = reader.packed.pairs[reader.pair];
        assert_eq!(128 * reader.tile, packed.tiles.len(), "tiles are read to their end");
        assert_eq!(reader.pair + 2, packed.pairs.len(), "pairs are read to their end");
        std::array::from_fn(|slot| bias + x[slot].iter().zip(&weight).map(|(a, b)| a * b).sum::<f32>())
    }

    /// Whoever reads packed weights in the order of the kernel computes the network, within the rounding of its weights.
    #[test]
    fn packed_weights_are_the_network() {
        let decision = Decision { mover: 2, declaration: 4, leader: 1 };
        let mut tokens = vec![context(&decision)];
        // Some deal, in which every third domino has been played.
        let hands = (0..28).map(|i| in_hand(&decision, i * 9 % 28, i / 7, u32::from(i % 3 > 0)));
        tokens.extend(hands);
        tokens.push(on_table(&decision, 9, 0));
        let input = Input {
            features: std::array::from_fn(|i| tokens.get(i).map_or([0; FEATURES], Token::features)),
            present: std::array::from_fn(|i| i < tokens.len()),
            mover: 2,
        };
        for (width, heads, layers, feed_forward, parts, group, groups) in [
            (48, 3, 1, 20, 1, 1, 1),
            (44, 11, 2, 70, 1, 2, 2),
            (44, 11, 2, 70, 4, 2, 1),
            (128, 8, 2, 64, 2, 1, 1),
            (64, 2, 1, 33, 2, 2, 1),
        ] {
            let architecture = Architecture { width, heads, layers, feed_forward };
            let weights = Weights::random(architecture, 5).unwrap();
            let shape = Shape::of(architecture, parts, group, groups);
            let got = run(&PackedWeights::pack(&weights, shape).unwrap(), shape, input.folded());
            let expected = Reference::new(&weights).unwrap().forward(&[input]).unwrap()[0].q;
            for (got, expected) in got.iter().zip(expected) {
                assert!((got - expected).abs() < 0.02, "{shape:?}: {got}, expected {expected}");
            }
        }
    }

    #[test]
    fn weights_beyond_half_precision_are_refused() {
        let architecture = Architecture { width: 12, heads: 1, layers: 1, feed_forward: 4 };
        let mut file = Weights::random(architecture, 5).unwrap().to_safetensors();
        // The last matrix before the last normalisation and the heads: 12 by 4, and its bias of 12.
        let end = file.len() - 4 * (2 * 13 + 2 * 12 + 12);
        file[end - 4..end].copy_from_slice(&7e4f32.to_le_bytes());
        let refused =
            PackedWeights::pack(&Weights::read(&file, None).unwrap(), Shape::of(architecture, 1, 1, 1))
                .map(|_| ())
                .unwrap_err()
                .to_string();
        assert!(
            refused.contains("linear2.weight has the weight 70000, expected at most 65,504"),
            "{refused}"
        );
    }
}
