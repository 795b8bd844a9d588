//! Policies by name.

use super::{Greedy, Indifferent, Lower, Mixture, Rule, Schedule, Softmax};
use boneyard_core::{Chances, ChoiceRule, Chooses, DecisionRecord, Error, Named, Policy, Prefers, Result};
use std::{fmt, str::FromStr};

/// A policy of this crate, described: parses from and prints its id, and builds it for a backend. `mixed` prints as the
/// terms it stands for.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "descriptions are few, and being copied is what they are for")]
pub enum PolicySpec {
    /// The same at every decision.
    Rule(Rule),
    /// `POLICY@A-B,…,POLICY` or `POLICY@P%,…,POLICY`.
    Schedule(Schedule),
}

/// A backend that runs all of them.
pub trait PolicyBackend:
    Chooses<Greedy>
    + Chooses<Softmax>
    + Chooses<Indifferent>
    + Chooses<Lower>
    + Chooses<Mixture>
    + Chooses<Schedule>
    + Sized
    + 'static
{
}

impl<B> PolicyBackend for B where
    B: Chooses<Greedy>
        + Chooses<Softmax>
        + Chooses<Indifferent>
        + Chooses<Lower>
        + Chooses<Mixture>
        + Chooses<Schedule>
        + 'static
{
}

impl PolicySpec {
    /// The policy for a backend.
    pub fn build<B: PolicyBackend>(self) -> Box<dyn Policy<B>> {
        match self {
            Self::Rule(Rule::Greedy(policy)) => Box::new(policy),
            Self::Rule(Rule::Softmax(policy)) => Box::new(policy),
            Self::Rule(Rule::Indifferent(policy)) => Box::new(policy),
            Self::Rule(Rule::Lower(policy)) => Box::new(policy),
            Self::Rule(Rule::Mixture(policy)) => Box::new(policy),
            Self::Schedule(policy) => Box::new(policy),
        }
    }

    /// The policy for one decision at a time on the host.
    pub fn for_decisions(self) -> Box<dyn ChoiceRule> {
        match self {
            Self::Rule(policy) => Box::new(policy),
            Self::Schedule(policy) => Box::new(policy),
        }
    }
}

impl Default for PolicySpec {
    fn default() -> Self {
        Self::Rule(Rule::default())
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

    fn chances(&self, decision: &DecisionRecord) -> Option<Chances> {
        self.for_decisions().chances(decision)
    }
}

impl FromStr for PolicySpec {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if Schedule::describes(text) {
            text.parse().map(Self::Schedule)
        } else {
            text.parse().map(Self::Rule)
        }
    }
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
            "lower:1.5",
            "lower-p-make:2",
            "softmax:4@0-11,greedy",
            "blunder:0.1,6@3,indifferent:1@4-27@7%,epsilon:0.1+p-make",
            "boltzmann:2@12.5%,lower:1@87.5%,p-make",
            "epsilon:0.1",
            "boltzmann:1.5",
            "blunder:0.02,10",
            "blunder:0.02,10+epsilon:0.05+boltzmann:2",
            "blunder:1,84+p-make",
            "epsilon:0+boltzmann:0.1+p-make",
        ] {
            check(id, id);
        }
        check("mixed@0-3,greedy", "blunder:0.02,10+epsilon:0.05+boltzmann:1@0-3,greedy");
        check("softmax:2.0@00-11,p-make", "softmax:2@0-11,p-make");
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
            "lower:1",
            "p-make@0-3,greedy",
            "greedy@0-3,p-make",
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
            "lower-p-make:1",
            "softmax-p-make:1@0-3,p-make",
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
        check("lower:101", "policy lower:Z 101: expected a number of standard errors from 0 to 100");
        check("lower-p-make:x", "policy lower-p-make:Z `x`: expected a number");
        check("greedy@0-3", "policy greedy@0-3: expected a policy for all other decisions at the end");
        check("greedy,p-make@0-3", "policy greedy,p-make@0-3: expected a policy for all other decisions at");
        check(
            "softmax:1,greedy",
            "policy softmax:1: expected @A-B (plies) or @P% (games) after each policy but the",
        );
        for bad in ["28", "3-2", "-1", "", "1-", "x", "0-3@4-5"] {
            let what = bad.rsplit('@').next().unwrap();
            check(
                &format!("mixed@{bad},greedy"),
                &format!("policy @A-B {what}: expected plies such as 0-11, or"),
            );
        }
        for bad in ["101%", "-1%", "%", "NaN%"] {
            let start = format!("policy @P% {bad}: expected a share of games from 0% to 100%");
            check(&format!("mixed@{bad},greedy"), &start);
        }
        check("mixed@1%@1%,greedy", "policy @A-B 1%: expected plies such as");
        check(
            "mixed@60%,softmax:1@41%,greedy",
            "policy @P% mixed@60%,softmax:1@41%,greedy: expected shares of games",
        );
        check("best@0-3,greedy", "policy best: expected greedy,");
        check(
            "mixed@1,mixed@2,mixed@3,mixed@4,mixed@5,greedy",
            "policy mixed@1,mixed@2,mixed@3,mixed@4,mixed@5,greedy: expected at most 4",
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
