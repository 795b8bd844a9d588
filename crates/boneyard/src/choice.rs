//! Parts chosen by name at run time: the one place where strings become compiled pipelines.
//!
//! Samplers and policies are cheap next to evaluation, so they are chosen inside ([`AnySampler`],
//! [`AnyPolicy`]); for the evaluator each choice is a pipeline of its own.

use crate::Watched;
use boneyard_core::{Error, Host, Pipeline, Played, Result, Sampling, Setup};
use boneyard_strategies::evaluator::{ContractSolver, Solver};
use boneyard_strategies::policy::AnyPolicy;
use boneyard_strategies::sampler::AnySampler;
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
}

impl AnyEvaluator {
    const ALL: [Self; 2] = [Self::Solver, Self::Contract];

    /// Its id.
    pub fn name(self) -> &'static str {
        match self {
            Self::Solver => "solver",
            Self::Contract => "contract",
        }
    }
}

impl fmt::Display for AnyEvaluator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for AnyEvaluator {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|evaluator| evaluator.name() == text).ok_or_else(|| Error::Option {
            option: "--evaluator",
            got: text.to_owned(),
            expected: Self::ALL.map(Self::name).join(" or "),
        })
    }
}

/// A pipeline on the host, its parts chosen at run time; `F` is called once a ply.
pub enum AnyPipeline<F> {
    /// Exact points.
    Solver(Pipeline<Host, AnySampler, Solver, Watched<AnyPolicy, F>>),
    /// Only whether the contract is made.
    Contract(Pipeline<Host, AnySampler, ContractSolver, Watched<AnyPolicy, F>>),
}

impl<F: FnMut()> AnyPipeline<F> {
    /// Puts the parts together.
    ///
    /// # Errors
    /// As [`Pipeline::new`].
    pub fn new(
        sampler: AnySampler,
        evaluator: AnyEvaluator,
        policy: AnyPolicy,
        sampling: Sampling,
        on_ply: F,
    ) -> Result<Self> {
        let (host, policy) = (Host::default(), Watched { policy, on_ply });
        Ok(match evaluator {
            AnyEvaluator::Solver => Self::Solver(Pipeline::new(host, sampler, Solver, policy, sampling)?),
            AnyEvaluator::Contract => {
                Self::Contract(Pipeline::new(host, sampler, ContractSolver, policy, sampling)?)
            }
        })
    }

    /// Plays the games to the end.
    ///
    /// # Errors
    /// As [`Pipeline::play`].
    pub fn play(&mut self, setups: &[Setup]) -> Result<Played> {
        match self {
            Self::Solver(pipeline) => pipeline.play(setups),
            Self::Contract(pipeline) => pipeline.play(setups),
        }
    }
}
