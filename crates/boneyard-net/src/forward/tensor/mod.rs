//! The forward pass on tensor cores: f16 operands, sums in f32.
//!
//! The planes of a world compute it from its tokens to its answers; each has all the tokens, but only its own columns of
//! every matrix, and its own heads. Sums stay in registers; activations, and what goes from one product into the next,
//! lie in shared memory as the lanes want them. No lane has to pass anything on to another one, because those that hold a
//! product's sums are those that the next product wants them from (the observation behind FlashAttention-2, Dao 2023):
//! sums of two 8-column products, rounded to f16, are one 16-column operand; keys as they come are the second operand of
//! the scores; and values are computed transposed, so that they are the second operand of the average.
//! Weights are streamed as a tape in the order of their use; the worlds of a cube read the same tape at about the same
//! time, so all but the first find it in the multiprocessor's cache.

mod attention;
mod blueprint;
mod kernel;
mod layer;
mod registers;
mod rooms;

use super::tape::Tape;
use super::{vectors, words};
use crate::weights::{Architecture, Weights};
use blueprint::TensorBlueprint;
use boneyard_core::{Error, Result};
use boneyard_device::{DeviceStep, Grid, Kernel};
use cubecl::ir::{DeviceProperties, ElemType, FloatKind, StorageType, features::MmaConfig};
use cubecl::prelude::*;
use cubecl::server::Handle;
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
        let tape =
            Tape::record(weights, blueprint.shape).map_err(|error| Error::Mismatch(error.to_string()))?;
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
