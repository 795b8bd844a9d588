//! How many worlds a decision looks at, and when it has seen enough.

use crate::{Answers, Backend, Error, Estimate, Named, Observation, Paces, Plans, Prefers, Question, Result};

/// Which worlds a decision may look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Plan {
    /// None: there is only one legal move.
    Forced,
    /// All of them; when all have been seen, the estimate is exact.
    Enumerate,
    /// At most this many, drawn by the sampler.
    Draw(u32),
}

/// How decisions are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sampling {
    /// Most worlds a decision.
    pub samples: u32,
    /// Where there are no more worlds than this, all are enumerated; as many as `samples` if it is `None`. Only samplers that
    /// draw no world twice may have it smaller: then a decision may see all worlds without enumerating them.
    pub enumerate: Option<u32>,
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
        Self { samples, enumerate: None, evaluate_forced: false, histogram: false }
    }

    /// Where there are no more worlds than this, all are enumerated.
    pub fn enumerated(&self) -> u32 {
        self.enumerate.unwrap_or(self.samples).min(self.samples)
    }

    /// Checks its numbers, and that an evaluator and a policy fit together and to it.
    ///
    /// # Errors
    /// [`Error::Setting`] for a number of samples out of range; [`Error::Mismatch`] if points are needed and the evaluator
    /// only answers whether the contract is made.
    pub fn fits(&self, evaluator: &impl Answers, policy: &impl Prefers) -> Result<()> {
        self.check()?;
        let who = match evaluator.question() {
            Question::Points { .. } => return Ok(()),
            Question::Contract if policy.needs_points() => format!("policy {} needs E[Q]", policy.id()),
            Question::Contract if self.histogram => "a histogram needs points".to_owned(),
            Question::Contract => return Ok(()),
        };
        Err(Error::Mismatch(format!(
            "{who}, but evaluator {} only tells whether the contract is made: choose a policy by P(make) without a \
             histogram, or an evaluator of points",
            evaluator.id(),
        )))
    }

    /// Checks what every backend asks of it.
    pub(crate) fn check(&self) -> Result<()> {
        if (1..=Self::MOST_SAMPLES).contains(&self.samples) {
            return Ok(());
        }
        Err(Error::Setting {
            setting: "samples",
            got: self.samples.to_string(),
            expected: format!("1 to {} worlds a decision", Self::MOST_SAMPLES),
        })
    }
}

/// Says in each round which worlds every game looks at next.
///
/// A decision looks at worlds 0, 1, 2 … in this order, so what it has seen after some rounds is told by how many it has
/// seen, and world `i` is the same world whatever the rounds.
///
/// Law: a decision that is not forced looks at a world in the first round; what it wants next depends on what it sees and
/// on its estimates, not on the games around it.
pub trait Planner<B: Backend>: Paces {
    /// Fills `items` with the worlds to look at next, given the estimates so far. False if no game wants any.
    ///
    /// # Errors
    /// If the device fails.
    fn plan(
        &mut self,
        on: &mut B,
        observations: &B::Observations,
        estimates: &B::Estimates,
        items: &mut B::Items,
    ) -> Result<bool>;
}

impl<B: Plans<N>, N: Paces> Planner<B> for N {
    fn plan(
        &mut self,
        on: &mut B,
        observations: &B::Observations,
        estimates: &B::Estimates,
        items: &mut B::Items,
    ) -> Result<bool> {
        on.plan(self, observations, estimates, items)
    }
}

/// A planner that looks at one decision at a time on the host; lifted to batches.
pub trait PlanRule: Paces + Sync {
    /// How many more worlds this decision is to look at, given what the ones so far say; 0 if it has seen enough. What
    /// exceeds the decision's [plan](Plan) is cut off.
    fn more(&self, observation: &Observation, estimate: &Estimate) -> u32;
}

/// All worlds of the plan in one round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct AtOnce;

impl Named for AtOnce {
    fn id(&self) -> String {
        "at-once".to_owned()
    }
}

impl Paces for AtOnce {}

impl PlanRule for AtOnce {
    fn more(&self, _: &Observation, _: &Estimate) -> u32 {
        u32::MAX
    }
}
