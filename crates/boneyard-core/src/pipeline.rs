//! The loop.

use crate::{
    Backend, Error, Evaluator, GameRecord, Policy, Question, Result, SampleReport, Sampler, Setup,
    backend::check_sampling,
};
use boneyard_rules::PLIES;

/// How decisions are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sampling {
    /// Worlds a decision; where there are no more worlds than this, all are enumerated.
    pub samples: u32,
    /// Evaluate decisions with one legal move too.
    pub evaluate_forced: bool,
    /// Keep histograms of values.
    pub histogram: bool,
}

impl Sampling {
    /// Most worlds a decision: sums of squares of 1/256 points stay far inside 64 bits, and counts inside 32.
    pub const MOST_SAMPLES: u32 = 1 << 24;

    /// Samples without histogram, forced moves not evaluated.
    pub fn new(samples: u32) -> Self {
        Self { samples, evaluate_forced: false, histogram: false }
    }
}

/// A batch of finished games.
#[derive(Clone, Debug)]
pub struct Played {
    /// In the order of the setups.
    pub games: Vec<GameRecord>,
    /// What sampling cost.
    pub sampling: SampleReport,
}

/// A backend with a sampler, an evaluator and a policy for it.
#[derive(Clone, Debug)]
pub struct Pipeline<B, S, E, P> {
    /// Where it runs.
    pub backend: B,
    /// Fills in hidden hands.
    pub sampler: S,
    /// Gives moves values.
    pub evaluator: E,
    /// Chooses.
    pub policy: P,
    /// How decisions are looked at.
    pub sampling: Sampling,
}

impl<B, S, E, P> Pipeline<B, S, E, P>
where
    B: Backend,
    S: Sampler<B>,
    E: Evaluator<B>,
    P: Policy<B>,
{
    /// Puts the parts together.
    ///
    /// # Errors
    /// [`Error::Option`] for a number of samples out of range, [`Error::Mismatch`] if the policy needs points
    /// and the evaluator only answers whether the contract is made.
    pub fn new(backend: B, sampler: S, evaluator: E, policy: P, sampling: Sampling) -> Result<Self> {
        check_sampling(&sampling)?;
        if policy.needs_points() && evaluator.question() == Question::Contract {
            return Err(Error::Mismatch(format!(
                "policy {} needs E[Q], but evaluator {} only tells whether the contract is made: choose a policy \
                 by P(make) or an evaluator of points",
                policy.id(),
                evaluator.id(),
            )));
        }
        if sampling.histogram && evaluator.question() == Question::Contract {
            return Err(Error::Mismatch(format!(
                "a histogram needs points, but evaluator {} only tells whether the contract is made",
                evaluator.id(),
            )));
        }
        Ok(Self { backend, sampler, evaluator, policy, sampling })
    }

    /// Plays the games to the end, in lockstep.
    ///
    /// # Errors
    /// [`Error::GaveUp`] if the sampler could not find its worlds; device errors.
    pub fn play(&mut self, setups: &[Setup]) -> Result<Played> {
        let mut report = SampleReport::default();
        let question = self.evaluator.question();
        let mut games = self.backend.deal(setups, &self.sampling)?;
        let (mut worlds, mut values) = self.backend.buffers(&self.sampling)?;
        let mut choices = self.backend.choices(&games)?;
        for _ in 0..PLIES {
            let observations = self.backend.observe(&games)?;
            let mut estimates = self.backend.estimates(&games, question)?;
            for chunk in self.backend.chunks(&observations) {
                report += self.sampler.sample(&observations, chunk, &mut worlds)?;
                self.evaluator.evaluate(&observations, &worlds, &mut values)?;
                self.backend.reduce(&observations, &worlds, &values, &mut estimates)?;
                self.evaluator.amend(&observations, &worlds, &values, &mut estimates)?;
            }
            self.policy.choose(&observations, &estimates, &mut choices)?;
            self.backend.apply(&mut games, &observations, estimates, &choices)?;
        }
        let (games, last) = self.backend.finish(games)?;
        report += last;
        Ok(Played { games, sampling: report })
    }
}
