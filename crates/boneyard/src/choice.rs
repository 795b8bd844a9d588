//! Parts chosen by name at run time: the one place where strings become compiled strategies.
//!
//! [`AnySampler`], [`AnyEvaluator`] and [`AnyPolicy`] match once a batch, so the choice costs nothing beside the
//! work, and on a device only the kernels that are launched are compiled.

use crate::{Network, Watched};
use boneyard_core::{
    Error, Evaluator, Host, HostEstimates, HostObservations, HostValues, HostWorlds, Pipeline, Question,
    Result, Sampling,
};
use boneyard_device::{Device, DeviceStep, DeviceWorlds, MOST_FINE_SAMPLES};
use boneyard_net::UNIT;
use boneyard_strategies::evaluator::{
    BatchCascade, Cascade, Checked, ContractSolver, Finer, Playout, Solver,
};
use boneyard_strategies::policy::AnyPolicy;
use boneyard_strategies::sampler::AnySampler;
use cubecl::prelude::Runtime;
use std::fmt;
use std::str::FromStr;

/// An evaluator by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AnyEvaluator {
    /// `solver`: exact points.
    #[default]
    Solver,
    /// `contract`: only whether the contract is made.
    Contract,
    /// `playout`: points when everybody plays the strongest legal domino.
    Playout,
    /// `cascade:N`: exact points while at most N tricks are left, playouts before.
    Cascade(u8),
    /// `net:FILE`: what a network makes of each world.
    Net(Network),
    /// `cascade:N,FILE`: exact points while at most N tricks are left, a network before.
    NetCascade(u8, Network),
    /// `checked:N,FILE`: as `cascade:FILE`, and one world in N that the network values is solved exactly too; the
    /// differences are recorded. `corrected:N,FILE`: and estimates are corrected by the mean difference.
    NetChecked(Checking, Network),
}

/// How a network is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checking {
    /// One in how many worlds.
    pub one_in: u32,
    /// Estimates are corrected by it.
    pub correct: bool,
}

impl Checking {
    fn with<E>(self, estimator: E) -> Checked<E, Solver> {
        let Self { one_in, correct } = self;
        Checked { estimator, exact: Solver, one_in, correct }
    }
}

impl fmt::Display for Checking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.correct { "corrected" } else { "checked" };
        write!(f, "{name}:{}", self.one_in)
    }
}

impl AnyEvaluator {
    const NAMES: &str = "solver, contract, playout, cascade:N with N of 1 to 6 tricks, net:FILE, cascade:FILE, cascade:N,FILE, or corrected:FILE, corrected:N,FILE, checked:FILE, checked:N,FILE with one world in N checked";

    /// The N of `cascade:FILE`: a network for the first two tricks, where searching costs most.
    pub const TRICKS_AFTER_NET: u8 = 5;

    /// The N of `checked:FILE` and `corrected:FILE`.
    pub const CHECKED_ONE_IN: u32 = 8;

    /// Whether estimates are corrected, and so have standard errors.
    pub fn corrects(&self) -> bool {
        matches!(self, Self::NetChecked(Checking { correct: true, .. }, _))
    }

    fn cascade(tricks: u8) -> Cascade<Solver, Playout> {
        Cascade::new(tricks, Solver, Playout)
    }

    /// What is recorded of it: its name, without the name of a file, which says nothing of the file's contents.
    pub fn recorded(&self) -> String {
        match self {
            Self::Net(_) => "net".to_owned(),
            Self::NetCascade(tricks, _) => format!("cascade:{tricks},net"),
            Self::NetChecked(checking, _) => format!("{checking},net"),
            _ => self.to_string(),
        }
    }

    /// The network that it asks, if any.
    pub fn network(&self) -> Option<&Network> {
        match self {
            Self::Net(network) | Self::NetCascade(_, network) | Self::NetChecked(_, network) => Some(network),
            _ => None,
        }
    }
}

impl fmt::Display for AnyEvaluator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Solver => f.pad("solver"),
            Self::Contract => f.pad("contract"),
            Self::Playout => f.pad("playout"),
            Self::Cascade(tricks) => f.pad(&format!("cascade:{tricks}")),
            Self::Net(network) => f.pad(&format!("net:{}", network.file())),
            Self::NetCascade(tricks, network) => f.pad(&format!("cascade:{tricks},{}", network.file())),
            Self::NetChecked(checking, network) => f.pad(&format!("{checking},{}", network.file())),
        }
    }
}

impl FromStr for AnyEvaluator {
    type Err = Error;

    /// Reads the network too, where there is one.
    fn from_str(text: &str) -> Result<Self> {
        let refuse =
            |expected: String| Error::Option { option: "--evaluator", got: text.to_owned(), expected };
        let network = |file: &str| {
            Network::open(file).map_err(|error| refuse(format!("a network in points, but {error}")))
        };
        let tricks = |text: &str| text.parse().ok().filter(|tricks| (1..=6).contains(tricks));
        let one_in = |text: &str| text.parse().ok().filter(|one_in| (1..=1 << 16).contains(one_in));
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let unknown = || refuse(Self::NAMES.to_owned());
        match text.split_once(':') {
            None => match text {
                "solver" => Ok(Self::Solver),
                "contract" => Ok(Self::Contract),
                "playout" => Ok(Self::Playout),
                _ => Err(unknown()),
            },
            Some((_, "")) => Err(unknown()),
            Some(("net", file)) => network(file).map(Self::Net),
            Some(("cascade", rest)) => match rest.split_once(',') {
                None if is_number(rest) => tricks(rest).map(Self::Cascade).ok_or_else(unknown),
                Some((number, file)) if is_number(number) && !file.is_empty() => {
                    Ok(Self::NetCascade(tricks(number).ok_or_else(unknown)?, network(file)?))
                }
                _ => Ok(Self::NetCascade(Self::TRICKS_AFTER_NET, network(rest)?)),
            },
            Some((name @ ("checked" | "corrected"), rest)) => {
                let (one_in, file) = match rest.split_once(',') {
                    Some((number, file)) if is_number(number) && !file.is_empty() => {
                        (one_in(number).ok_or_else(unknown)?, file)
                    }
                    _ => (Self::CHECKED_ONE_IN, rest),
                };
                let checking = Checking { one_in, correct: name == "corrected" };
                Ok(Self::NetChecked(checking, network(file)?))
            }
            Some(_) => Err(unknown()),
        }
    }
}

impl Evaluator<Host> for AnyEvaluator {
    fn id(&self) -> String {
        self.to_string()
    }

    fn question(&self) -> Question {
        match self {
            Self::Contract => Evaluator::<Host>::question(&ContractSolver),
            _ if self.network().is_some() => Question::Points { unit: UNIT },
            _ => Evaluator::<Host>::question(&Solver),
        }
    }

    fn evaluate(&mut self, seen: &HostObservations, worlds: &HostWorlds, out: &mut HostValues) -> Result<()> {
        match &*self {
            Self::Solver => Evaluator::<Host>::evaluate(&mut Solver, seen, worlds, out),
            Self::Contract => Evaluator::<Host>::evaluate(&mut ContractSolver, seen, worlds, out),
            Self::Playout => Evaluator::<Host>::evaluate(&mut Playout, seen, worlds, out),
            Self::Cascade(tricks) => {
                Evaluator::<Host>::evaluate(&mut Self::cascade(*tricks), seen, worlds, out)
            }
            Self::Net(network) => network.evaluator().evaluate(seen, worlds, out),
            Self::NetCascade(tricks, network) => {
                BatchCascade::new(*tricks, LATE, network.evaluator()).evaluate(seen, worlds, out)
            }
            Self::NetChecked(checking, network) => {
                let early = checking.with(network.evaluator());
                BatchCascade::new(Self::TRICKS_AFTER_NET, LATE, early).evaluate(seen, worlds, out)
            }
        }
    }

    fn amend(
        &mut self,
        seen: &HostObservations,
        worlds: &HostWorlds,
        values: &HostValues,
        estimates: &mut HostEstimates,
    ) -> Result<()> {
        match &*self {
            Self::NetChecked(checking, network) => {
                let early = checking.with(network.evaluator());
                BatchCascade::new(Self::TRICKS_AFTER_NET, LATE, early).amend(seen, worlds, values, estimates)
            }
            _ => Ok(()),
        }
    }
}

/// The exact solver in the unit of networks.
const LATE: Finer<Solver> = Finer { evaluator: Solver, unit: UNIT };

impl<R: Runtime> Evaluator<Device<R>> for AnyEvaluator {
    fn id(&self) -> String {
        self.to_string()
    }

    fn question(&self) -> Question {
        Evaluator::<Host>::question(self)
    }

    fn evaluate(&mut self, seen: &DeviceStep<R>, worlds: &DeviceWorlds, out: &mut ()) -> Result<()> {
        match &*self {
            Self::Solver => Evaluator::<Device<R>>::evaluate(&mut Solver, seen, worlds, out),
            Self::Contract => Evaluator::<Device<R>>::evaluate(&mut ContractSolver, seen, worlds, out),
            Self::Playout => Evaluator::<Device<R>>::evaluate(&mut Playout, seen, worlds, out),
            Self::Cascade(tricks) => {
                Evaluator::<Device<R>>::evaluate(&mut Self::cascade(*tricks), seen, worlds, out)
            }
            Self::Net(network) => network.on_device().evaluate(seen, worlds, out),
            Self::NetCascade(tricks, network) => {
                Cascade::new(*tricks, LATE, network.on_device()).evaluate(seen, worlds, out)
            }
            Self::NetChecked(checking, network) => {
                let early = checking.with(network.on_device());
                Cascade::new(Self::TRICKS_AFTER_NET, LATE, early).evaluate(seen, worlds, out)
            }
        }
    }

    fn amend(
        &mut self,
        seen: &DeviceStep<R>,
        worlds: &DeviceWorlds,
        values: &(),
        estimates: &mut DeviceStep<R>,
    ) -> Result<()> {
        match &*self {
            Self::NetChecked(checking, network) => {
                let early = checking.with(network.on_device());
                Cascade::new(Self::TRICKS_AFTER_NET, LATE, early).amend(seen, worlds, values, estimates)
            }
            _ => Ok(()),
        }
    }
}

/// A pipeline whose strategies are chosen at run time; `F` is called once a ply.
pub type AnyPipeline<B, F> = Pipeline<B, AnySampler, AnyEvaluator, Watched<AnyPolicy, F>>;

/// Refuses what a device cannot do: parts that have no kernel, and more worlds than sums of fractions have room for.
///
/// # Errors
/// [`Error::Option`] naming the part.
pub fn check_device(sampler: AnySampler, evaluator: &AnyEvaluator, sampling: &Sampling) -> Result<()> {
    if evaluator.network().is_some() && sampling.samples > MOST_FINE_SAMPLES {
        return Err(Error::Option {
            option: "--samples",
            got: format!("{} with a network on a device", sampling.samples),
            expected: format!("at most {MOST_FINE_SAMPLES}, or --device cpu"),
        });
    }
    if sampler == AnySampler::Backtracking(Default::default()) {
        return Err(Error::Option {
            option: "--sampler",
            got: format!("{sampler} on a device"),
            expected: "a sampler with a kernel, or --device cpu".to_owned(),
        });
    }
    Ok(())
}
