//! Sixth stage: choices.

use crate::buffers::Words;
use crate::connection::{Grid, Kernel};
use crate::device::Device;
use crate::kernels::choose::{self, PolicyKernel};
use crate::stages::observe::DeviceObservations;
use crate::stages::reduce::DeviceEstimates;
use boneyard_core::{ChoiceRule, Chooses, Question, Result};
use cubecl::prelude::*;

/// One choice for each of G games. Clones share the device's memory.
#[derive(Clone, Debug)]
pub struct DeviceChoices {
    /// `[G]`: packed as by [`choice`](crate::kernels::choose::choice()).
    pub words: Words,
}

/// A policy with a kernel.
///
/// Law: the kernel chooses what the host face chooses.
pub trait DevicePolicy: ChoiceRule {
    /// The device face.
    type Kernel: PolicyKernel;

    /// The options that change the generated code.
    fn blueprint(&self) -> <Self::Kernel as PolicyKernel>::Config;

    /// Its kernel looks at the [`Spread`](crate::kernels::spread::Spread) of sums.
    fn looks_at_errors(&self) -> bool {
        false
    }
}

impl<R: Runtime, P: DevicePolicy> Chooses<P> for Device<R> {
    fn choose(
        &mut self,
        policy: &mut P,
        seen: &DeviceObservations,
        estimates: &DeviceEstimates,
        out: &mut DeviceChoices,
    ) -> Result<()> {
        let (n, config, weighed) = (seen.n_games(), policy.blueprint(), estimates.is_weighed());
        let errors = policy.looks_at_errors();
        let (checks, corrected) = estimates.corrections(errors);
        let kernel = Kernel::of::<P::Kernel>("choose", &(config, weighed, errors, corrected));
        self.launch(kernel, Grid::units(n, choose::UNITS), |client, count, dim| {
            // SAFETY: units beyond the games do nothing.
            unsafe {
                choose::choose_kernel::launch_unchecked::<P::Kernel, R>(
                    client,
                    count,
                    dim,
                    seen.games.arg(),
                    seen.rows.arg(),
                    estimates.rows.arg(),
                    checks.arg(),
                    out.words.arg(),
                    n as u32,
                    estimates.question.unit().into(),
                    u32::from(estimates.question == Question::Contract),
                    estimates.design(),
                    config,
                    weighed,
                    errors,
                    corrected,
                );
            }
        })
    }
}
