//! A policy with both faces.

use boneyard::core::{Choice, Decision, Draws, Mode, Objective};
use boneyard::kernels::{self, *};
use boneyard::prelude::*;
use boneyard::strategies::policy::pick_slot as pick_on_host;

/// Takes moves that are within so many points of the best E\[Q\] for equally good, and plays any of them.
#[derive(Clone, Copy, Debug)]
pub struct Indifferent(pub u32);

impl Named for Indifferent {
    fn id(&self) -> String {
        format!("indifferent:{}", self.0)
    }
}

impl Prefers for Indifferent {}

impl ChoiceRule for Indifferent {
    fn choice(&self, decision: &Decision<'_>, draws: &Draws) -> Choice {
        let (sum, greedy) = (&decision.sums.sum, decision.best(Objective::Mean));
        let most = u64::from(self.0) * decision.sums.per_point();
        let good = decision.slots().filter(|&slot| sum[usize::from(greedy)].abs_diff(sum[slot]) <= most);
        let slot = pick_on_host(good.fold(0, |slots, slot| slots | 1 << slot), draws.other[0]);
        Choice { slot, greedy, mode: Mode::Custom }
    }
}

impl DevicePolicy for Indifferent {
    type Kernel = IndifferentKernel;

    fn blueprint(&self) -> u32 {
        self.0
    }
}

/// The device face of [`Indifferent`].
pub struct IndifferentKernel;

#[cube]
impl PolicyKernel for IndifferentKernel {
    type Config = u32;

    fn choose(
        _sight: &Sight,
        estimates: &SlotEstimates,
        draws: &kernels::Draws,
        #[comptime] config: u32,
    ) -> u32 {
        let greedy = greedy_slot(estimates, false);
        let mut good = 0u32.runtime();
        for slot in 0u32..7u32 {
            let below = (estimates.sum[greedy as usize] - estimates.sum[slot as usize]) as u32;
            if ((estimates.legal >> slot) & 1u32 == 1u32) & (below <= config * estimates.worlds) {
                good |= 1u32 << slot;
            }
        }
        choice(pick_slot(good, draws.other0), greedy, Mode::Custom)
    }
}
