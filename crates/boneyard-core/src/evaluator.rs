//! Values of moves in worlds.

use crate::{Backend, Observation, Question, Result};
use boneyard_rules::World;

/// A value by slot 0–6 of the mover's initial hand; [`ILLEGAL`] where the slot cannot be played.
pub type SlotValues = [i16; 7];

/// Marks slots that are not legal in [`SlotValues`].
pub const ILLEGAL: i16 = i16::MIN;

/// Gives every legal slot a value in every world of a chunk.
///
/// Law: the values of a world depend on the observation and the world only, not on the batch around it.
pub trait Evaluator<B: Backend> {
    /// A stable id, such as `solver`.
    fn id(&self) -> String;

    /// What the values mean.
    fn question(&self) -> Question;

    /// Fills `out` with the values of `worlds`, in their order.
    ///
    /// # Errors
    /// If the device fails; host evaluators do not.
    fn evaluate(
        &mut self,
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
        _observations: &B::Observations,
        _worlds: &B::Worlds,
        _values: &B::Values,
        _estimates: &mut B::Estimates,
    ) -> Result<()> {
        Ok(())
    }
}

/// An evaluator that looks at one world at a time on the host; lifted to batches and threads.
pub trait WorldEvaluator: Sync {
    /// Working memory of one thread, reused from world to world.
    type Scratch: Send;

    /// A stable id, such as `solver`.
    fn id(&self) -> String;

    /// What the values mean.
    fn question(&self) -> Question {
        Question::Points { unit: 1 }
    }

    /// Fresh working memory.
    fn scratch(&self) -> Self::Scratch;

    /// The values of the legal slots in `world`, [`ILLEGAL`] elsewhere.
    fn evaluate(&self, observation: &Observation, world: &World, scratch: &mut Self::Scratch) -> SlotValues;
}
