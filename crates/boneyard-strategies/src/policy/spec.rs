//! Policies by name.

use super::{Greedy, Indifferent, Mixture, Softmax};
use boneyard_core::{ChoiceRule, Chooses, Error, Named, Objective, Policy, Prefers, Result};
use std::{fmt, str::FromStr};

/// A policy of this crate, described: parses from and prints its id, and builds it for a backend. `mixed` prints as the
/// terms it stands for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PolicySpec {
    /// `greedy` or `p-make`.
    Greedy(Greedy),
    /// `softmax:T` or `softmax-p-make:T`.
    Softmax(Softmax),
    /// `indifferent:Z` or `indifferent-p-make:Z`.
    Indifferent(Indifferent),
    /// `epsilon:E`, `boltzmann:T`, `blunder:R,MAX`, `mixed`, or several terms joined by `+`.
    Mixture(Mixture),
}

/// A backend that runs all of them.
pub trait PolicyBackend:
    Chooses<Greedy> + Chooses<Softmax> + Chooses<Indifferent> + Chooses<Mixture> + Sized + 'static
{
}

impl<B: Chooses<Greedy> + Chooses<Softmax> + Chooses<Indifferent> + Chooses<Mixture> + 'static> PolicyBackend
    for B
{
}

impl PolicySpec {
    /// The policy for a backend.
    pub fn build<B: PolicyBackend>(self) -> Box<dyn Policy<B>> {
        match self {
            Self::Greedy(policy) => Box::new(policy),
            Self::Softmax(policy) => Box::new(policy),
            Self::Indifferent(policy) => Box::new(policy),
            Self::Mixture(policy) => Box::new(policy),
        }
    }

    /// The policy for one decision at a time on the host.
    pub fn for_decisions(self) -> Box<dyn ChoiceRule> {
        match self {
            Self::Greedy(policy) => Box::new(policy),
            Self::Softmax(policy) => Box::new(policy),
            Self::Indifferent(policy) => Box::new(policy),
            Self::Mixture(policy) => Box::new(policy),
        }
    }
}

impl Default for PolicySpec {
    fn default() -> Self {
        Self::Greedy(Greedy::default())
    }
}

impl Named for PolicySpec {
    fn id(&self) -> String {
        self.for_decisions().id()
    }
}

impl fmt::Display for PolicySpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.id())
    }
}

impl Prefers for PolicySpec {
    fn needs_points(&self) -> bool {
        self.for_decisions().needs_points()
    }
}

impl FromStr for PolicySpec {
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
        expected: "greedy, p-make, softmax:T, softmax-p-make:T, indifferent:Z, indifferent-p-make:Z, mixed, or one or more of blunder:R,MAX, \
                   epsilon:E, boltzmann:T and p-make joined by +"
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_back() {
        let check = |text: &str, id: &str| {
            let policy: PolicySpec = text.parse().unwrap();
            assert_eq!(policy.to_string(), id);
            assert_eq!(id.parse::<PolicySpec>().unwrap(), policy);
        };
        for id in [
            "greedy",
            "p-make",
            "softmax:2",
            "softmax-p-make:0.05",
            "indifferent:1",
            "indifferent-p-make:0.5",
            "epsilon:0.1",
            "boltzmann:1.5",
            "blunder:0.02,10",
            "blunder:0.02,10+epsilon:0.05+boltzmann:2",
            "blunder:1,84+p-make",
            "epsilon:0+boltzmann:0.1+p-make",
        ] {
            check(id, id);
        }
        check("softmax:2.0", "softmax:2");
        check("p-make+epsilon:5e-2", "epsilon:0.05+p-make");
        check("mixed", "blunder:0.02,10+epsilon:0.05+boltzmann:1");
        assert_eq!(PolicySpec::default().to_string(), "greedy");
    }

    #[test]
    fn needs_points_where_points_are_looked_at() {
        let needs = |text: &str| text.parse::<PolicySpec>().unwrap().for_decisions().needs_points();
        for text in [
            "greedy",
            "softmax:1",
            "indifferent:1",
            "epsilon:0.1",
            "boltzmann:1",
            "blunder:0.1,5+p-make",
            "mixed",
        ] {
            assert!(needs(text), "{text}");
        }
        for text in [
            "p-make",
            "softmax-p-make:0.1",
            "indifferent-p-make:1",
            "epsilon:0.1+p-make",
            "boltzmann:0.1+p-make",
        ] {
            assert!(!needs(text), "{text}");
        }
    }

    #[test]
    fn bad_policies_get_one_sentence() {
        let check = |text: &str, start: &str| {
            let error = text.parse::<PolicySpec>().expect_err(text).to_string();
            assert!(error.starts_with(start), "{text}: {error}");
        };
        for text in
            ["", "best", "greedy:1", "p-make:", "mixed+epsilon:1", "greedy+greedy", "+", "p-make+p-make"]
        {
            check(text, &format!("policy {text}: expected greedy, p-make, softmax:T,"));
        }
        check("epsilon:0.1+epsilon:0.2", "policy epsilon:0.1+epsilon:0.2: expected greedy,");
        check("softmax", "policy softmax:T ``: expected a number");
        check("softmax:hot", "policy softmax:T `hot`: expected a number");
        check("softmax:NaN", "policy softmax:T NaN: expected a temperature from");
        check("softmax-p-make:0", "policy softmax-p-make:T 0: expected a temperature from");
        check(
            "indifferent:-1",
            "policy indifferent:Z -1: expected a number of standard errors from 0 to 100",
        );
        check(
            "indifferent-p-make:NaN",
            "policy indifferent-p-make:Z NaN: expected a number of standard errors",
        );
        check("indifferent:", "policy indifferent:Z ``: expected a number");
        check("softmax:1+epsilon:0.1", "policy softmax:T `1+epsilon:0.1`: expected a number");
        check("boltzmann:-1", "policy boltzmann:T -1: expected a temperature from");
        check("epsilon:1.5", "policy epsilon:E 1.5: expected a rate from 0 to 1");
        check("epsilon:", "policy epsilon:E ``: expected a number");
        check("blunder:0.1", "policy blunder:R,MAX `0.1`: expected two numbers");
        check("blunder:nan,3", "policy blunder:R,MAX NaN: expected a rate");
        check("blunder:0.1,0", "policy blunder:R,MAX 0: expected a largest regret above 0");
        check("blunder:0.1,inf", "policy blunder:R,MAX inf: expected a largest regret above 0");
        check("blunder:0.1,NaN", "policy blunder:R,MAX NaN: expected a largest regret above 0");
    }
}
