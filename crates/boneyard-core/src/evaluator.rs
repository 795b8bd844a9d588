//! Values of moves in worlds.

use crate::{Answers, Backend, Evaluates, Observation, Result};
use boneyard_rules::World;

/// A value by slot 0–6 of the mover's initial hand; [`ILLEGAL`] where the slot cannot be played.
pub type SlotValues = [i16; 7];

/// Marks slots that are not legal in [`SlotValues`].
pub const ILLEGAL: i16 = i16::MIN;

/// Gives every legal slot a value in every world of a chunk.
///
/// Law: the values of a world depend on the observation and the world only, not on the batch around it.
pub trait Evaluator<B: Backend>: Answers {
    /// Fills `out` with the values of `worlds`, in their order, and says in which unit they are: the one of its
    /// [question](Answers::question) or a coarser one.
    ///
    /// # Errors
    /// [`Error::Mismatch`](crate::Error::Mismatch) for worlds that another part draws; device errors.
    fn evaluate(
        &mut self,
        on: &mut B,
        observations: &B::Observations,
        worlds: &B::Worlds,
        out: &mut B::Values,
    ) -> Result<()>;

    /// Called when the values of a chunk have been added to the estimates: an evaluator that knows more about some of the
    /// worlds puts it there. Most do nothing.
    ///
    /// # Errors
    /// As [`Evaluator::evaluate`].
    fn amend(
        &mut self,
        on: &mut B,
        observations: &B::Observations,
        worlds: &B::Worlds,
        values: &B::Values,
        estimates: &mut B::Estimates,
    ) -> Result<()>;
}

impl<B: Evaluates<E>, E: Answers> Evaluator<B> for E {
    fn evaluate(
        &mut self,
        on: &mut B,
        observations: &B::Observations,
        worlds: &B::Worlds,
        out: &mut B::Values,
    ) -> Result<()> {
        on.evaluate(self, observations, worlds, out)
    }

    fn amend(
        &mut self,
        on: &mut B,
        observations: &B::Observations,
        worlds: &B::Worlds,
        values: &B::Values,
        estimates: &mut B::Estimates,
    ) -> Result<()> {
        on.amend(self, observations, worlds, values, estimates)
    }
}

/// An evaluator that looks at one world at a time on the host; lifted to batches and threads.
pub trait WorldEvaluator: Answers + Sync {
    /// Working memory of one thread, reused from world to world.
    type Scratch: Send;

    /// Fresh working memory.
    fn scratch(&self) -> Self::Scratch;

    /// The values of the legal slots in `world`, [`ILLEGAL`] elsewhere.
    fn values(&self, observation: &Observation, world: &World, scratch: &mut Self::Scratch) -> SlotValues;

    /// The same where some of them are known: whoever values moves one by one values only the others.
    fn missing_values(
        &self,
        observation: &Observation,
        world: &World,
        known: &SlotValues,
        scratch: &mut Self::Scratch,
    ) -> SlotValues {
        let _ = known;
        self.values(observation, world, scratch)
    }
}
