//! The forward pass on tensor cores: f16 operands, sums in f32.
//!
//! The planes of a world compute it from its tokens to its outputs; each has all the tokens, but only its own columns of
//! every matrix, and its own heads. Sums stay in registers; activations, and what goes from one product into the next,
//! lie in shared memory as the lanes want them. No lane has to pass anything on to another one, because those that hold a
//! product's sums are those that the next product wants them from (the observation behind FlashAttention-2, Dao 2023):
//! sums of two 8-column products, rounded to f16, are one 16-column operand; keys as they come are the second operand of
//! the scores; and values are computed transposed, so that they are the second operand of the average.
//! Weights are packed in the order of their use and streamed; the worlds of a cube read the same ones at about the same
//! time, so all but the first find it in the multiprocessor's cache.

mod attention;
mod blueprint;
mod kernel;
mod layer;
mod registers;
mod shared;

use super::packed::PackedWeights;
use crate::weights::{Architecture, Weights};
use blueprint::TensorBlueprint;
use boneyard_core::{Error, Result};
use boneyard_device::{Device, Grid, Kernel, Words};
use cubecl::ir::{DeviceProperties, ElemType, FloatKind, StorageType, features::MmaConfig};
use cubecl::prelude::*;
use kernel::tensor_kernel;
use registers::LANES;

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
    let shared = device.hardware.max_shared_memory_size;
    has_tensor_cores(device).then(|| TensorBlueprint::of(architecture, shared)).flatten()
}

/// A network's packed weights on a device.
pub(super) struct Kept {
    blueprint: TensorBlueprint,
    /// [`PackedWeights::dominoes`].
    domino_embeddings: Words,
    /// [`PackedWeights::roles`].
    role_embeddings: Words,
    /// [`PackedWeights::tiles`].
    tiles: Words,
    /// [`PackedWeights::pairs`].
    pairs: Words,
}

impl Kept {
    /// # Errors
    /// If a weight does not fit f16; if the device has no memory left.
    pub fn new<R: Runtime>(on: &Device<R>, weights: &Weights) -> Result<Self> {
        let blueprint = blueprint(weights.architecture(), on.properties());
        let blueprint = blueprint.ok_or_else(|| on.fail("no tensor cores for such a network"))?;
        let packed = PackedWeights::pack(weights, blueprint.shape)
            .map_err(|error| Error::Mismatch(error.to_string()))?;
        let pairs: Vec<u32> = packed.pairs.iter().map(|number| number.to_bits()).collect();
        let upload = |words: &[u32]| on.upload_to_keep("the weights", words);
        Ok(Self {
            blueprint,
            domino_embeddings: upload(&packed.dominoes)?,
            role_embeddings: upload(&packed.roles)?,
            tiles: upload(&packed.tiles)?,
            pairs: upload(&pairs)?,
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
        let blueprint = self.blueprint;
        let cubes = n.div_ceil(blueprint.worlds_per_cube());
        let grid = Grid::cubes(cubes, blueprint.planes as u32 * LANES);
        on.launch(Kernel::of::<Self>("forward", &blueprint), grid, |client, count, dim| {
            // SAFETY: planes without one of the `n` worlds read the last one and write nothing; packed weights are read to the
            // end, and embeddings in rows that tokens name.
            unsafe {
                tensor_kernel::launch_unchecked::<R>(
                    client,
                    count,
                    dim,
                    tokens.arg(),
                    self.domino_embeddings.arg_of(2),
                    self.role_embeddings.arg_of(2),
                    self.tiles.arg_of(4),
                    self.pairs.arg_of(2),
                    totals.arg(),
                    outputs.arg(),
                    total,
                    first as u32,
                    n as u32,
                    blueprint,
                );
            }
        })
    }
}
