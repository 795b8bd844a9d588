//! One evaluator late in the game, another one early.

use boneyard_core::{
    Answers, Error, Evaluates, Evaluator, Host, HostEstimates, HostObservations, HostValues, HostWorlds,
    ILLEGAL, Named, Question, Result,
};

/// Asks `late` while at most `tricks` tricks are left, the one under way included, and `early` before.
///
/// Law: the values are those of the one that is asked. It works wherever both parts work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cascade<L, E> {
    tricks: u8,
    late: L,
    early: E,
    question: Question,
}

impl<L: Answers, E: Answers> Cascade<L, E> {
    /// `late` for the last `tricks` tricks, `early` before. If one of them knows fractions of points, so does the cascade.
    ///
    /// # Errors
    /// [`Error::Mismatch`] if the two answer different questions.
    pub fn new(tricks: u8, late: L, early: E) -> Result<Self> {
        let Some(question) = late.question().finer(early.question()) else {
            return Err(Error::Mismatch(format!(
                "a cascade of {} and {}: the two answer different questions, {:?} and {:?}",
                late.id(),
                early.id(),
                late.question(),
                early.question(),
            )));
        };
        Ok(Self { tricks, late, early, question })
    }
}

impl<L, E> Cascade<L, E> {
    /// The same cascade of other parts, such as those that its parts describe.
    ///
    /// # Errors
    /// Those of making the parts, and those of [`Cascade::new`].
    pub fn map<L2: Answers, E2: Answers>(
        &self,
        late: impl FnOnce(&L) -> Result<L2>,
        early: impl FnOnce(&E) -> Result<E2>,
    ) -> Result<Cascade<L2, E2>> {
        Cascade::new(self.tricks, late(&self.late)?, early(&self.early)?)
    }

    /// From how many tricks left on `late` is asked, and the two parts.
    pub fn parts(&self) -> (u8, &L, &E) {
        (self.tricks, &self.late, &self.early)
    }

    /// At most so many tricks are left at this ply, the one under way included.
    fn is_late(&self, ply: usize) -> bool {
        7 - ply / 4 <= usize::from(self.tricks)
    }
}

impl<L: Named, E: Named> Named for Cascade<L, E> {
    fn id(&self) -> String {
        format!("cascade:{},{},{}", self.tricks, self.late.id(), self.early.id())
    }
}

impl<L: Named, E: Named> Answers for Cascade<L, E> {
    fn question(&self) -> Question {
        self.question
    }
}

/// Games of a pipeline are all at the same ply; others need not be.
impl<L: Evaluator<Host>, E: Evaluator<Host>> Evaluates<Cascade<L, E>> for Host {
    fn evaluate(
        &mut self,
        cascade: &mut Cascade<L, E>,
        seen: &HostObservations,
        worlds: &HostWorlds,
        out: &mut HostValues,
    ) -> Result<()> {
        let late: Vec<bool> = lateness(cascade, seen, worlds);
        if late.iter().all(|&late| late) {
            return cascade.late.evaluate(self, seen, worlds, out);
        }
        cascade.early.evaluate(self, seen, worlds, out)?;
        if !late.contains(&true) {
            return Ok(());
        }
        let mut others = HostValues::default();
        cascade.late.evaluate(self, seen, worlds, &mut others)?;
        for values in [&mut *out, &mut others] {
            let scale = (cascade.question.unit() / values.question.unit()) as i16;
            values
                .slots
                .as_flattened_mut()
                .iter_mut()
                .filter(|it| **it != ILLEGAL)
                .for_each(|it| *it *= scale);
            values.question = cascade.question;
        }
        let both = out.slots.iter_mut().zip(others.slots).zip(late);
        both.filter(|(_, late)| *late).for_each(|((out, other), _)| *out = other);
        Ok(())
    }

    /// Of games at different plies nothing is amended.
    fn amend(
        &mut self,
        cascade: &mut Cascade<L, E>,
        seen: &HostObservations,
        worlds: &HostWorlds,
        values: &HostValues,
        estimates: &mut HostEstimates,
    ) -> Result<()> {
        let late = lateness(cascade, seen, worlds);
        if late.iter().all(|&late| late) {
            cascade.late.amend(self, seen, worlds, values, estimates)
        } else if !late.contains(&true) {
            cascade.early.amend(self, seen, worlds, values, estimates)
        } else {
            Ok(())
        }
    }
}

/// Which worlds are late.
fn lateness<L, E>(cascade: &Cascade<L, E>, seen: &HostObservations, worlds: &HostWorlds) -> Vec<bool> {
    let is_late = |&owner: &u32| cascade.is_late(seen[owner as usize].view.table().ply());
    worlds.owners.iter().map(is_late).collect()
}

#[cfg(feature = "device")]
mod device {
    use super::Cascade;
    use boneyard_core::{Evaluates, Evaluator, Result};
    use boneyard_device::{Device, DeviceEstimates, DeviceObservations, DeviceValues, DeviceWorlds};
    use cubecl::prelude::Runtime;

    impl<R, L, E> Evaluates<Cascade<L, E>> for Device<R>
    where
        R: Runtime,
        L: Evaluator<Device<R>>,
        E: Evaluator<Device<R>>,
    {
        fn evaluate(
            &mut self,
            cascade: &mut Cascade<L, E>,
            seen: &DeviceObservations,
            worlds: &DeviceWorlds,
            out: &mut DeviceValues,
        ) -> Result<()> {
            if cascade.is_late(seen.ply()) {
                cascade.late.evaluate(self, seen, worlds, out)
            } else {
                cascade.early.evaluate(self, seen, worlds, out)
            }
        }

        fn amend(
            &mut self,
            cascade: &mut Cascade<L, E>,
            seen: &DeviceObservations,
            worlds: &DeviceWorlds,
            values: &DeviceValues,
            estimates: &mut DeviceEstimates,
        ) -> Result<()> {
            if cascade.is_late(seen.ply()) {
                cascade.late.amend(self, seen, worlds, values, estimates)
            } else {
                cascade.early.amend(self, seen, worlds, values, estimates)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluator::{ContractSolver, Playout, Solver};
    use boneyard_core::{Coordinates, Deals, Observation, Sampling, SlotValues};
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
        let values = |evaluator: &mut dyn Evaluator<Host>, worlds: &HostWorlds| -> Vec<SlotValues> {
            let mut values = HostValues::default();
            evaluator.evaluate(&mut Host::default(), &observations, worlds, &mut values).unwrap();
            values.slots
        };
        let (late, early) = (values(&mut Solver, &worlds), values(&mut Playout, &worlds));
        assert_ne!(late[..12], early[..12]);
        assert_ne!(late[12..], early[12..]);
        let mut cascade = Cascade::new(4, Solver, Playout).unwrap();
        assert_eq!(values(&mut cascade, &worlds), [&early[..12], &late[12..]].concat());
        for ply in 0..24 {
            let alone = HostWorlds {
                games: 0..24,
                worlds: vec![worlds.worlds[ply]],
                owners: vec![worlds.owners[ply]],
                ..HostWorlds::default()
            };
            let expected = if ply < 12 { early[ply] } else { late[ply] };
            assert_eq!(values(&mut cascade, &alone), [expected], "ply {ply}");
        }
    }

    #[test]
    fn parts_that_answer_different_questions_are_refused() {
        let error = Cascade::new(4, Solver, ContractSolver).unwrap_err().to_string();
        let expected = "a cascade of solver and contract: the two answer different questions, Points { unit: 1 } and \
                        Contract";
        assert_eq!(error, expected);
    }
}
