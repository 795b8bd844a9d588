//! A sampler that looks at the other hands.

mod kernel;

use boneyard_core::{Designed, Named, Result, SampleReport, Samples};
use boneyard_device::{Device, DeviceItems, DeviceObservations, DeviceWorlds, Grid, Kernel};
use cubecl::prelude::*;
use std::ops::Range;

/// Every world is the true deal: for checks of evaluators on known deals, and for players who cheat. On devices.
///
/// One world a decision is enough: they are all the same.
#[derive(Clone, Copy, Debug, Default)]
pub struct TrueDeal;

impl Designed for TrueDeal {}

impl Named for TrueDeal {
    fn id(&self) -> String {
        "true-deal".to_owned()
    }
}

impl<R: Runtime> Samples<TrueDeal> for Device<R> {
    fn sample(
        &mut self,
        _: &mut TrueDeal,
        seen: &DeviceObservations,
        items: &DeviceItems,
        chunk: Range<usize>,
        out: &mut DeviceWorlds,
    ) -> Result<SampleReport> {
        out.begin(self, seen, items, chunk, false)?;
        let worlds = out.drawn()?;
        let n = worlds.n_games();
        self.launch(Kernel::new("true deal"), Grid::units(n, kernel::UNITS), |client, count, dim| {
            // SAFETY: units beyond the chunk's games do nothing; items lie between starts.
            unsafe {
                kernel::true_deal_kernel::launch_unchecked::<R>(
                    client,
                    count,
                    dim,
                    seen.games.arg(),
                    seen.rows.arg(),
                    seen.strengths.arg(),
                    worlds.starts.arg(),
                    worlds.hands.arg(),
                    worlds.owners.arg(),
                    seen.status.arg(),
                    worlds.games.start as u32,
                    n as u32,
                );
            }
        })?;
        Ok(SampleReport::default())
    }
}
