//! Evaluators by name: where a description becomes a compiled strategy.

#[cfg(feature = "net")]
use crate::network::Network;
#[cfg(feature = "net")]
pub use crate::network::NetworkBackend;
use crate::outside::{Outside, OutsideBackend};
use boneyard_core::{Answers, Error, Evaluates, Evaluator, Named, Question, Result};
use boneyard_strategies::evaluator::{Cascade, Checked, Checking, ContractSolver, Playout, Solver};
use std::fmt;
use std::str::FromStr;

/// An evaluator, described: parses from its name, prints it, and builds it for a backend.
///
/// | name | evaluator |
/// |---|---|
/// | `solver` | exact points of every move in every world |
/// | `contract` | only whether the contract is made |
/// | `playout` | points when everybody plays the strongest legal domino |
/// | `net:FILE` | what a network makes of each world |
/// | `cascade:N,LATE,EARLY` | LATE for the last N tricks, EARLY before |
/// | `checked:N,E`, `corrected:N,E` | E; one world in N is valued exactly too, and differences are recorded, or corrected |
///
/// LATE, EARLY and E are names again. Short forms: `cascade:N` is `cascade:N,solver,playout`; `cascade:N,FILE` is
/// `cascade:N,solver,net:FILE`, and `cascade:FILE` the same with N = 5; `corrected:N,FILE` is
/// `cascade:5,solver,corrected:N,net:FILE`, and `corrected:FILE` the same with N = 8; so is `checked`.
///
/// Its [id](Named::id) is what is recorded: the whole description, without the names of files, which say nothing of what
/// is in them. [`Display`](fmt::Display) has them.
#[derive(Clone, Debug, Default)]
pub enum EvaluatorSpec {
    /// `solver`.
    #[default]
    Solver,
    /// `contract`.
    Contract,
    /// `playout`.
    Playout,
    /// `net:FILE`.
    #[cfg(feature = "net")]
    Net(Network),
    /// `cascade:N,LATE,EARLY`: a cascade of descriptions.
    Cascade(Box<Cascade<Self, Self>>),
    /// `checked:N,E` or `corrected:N,E`.
    Checked(Box<Checked<Self, Solver>>),
    /// One from outside, which no description names.
    Outside(Outside),
}

/// An evaluator whose type is known at run time only.
pub type AnyEvaluator<B> = Box<dyn Evaluator<B>>;

/// A backend that runs everything that can be described.
pub trait EvaluatorBackend:
    Evaluates<Solver>
    + Evaluates<ContractSolver>
    + Evaluates<Playout>
    + Evaluates<Cascade<AnyEvaluator<Self>, AnyEvaluator<Self>>>
    + Evaluates<Checked<AnyEvaluator<Self>, Solver>>
    + NetworkBackend
    + OutsideBackend
    + Sized
    + 'static
{
}

impl<B> EvaluatorBackend for B where
    B: Evaluates<Solver>
        + Evaluates<ContractSolver>
        + Evaluates<Playout>
        + Evaluates<Cascade<AnyEvaluator<Self>, AnyEvaluator<Self>>>
        + Evaluates<Checked<AnyEvaluator<Self>, Solver>>
        + NetworkBackend
        + OutsideBackend
        + 'static
{
}

/// Without networks there is nothing that only some backends run.
#[cfg(not(feature = "net"))]
pub trait NetworkBackend {}

#[cfg(not(feature = "net"))]
impl<B> NetworkBackend for B {}

impl EvaluatorSpec {
    /// The N of `cascade:FILE`: a network for the first two tricks, where searching costs most.
    pub const TRICKS_AFTER_NET: u8 = 5;

    /// The N of `checked:FILE` and `corrected:FILE`.
    pub const CHECKED_ONE_IN: u32 = 8;

    /// Reads a description, and the networks that it names; `heads` is how many attention heads these have, where their
    /// files do not say.
    ///
    /// # Errors
    /// [`Error::Setting`] saying what is wrong with the description or a network; [`Error::File`] if the system fails.
    pub fn read(text: &str, heads: Option<usize>) -> Result<Self> {
        let refuse =
            |expected: String| Error::Setting { setting: "evaluator", got: text.to_owned(), expected };
        let (spec, rest) = Reader { refuse: &refuse, heads }.spec(text)?;
        if rest.is_empty() { Ok(spec) } else { Err(refuse(format!("nothing after {spec}, not `,{rest}`"))) }
    }

    /// A cascade of descriptions.
    ///
    /// # Errors
    /// Those of [`Cascade::new`].
    pub fn cascade(tricks: u8, late: Self, early: Self) -> Result<Self> {
        Ok(Self::Cascade(Box::new(Cascade::new(tricks, late, early)?)))
    }

    /// A description that is checked by the solver.
    ///
    /// # Errors
    /// Those of [`Checked::new`].
    pub fn checked(checking: Checking, estimator: Self) -> Result<Self> {
        Ok(Self::Checked(Box::new(Checked::new(checking, estimator, Solver)?)))
    }

    /// The evaluator for a backend.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for a network that the backend cannot compute.
    pub fn build<B: EvaluatorBackend>(&self) -> Result<AnyEvaluator<B>> {
        Ok(match self {
            Self::Solver => Box::new(Solver),
            Self::Contract => Box::new(ContractSolver),
            Self::Playout => Box::new(Playout),
            #[cfg(feature = "net")]
            Self::Net(network) => B::network(network)?,
            Self::Cascade(cascade) => Box::new(cascade.map(Self::build::<B>, Self::build::<B>)?),
            Self::Checked(checked) => {
                let (checking, estimator, exact) = checked.parts();
                Box::new(Checked::new(checking, estimator.build::<B>()?, *exact)?)
            }
            Self::Outside(outside) => B::outside(outside)?,
        })
    }

    /// It and all descriptions inside it.
    fn all(&self) -> Vec<&Self> {
        let mut all = vec![self];
        match self {
            Self::Cascade(cascade) => {
                let (_, late, early) = cascade.parts();
                all.extend(late.all());
                all.extend(early.all());
            }
            Self::Checked(checked) => all.extend(checked.parts().1.all()),
            _ => {}
        }
        all
    }

    /// Whether estimates are corrected, and so have standard errors of their own.
    pub fn corrects(&self) -> bool {
        self.corrects_one_in().is_some()
    }

    /// If estimates are corrected: by one in how many of their worlds, at least.
    pub fn corrects_one_in(&self) -> Option<u32> {
        let corrects = |it: &&Self| match it {
            Self::Checked(checked) => Some(checked.parts().0).filter(|it| it.correct).map(|it| it.one_in),
            _ => None,
        };
        self.all().iter().filter_map(corrects).max()
    }

    /// Whether estimates are compared with exact values.
    pub fn checks(&self) -> bool {
        self.all().iter().any(|it| matches!(it, Self::Checked(_)))
    }

    /// The evaluators from outside that it asks.
    pub fn outsides(&self) -> Vec<&Outside> {
        let all = self.all().into_iter();
        all.filter_map(|it| if let Self::Outside(outside) = it { Some(outside) } else { None }).collect()
    }

    /// The networks that it asks.
    #[cfg(feature = "net")]
    pub fn networks(&self) -> Vec<&Network> {
        let all = self.all().into_iter();
        all.filter_map(|it| if let Self::Net(network) = it { Some(network) } else { None }).collect()
    }
}

impl Named for EvaluatorSpec {
    fn id(&self) -> String {
        match self {
            Self::Solver => Solver.id(),
            Self::Contract => ContractSolver.id(),
            Self::Playout => Playout.id(),
            #[cfg(feature = "net")]
            Self::Net(_) => "net".to_owned(),
            Self::Cascade(cascade) => cascade.id(),
            Self::Checked(checked) => checked.id(),
            Self::Outside(outside) => outside.id(),
        }
    }
}

impl Answers for EvaluatorSpec {
    fn question(&self) -> Question {
        match self {
            Self::Solver => Solver.question(),
            Self::Contract => ContractSolver.question(),
            Self::Playout => Playout.question(),
            #[cfg(feature = "net")]
            Self::Net(_) => Question::Points { unit: boneyard_net::UNIT },
            Self::Cascade(cascade) => cascade.question(),
            Self::Checked(checked) => checked.question(),
            Self::Outside(outside) => outside.question(),
        }
    }
}

impl fmt::Display for EvaluatorSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            #[cfg(feature = "net")]
            Self::Net(network) => write!(f, "net:{}", network.file()),
            Self::Cascade(cascade) => {
                let (tricks, late, early) = cascade.parts();
                write!(f, "cascade:{tricks},{late},{early}")
            }
            Self::Checked(checked) => {
                let (Checking { one_in, correct }, estimator, _) = checked.parts();
                write!(f, "{}:{one_in},{estimator}", if correct { "corrected" } else { "checked" })
            }
            _ => f.pad(&self.id()),
        }
    }
}

/// Two are equal if they compute the same: files may have other names.
impl PartialEq for EvaluatorSpec {
    fn eq(&self, other: &Self) -> bool {
        #[cfg(feature = "net")]
        if self.networks() != other.networks() {
            return false;
        }
        self.id() == other.id() && self.outsides() == other.outsides()
    }
}

impl Eq for EvaluatorSpec {}

impl FromStr for EvaluatorSpec {
    type Err = Error;

    /// As [`EvaluatorSpec::read`], of networks whose files say how many attention heads they have.
    fn from_str(text: &str) -> Result<Self> {
        Self::read(text, None)
    }
}

/// Reads descriptions from left to right.
struct Reader<'a> {
    refuse: &'a dyn Fn(String) -> Error,
    /// Attention heads of networks whose files do not say.
    #[cfg_attr(not(feature = "net"), expect(dead_code))]
    heads: Option<usize>,
}

const NAMES: &str = "solver, contract, playout, net:FILE, cascade:N,LATE,EARLY with N of 1 to 6 tricks, corrected:N,E or \
                     checked:N,E with one world in N checked, or a short form: cascade:N, cascade:FILE, \
                     cascade:N,FILE, corrected:FILE, corrected:N,FILE, checked:FILE, checked:N,FILE";

impl Reader<'_> {
    fn unknown(&self) -> Error {
        (self.refuse)(NAMES.to_owned())
    }

    /// The description that the text begins with, and what follows it after a comma.
    fn spec<'t>(&self, text: &'t str) -> Result<(EvaluatorSpec, &'t str)> {
        let (word, rest) = text.split_once(',').unwrap_or((text, ""));
        match word {
            "solver" => return Ok((EvaluatorSpec::Solver, rest)),
            "contract" => return Ok((EvaluatorSpec::Contract, rest)),
            "playout" => return Ok((EvaluatorSpec::Playout, rest)),
            _ => {}
        }
        match text.split_once(':') {
            Some((_, "")) => Err(self.unknown()),
            // A file's name may have commas: it is the rest.
            Some(("net", file)) => Ok((self.network(file)?, "")),
            Some(("cascade", rest)) => self.cascade(rest),
            Some((name @ ("checked" | "corrected"), rest)) => self.checked(name == "corrected", rest),
            _ => Err(self.unknown()),
        }
    }

    fn cascade<'t>(&self, text: &'t str) -> Result<(EvaluatorSpec, &'t str)> {
        use EvaluatorSpec as E;
        let Some((number, rest)) = self.number(text) else {
            return Ok((E::cascade(E::TRICKS_AFTER_NET, E::Solver, self.network(text)?)?, ""));
        };
        let tricks = number.filter(|tricks| (1..=6).contains(tricks)).ok_or_else(|| self.unknown())? as u8;
        let Some(rest) = rest else { return Ok((E::cascade(tricks, E::Solver, E::Playout)?, "")) };
        if !self.is_spec(rest) {
            return Ok((E::cascade(tricks, E::Solver, self.network(rest)?)?, ""));
        }
        let (late, rest) = self.spec(rest)?;
        let (early, rest) = self.spec(rest)?;
        Ok((E::cascade(tricks, late, early)?, rest))
    }

    fn checked<'t>(&self, correct: bool, text: &'t str) -> Result<(EvaluatorSpec, &'t str)> {
        use EvaluatorSpec as E;
        let (one_in, rest) = match self.number(text) {
            Some((number, Some(rest))) => {
                let number = number.filter(|one_in| (1..=1 << 16).contains(one_in));
                (number.ok_or_else(|| self.unknown())?, rest)
            }
            _ => (E::CHECKED_ONE_IN, text),
        };
        let checking = Checking { one_in, correct };
        if self.is_spec(rest) {
            let (estimator, rest) = self.spec(rest)?;
            return Ok((E::checked(checking, estimator)?, rest));
        }
        let early = E::checked(checking, self.network(rest)?)?;
        Ok((E::cascade(E::TRICKS_AFTER_NET, E::Solver, early)?, ""))
    }

    /// The number that the text begins with, if it begins with one, and what follows it after a comma.
    fn number<'t>(&self, text: &'t str) -> Option<(Option<u32>, Option<&'t str>)> {
        let (word, rest) = match text.split_once(',') {
            Some((word, rest)) if !rest.is_empty() => (word, Some(rest)),
            _ => (text, None),
        };
        let is_number = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| (word.parse().ok(), rest))
    }

    /// A description begins here, and not the name of a file.
    fn is_spec(&self, text: &str) -> bool {
        let word = text.split([',', ':']).next().unwrap_or_default();
        matches!(word, "solver" | "contract" | "playout" | "net" | "cascade" | "checked" | "corrected")
    }

    #[cfg(feature = "net")]
    fn network(&self, file: &str) -> Result<EvaluatorSpec> {
        let refuse = |error| match error {
            Error::File { .. } => error,
            _ => (self.refuse)(format!("a network in points, but {error}")),
        };
        Network::open(file, self.heads).map(EvaluatorSpec::Net).map_err(refuse)
    }

    #[cfg(not(feature = "net"))]
    fn network(&self, _: &str) -> Result<EvaluatorSpec> {
        Err((self.refuse)("an evaluator without a network, for this build has none".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use boneyard_core::Host;

    #[test]
    fn names_are_read_printed_recorded_and_built() {
        let check = |text: &str, printed: &str| {
            let spec: EvaluatorSpec = text.parse().expect(text);
            assert_eq!(spec.to_string(), printed);
            assert_eq!(printed.parse::<EvaluatorSpec>().unwrap(), spec);
            let built = spec.build::<Host>().unwrap();
            assert_eq!((built.id(), built.question()), (spec.id(), spec.question()));
        };
        for name in ["solver", "contract", "playout"] {
            check(name, name);
        }
        check("cascade:4", "cascade:4,solver,playout");
        check("cascade:4,solver,playout", "cascade:4,solver,playout");
        check("cascade:1,cascade:2,solver,playout,playout", "cascade:1,cascade:2,solver,playout,playout");
        check("checked:8,playout", "checked:8,playout");
        check("cascade:5,solver,corrected:16,playout", "cascade:5,solver,corrected:16,playout");
        assert_eq!(EvaluatorSpec::default(), EvaluatorSpec::Solver);
        assert!("cascade:5,solver,corrected:16,playout".parse::<EvaluatorSpec>().unwrap().corrects());
        assert!(!"checked:16,playout".parse::<EvaluatorSpec>().unwrap().corrects());
    }

    #[test]
    fn bad_names_get_one_sentence() {
        let check = |text: &str, expected: &str| {
            let error = text.parse::<EvaluatorSpec>().expect_err(text).to_string();
            assert!(error.contains(expected), "{text}: {error}");
        };
        for text in [
            "",
            "minimax",
            "solver:1",
            "cascade",
            "cascade:",
            "cascade:0",
            "cascade:7",
            "checked:0,solver",
            "net:",
        ] {
            check(text, &format!("evaluator {text}: expected solver, contract, playout, net:FILE,"));
        }
        check("solver,playout", "evaluator solver,playout: expected nothing after solver, not `,playout`");
        check(
            "cascade:4,contract,solver",
            "a cascade of contract and solver: the two answer different questions",
        );
        check("corrected:8,contract", "corrected:8,contract: there are no points to check");
        check("cascade:4,solver", "evaluator cascade:4,solver: expected solver, contract,");
    }
}
