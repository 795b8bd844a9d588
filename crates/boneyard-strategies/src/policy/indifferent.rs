//! Moves that cannot be told apart are as good as each other.

#![allow(missing_docs)]

use super::doubt::Doubt;
use boneyard_core::{
    Chances, Choice, ChoiceRule, Decision, DecisionRecord, Draws, Mode, Named, Objective, Prefers, Result,
};

/// Of the moves that are not worse than the best by more than Z standard errors of the difference over the same worlds, the
/// best by the other objective; ties go to the better by the first, then to the lowest slot.
///
/// So with P(make) first, E\[Q\] decides once the contract is as good as decided, as players do. Where too few worlds were
/// looked at to tell an error, nothing can be told apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Indifferent {
    objective: Objective,
    doubt: Doubt,
}

impl Indifferent {
    /// Z from 0 to [`Doubt::MOST`].
    ///
    /// # Errors
    /// [`Error::Setting`](boneyard_core::Error::Setting) outside of that, and for NaN.
    pub fn new(objective: Objective, z: f64) -> Result<Self> {
        let setting = match objective {
            Objective::Mean => "policy indifferent:Z",
            Objective::Make => "policy indifferent-p-make:Z",
        };
        Ok(Self { objective, doubt: Doubt::new(z, setting)? })
    }
}

impl Named for Indifferent {
    /// `indifferent:Z` or `indifferent-p-make:Z`.
    fn id(&self) -> String {
        match self.objective {
            Objective::Mean => format!("indifferent:{}", self.doubt),
            Objective::Make => format!("indifferent-p-make:{}", self.doubt),
        }
    }
}

impl Prefers for Indifferent {
    fn needs_points(&self) -> bool {
        self.objective == Objective::Mean
    }

    fn chances(&self, decision: &DecisionRecord) -> Option<Chances> {
        Some(Chances::sure(decision.choice.slot))
    }
}

impl ChoiceRule for Indifferent {
    fn choice(&self, decision: &Decision<'_>, _: &Draws) -> Choice {
        let Decision { sums, spread, .. } = decision;
        let best = usize::from(decision.best(self.objective));
        let behind = |slot: usize| match self.objective {
            Objective::Mean => (sums.sum[best] - sums.sum[slot]) as u64,
            Objective::Make => u64::from(sums.made[best] - sums.made[slot]),
        };
        let error = |slot: usize| match self.objective {
            Objective::Mean => spread.sum_difference_error(best, slot),
            Objective::Make => spread.made_difference_error(best, slot),
        };
        let key = |slot: usize| match self.objective {
            Objective::Mean => (i64::from(sums.made[slot]), sums.sum[slot]),
            Objective::Make => (sums.sum[slot], i64::from(sums.made[slot])),
        };
        let alike =
            decision.slots().filter(|&slot| slot == best || self.doubt.covers(behind(slot), error(slot)));
        // On equal keys `max_by_key` takes the last, which reversed is the lowest slot.
        let mut alike: Vec<usize> = alike.collect();
        alike.reverse();
        let slot = alike.into_iter().max_by_key(|&slot| key(slot)).expect("the best is one of them") as u8;
        Choice { slot, greedy: slot, mode: Mode::Greedy }
    }
}

#[cfg(feature = "device")]
pub use device::IndifferentKernel;

#[cfg(feature = "device")]
mod device {
    use super::Indifferent;
    use crate::policy::doubt::covers;
    use boneyard_core::{Mode, Objective};
    use boneyard_device::DevicePolicy;
    use boneyard_device::kernels::choose::{Draws, PolicyKernel, choice, greedy_slot};
    use boneyard_device::kernels::sight::{Sight, SlotEstimates};
    use cubecl::prelude::*;

    /// The device face of [`Indifferent`].
    pub struct IndifferentKernel;

    #[cube]
    impl PolicyKernel for IndifferentKernel {
        /// P(make) comes first; Z in units of 2⁻¹⁶.
        type Config = (bool, u32);

        fn choose(
            _sight: &Sight,
            estimates: &SlotEstimates,
            _draws: &Draws,
            #[comptime] config: (bool, u32),
        ) -> u32 {
            let make = comptime!(config.0);
            let best = greedy_slot(estimates, make);
            let mut result = best;
            for slot in 0u32..7u32 {
                if (estimates.legal >> slot) & 1u32 == 1u32 {
                    let mut behind = (estimates.sum[best as usize] - estimates.sum[slot as usize]) as u32;
                    if comptime!(make) {
                        behind = estimates.made[best as usize] - estimates.made[slot as usize];
                    }
                    let error = if comptime!(make) {
                        estimates.spread.made_difference_error(best, slot)
                    } else {
                        estimates.spread.sum_difference_error(best, slot)
                    };
                    if (slot == best) | covers(behind, error, comptime!(config.1)) {
                        let sum = estimates.sum[slot as usize];
                        let made = estimates.made[slot as usize];
                        let top_sum = estimates.sum[result as usize];
                        let top_made = estimates.made[result as usize];
                        let mut better = (made > top_made) | ((made == top_made) & (sum > top_sum));
                        let same = (made == top_made) & (sum == top_sum) & (slot < result);
                        if comptime!(make) {
                            better = (sum > top_sum) | ((sum == top_sum) & (made > top_made));
                        }
                        if better | same {
                            result = slot;
                        }
                    }
                }
            }
            choice(result, result, Mode::Greedy)
        }
    }

    impl DevicePolicy for Indifferent {
        type Kernel = IndifferentKernel;

        fn blueprint(&self) -> (bool, u32) {
            (self.objective == Objective::Make, self.doubt.z())
        }

        fn looks_at_errors(&self) -> bool {
            true
        }
    }
}
