//! A sampler that looks at the other hands.

use crate::backend::{Device, DeviceWorlds};
use crate::kernels::peek;
use crate::launch::{Grid, Kernel};
use crate::step::DeviceStep;
use boneyard_core::{Result, SampleReport, Sampler};
use cubecl::prelude::*;
use std::ops::Range;

/// Every world is the true deal: for checks of evaluators on known deals, and for players who cheat.
///
/// One world a decision is enough: they are all the same.
#[derive(Clone, Copy, Debug, Default)]
pub struct Peek;

impl<R: Runtime> Sampler<Device<R>> for Peek {
    fn id(&self) -> String {
        "peek".to_owned()
    }

    fn sample(
        &mut self,
        step: &DeviceStep<R>,
        chunk: Range<usize>,
        out: &mut DeviceWorlds,
    ) -> Result<SampleReport> {
        step.place(&chunk)?;
        let grid = Grid::units(chunk.len(), peek::UNITS);
        step.launch(Kernel::new("peek"), grid, |client, count, dim| {
            // SAFETY: units beyond the chunk's games do nothing; items lie between starts that were placed.
            unsafe {
                peek::peek_kernel::launch_unchecked::<R>(
                    client,
                    count,
                    dim,
                    step.buffers.games.arg(),
                    step.buffers.observations.arg(),
                    step.buffers.orders.arg(),
                    step.buffers.starts.arg(),
                    step.buffers.worlds.arg(),
                    step.buffers.owners.arg(),
                    step.buffers.values.arg(),
                    step.buffers.status.arg(),
                    chunk.start as u32,
                    chunk.len() as u32,
                );
            }
        })?;
        *out = DeviceWorlds { games: chunk, ..DeviceWorlds::default() };
        Ok(SampleReport::default())
    }
}
