//! What a move is worth at least.

#![allow(missing_docs)]

use super::doubt::Doubt;
use boneyard_core::{
    Chances, Choice, ChoiceRule, Decision, DecisionRecord, Draws, Mode, Named, Objective, Prefers, Result,
};

/// The move whose mean less Z of its standard errors is the highest: of moves that look alike, the one that is better known.
/// Ties go to the better by the objective, then to the lowest slot.
///
/// Where too few worlds were looked at to tell an error, and where all were, it is [`Greedy`](super::Greedy).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lower {
    objective: Objective,
    doubt: Doubt,
}

impl Lower {
    /// Z from 0 to [`Doubt::MOST`].
    ///
    /// # Errors
    /// [`Error::Setting`](boneyard_core::Error::Setting) outside of that, and for NaN.
    pub fn new(objective: Objective, z: f64) -> Result<Self> {
        let setting = match objective {
            Objective::Mean => "policy lower:Z",
            Objective::Make => "policy lower-p-make:Z",
        };
        Ok(Self { objective, doubt: Doubt::new(z, setting)? })
    }
}

impl Named for Lower {
    /// `lower:Z` or `lower-p-make:Z`.
    fn id(&self) -> String {
        match self.objective {
            Objective::Mean => format!("lower:{}", self.doubt),
            Objective::Make => format!("lower-p-make:{}", self.doubt),
        }
    }
}

impl Prefers for Lower {
    fn needs_points(&self) -> bool {
        self.objective == Objective::Mean
    }

    fn chances(&self, decision: &DecisionRecord) -> Option<Chances> {
        Some(Chances::sure(decision.choice.slot))
    }
}

impl ChoiceRule for Lower {
    fn choice(&self, decision: &Decision<'_>, _: &Draws) -> Choice {
        let Decision { sums, spread, .. } = decision;
        let key = |slot: usize| {
            let (sum, made) = (sums.sum[slot], i64::from(sums.made[slot]));
            match self.objective {
                Objective::Mean => (self.doubt.below(sum, spread.sum_error(slot)), 0, sum),
                Objective::Make => (self.doubt.below(made, spread.made_error(slot)), made, sum),
            }
        };
        // On equal keys `max_by_key` takes the last, which reversed is the lowest slot.
        let mut slots: Vec<usize> = decision.slots().collect();
        slots.reverse();
        let best = slots.into_iter().max_by_key(|&slot| key(slot)).expect("a decision has a legal move");
        Choice { slot: best as u8, greedy: best as u8, mode: Mode::Greedy }
    }
}

#[cfg(feature = "device")]
pub use device::LowerKernel;

#[cfg(feature = "device")]
mod device {
    use super::Lower;
    use crate::policy::doubt::below;
    use boneyard_core::{Mode, Objective};
    use boneyard_device::DevicePolicy;
    use boneyard_device::kernels::choose::{Draws, PolicyKernel, choice};
    use boneyard_device::kernels::sight::{Sight, SlotEstimates};
    use cubecl::prelude::*;

    /// The device face of [`Lower`].
    pub struct LowerKernel;

    #[cube]
    impl PolicyKernel for LowerKernel {
        /// By P(make); Z in units of 2⁻¹⁶.
        type Config = (bool, u32);

        fn choose(
            _sight: &Sight,
            estimates: &SlotEstimates,
            _draws: &Draws,
            #[comptime] config: (bool, u32),
        ) -> u32 {
            let make = comptime!(config.0);
            let mut best = 8u32.runtime();
            let mut best_below = 0u64.runtime();
            let mut best_sum = 0i32.runtime();
            let mut best_made = 0u32.runtime();
            for slot in 0u32..7u32 {
                if (estimates.legal >> slot) & 1u32 == 1u32 {
                    let sum = estimates.sum[slot as usize];
                    let made = estimates.made[slot as usize];
                    let below = if comptime!(make) {
                        below(made as i32, estimates.spread.made_error(slot), comptime!(config.1))
                    } else {
                        below(sum, estimates.spread.sum_error(slot), comptime!(config.1))
                    };
                    let mut next = sum > best_sum;
                    if comptime!(make) {
                        next = (made > best_made) | ((made == best_made) & (sum > best_sum));
                    }
                    if (best == 8u32) | (below > best_below) | ((below == best_below) & next) {
                        best = slot;
                        best_below = below;
                        best_sum = sum;
                        best_made = made;
                    }
                }
            }
            choice(best, best, Mode::Greedy)
        }
    }

    impl DevicePolicy for Lower {
        type Kernel = LowerKernel;

        fn blueprint(&self) -> (bool, u32) {
            (self.objective == Objective::Make, self.doubt.z())
        }

        fn looks_at_errors(&self) -> bool {
            true
        }
    }
}
