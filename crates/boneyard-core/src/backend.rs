//! Where a pipeline's data lives.

use crate::{Error, GameRecord, Question, Result, SampleReport, Sampling, Setup};
use std::ops::Range;

/// A place to run a pipeline: the types of its buffers, and the steps that are not strategies.
///
/// All games of a batch advance one ply at a time. A step's worlds are worked through in chunks of whole
/// games, so that memory stays within a budget however many games there are.
pub trait Backend {
    /// The games in play and the log of what was decided.
    type Games;
    /// What the mover of every game sees, and which worlds are to be looked at.
    type Observations;
    /// The worlds of one chunk.
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
    /// [`Error::Option`] for sampling that this backend cannot do; device errors.
    fn deal(&mut self, setups: &[Setup], sampling: &Sampling) -> Result<Self::Games>;

    /// Looks at every game.
    ///
    /// # Errors
    /// Device errors.
    fn observe(&mut self, games: &Self::Games) -> Result<Self::Observations>;

    /// The chunks of games to work through at this step; none if nothing needs evaluation.
    fn chunks(&self, observations: &Self::Observations) -> Vec<Range<usize>>;

    /// Buffers for worlds and values, to be reused from chunk to chunk.
    ///
    /// # Errors
    /// Device errors, out of memory among them.
    fn buffers(&mut self, sampling: &Sampling) -> Result<(Self::Worlds, Self::Values)>;

    /// Estimates of no world yet, one a game.
    ///
    /// # Errors
    /// Device errors.
    fn estimates(&mut self, games: &Self::Games, question: Question) -> Result<Self::Estimates>;

    /// Adds a chunk's values to the estimates.
    ///
    /// # Errors
    /// Device errors.
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

    /// Reads the finished games back, with what sampling cost as far as no call of the sampler has told it: on a
    /// device that is known only now.
    ///
    /// # Errors
    /// Device errors; worlds that the sampler did not find.
    fn finish(&mut self, games: Self::Games) -> Result<(Vec<GameRecord>, SampleReport)>;
}

/// Checks what every backend asks of `sampling`.
pub(crate) fn check_sampling(sampling: &Sampling) -> Result<()> {
    if (1..=Sampling::MOST_SAMPLES).contains(&sampling.samples) {
        return Ok(());
    }
    Err(Error::Option {
        option: "--samples",
        got: sampling.samples.to_string(),
        expected: format!("1 to {} worlds a decision", Sampling::MOST_SAMPLES),
    })
}
