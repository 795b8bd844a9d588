//! Chances that fall off exponentially.

use super::{MixtureBlueprint, Temperature};
use boneyard_core::{
    Chances, Choice, ChoiceRule, Decision, DecisionRecord, Draws, Mode, Named, Objective, Prefers, Result,
    SlotSums, fixed,
};

/// Draws a slot with probability ∝ exp(value / T), the value being E\[Q\] in points or P(make).
///
/// Exactly: let s be the sums of the objective (`sum` or `made`), n the worlds, u the question's unit (1 for
/// P(make)), K the [slope](Temperature::slope) of T. A legal slot has
///
/// ```text
/// z = ⌊(max s − s) · K / (n · u)⌋        halvings, in units of 2⁻¹⁶
/// w = fixed::weight(z)                   ≈ 2²⁸ · 2^(−z / 2¹⁶); 0 from z = 28 · 2¹⁶ on
/// r = ⌊draw · Σ w / 2³²⌋
/// ```
///
/// and the lowest slot is taken whose weight and those of the slots below it add up to more than r. Moves that
/// tie with the best are as likely as the best.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Softmax {
    objective: Objective,
    temperature: Temperature,
}

impl Softmax {
    /// T in points for [`Objective::Mean`], in probability for [`Objective::Make`].
    ///
    /// # Errors
    /// [`Error::Setting`](boneyard_core::Error::Setting) for a temperature that [`Temperature::new`] refuses.
    pub fn new(objective: Objective, temperature: f64) -> Result<Self> {
        let setting = match objective {
            Objective::Mean => "policy softmax:T",
            Objective::Make => "policy softmax-p-make:T",
        };
        Ok(Self { objective, temperature: Temperature::new(temperature, setting)? })
    }
}

impl Softmax {
    /// Its terms in fixed point.
    pub fn terms(&self) -> MixtureBlueprint {
        MixtureBlueprint {
            slope: Some(self.temperature.slope()),
            softmax_mode: Mode::Softmax,
            ..MixtureBlueprint::greedy(self.objective)
        }
    }
}

impl Named for Softmax {
    /// `softmax:T` or `softmax-p-make:T`.
    fn id(&self) -> String {
        match self.objective {
            Objective::Mean => format!("softmax:{}", self.temperature),
            Objective::Make => format!("softmax-p-make:{}", self.temperature),
        }
    }
}

impl Prefers for Softmax {
    fn needs_points(&self) -> bool {
        self.objective == Objective::Mean
    }

    fn chances(&self, decision: &DecisionRecord) -> Option<Chances> {
        let sums = decision.estimate.as_ref()?.seen();
        Some(Chances::of(shares(&sums, decision.legal, self.objective, self.temperature)))
    }
}

impl ChoiceRule for Softmax {
    fn choice(&self, decision: &Decision<'_>, draws: &Draws) -> Choice {
        let slot = softmax(decision, self.objective, self.temperature, draws.softmax);
        Choice { slot, greedy: decision.best(self.objective), mode: Mode::Softmax }
    }
}

/// The weight of each slot: 0 of slots that are not legal.
fn weights(sums: &SlotSums, legal: u8, objective: Objective, temperature: Temperature) -> [u64; 7] {
    let value = |slot: usize| match objective {
        Objective::Mean => sums.sum[slot],
        Objective::Make => i64::from(sums.made[slot]),
    };
    let scale = match objective {
        Objective::Mean => sums.per_point(),
        Objective::Make => u64::from(sums.worlds),
    };
    let best = sums.best(legal, objective).map_or(0, |greedy| value(usize::from(greedy)));
    let weight = |slot| u64::from(fixed::weight(temperature.halvings(best.abs_diff(value(slot)), scale)));
    std::array::from_fn(|slot| if legal >> slot & 1 == 1 { weight(slot) } else { 0 })
}

/// The share of each slot among the choices of [`Softmax`].
pub(super) fn shares(sums: &SlotSums, legal: u8, objective: Objective, temperature: Temperature) -> [f64; 7] {
    let weights = weights(sums, legal, objective, temperature);
    let total = weights.iter().sum::<u64>().max(1) as f64;
    weights.map(|weight| weight as f64 / total)
}

/// The slot that [`Softmax`] draws with a random word.
pub fn softmax(decision: &Decision<'_>, objective: Objective, temperature: Temperature, word: u32) -> u8 {
    let weights = weights(&decision.sums, decision.legal(), objective, temperature);
    let r = (u64::from(word) * weights.iter().sum::<u64>()) >> 32;
    let mut up_to = 0;
    for slot in decision.slots() {
        up_to += weights[slot];
        if r < up_to {
            return slot as u8;
        }
    }
    // Not reached: r is below the total, as a 32-bit fraction is below 1.
    decision.best(objective)
}
