//! The forward pass on tensor cores: f16 operands, sums in f32.
//!
//! A plane computes one world from its tokens to its answers, or two planes halve the tokens of a wide network's world.
//! What goes from one matrix product into the next stays in the plane's registers, because the lanes that hold a
//! product's sums are the ones that the next product wants them from (the observation behind FlashAttention-2, Dao
//! 2023): sums of two 8-column products, rounded to f16, are one 16-column operand; keys as they come are the second
//! operand of the scores; and values are computed transposed, so that they are the second operand of the average.
//! Weights are streamed as a tape in the order of their use; the planes of a cube read the same tape at about the same
//! time, so all but the first find it in the multiprocessor's cache.

mod attention;
mod kernel;
mod layer;
mod registers;

use super::tape::{Shape, TILE, Tape};
use super::{vectors, words};
use crate::weights::{Architecture, Weights};
use boneyard_core::{Error, Result};
use boneyard_device::{DeviceStep, Grid, Kernel};
use cubecl::ir::{DeviceProperties, ElemType, FloatKind, StorageType, features::MmaConfig};
use cubecl::prelude::*;
use cubecl::server::Handle;
use kernel::tensor_kernel;
use registers::LANES;

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
    /// # Errors
    /// If a weight does not fit f16; if the device has no room.
    pub fn new<R: Runtime>(step: &DeviceStep<R>, weights: &Weights) -> Result<Self> {
        let blueprint = blueprint(weights.architecture(), step.properties());
        let blueprint = blueprint.ok_or_else(|| step.fail("no tensor cores for such a network"))?;
        let tape = Tape::record(weights).map_err(|error| Error::Mismatch(error.to_string()))?;
        let pairs: Vec<u32> = tape.pairs.iter().map(|number| number.to_bits()).collect();
        let upload = |words: &[u32]| step.upload("the weights", words);
        Ok(Self {
            blueprint,
            faces: upload(&tape.faces)?,
            places: upload(&tape.places)?,
            tiles: upload(&tape.tiles)?,
            pairs: upload(&pairs)?,
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
                    words(tokens),
                    vectors(&self.faces, 2),
                    vectors(&self.places, 2),
                    vectors(&self.tiles, 4),
                    vectors(&self.pairs, 2),
                    words(totals),
                    words(answers),
                    total,
                    first as u32,
                    n as u32,
                    blueprint,
                );
            }
        })
    }
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
