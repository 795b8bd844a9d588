//! The forward pass on tensor cores: f16 operands, sums in f32.
//!
//! A plane computes one world from its tokens to its answers, or two planes halve the tokens of a wide network's world.
//! What goes from one matrix product into the next stays in the plane's registers, because the lanes that hold a
//! product's sums are the ones that the next product wants them from (the observation behind FlashAttention-2, Dao
//! 2023): sums of two 8-column products, rounded to f16, are one 16-column operand; keys as they come are the second
//! operand of the scores; and values are computed transposed, so that they are the second operand of the average.
//! Weights are streamed as a tape in the order of their use; the planes of a cube read the same tape at about the same
//! time, so all but the first find it in the multiprocessor's cache.

// The macro `cube` adds modules and types beside each item, without documentation.
#![allow(missing_docs)]
#![allow(clippy::too_many_arguments)]

use super::tape::{Shape, TILE, Tape};
use crate::tokenizer::folded::ABSENT;
use crate::weights::{Architecture, Weights, WeightsError};
use boneyard_core::Result;
use boneyard_device::{DeviceStep, Grid, Kernel};
use cubecl::cmma;
use cubecl::ir::{DeviceProperties, ElemType, FloatKind, StorageType, features::MmaConfig};
use cubecl::prelude::*;
use cubecl::server::Handle;
use half::f16;

/// Two numbers of a row, an operand.
pub type Half2 = Vector<f16, Const<2>>;
/// Two sums of a row.
pub type Sum2 = Vector<f32, Const<2>>;
/// A lane's part of a tile, or of an operand of 16 rows.
pub type Words4 = Vector<u32, Const<4>>;
/// A lane's part of a row of an embedding.
pub type Words2 = Vector<u32, Const<2>>;

/// Lanes of a plane.
const LANES: u32 = 32;

/// Widest network in tiles: the activations of 16 tokens and the sums that they are added to fill a plane's registers.
const WIDEST: usize = 16;

/// True where planes of 32 lanes multiply matrices of 16 × 16 by 16 × 8 numbers of f16 and add the products up in f32.
pub fn has_tensor_cores(device: &DeviceProperties) -> bool {
    let half = StorageType::Scalar(ElemType::Float(FloatKind::F16));
    let single = StorageType::Scalar(ElemType::Float(FloatKind::F32));
    let instruction = MmaConfig { a_type: half, b_type: half, cd_type: single, m: 16, n: 8, k: 16 };
    let hardware = &device.hardware;
    let planes_of_32 = hardware.plane_size_min == LANES && hardware.plane_size_max == LANES;
    planes_of_32 && device.features.matmul.mma.contains(&instruction)
}

/// How a network is computed on a device, if it can be.
pub(super) fn blueprint(architecture: Architecture, device: &DeviceProperties) -> Option<TensorBlueprint> {
    let shape = Shape::of(architecture);
    if !has_tensor_cores(device) || shape.tiles > WIDEST {
        return None;
    }
    // The sums of 32 tokens fit the registers of a plane up to a width of 128. Planes of a cube find each other's weights
    // in the cache; pairs wait for the whole cube, so there are fewer.
    let (blocks, planes) = if shape.tiles <= 8 { (2, 8) } else { (1, 4) };
    let blueprints = [planes, 4, 2].map(|planes| TensorBlueprint { shape, blocks, planes });
    blueprints.into_iter().find(|it| it.shared_bytes() <= device.hardware.max_shared_memory_size)
}

/// A network's tapes on a device.
pub(super) struct Kept {
    blueprint: TensorBlueprint,
    faces: Handle,
    places: Handle,
    tiles: Handle,
    pairs: Handle,
}

impl Kept {
    pub fn new<R: Runtime>(step: &DeviceStep<R>, weights: &Weights) -> Result<Result<Self>, WeightsError> {
        let tape = Tape::record(weights)?;
        let blueprint = blueprint(weights.architecture(), step.properties());
        let pairs: Vec<u32> = tape.pairs.iter().map(|number| number.to_bits()).collect();
        let upload = |words: &[u32]| step.upload("the weights", words);
        let make = || {
            Ok(Self {
                blueprint: blueprint.ok_or_else(|| step.fail("no tensor cores"))?,
                faces: upload(&tape.faces)?,
                places: upload(&tape.places)?,
                tiles: upload(&tape.tiles)?,
                pairs: upload(&pairs)?,
            })
        };
        Ok(make())
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
        let blueprint = self.blueprint;
        let cubes = n.div_ceil(blueprint.worlds_per_cube());
        let grid = Grid::cubes(cubes, blueprint.planes as u32 * LANES);
        step.launch(Kernel::of::<Self>("forward", &blueprint), grid, |client, count, dim| {
            // SAFETY: planes without one of the `n` worlds read the last one and write nothing; tapes are read to their
            // ends, and tables in rows that tokens name.
            unsafe {
                tensor_kernel::launch_unchecked::<R>(
                    client,
                    count,
                    dim,
                    words(tokens, 1),
                    words(&self.faces, 2),
                    words(&self.places, 2),
                    words(&self.tiles, 4),
                    words(&self.pairs, 2),
                    words(totals, 1),
                    words(answers, 1),
                    total,
                    first as u32,
                    n as u32,
                    blueprint,
                );
            }
        })
    }
}

/// A buffer as a kernel argument in vectors of so many words.
fn words<R: Runtime>(handle: &Handle, vector: usize) -> ArrayArg<R> {
    // SAFETY: the buffer has the bytes that it says it has.
    unsafe { ArrayArg::from_raw_parts(handle.clone(), handle.size_in_used() as usize / 4 / vector) }
}

/// What the kernel is compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TensorBlueprint {
    pub shape: Shape,
    /// Blocks of 16 tokens that a plane has of its world: two, or one of a pair of planes.
    pub blocks: usize,
    /// Planes of a cube.
    pub planes: usize,
}

impl TensorBlueprint {
    fn worlds_per_cube(&self) -> usize {
        self.planes * self.blocks / 2
    }

    /// Tiles of what heads take of the values: a plane keeps its own.
    fn stash(&self) -> usize {
        self.planes * self.shape.heads * self.shape.head_tiles * self.blocks
    }

    /// Tiles of keys and values that pairs of planes show each other, twice.
    fn exchange(&self) -> usize {
        if self.blocks == 1 { 2 * self.planes * 2 * self.shape.head_tiles } else { 0 }
    }

    fn shared_bytes(&self) -> usize {
        (self.stash() + self.exchange().max(1)) * TILE * TILE * 2
    }
}

/// Where the tapes stand.
#[derive(CubeType, CubeTypeMut, Clone, Copy)]
struct Heads {
    tile: usize,
    pair: usize,
}

#[cube]
fn zeros(#[comptime] n: usize) -> Sequence<Array<Sum2>> {
    let mut sums = Sequence::<Array<Sum2>>::new();
    #[unroll]
    for _ in 0..n {
        let mut sum = Array::<Sum2>::new(2usize);
        sum[0usize] = Sum2::new(0.0f32);
        sum[1usize] = Sum2::new(0.0f32);
        sums.push(sum);
    }
    sums
}

#[cube]
fn operands(#[comptime] n: usize) -> Sequence<Array<Half2>> {
    let mut operands = Sequence::<Array<Half2>>::new();
    #[unroll]
    for _ in 0..n {
        operands.push(Array::<Half2>::new(4usize));
    }
    operands
}

#[cube]
fn half2(word: u32) -> Half2 {
    Half2::reinterpret(word)
}

#[cube]
fn rounded(sum: Sum2) -> Half2 {
    Half2::cast_from(sum)
}

/// Adds the product of 16 rows and 8 columns.
#[cube]
fn multiply(a: &Array<Half2>, b0: Half2, b1: Half2, sums: &mut Array<Sum2>) {
    let mut b = Array::<Half2>::new(2usize);
    b[0usize] = b0;
    b[1usize] = b1;
    let mma = cmma::MmaDefinition::<f16, f16, f32>::new(16usize, 8usize, 16usize);
    mma.execute_inplace(a, &b, sums);
}

/// The sum over the four lanes that share rows.
#[cube]
fn quad_sum(x: f32) -> f32 {
    let x = x + plane_shuffle_xor(x, 1u32);
    x + plane_shuffle_xor(x, 2u32)
}

#[cube]
fn quad_max(x: f32) -> f32 {
    let x = max(x, plane_shuffle_xor(x, 1u32));
    max(x, plane_shuffle_xor(x, 2u32))
}

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
        let mut at = Heads { tile: lane as usize, pair: t as usize };
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

/// One encoder layer; `queries` blocks of its output are computed.
#[cube]
fn encode(
    x: &mut Sequence<Array<Half2>>,
    tiles: &Array<Words4>,
    pairs: &Array<Sum2>,
    at: &mut Heads,
    stash: &mut SharedMemory<Words4>,
    exchange: &mut SharedMemory<Words4>,
    plane: u32,
    half: u32,
    lane: u32,
    present: u32,
    #[comptime] queries: usize,
    #[comptime] blueprint: TensorBlueprint,
) {
    let shape = comptime!(blueprint.shape);
    let blocks = comptime!(blueprint.blocks);
    if comptime!(blueprint.blocks == 1) {
        // Nobody reads what was exchanged in the layer before.
        sync_cube();
    }
    let kept =
        plane as usize * comptime!(shape.heads * shape.head_tiles * blocks * LANES as usize) + lane as usize;
    for head in 0..comptime!(shape.heads) {
        let to = kept + head * comptime!(shape.head_tiles * blocks * LANES as usize);
        attend(
            x,
            tiles,
            pairs,
            at,
            stash,
            to,
            exchange,
            head as u32,
            plane,
            half,
            lane,
            present,
            queries,
            blueprint,
        );
    }

    let mut y = residual(x, pairs, at, queries, shape);
    for tile in 0..comptime!(shape.heads * shape.head_tiles) {
        let mut mixed = operands(queries);
        #[unroll]
        for block in 0..queries {
            let words = stash[kept + (tile * blocks + block) * comptime!(LANES as usize)];
            let operand = mixed.index_mut(block);
            #[unroll]
            for i in 0..4usize {
                operand[i] = half2(words[i]);
            }
        }
        accumulate(&mixed, tiles, at, &mut y, queries, shape);
    }
    normalise(&mut y, x, pairs, at, queries, shape);

    let mut y = residual(x, pairs, at, queries, shape);
    for _ in 0..comptime!(shape.inner_tiles) {
        // [its halves][block]
        let mut inner = zeros(comptime!(2 * queries));
        #[unroll]
        for n in 0..2usize {
            let bias = pairs[at.pair + comptime!(4 * n)];
            #[unroll]
            for block in 0..queries {
                let sum = inner.index_mut(comptime!(n * queries + block));
                sum[0usize] = bias;
                sum[1usize] = bias;
            }
        }
        at.pair += 8usize;
        #[unroll]
        for k in 0..comptime!(shape.tiles) {
            let w = tiles[at.tile + comptime!(k * LANES as usize)];
            #[unroll]
            for block in 0..queries {
                let a = x.index(comptime!(block * shape.tiles + k));
                multiply(a, half2(w[0usize]), half2(w[1usize]), inner.index_mut(block));
                multiply(a, half2(w[2usize]), half2(w[3usize]), inner.index_mut(comptime!(queries + block)));
            }
        }
        at.tile += comptime!(shape.tiles * LANES as usize);
        let mut active = operands(queries);
        #[unroll]
        for block in 0..queries {
            let operand = active.index_mut(block);
            #[unroll]
            for n in 0..2usize {
                let sum = inner.index(comptime!(n * queries + block));
                #[unroll]
                for r in 0..2usize {
                    operand[comptime!(2 * n + r)] = rounded(max(sum[r], Sum2::new(0.0f32)));
                }
            }
        }
        accumulate(&active, tiles, at, &mut y, queries, shape);
    }
    normalise(&mut y, x, pairs, at, queries, shape);
}

/// One head: what each token takes of the others' values, into the stash from `to` on.
#[cube]
fn attend(
    x: &Sequence<Array<Half2>>,
    tiles: &Array<Words4>,
    pairs: &Array<Sum2>,
    at: &mut Heads,
    stash: &mut SharedMemory<Words4>,
    to: usize,
    exchange: &mut SharedMemory<Words4>,
    head: u32,
    plane: u32,
    half: u32,
    lane: u32,
    present: u32,
    #[comptime] queries: usize,
    #[comptime] blueprint: TensorBlueprint,
) {
    let shape = comptime!(blueprint.shape);
    let blocks = comptime!(blueprint.blocks);
    let wide = comptime!(shape.head_tiles);
    // Sums of queries and keys: [block][tile of the head][its halves], rows are tokens. Of values: [tile of the
    // head][block][its halves], columns are tokens.
    let mut q = zeros(comptime!(queries * wide * 2));
    let mut keys = zeros(comptime!(blocks * wide * 2));
    let mut values = zeros(comptime!(wide * blocks * 2));
    #[unroll]
    for d in 0..wide {
        #[unroll]
        for n in 0..2usize {
            let bias = pairs[at.pair + comptime!(8 * d + 4 * n)];
            #[unroll]
            for block in 0..queries {
                let sum = q.index_mut(comptime!((block * wide + d) * 2 + n));
                sum[0usize] = bias;
                sum[1usize] = bias;
            }
        }
    }
    at.pair += comptime!(8 * wide);
    #[unroll]
    for k in 0..comptime!(shape.tiles) {
        #[unroll]
        for d in 0..wide {
            let from = at.tile + comptime!((k * wide + d) * 3 * LANES as usize);
            let wq = tiles[from];
            let wk = tiles[from + comptime!(LANES as usize)];
            let wv = tiles[from + comptime!(2 * LANES as usize)];
            #[unroll]
            for block in 0..queries {
                let a = x.index(comptime!(block * shape.tiles + k));
                multiply(
                    a,
                    half2(wq[0usize]),
                    half2(wq[1usize]),
                    q.index_mut(comptime!((block * wide + d) * 2)),
                );
                multiply(
                    a,
                    half2(wq[2usize]),
                    half2(wq[3usize]),
                    q.index_mut(comptime!((block * wide + d) * 2 + 1)),
                );
            }
            let mut v = Array::<Half2>::new(4usize);
            v[0usize] = half2(wv[0usize]);
            v[1usize] = half2(wv[1usize]);
            v[2usize] = half2(wv[2usize]);
            v[3usize] = half2(wv[3usize]);
            #[unroll]
            for block in 0..blocks {
                let a = x.index(comptime!(block * shape.tiles + k));
                multiply(
                    a,
                    half2(wk[0usize]),
                    half2(wk[1usize]),
                    keys.index_mut(comptime!((block * wide + d) * 2)),
                );
                multiply(
                    a,
                    half2(wk[2usize]),
                    half2(wk[3usize]),
                    keys.index_mut(comptime!((block * wide + d) * 2 + 1)),
                );
                multiply(&v, a[0usize], a[2usize], values.index_mut(comptime!((d * blocks + block) * 2)));
                multiply(&v, a[1usize], a[3usize], values.index_mut(comptime!((d * blocks + block) * 2 + 1)));
            }
        }
    }
    at.tile += comptime!(shape.tiles * wide * 3 * LANES as usize);

    // Second operands: [block][tile of the head], of 8 rows of keys twice, of 8 columns of values twice.
    let mut key_operands = operands(comptime!(2 * wide));
    let mut value_operands = operands(comptime!(2 * wide));
    #[unroll]
    for block in 0..blocks {
        #[unroll]
        for d in 0..wide {
            let k = key_operands.index_mut(comptime!(block * wide + d));
            let v = value_operands.index_mut(comptime!(block * wide + d));
            #[unroll]
            for r in 0..2usize {
                #[unroll]
                for n in 0..2usize {
                    k[comptime!(2 * r + n)] = rounded(keys.index(comptime!((block * wide + d) * 2 + n))[r]);
                    v[comptime!(2 * r + n)] =
                        rounded(values.index(comptime!((d * blocks + block) * 2 + n))[r]);
                }
            }
        }
    }
    if comptime!(blocks == 1) {
        // The planes of a world show each other what they have; the other half of the room is still being read.
        let per_cube = comptime!(blueprint.worlds_per_cube() as u32);
        let room = (head % 2u32) * comptime!((blueprint.planes * 2 * wide) as u32);
        let from = room + (plane % per_cube) * comptime!((4 * wide) as u32);
        #[unroll]
        for d in 0..wide {
            let place =
                (from + half * comptime!((2 * wide) as u32) + comptime!((2 * d) as u32)) * LANES + lane;
            exchange[place as usize] = packed(key_operands.index(d));
            exchange[(place + LANES) as usize] = packed(value_operands.index(d));
        }
        sync_cube();
        #[unroll]
        for block in 0..2usize {
            #[unroll]
            for d in 0..wide {
                let place = (from + comptime!((2 * (block * wide + d)) as u32)) * LANES + lane;
                let k = exchange[place as usize];
                let v = exchange[(place + LANES) as usize];
                let keys = key_operands.index_mut(comptime!(block * wide + d));
                let values = value_operands.index_mut(comptime!(block * wide + d));
                #[unroll]
                for i in 0..4usize {
                    keys[i] = half2(k[i]);
                    values[i] = half2(v[i]);
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
                operand[comptime!(2 * n)] = rounded(sum[0usize]);
                operand[comptime!(2 * n + 1)] = rounded(sum[1usize]);
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
                let key = 24u32 + 2u32 * (lane % 4u32) + comptime!(i as u32);
                score[i] = select((present >> key) & 1u32 == 1u32, score[i], comptime!(f32::MIN));
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
            stash[to + comptime!((d * blocks + block) * LANES as usize)] = packed(&operand);
        }
    }
}

#[cube]
fn packed(operand: &Array<Half2>) -> Words4 {
    let mut words = Words4::empty();
    #[unroll]
    for i in 0..4usize {
        words[i] = u32::reinterpret(operand[i]);
    }
    words
}

/// The activations and a bias, to which a product is to be added: [block][tile][its halves].
#[cube]
fn residual(
    x: &Sequence<Array<Half2>>,
    pairs: &Array<Sum2>,
    at: &mut Heads,
    #[comptime] queries: usize,
    #[comptime] shape: Shape,
) -> Sequence<Array<Sum2>> {
    let mut y = Sequence::<Array<Sum2>>::new();
    #[unroll]
    for block in 0..queries {
        #[unroll]
        for k in 0..comptime!(shape.tiles) {
            let operand = x.index(comptime!(block * shape.tiles + k));
            #[unroll]
            for n in 0..2usize {
                let bias = pairs[at.pair + comptime!(8 * k + 4 * n)];
                let mut sum = Array::<Sum2>::new(2usize);
                sum[0usize] = Sum2::cast_from(operand[comptime!(2 * n)]) + bias;
                sum[1usize] = Sum2::cast_from(operand[comptime!(2 * n + 1)]) + bias;
                y.push(sum);
            }
        }
    }
    at.pair += comptime!(8 * shape.tiles);
    y
}

/// Adds the product of one tile of columns with a row of tiles.
#[cube]
fn accumulate(
    a: &Sequence<Array<Half2>>,
    tiles: &Array<Words4>,
    at: &mut Heads,
    y: &mut Sequence<Array<Sum2>>,
    #[comptime] queries: usize,
    #[comptime] shape: Shape,
) {
    #[unroll]
    for n in 0..comptime!(shape.tiles) {
        let w = tiles[at.tile + comptime!(n * LANES as usize)];
        #[unroll]
        for block in 0..queries {
            let to = comptime!((block * shape.tiles + n) * 2);
            multiply(a.index(block), half2(w[0usize]), half2(w[1usize]), y.index_mut(to));
            multiply(a.index(block), half2(w[2usize]), half2(w[3usize]), y.index_mut(comptime!(to + 1)));
        }
    }
    at.tile += comptime!(shape.tiles * LANES as usize);
}

/// Normalises rows, and rounds them to activations.
#[cube]
fn normalise(
    y: &mut Sequence<Array<Sum2>>,
    x: &mut Sequence<Array<Half2>>,
    pairs: &Array<Sum2>,
    at: &mut Heads,
    #[comptime] queries: usize,
    #[comptime] shape: Shape,
) {
    let share = comptime!(1.0 / shape.width as f32);
    // Columns beyond the width are zero; each of them adds the square of the mean to the squares.
    let beyond = comptime!((shape.tiles * 16 - shape.width) as f32);
    #[unroll]
    for block in 0..queries {
        let mut scales = Array::<f32>::new(2usize);
        #[unroll]
        for r in 0..2usize {
            let mut sum = Sum2::new(0.0f32);
            #[unroll]
            for i in 0..comptime!(2 * shape.tiles) {
                sum += y.index(comptime!(block * 2 * shape.tiles + i))[r];
            }
            let mean = quad_sum(sum[0usize] + sum[1usize]) * share;
            let mut squares = Sum2::new(0.0f32);
            #[unroll]
            for i in 0..comptime!(2 * shape.tiles) {
                let numbers = y.index_mut(comptime!(block * 2 * shape.tiles + i));
                let apart = numbers[r] - Sum2::new(mean);
                squares += apart * apart;
                numbers[r] = apart;
            }
            let squares = quad_sum(squares[0usize] + squares[1usize]);
            let variance = max((squares - beyond * mean * mean) * share, 0.0f32);
            scales[r] = f32::inverse_sqrt(variance + 1e-5f32);
        }
        #[unroll]
        for k in 0..comptime!(shape.tiles) {
            let operand = x.index_mut(comptime!(block * shape.tiles + k));
            #[unroll]
            for n in 0..2usize {
                let weight = pairs[at.pair + comptime!(8 * k + 4 * n)];
                let bias = pairs[at.pair + comptime!(8 * (shape.tiles + k) + 4 * n)];
                let apart = y.index(comptime!((block * shape.tiles + k) * 2 + n));
                #[unroll]
                for r in 0..2usize {
                    operand[comptime!(2 * n + r)] = rounded(apart[r] * Sum2::new(scales[r]) * weight + bias);
                }
            }
        }
    }
    at.pair += comptime!(16 * shape.tiles);
}
