//! What makes some worlds likelier than others, described.

use crate::evaluators::{AnyEvaluator, EvaluatorBackend, EvaluatorSpec};
#[cfg(feature = "net")]
use crate::network::Network;
use boneyard_core::{Answers, Error, Named, Question, Result, Sampler, Samples};
use boneyard_rules::Declaring;
use boneyard_strategies::sampler::{
    Declared, Evidence, Played, Plays, SamplerBackend, SamplerSpec, Unrank, Weighed,
};
use std::fmt;
use std::str::FromStr;

/// What is held to be known of hidden hands beside sizes and voids; parses from and prints its description.
///
/// | part | says |
/// |---|---|
/// | `contract[:RULE][,beta:B]` | the bidder declared by RULE (`longest`); a world that speaks against it is B times as likely (0) |
/// | `plays[:tau:T][,beta:B][,last:K][,ess:S][,by:E]` | the others chose by softmax of Q over T points (8), but for a share B of any legal move (0.5), in their last K plays (8); Q by evaluator E, or by the run's own; where the effective sample size is less than S of the worlds, weights are mixed with even ones |
///
/// Both may be given, with a comma between. Nothing is said by the empty description.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Posterior {
    /// Of the bidder's hand.
    pub contract: Option<Evidence>,
    /// Of the other seats' hands.
    pub plays: Option<Plays>,
    /// What says how much plays were worth, if it is not the evaluator that values worlds.
    pub by: Option<EvaluatorSpec>,
}

/// A sampler whose type is known at run time only.
pub type AnySampler<B> = Box<dyn Sampler<B>>;

/// A backend that runs all of them.
pub trait PosteriorBackend:
    SamplerBackend
    + EvaluatorBackend
    + Samples<Weighed<Declared<Unrank>, Evidence>>
    + Samples<Played<AnySampler<Self>, AnyEvaluator<Self>>>
{
}

impl<B> PosteriorBackend for B where
    B: SamplerBackend
        + EvaluatorBackend
        + Samples<Weighed<Declared<Unrank>, Evidence>>
        + Samples<Played<AnySampler<Self>, AnyEvaluator<Self>>>
{
}

impl Posterior {
    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Checks that it goes with a sampler.
    ///
    /// # Errors
    /// [`Error::Mismatch`] if a contract is to be weighed of worlds that are not drawn by index.
    pub fn fits(&self, sampler: SamplerSpec) -> Result<()> {
        if self.contract.is_some() && !matches!(sampler, SamplerSpec::Unrank(_)) {
            return Err(Error::Mismatch(format!(
                "posterior {self} draws worlds by index, which sampler {sampler} does not: expected affine, uniform, \
                 distinct or stratified"
            )));
        }
        Ok(())
    }

    /// The description, with what says how much plays were worth in these words.
    fn described(&self, by: Option<String>) -> String {
        let contract = self.contract.as_ref().map(Evidence::id);
        let by = by.map_or(String::new(), |by| format!(",by:{by}"));
        let plays = self.plays.as_ref().map(|plays| plays.id() + &by);
        contract.into_iter().chain(plays).collect::<Vec<_>>().join(",")
    }

    /// The networks that it asks.
    #[cfg(feature = "net")]
    pub fn networks(&self) -> Vec<&Network> {
        self.by.as_ref().map_or(Vec::new(), EvaluatorSpec::networks)
    }

    /// Checks that what says how much plays were worth knows points, in runs by this evaluator.
    ///
    /// # Errors
    /// [`Error::Mismatch`] if it only knows whether the contract is made.
    pub fn weighs_by(&self, evaluator: &EvaluatorSpec) -> Result<()> {
        let by = self.by.as_ref().unwrap_or(evaluator);
        if self.plays.is_some() && by.question() == Question::Contract {
            return Err(Error::Mismatch(format!(
                "posterior {self}, but evaluator {by} only tells whether the contract is made: plays are weighed by points, \
                 such as plays:by:solver"
            )));
        }
        Ok(())
    }

    /// The sampler that draws as `sampler` says, given this; `evaluator` says what plays were worth, if nothing else is named.
    ///
    /// # Errors
    /// Those of building the evaluator, and of [`Posterior::fits`].
    pub fn build<B: PosteriorBackend>(
        &self,
        sampler: SamplerSpec,
        evaluator: &EvaluatorSpec,
    ) -> Result<AnySampler<B>> {
        self.fits(sampler)?;
        let drawn: AnySampler<B> = match (self.contract, sampler) {
            (Some(evidence), SamplerSpec::Unrank(sampler)) => {
                Box::new(Weighed { sampler: Declared { sampler, evidence }, weight: evidence })
            }
            _ => sampler.build(),
        };
        Ok(match &self.plays {
            Some(plays) => {
                let evaluator = self.by.as_ref().unwrap_or(evaluator).build::<B>()?;
                Box::new(Played { sampler: drawn, evaluator, plays: plays.clone() })
            }
            None => drawn,
        })
    }
}

/// What is recorded: the description, without the names of files.
impl Named for Posterior {
    fn id(&self) -> String {
        self.described(self.by.as_ref().map(EvaluatorSpec::id))
    }
}

impl fmt::Display for Posterior {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.described(self.by.as_ref().map(EvaluatorSpec::to_string)))
    }
}

impl FromStr for Posterior {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let refuse = |expected: &str| Error::Setting {
            setting: "posterior",
            got: text.to_owned(),
            expected: expected.to_owned(),
        };
        let unknown = || {
            refuse(
                "contract[:RULE][,beta:B], plays[:tau:T][,beta:B][,last:K][,ess:S][,by:E], or both with a comma between, such \
                 as contract,plays:tau:4",
            )
        };
        let number =
            |text: &str| text.parse::<f64>().map_err(|_| refuse("numbers after tau:, beta:, last: and ess:"));
        // Each part with what follows its name, and the options after that.
        let mut parts: Vec<(&str, &str, Vec<&str>)> = Vec::new();
        for piece in text.split(',') {
            let (word, rest) = piece.split_once(':').unwrap_or((piece, ""));
            match parts.last_mut() {
                _ if ["contract", "plays"].contains(&word) => parts.push((word, rest, Vec::new())),
                Some((_, _, options)) => options.push(piece),
                None => return Err(unknown()),
            }
        }
        let mut posterior = Self::default();
        for (part, rest, options) in parts {
            if part == "contract" && posterior.contract.is_none() {
                let rule = if rest.is_empty() { Ok(Declaring::default()) } else { rest.parse() };
                let rule =
                    rule.map_err(|what: String| refuse(&format!("a rule of declaring, but {what}")))?;
                let mut beta = 0.0;
                for option in options {
                    match option.split_once(':') {
                        Some(("beta", value)) => beta = number(value)?,
                        _ => return Err(unknown()),
                    }
                }
                posterior.contract = Some(Evidence::new(rule, beta)?);
            } else if part == "plays" && posterior.plays.is_none() {
                let (mut tau, mut beta, mut last, mut ess) = (8.0, 0.5, 8, None);
                let mut options = [rest].into_iter().filter(|rest| !rest.is_empty()).chain(options);
                while let Some(option) = options.next() {
                    match option.split_once(':') {
                        Some(("tau", value)) => tau = number(value)?,
                        Some(("beta", value)) => beta = number(value)?,
                        Some(("last", value)) => {
                            let plays = number(value)?;
                            if !(0.0..=27.0).contains(&plays) || plays.fract() != 0.0 {
                                return Err(refuse("1 to 27 plays after last:"));
                            }
                            last = plays as u32;
                        }
                        Some(("ess", value)) => ess = Some(number(value)?),
                        // To the end: descriptions of evaluators have commas too.
                        Some(("by", value)) => {
                            let by: Vec<&str> = std::iter::once(value).chain(options.by_ref()).collect();
                            posterior.by = Some(by.join(",").parse()?);
                        }
                        _ => return Err(unknown()),
                    }
                }
                let plays = Plays::new(tau, beta, last)?;
                posterior.plays = Some(if let Some(share) = ess { plays.with_ess(share)? } else { plays });
            } else {
                return Err(unknown());
            }
        }
        Ok(posterior)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_are_read_and_printed() {
        let check = |text: &str, printed: &str| {
            let posterior: Posterior = text.parse().expect(text);
            assert_eq!(posterior.to_string(), printed);
            assert_eq!(printed.parse::<Posterior>().unwrap(), posterior);
            assert!(!posterior.is_empty());
        };
        check("contract", "contract:longest,beta:0");
        check("contract:longest,beta:0.25", "contract:longest,beta:0.25");
        check("contract,beta:0.1", "contract:longest,beta:0.1");
        check("contract,beta:0.0001", "contract:longest,beta:0.0001");
        check("plays", "plays:tau:8,beta:0.5,last:8");
        check("plays:last:4", "plays:tau:8,beta:0.5,last:4");
        check("plays:tau:2.5,last:27,beta:0", "plays:tau:2.5,beta:0,last:27");
        check("plays:ess:0.1,last:4", "plays:tau:8,beta:0.5,last:4,ess:0.1");
        check("contract,plays:beta:1", "contract:longest,beta:0,plays:tau:8,beta:1,last:8");
        check("plays:by:cascade:5", "plays:tau:8,beta:0.5,last:8,by:cascade:5,solver,playout");
        check(
            "plays:last:2,by:solver,contract",
            "contract:longest,beta:0,plays:tau:8,beta:0.5,last:2,by:solver",
        );
        check("plays:tau:1,contract,beta:0.5", "contract:longest,beta:0.5,plays:tau:1,beta:0.5,last:8");
        assert_eq!(Posterior::default().to_string(), "");
    }

    #[test]
    fn bad_descriptions_get_one_sentence() {
        let check = |text: &str, expected: &str| {
            let error = text.parse::<Posterior>().expect_err(text).to_string();
            assert!(error.contains(expected) && !error.contains('\n'), "{text}: {error}");
        };
        for text in [
            "contract,",
            "",
            "bids",
            "contract,contract",
            "plays,plays",
            "contract:longest:beta:0",
            "beta:0.1",
            "plays:tau",
            "contract,tau:3",
        ] {
            check(text, "posterior");
        }
        check("contract:shortest", "a rule of declaring, but `shortest`: expected longest");
        check("contract,beta:1.5", "a beta from 0 to 1");
        check("contract,beta:NaN", "a beta from 0 to 1");
        check("plays:tau:0", "tau:0: expected a temperature above 0");
        check("plays:tau:inf", "a temperature above 0");
        check("plays:tau:many", "numbers after tau:");
        check("plays:beta:-0.1", "beta:-0.1: expected a share from 0 to 1");
        check("plays:beta:NaN", "a share from 0 to 1");
        for ess in ["ess:0", "ess:-1", "ess:1.01", "ess:NaN"] {
            check(&format!("plays:{ess}"), "expected a share of the worlds above 0, at most 1");
        }
        check("plays:ess:few", "numbers after tau:");
        check("plays:last:28", "1 to 27 plays");
        check("plays:last:1.5", "1 to 27 plays");
        check("plays:last:0", "1 to 27 plays");
    }

    #[test]
    fn contracts_are_for_worlds_by_index() {
        let posterior: Posterior = "contract".parse().unwrap();
        assert!(posterior.fits("uniform".parse().unwrap()).is_ok());
        let error = posterior.fits("backtracking".parse().unwrap()).unwrap_err().to_string();
        assert!(error.contains("expected affine, uniform, distinct or stratified"), "{error}");
        let plays: Posterior = "plays".parse().unwrap();
        assert!(plays.fits("backtracking".parse().unwrap()).is_ok());
    }
}
