//! How a decision is made, described.

#[cfg(feature = "net")]
use crate::Network;
use crate::evaluators::EvaluatorSpec;
use crate::{AnyPipeline, FromOutside, Posterior, StandardBackend};
use boneyard_core::{
    Answers, AtOnce, Design, Designed, Error, Estimate, GROUPS, Named, Pipeline, Planner, Result, Sampling,
};
use boneyard_strategies::planner::Adaptive;
use boneyard_strategies::policy::PolicySpec;
use boneyard_strategies::sampler::{Plays, SamplerSpec};

/// The parts by name that make a decision: what a run does at every ply, and what a player at a table is.
#[derive(Clone, Debug, PartialEq)]
pub struct Recipe {
    /// Fills in hidden hands.
    pub sampler: SamplerSpec,
    /// What makes some of them likelier.
    pub posterior: Posterior,
    /// Gives moves values.
    pub evaluator: EvaluatorSpec,
    /// Chooses.
    pub policy: PolicySpec,
    /// How decisions are looked at.
    pub sampling: Sampling,
    /// How many worlds are enough, if not all that are allowed are looked at.
    pub adaptive: Option<Adaptive>,
    /// What is in the place of `sampler` and `policy`, if anything.
    pub outside: FromOutside,
}

impl Default for Recipe {
    /// What `generate` does without options.
    fn default() -> Self {
        Self {
            sampler: SamplerSpec::default(),
            posterior: Posterior::default(),
            evaluator: EvaluatorSpec::default(),
            policy: PolicySpec::default(),
            sampling: Sampling::new(50),
            adaptive: None,
            outside: FromOutside::default(),
        }
    }
}

impl Recipe {
    /// The same with as many worlds as `adaptive` finds enough.
    pub fn adapting(self, adaptive: Adaptive) -> Self {
        Self { sampling: adaptive.sampling(self.sampling), adaptive: Some(adaptive), ..self }
    }

    /// Checks that the parts fit together.
    ///
    /// # Errors
    /// Those of [`Sampling::fits`] and [`Posterior::fits`]; [`Error::Mismatch`] for a sampler or a posterior that cannot go round by
    /// round, [`Error::Setting`] for a first round of too few worlds to correct.
    pub fn check(&self) -> Result<()> {
        if let Some(sampler) = &self.outside.sampler {
            let id = sampler.id();
            if !self.posterior.is_empty() {
                let posterior = &self.posterior;
                return Err(Error::Mismatch(format!(
                    "posterior {posterior} does not weigh the worlds of sampler {id}: expected one of the two"
                )));
            }
            if let Some(adaptive) = &self.adaptive {
                return Err(Error::Mismatch(format!(
                    "sampler {id} does not go round by round without drawing a world twice: with adaptive {} choose affine or \
                     distinct",
                    adaptive.target(),
                )));
            }
        }
        self.posterior.fits(self.sampler)?;
        if !self.posterior.is_empty() && self.sampling.samples > Estimate::MOST_WEIGHED {
            return Err(Error::Setting {
                setting: "samples",
                got: format!("{} with a posterior", self.sampling.samples),
                expected: format!("at most {}", Estimate::MOST_WEIGHED),
            });
        }
        self.posterior.weighs_by(&self.evaluator)?;
        let Some(adaptive) = &self.adaptive else { return self.sampling.fits(&self.evaluator, &self.policy) };
        if self.sampling != adaptive.sampling(self.sampling) {
            let (samples, expected) = (self.sampling.samples, adaptive.most());
            return Err(Error::Mismatch(format!(
                "{samples} samples, but {} looks at {expected}",
                adaptive.id()
            )));
        }
        if self.posterior.contract.is_some() {
            return Err(Error::Mismatch(format!(
                "posterior {} may draw a world twice: with adaptive {} choose one without contract",
                self.posterior,
                adaptive.target(),
            )));
        }
        if self.posterior.plays.as_ref().is_some_and(Plays::needs_all_at_once) {
            return Err(Error::Mismatch(format!(
                "posterior {} weighs all worlds of a decision together, but adaptive {} takes them in rounds: choose one without ess",
                self.posterior,
                adaptive.target(),
            )));
        }
        if self.sampler.design() != Design::Distinct {
            return Err(Error::Mismatch(format!(
                "sampler {} does not go round by round without drawing a world twice: with adaptive {} choose affine or \
                 distinct",
                self.sampler,
                adaptive.target(),
            )));
        }
        // A first look has to tell how far the correction may be off, by a checked world in every group.
        let fewest =
            self.evaluator.corrects_one_in().map_or(0, |one_in| one_in.saturating_mul(GROUPS as u32));
        if adaptive.least() < fewest {
            return Err(Error::Setting {
                setting: "min-samples",
                got: format!("{} with evaluator {}", adaptive.least(), self.evaluator.id()),
                expected: format!("at least {fewest}, of which {GROUPS} are checked"),
            });
        }
        self.sampling.fits(&self.evaluator, &self.policy)
    }

    /// Checks that a device can do it: that its parts have kernels, and sums have room for its samples.
    ///
    /// # Errors
    /// [`Error::Setting`](boneyard_core::Error::Setting) naming the part.
    #[cfg(feature = "device")]
    pub fn check_for_device(&self) -> Result<()> {
        use boneyard_device::MOST_FINE_SAMPLES;
        self.outside.check_for_device()?;
        let samples = self.sampling.samples;
        if self.evaluator.question().unit() > 1 && samples > MOST_FINE_SAMPLES {
            return Err(Error::Setting {
                setting: "samples",
                got: format!("{samples} with a network on a device"),
                expected: format!("at most {MOST_FINE_SAMPLES}, or the CPU"),
            });
        }
        if !self.sampler.has_kernel() {
            return Err(Error::Setting {
                setting: "sampler",
                got: format!("{} on a device", self.sampler),
                expected: "a sampler with a kernel, or the CPU".to_owned(),
            });
        }
        Ok(())
    }

    /// The networks that it asks: those of the evaluator, then those of the posterior.
    #[cfg(feature = "net")]
    pub fn networks(&self) -> Vec<&Network> {
        self.evaluator.networks().into_iter().chain(self.posterior.networks()).collect()
    }

    /// The pipeline that does it on a backend.
    ///
    /// # Errors
    /// As [`Pipeline::new`]; those of building the evaluator.
    pub fn pipeline<B: StandardBackend>(&self, backend: B) -> Result<AnyPipeline<B>> {
        let sampler = match &self.outside.sampler {
            Some(sampler) => B::outside_sampler(sampler)?,
            None => self.posterior.build::<B>(self.sampler, &self.evaluator)?,
        };
        let policy = match &self.outside.policy {
            Some(policy) => B::outside_policy(policy)?,
            None => self.policy.build::<B>(),
        };
        let planner: Box<dyn Planner<B>> = match self.adaptive {
            Some(adaptive) => Box::new(adaptive),
            None => Box::new(AtOnce),
        };
        Ok(Pipeline::new(backend, sampler, self.evaluator.build::<B>()?, policy, self.sampling)?
            .paced(planner))
    }
}
