//! Parts chosen by name at run time: the one place where strings become compiled strategies.
//!
//! [`AnySampler`], [`AnyEvaluator`] and [`AnyPolicy`] match once a batch, so the choice costs nothing beside the
//! work, and on a device only the kernels that are launched are compiled.

use crate::Watched;
use boneyard_core::{
    Error, Evaluator, Host, HostObservations, HostValues, HostWorlds, Pipeline, Question, Result,
};
use boneyard_device::{Device, DeviceStep, DeviceWorlds};
use boneyard_strategies::evaluator::{Cascade, ContractSolver, Playout, Solver};
use boneyard_strategies::policy::AnyPolicy;
use boneyard_strategies::sampler::AnySampler;
use cubecl::prelude::Runtime;
use std::fmt;
use std::str::FromStr;

/// An evaluator by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
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
}

impl AnyEvaluator {
    const NAMES: &str = "solver, contract, playout or cascade:N with N of 1 to 6 tricks";

    fn cascade(tricks: u8) -> Cascade<Solver, Playout> {
        Cascade::new(tricks, Solver, Playout)
    }
}

impl fmt::Display for AnyEvaluator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Solver => f.pad("solver"),
            Self::Contract => f.pad("contract"),
            Self::Playout => f.pad("playout"),
            Self::Cascade(tricks) => f.pad(&format!("cascade:{tricks}")),
        }
    }
}

impl FromStr for AnyEvaluator {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let tricks = || text.strip_prefix("cascade:")?.parse().ok().filter(|tricks| (1..=6).contains(tricks));
        match text {
            "solver" => Ok(Self::Solver),
            "contract" => Ok(Self::Contract),
            "playout" => Ok(Self::Playout),
            _ => tricks().map(Self::Cascade).ok_or_else(|| Error::Option {
                option: "--evaluator",
                got: text.to_owned(),
                expected: Self::NAMES.to_owned(),
            }),
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
            _ => Evaluator::<Host>::question(&Solver),
        }
    }

    fn evaluate(&mut self, seen: &HostObservations, worlds: &HostWorlds, out: &mut HostValues) -> Result<()> {
        match *self {
            Self::Solver => Evaluator::<Host>::evaluate(&mut Solver, seen, worlds, out),
            Self::Contract => Evaluator::<Host>::evaluate(&mut ContractSolver, seen, worlds, out),
            Self::Playout => Evaluator::<Host>::evaluate(&mut Playout, seen, worlds, out),
            Self::Cascade(tricks) => {
                Evaluator::<Host>::evaluate(&mut Self::cascade(tricks), seen, worlds, out)
            }
        }
    }
}

impl<R: Runtime> Evaluator<Device<R>> for AnyEvaluator {
    fn id(&self) -> String {
        self.to_string()
    }

    fn question(&self) -> Question {
        Evaluator::<Host>::question(self)
    }

    fn evaluate(&mut self, seen: &DeviceStep<R>, worlds: &DeviceWorlds, out: &mut ()) -> Result<()> {
        match *self {
            Self::Solver => Evaluator::<Device<R>>::evaluate(&mut Solver, seen, worlds, out),
            Self::Contract => Evaluator::<Device<R>>::evaluate(&mut ContractSolver, seen, worlds, out),
            Self::Playout => Evaluator::<Device<R>>::evaluate(&mut Playout, seen, worlds, out),
            Self::Cascade(tricks) => {
                Evaluator::<Device<R>>::evaluate(&mut Self::cascade(tricks), seen, worlds, out)
            }
        }
    }
}

/// A pipeline whose strategies are chosen at run time; `F` is called once a ply.
pub type AnyPipeline<B, F> = Pipeline<B, AnySampler, AnyEvaluator, Watched<AnyPolicy, F>>;

/// Refuses parts that have no kernel.
///
/// # Errors
/// [`Error::Option`] naming the part.
pub fn check_device(sampler: AnySampler) -> Result<()> {
    if sampler == AnySampler::Backtracking(Default::default()) {
        return Err(Error::Option {
            option: "--sampler",
            got: format!("{sampler} on a device"),
            expected: "a sampler with a kernel, or --device cpu".to_owned(),
        });
    }
    Ok(())
}
