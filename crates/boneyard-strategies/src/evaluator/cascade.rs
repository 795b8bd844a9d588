//! One evaluator late in the game, another one early.

use boneyard_core::{Evaluator, Observation, Question, Result, SlotValues, WorldEvaluator};
use boneyard_device::{Device, DeviceStep, DeviceWorlds};
use boneyard_rules::World;
use cubecl::prelude::Runtime;

/// Asks `late` while at most `tricks` tricks are left, the one under way included, and `early` before.
///
/// Law: the values are those of the one that is asked. It works wherever both parts work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cascade<L, E> {
    tricks: u8,
    late: L,
    early: E,
}

impl<L, E> Cascade<L, E> {
    /// `late` for the last `tricks` tricks, `early` before. The two must answer the same
    /// [question](Evaluator::question): [`Evaluator::question`] panics if they do not.
    pub fn new(tricks: u8, late: L, early: E) -> Self {
        Self { tricks, late, early }
    }

    fn is_late(&self, ply: usize) -> bool {
        7 - ply / 4 <= usize::from(self.tricks)
    }

    fn name(&self, late: &str, early: &str) -> String {
        format!("cascade:{},{late},{early}", self.tricks)
    }
}

fn both(late: Question, early: Question) -> Question {
    assert_eq!(late, early, "the parts of a cascade answer different questions");
    late
}

impl<L: WorldEvaluator, E: WorldEvaluator> WorldEvaluator for Cascade<L, E> {
    type Scratch = (L::Scratch, E::Scratch);

    fn id(&self) -> String {
        self.name(&WorldEvaluator::id(&self.late), &WorldEvaluator::id(&self.early))
    }

    fn question(&self) -> Question {
        both(WorldEvaluator::question(&self.late), WorldEvaluator::question(&self.early))
    }

    fn scratch(&self) -> Self::Scratch {
        (self.late.scratch(), self.early.scratch())
    }

    fn evaluate(&self, observation: &Observation, world: &World, scratch: &mut Self::Scratch) -> SlotValues {
        if self.is_late(observation.view.table().ply()) {
            WorldEvaluator::evaluate(&self.late, observation, world, &mut scratch.0)
        } else {
            WorldEvaluator::evaluate(&self.early, observation, world, &mut scratch.1)
        }
    }
}

impl<R, L, E> Evaluator<Device<R>> for Cascade<L, E>
where
    R: Runtime,
    L: Evaluator<Device<R>>,
    E: Evaluator<Device<R>>,
{
    fn id(&self) -> String {
        self.name(&self.late.id(), &self.early.id())
    }

    fn question(&self) -> Question {
        both(self.late.question(), self.early.question())
    }

    fn evaluate(&mut self, observations: &DeviceStep<R>, worlds: &DeviceWorlds, out: &mut ()) -> Result<()> {
        if self.is_late(observations.ply()) {
            self.late.evaluate(observations, worlds, out)
        } else {
            self.early.evaluate(observations, worlds, out)
        }
    }
}
