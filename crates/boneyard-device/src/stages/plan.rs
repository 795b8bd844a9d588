//! Second stage: which worlds every game looks at next.

use crate::buffers::Words;
use crate::connection::{Grid, Kernel};
use crate::device::Device;
use crate::kernels::plan::{self, AtOnceKernel, PlannerKernel};
use crate::stages::observe::DeviceObservations;
use crate::stages::reduce::DeviceEstimates;
use boneyard_core::{AtOnce, PlanRule, Plans, Question, Result};
use cubecl::prelude::*;

/// Which worlds each of G games looks at next. Clones share the device's memory.
#[derive(Clone, Debug)]
pub struct DeviceItems {
    /// `[G, 2]`: the number of the first, and how many.
    pub words: Words,
}

/// A planner with a kernel.
///
/// Law: the kernel wants what the host face wants.
pub trait DevicePlanner: PlanRule {
    /// The device face.
    type Kernel: PlannerKernel;

    /// The options that change the generated code.
    fn blueprint(&self) -> <Self::Kernel as PlannerKernel>::Config;

    /// Its kernel looks at the [`Spread`](crate::kernels::spread::Spread) of sums.
    fn looks_at_errors(&self) -> bool {
        false
    }
}

impl DevicePlanner for AtOnce {
    type Kernel = AtOnceKernel;

    fn blueprint(&self) {}
}

/// The host does not know how many worlds are wanted, so rounds that turn out to be empty are launched all the same.
impl<R: Runtime, N: DevicePlanner> Plans<N> for Device<R> {
    fn plan(
        &mut self,
        planner: &mut N,
        seen: &DeviceObservations,
        estimates: &DeviceEstimates,
        items: &mut DeviceItems,
    ) -> Result<bool> {
        if seen.is_forced() {
            return Ok(false);
        }
        let (n, config, is_first) = (seen.n_games(), planner.blueprint(), estimates.is_empty());
        let (weighed, errors) = (estimates.is_weighed(), planner.looks_at_errors());
        let (checks, corrected) = estimates.corrections(errors && !is_first);
        let kernel = Kernel::of::<N::Kernel>("plan", &(config, is_first, weighed, errors, corrected));
        self.launch(kernel, Grid::units(n, plan::UNITS), |client, count, dim| {
            // SAFETY: units beyond the games do nothing; all buffers have a row a game.
            unsafe {
                plan::plan_kernel::launch_unchecked::<N::Kernel, R>(
                    client,
                    count,
                    dim,
                    seen.games.arg(),
                    seen.rows.arg(),
                    estimates.rows.arg(),
                    checks.arg(),
                    items.words.arg(),
                    n as u32,
                    estimates.question.unit().into(),
                    u32::from(estimates.question == Question::Contract),
                    estimates.design(),
                    config,
                    is_first,
                    weighed,
                    errors,
                    corrected,
                );
            }
        })?;
        Ok(true)
    }
}
