//! Greedy play with exploration mixed in.

use super::softmax::{shares, softmax};
use super::{MixtureBlueprint, Rate, Temperature, pick_slot};
use boneyard_core::{
    Chances, Choice, ChoiceRule, Decision, DecisionRecord, Draws, Error, Mode, Named, Objective, Prefers,
    Result, SlotSums, fixed,
};

/// Tries three ways to explore, in this order, and is greedy if none applies.
///
/// 1. Blunder: with its rate, a move drawn uniformly from the legal slots other than the greedy one whose regret
///    is above 0 and at most the bound, where regret is the highest E\[Q\] of all moves minus the move's own. If
///    there is no such slot, the mixture goes on.
/// 2. ε: with its rate, a move drawn uniformly from all legal slots, the greedy one included.
/// 3. Boltzmann: a move drawn as by [`Softmax`](super::Softmax).
///
/// [`Mixture::default`] does not explore at all, and prefers by E\[Q\].
///
/// Each draw uses its own word of [`Draws`], so that one rate does not change what another one draws.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Mixture {
    objective: Objective,
    blunder: Option<Blunder>,
    epsilon: Option<Rate>,
    boltzmann: Option<Temperature>,
}

/// How often to blunder, and how badly at most.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Blunder {
    rate: Rate,
    most: f64,
    /// `most` in units of 2⁻¹⁶ point.
    most_fixed: u64,
}

impl Mixture {
    /// The same exploration around another objective.
    pub fn by(self, objective: Objective) -> Self {
        Self { objective, ..self }
    }

    /// A preset for training data: `blunder:0.02,10+epsilon:0.05+boltzmann:1`. One move in twenty is random and
    /// one in fifty a mistake a person might make, so that lost positions are seen too; otherwise moves within a
    /// point or two of the best share the choice.
    pub fn mixed() -> Self {
        let preset = Self::default().blunder(0.02, 10.0).and_then(|it| it.epsilon(0.05)?.boltzmann(1.0));
        preset.expect("the numbers are in range")
    }

    /// With probability `rate`, a move that gives up at most `most` points (rounded to the nearest 2⁻¹⁶).
    ///
    /// # Errors
    /// [`Error::Setting`] for a rate outside 0–1 and a bound that is not above 0 and at most 84.
    pub fn blunder(self, rate: f64, most: f64) -> Result<Self> {
        const SETTING: &str = "policy blunder:R,MAX";
        let rate = Rate::new(rate, SETTING)?;
        if !(most > 0.0 && most <= 84.0) {
            return Err(Error::Setting {
                setting: SETTING,
                got: most.to_string(),
                expected: "a largest regret above 0 and at most 84 points".to_owned(),
            });
        }
        Ok(Self { blunder: Some(Blunder { rate, most, most_fixed: fixed::from_f64(most) }), ..self })
    }

    /// With probability `rate`, any legal move.
    ///
    /// # Errors
    /// [`Error::Setting`] for a rate outside 0–1.
    pub fn epsilon(self, rate: f64) -> Result<Self> {
        Ok(Self { epsilon: Some(Rate::new(rate, "policy epsilon:E")?), ..self })
    }

    /// By softmax where it would have been greedy; in points, or in probability for [`Objective::Make`].
    ///
    /// # Errors
    /// [`Error::Setting`] for a temperature that [`Temperature::new`] refuses.
    pub fn boltzmann(self, temperature: f64) -> Result<Self> {
        Ok(Self { boltzmann: Some(Temperature::new(temperature, "policy boltzmann:T")?), ..self })
    }
}

impl Mixture {
    /// Its terms in fixed point.
    pub fn terms(&self) -> MixtureBlueprint {
        MixtureBlueprint {
            blunder: self.blunder.map(|blunder| (blunder.rate.threshold(), blunder.most_fixed)),
            epsilon: self.epsilon.map(Rate::threshold),
            slope: self.boltzmann.map(Temperature::slope),
            ..MixtureBlueprint::greedy(self.objective)
        }
    }
}

/// The slots that a blunder may take, bit `i` for slot `i`.
fn blunders(sums: &SlotSums, legal: u8, greedy: u8, most_fixed: u64) -> u8 {
    let sum = sums.sum;
    let Some(best) = sums.best(legal, Objective::Mean).map(|best| sum[usize::from(best)]) else { return 0 };
    // regret / sums a point ≤ most_fixed / 2¹⁶, without dividing; sums stay far below 2⁴⁷.
    let bound = most_fixed * sums.per_point();
    let fits = |slot: u8| (1..=bound).contains(&(best.abs_diff(sum[usize::from(slot)]) << 16));
    let slots = (0..7).filter(|slot| legal >> slot & 1 == 1 && *slot != greedy);
    slots.filter(|&slot| fits(slot)).fold(0, |all, slot| all | 1 << slot)
}

/// With probability `rate` one of `slots`, each as likely as another, else as before.
fn mixed_in(before: [f64; 7], rate: Rate, slots: u8) -> [f64; 7] {
    let rate = rate.share();
    let even = 1.0 / f64::from(slots.count_ones());
    std::array::from_fn(|slot| {
        before[slot] * (1.0 - rate) + if slots >> slot & 1 == 1 { rate * even } else { 0.0 }
    })
}

impl Mixture {
    /// The share of each slot among its choices.
    fn shares(&self, sums: &SlotSums, legal: u8) -> Option<[f64; 7]> {
        let greedy = sums.best(legal, self.objective)?;
        // What is left of each term for the ones after it, so the last one comes first.
        let mut all = match self.boltzmann {
            Some(temperature) => shares(sums, legal, self.objective, temperature),
            None => std::array::from_fn(|slot| f64::from(u8::from(slot == usize::from(greedy)))),
        };
        if let Some(rate) = self.epsilon {
            all = mixed_in(all, rate, legal);
        }
        if let Some(Blunder { rate, most_fixed, .. }) = self.blunder {
            let slots = blunders(sums, legal, greedy, most_fixed);
            if slots != 0 {
                all = mixed_in(all, rate, slots);
            }
        }
        Some(all)
    }
}

impl Named for Mixture {
    /// The terms that are set, in their order, joined by `+`, and `p-make` at the end for that objective;
    /// `greedy` if there are none.
    fn id(&self) -> String {
        let terms = [
            self.blunder.map(|Blunder { rate, most, .. }| format!("blunder:{rate},{most}")),
            self.epsilon.map(|rate| format!("epsilon:{rate}")),
            self.boltzmann.map(|temperature| format!("boltzmann:{temperature}")),
            (self.objective == Objective::Make).then(|| "p-make".to_owned()),
        ];
        let terms: Vec<String> = terms.into_iter().flatten().collect();
        if terms.is_empty() { "greedy".to_owned() } else { terms.join("+") }
    }
}

impl Prefers for Mixture {
    fn needs_points(&self) -> bool {
        self.objective == Objective::Mean || self.blunder.is_some()
    }

    fn chances(&self, decision: &DecisionRecord) -> Option<Chances> {
        self.shares(&decision.estimate.as_ref()?.seen(), decision.legal).map(Chances::of)
    }
}

impl ChoiceRule for Mixture {
    fn choice(&self, decision: &Decision<'_>, draws: &Draws) -> Choice {
        let greedy = decision.best(self.objective);
        let choice = |slot, mode| Choice { slot, greedy, mode };
        if let Some(Blunder { rate, most_fixed, .. }) = self.blunder
            && rate.hits(draws.blunder)
        {
            let slots = blunders(&decision.sums, decision.legal(), greedy, most_fixed);
            if slots != 0 {
                return choice(pick_slot(slots, draws.blunder_pick), Mode::Blunder);
            }
        }
        if self.epsilon.is_some_and(|rate| rate.hits(draws.epsilon)) {
            return choice(pick_slot(decision.legal(), draws.epsilon_pick), Mode::Epsilon);
        }
        if let Some(temperature) = self.boltzmann {
            return choice(softmax(decision, self.objective, temperature, draws.softmax), Mode::Boltzmann);
        }
        choice(greedy, Mode::Greedy)
    }
}
