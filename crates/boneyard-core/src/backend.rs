//! Where a pipeline's data lives, and the strategies that run there.

use crate::{Design, GameRecord, InPlay, Question, Result, SampleReport, Sampling, Setup};
use std::ops::Range;

/// A place to run a pipeline: the types of its buffers, and the stages that are not strategies.
///
/// All games of a batch advance one ply at a time. A round's worlds are worked through in chunks of whole games, so that
/// memory stays within a budget however many games there are.
///
/// What a stage makes has a type of its own, so that no stage can be handed what another makes:
///
/// ```
/// use boneyard_core::{Backend, Policy, Result};
///
/// fn choose<B: Backend, P: Policy<B>>(
///     on: &mut B, policy: &mut P, seen: &B::Observations, sums: &B::Estimates, out: &mut B::Choices,
/// ) -> Result<()> {
///     policy.choose(on, seen, sums, out)
/// }
/// ```
///
/// ```compile_fail,E0308
/// use boneyard_core::{Backend, Policy, Result};
///
/// fn choose<B: Backend, P: Policy<B>>(
///     on: &mut B, policy: &mut P, seen: &B::Observations, sums: &B::Estimates, out: &mut B::Choices,
/// ) -> Result<()> {
///     policy.choose(on, seen, seen, out) // observations are no estimates
/// }
/// ```
pub trait Backend {
    /// The games in play and the log of what was decided.
    type Games;
    /// What the mover of every game sees.
    type Observations;
    /// Which worlds of every game are to be looked at next.
    type Items;
    /// The worlds of one chunk, each with its weight if weights are carried.
    type Worlds;
    /// Values by world and slot, of one chunk.
    type Values;
    /// Sums by game and slot.
    type Estimates;
    /// One choice a game.
    type Choices;

    /// A name for people and records, such as `cpu` or `cuda:0`.
    fn name(&self) -> String;

    /// Starts a batch of games.
    ///
    /// # Errors
    /// [`Error::Setting`](crate::Error::Setting) for sampling that this backend cannot do; device errors.
    fn deal(&mut self, setups: &[Setup], sampling: &Sampling) -> Result<Self::Games> {
        let games: Vec<InPlay> = setups.iter().map(|setup| setup.in_play()).collect();
        self.resume(&games, sampling)
    }

    /// Goes on with a batch of games that are in play, all at the same ply.
    ///
    /// # Errors
    /// As [`Backend::deal`]; [`Error::Mismatch`](crate::Error::Mismatch) for games at different plies.
    fn resume(&mut self, games: &[InPlay], sampling: &Sampling) -> Result<Self::Games>;

    /// Looks at every game.
    ///
    /// # Errors
    /// Device errors.
    fn observe(&mut self, games: &Self::Games) -> Result<Self::Observations>;

    /// What a planner writes to.
    ///
    /// # Errors
    /// Device errors.
    fn items(&mut self, games: &Self::Games) -> Result<Self::Items>;

    /// The chunks of games to work through in a round; none if nothing is to be looked at.
    fn chunks(&self, observations: &Self::Observations, items: &Self::Items) -> Vec<Range<usize>>;

    /// Memory for the worlds of a chunk, reused from chunk to chunk.
    ///
    /// # Errors
    /// Device errors, out of memory among them.
    fn worlds(&mut self, games: &Self::Games) -> Result<Self::Worlds>;

    /// Memory for the values of a chunk, reused from chunk to chunk.
    ///
    /// # Errors
    /// As [`Backend::worlds`].
    fn values(&mut self, games: &Self::Games) -> Result<Self::Values>;

    /// Estimates of no world yet, one a game, of worlds that will be drawn by such a design.
    ///
    /// # Errors
    /// [`Error::Mismatch`](crate::Error::Mismatch) for a question that this backend cannot add up; device errors.
    fn estimates(
        &mut self,
        games: &Self::Games,
        question: Question,
        design: Design,
    ) -> Result<Self::Estimates>;

    /// Adds a chunk's values to the estimates, in the estimates' unit.
    ///
    /// # Errors
    /// [`Error::Mismatch`](crate::Error::Mismatch) for values in a finer unit than the estimates'; device errors.
    fn reduce(
        &mut self,
        observations: &Self::Observations,
        worlds: &Self::Worlds,
        values: &Self::Values,
        estimates: &mut Self::Estimates,
    ) -> Result<()>;

    /// One undecided choice a game.
    ///
    /// # Errors
    /// Device errors.
    fn choices(&mut self, games: &Self::Games) -> Result<Self::Choices>;

    /// Plays the choices and logs the decisions.
    ///
    /// # Errors
    /// Device errors.
    fn apply(
        &mut self,
        games: &mut Self::Games,
        observations: &Self::Observations,
        estimates: Self::Estimates,
        choices: &Self::Choices,
    ) -> Result<()>;

    /// Reads the decisions back that were made since the batch was begun, with what sampling cost as far as no call of the
    /// sampler has told it: on a device that is known only now.
    ///
    /// # Errors
    /// Device errors; worlds that the sampler did not find.
    fn finish(&mut self, games: Self::Games) -> Result<(Vec<GameRecord>, SampleReport)>;
}

/// A backend that runs the planner `N`; see [`Planner`](crate::Planner) for the law.
pub trait Plans<N>: Backend {
    /// As [`Planner::plan`](crate::Planner::plan).
    ///
    /// # Errors
    /// As there.
    fn plan(
        &mut self,
        planner: &mut N,
        observations: &Self::Observations,
        estimates: &Self::Estimates,
        items: &mut Self::Items,
    ) -> Result<bool>;
}

/// A backend that runs the sampler `S`; see [`Sampler`](crate::Sampler) for the law.
pub trait Samples<S>: Backend {
    /// As [`Sampler::sample`](crate::Sampler::sample).
    ///
    /// # Errors
    /// As there.
    fn sample(
        &mut self,
        sampler: &mut S,
        observations: &Self::Observations,
        items: &Self::Items,
        chunk: Range<usize>,
        out: &mut Self::Worlds,
    ) -> Result<SampleReport>;
}

/// A backend that runs the evaluator `E`; see [`Evaluator`](crate::Evaluator) for the law.
pub trait Evaluates<E>: Backend {
    /// As [`Evaluator::evaluate`](crate::Evaluator::evaluate).
    ///
    /// # Errors
    /// As there.
    fn evaluate(
        &mut self,
        evaluator: &mut E,
        observations: &Self::Observations,
        worlds: &Self::Worlds,
        out: &mut Self::Values,
    ) -> Result<()>;

    /// As [`Evaluator::amend`](crate::Evaluator::amend).
    ///
    /// # Errors
    /// As there.
    fn amend(
        &mut self,
        _evaluator: &mut E,
        _observations: &Self::Observations,
        _worlds: &Self::Worlds,
        _values: &Self::Values,
        _estimates: &mut Self::Estimates,
    ) -> Result<()> {
        Ok(())
    }
}

/// A backend that runs the policy `P`; see [`Policy`](crate::Policy) for the law.
pub trait Chooses<P>: Backend {
    /// As [`Policy::choose`](crate::Policy::choose).
    ///
    /// # Errors
    /// As there.
    fn choose(
        &mut self,
        policy: &mut P,
        observations: &Self::Observations,
        estimates: &Self::Estimates,
        out: &mut Self::Choices,
    ) -> Result<()>;
}
