//! After drawing, if anybody asks for it: how much each world counts.

use crate::connection::{Grid, Kernel};
use crate::device::Device;
use crate::kernels::weigh::{self, WeightKernel};
use crate::stages::observe::DeviceObservations;
use crate::stages::sample::DeviceWorlds;
use boneyard_core::{Result, WeightRule};
use cubecl::prelude::*;

/// A weight with a kernel.
///
/// Law: the kernel's weights are those of the host face, to the bit.
pub trait DeviceWeight: WeightRule {
    /// The device face.
    type Kernel: WeightKernel;

    /// The options that change the generated code.
    fn blueprint(&self) -> <Self::Kernel as WeightKernel>::Config;
}

impl<R: Runtime> Device<R> {
    /// Gives the drawn worlds of a chunk their weights.
    ///
    /// # Errors
    /// Those of [`DeviceObservations::may_weigh`]; [`Error::Mismatch`](boneyard_core::Error::Mismatch) for worlds that are not
    /// there; device errors.
    pub fn weigh<W: DeviceWeight>(
        &self,
        weight: &W,
        seen: &DeviceObservations,
        worlds: &mut DeviceWorlds,
    ) -> Result<()> {
        seen.may_weigh()?;
        let mut drawn = worlds.drawn()?.clone();
        let (weights, config) = (self.buffer("the weights", drawn.most)?, weight.blueprint());
        let grid = Grid::units(drawn.most, weigh::UNITS);
        self.launch(Kernel::of::<W::Kernel>("weigh", &config), grid, |client, count, dim| {
            // SAFETY: units beyond the chunk's total do nothing, and hands, owners and weights have room for it.
            unsafe {
                weigh::weigh_kernel::launch_unchecked::<W::Kernel, R>(
                    client,
                    count,
                    dim,
                    seen.rows.arg(),
                    drawn.hands.arg(),
                    drawn.owners.arg(),
                    drawn.starts.arg(),
                    seen.strengths.arg(),
                    weights.arg(),
                    drawn.n_games() as u32,
                    config,
                );
            }
        })?;
        drawn.weights = Some(weights);
        *worlds = DeviceWorlds::of(drawn);
        Ok(())
    }
}
