//! A policy by what the mover sees: leads doubles first.

use boneyard::core::{Choice, Decision, Draws, Mode, Objective};
use boneyard::kernels::{self, *};
use boneyard::prelude::*;
use boneyard::rules::rule::DOUBLES;

/// Leads the best double if it has one, by E\[Q\]; plays the best move otherwise.
#[derive(Clone, Copy, Debug)]
pub struct DoublesFirst;

impl Named for DoublesFirst {
    fn id(&self) -> String {
        "doubles-first".to_owned()
    }
}

impl Prefers for DoublesFirst {}

impl ChoiceRule for DoublesFirst {
    fn choice(&self, decision: &Decision<'_>, _: &Draws) -> Choice {
        let greedy = decision.best(Objective::Mean);
        let leads = decision.seen.view.table().ply().is_multiple_of(4);
        let double = |slot: &usize| DOUBLES & decision.domino(*slot).bit() != 0;
        let sum = &decision.sums.sum;
        let doubles = decision.slots().filter(|slot| leads && double(slot));
        let best = doubles.reduce(|best, slot| if sum[slot] > sum[best] { slot } else { best });
        Choice { slot: best.map_or(greedy, |slot| slot as u8), greedy, mode: Mode::Custom }
    }
}

impl DevicePolicy for DoublesFirst {
    type Kernel = DoublesFirstKernel;

    fn blueprint(&self) {}
}

/// The device face of [`DoublesFirst`].
pub struct DoublesFirstKernel;

#[cube]
impl PolicyKernel for DoublesFirstKernel {
    type Config = ();

    fn choose(
        sight: &Sight,
        estimates: &SlotEstimates,
        _draws: &kernels::Draws,
        #[comptime] _config: (),
    ) -> u32 {
        let greedy = greedy_slot(estimates, false);
        let mut best = greedy;
        if sight.leads() {
            let doubles = sight.slots(sight.held() & comptime!(DOUBLES).runtime());
            let mut found = false.runtime();
            for slot in 0u32..7u32 {
                let better = !found | (estimates.sum[slot as usize] > estimates.sum[best as usize]);
                if ((doubles >> slot) & 1u32 == 1u32) & better {
                    best = slot;
                    found = true.runtime();
                }
            }
        }
        choice(best, greedy, Mode::Custom)
    }
}
