//! One evaluator late in the game, another one early.

use boneyard_core::{
    Evaluator, Host, HostEstimates, HostObservations, HostValues, HostWorlds, Observation, Question, Result,
    SlotValues, WorldEvaluator,
};
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
        is_late(self.tricks, ply)
    }

    fn name(&self, late: &str, early: &str) -> String {
        format!("cascade:{},{late},{early}", self.tricks)
    }
}

/// At most so many tricks are left at this ply, the one under way included.
fn is_late(tricks: u8, ply: usize) -> bool {
    7 - ply / 4 <= usize::from(tricks)
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

    fn amend(
        &mut self,
        observations: &DeviceStep<R>,
        worlds: &DeviceWorlds,
        values: &(),
        estimates: &mut DeviceStep<R>,
    ) -> Result<()> {
        if self.is_late(observations.ply()) {
            self.late.amend(observations, worlds, values, estimates)
        } else {
            self.early.amend(observations, worlds, values, estimates)
        }
    }
}

/// [`Cascade`] on the host for evaluators that look at many worlds at a time, such as networks.
///
/// Law: the values are those of the one that is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BatchCascade<L, E>(Cascade<L, E>);

impl<L, E> BatchCascade<L, E> {
    /// As [`Cascade::new`].
    pub fn new(tricks: u8, late: L, early: E) -> Self {
        Self(Cascade::new(tricks, late, early))
    }
}

impl<L: Evaluator<Host>, E: Evaluator<Host>> Evaluator<Host> for BatchCascade<L, E> {
    fn id(&self) -> String {
        self.0.name(&self.0.late.id(), &self.0.early.id())
    }

    fn question(&self) -> Question {
        both(self.0.late.question(), self.0.early.question())
    }

    fn evaluate(
        &mut self,
        observations: &HostObservations,
        worlds: &HostWorlds,
        out: &mut HostValues,
    ) -> Result<()> {
        let Self(Cascade { tricks, late, early }) = self;
        let is_late = |&owner: &u32| is_late(*tricks, observations[owner as usize].view.table().ply());
        let n_late = worlds.owners.iter().filter(|owner| is_late(owner)).count();
        if n_late == worlds.owners.len() {
            return late.evaluate(observations, worlds, out);
        }
        early.evaluate(observations, worlds, out)?;
        if n_late > 0 {
            // Games of a pipeline are all at the same ply; others need not be.
            let mut others = HostValues::new();
            late.evaluate(observations, worlds, &mut others)?;
            let decisions = out.iter_mut().zip(others).zip(&worlds.owners);
            decisions.filter(|(_, owner)| is_late(owner)).for_each(|((out, late), _)| *out = late);
        }
        Ok(())
    }

    /// Of games at different plies nothing is amended.
    fn amend(
        &mut self,
        observations: &HostObservations,
        worlds: &HostWorlds,
        values: &HostValues,
        estimates: &mut HostEstimates,
    ) -> Result<()> {
        let Self(Cascade { tricks, late, early }) = self;
        let is_late = |&owner: &u32| is_late(*tricks, observations[owner as usize].view.table().ply());
        if worlds.owners.iter().all(is_late) {
            late.amend(observations, worlds, values, estimates)
        } else if !worlds.owners.iter().any(is_late) {
            early.amend(observations, worlds, values, estimates)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluator::{Playout, Solver};
    use boneyard_core::{Coordinates, Deals, Sampling};
    use boneyard_rules::{Bid, Declaration, Game, Seat, tiles_of};

    /// Games at different plies in one batch: each world gets the values of the evaluator of its own ply.
    #[test]
    fn a_batch_may_be_late_and_early() {
        let mut observations = HostObservations::new();
        let mut worlds = HostWorlds::default();
        let mut game = Game::new(Deals::Python.deal(13), Declaration::SIXES, Seat::ALL[0]);
        for ply in 0..24u8 {
            let view = game.view();
            let at = Coordinates { seed: 13, replicate: 0, ply };
            observations
                .push(Observation::new(view, Bid::THIRTY, Seat::ALL[0], &Sampling::new(1), at).unwrap());
            worlds.worlds.push(view.others().map(|seat| game.held(seat)));
            worlds.owners.push(ply.into());
            game.play(tiles_of(view.legal()).last().unwrap()).unwrap();
        }
        let values = |evaluator: &mut dyn Evaluator<Host>, worlds: &HostWorlds| {
            let mut values = HostValues::new();
            evaluator.evaluate(&observations, worlds, &mut values).unwrap();
            values
        };
        let (late, early) = (values(&mut Solver, &worlds), values(&mut Playout, &worlds));
        assert_ne!(late[..12], early[..12]);
        assert_ne!(late[12..], early[12..]);
        let mut cascade = BatchCascade::new(4, Solver, Playout);
        assert_eq!(values(&mut cascade, &worlds), [&early[..12], &late[12..]].concat());
        assert_eq!(
            values(&mut Cascade::new(4, Solver, Playout), &worlds),
            [&early[..12], &late[12..]].concat()
        );
        for ply in 0..24 {
            let alone = HostWorlds {
                games: 0..24,
                worlds: vec![worlds.worlds[ply]],
                owners: vec![worlds.owners[ply]],
            };
            let expected = if ply < 12 { early[ply] } else { late[ply] };
            assert_eq!(values(&mut cascade, &alone), [expected], "ply {ply}");
        }
    }
}
