//! A policy that is the same at every decision, by name.

use super::{Greedy, Indifferent, Lower, Mixture, Softmax};
use boneyard_core::{
    Chances, Choice, ChoiceRule, Decision, DecisionRecord, Draws, Error, Named, Objective, Prefers, Result,
};
use std::str::FromStr;

/// Any policy of this crate but a [`Schedule`](super::Schedule) of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// `greedy` or `p-make`.
    Greedy(Greedy),
    /// `softmax:T` or `softmax-p-make:T`.
    Softmax(Softmax),
    /// `indifferent:Z` or `indifferent-p-make:Z`.
    Indifferent(Indifferent),
    /// `lower:Z` or `lower-p-make:Z`.
    Lower(Lower),
    /// `epsilon:E`, `boltzmann:T`, `blunder:R,MAX`, `mixed`, or several terms joined by `+`.
    Mixture(Mixture),
}

impl Rule {
    fn inner(&self) -> &dyn ChoiceRule {
        match self {
            Self::Greedy(policy) => policy,
            Self::Softmax(policy) => policy,
            Self::Indifferent(policy) => policy,
            Self::Lower(policy) => policy,
            Self::Mixture(policy) => policy,
        }
    }
}

impl Default for Rule {
    fn default() -> Self {
        Self::Greedy(Greedy::default())
    }
}

impl Named for Rule {
    fn id(&self) -> String {
        self.inner().id()
    }
}

impl Prefers for Rule {
    fn needs_points(&self) -> bool {
        self.inner().needs_points()
    }

    fn chances(&self, decision: &DecisionRecord) -> Option<Chances> {
        self.inner().chances(decision)
    }
}

impl ChoiceRule for Rule {
    fn choice(&self, decision: &Decision<'_>, draws: &Draws) -> Choice {
        self.inner().choice(decision, draws)
    }
}

impl FromStr for Rule {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (name, argument) = text.split_once(':').unwrap_or((text, ""));
        Ok(match (name, argument) {
            ("greedy", _) if text == name => Self::Greedy(Greedy { objective: Objective::Mean }),
            ("p-make", _) if text == name => Self::Greedy(Greedy { objective: Objective::Make }),
            ("mixed", _) if text == name => Self::Mixture(Mixture::mixed()),
            ("softmax", t) => Self::Softmax(Softmax::new(Objective::Mean, number("policy softmax:T", t)?)?),
            ("softmax-p-make", t) => {
                Self::Softmax(Softmax::new(Objective::Make, number("policy softmax-p-make:T", t)?)?)
            }
            ("indifferent", z) => {
                Self::Indifferent(Indifferent::new(Objective::Mean, number("policy indifferent:Z", z)?)?)
            }
            ("indifferent-p-make", z) => {
                let z = number("policy indifferent-p-make:Z", z)?;
                Self::Indifferent(Indifferent::new(Objective::Make, z)?)
            }
            ("lower", z) => Self::Lower(Lower::new(Objective::Mean, number("policy lower:Z", z)?)?),
            ("lower-p-make", z) => {
                Self::Lower(Lower::new(Objective::Make, number("policy lower-p-make:Z", z)?)?)
            }
            _ => Self::Mixture(mixture(text)?),
        })
    }
}

/// Reads terms joined by `+`, in any order, each at most once.
fn mixture(text: &str) -> Result<Mixture> {
    let unknown = || {
        Error::Setting {
        setting: "policy",
        got: text.to_owned(),
        expected: "greedy, p-make, softmax:T, softmax-p-make:T, indifferent:Z, indifferent-p-make:Z, lower:Z, \
                   lower-p-make:Z, mixed, or one or more of blunder:R,MAX, epsilon:E, boltzmann:T and p-make joined by +; \
                   or several of these with commas between, all but the last with @A-B (plies) or @P% (games)"
            .to_owned(),
    }
    };
    let mut seen = Vec::new();
    let mut mixture = Mixture::default();
    for term in text.split('+') {
        let (name, argument) = term.split_once(':').unwrap_or((term, ""));
        if seen.contains(&name) {
            return Err(unknown());
        }
        seen.push(name);
        mixture = match (name, argument) {
            ("blunder", pair) => {
                let setting = "policy blunder:R,MAX";
                let (rate, most) = pair.split_once(',').ok_or_else(|| not_a_number(setting, pair))?;
                mixture.blunder(number(setting, rate)?, number(setting, most)?)?
            }
            ("epsilon", rate) => mixture.epsilon(number("policy epsilon:E", rate)?)?,
            ("boltzmann", t) => mixture.boltzmann(number("policy boltzmann:T", t)?)?,
            ("p-make", "") if term == name => mixture.by(Objective::Make),
            _ => return Err(unknown()),
        };
    }
    Ok(mixture)
}

fn number(setting: &'static str, text: &str) -> Result<f64> {
    text.parse().map_err(|_| not_a_number(setting, text))
}

fn not_a_number(setting: &'static str, text: &str) -> Error {
    let expected = if setting.contains(',') { "two numbers" } else { "a number" };
    Error::Setting { setting, got: format!("`{text}`"), expected: expected.to_owned() }
}
