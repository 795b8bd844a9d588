//! Points in a finer unit.

use boneyard_core::{Evaluator, ILLEGAL, Observation, Question, Result, SlotValues, WorldEvaluator};
use boneyard_device::{Device, DeviceStep, DeviceWorlds};
use boneyard_rules::World;
use cubecl::prelude::Runtime;

/// An evaluator of whole points whose values are given in units of 1/`unit` point, so that they can be added to those
/// of an evaluator that knows fractions.
///
/// Law: E\[Q\], its variance and P(make) are those of the evaluator inside, to the bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Finer<E> {
    /// What evaluates; it must answer in whole points.
    pub evaluator: E,
    /// How many units make a point: at most 780, so that 42 points fit 16 bits.
    pub unit: u16,
}

impl<E: WorldEvaluator> WorldEvaluator for Finer<E> {
    type Scratch = E::Scratch;

    fn id(&self) -> String {
        WorldEvaluator::id(&self.evaluator)
    }

    fn question(&self) -> Question {
        finer(WorldEvaluator::question(&self.evaluator), self.unit)
    }

    fn scratch(&self) -> E::Scratch {
        self.evaluator.scratch()
    }

    fn evaluate(&self, observation: &Observation, world: &World, scratch: &mut E::Scratch) -> SlotValues {
        let values = WorldEvaluator::evaluate(&self.evaluator, observation, world, scratch);
        values.map(|value| if value == ILLEGAL { ILLEGAL } else { value * self.unit as i16 })
    }
}

impl<R: Runtime, E: Evaluator<Device<R>>> Evaluator<Device<R>> for Finer<E> {
    fn id(&self) -> String {
        self.evaluator.id()
    }

    fn question(&self) -> Question {
        finer(self.evaluator.question(), self.unit)
    }

    fn evaluate(&mut self, step: &DeviceStep<R>, worlds: &DeviceWorlds, out: &mut ()) -> Result<()> {
        self.evaluator.evaluate(step, worlds, out)?;
        step.refine_values(worlds, self.unit)
    }
}

fn finer(question: Question, unit: u16) -> Question {
    assert_eq!(question, Question::Points { unit: 1 }, "not whole points");
    Question::Points { unit }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluator::Playout;
    use crate::sampler::Unrank;
    use boneyard_core::{Backend, Deals, Estimate, Host, Sampler, Sampling, Setup};
    use boneyard_rules::{Bid, Declaration, Seat};

    #[test]
    fn estimates_are_the_same() {
        let setup = Setup {
            game: 0,
            seed: 3,
            deal: Deals::Python.deal(3),
            declaration: Declaration::SIXES,
            bidder: Seat::ALL[0],
            bid: Bid::THIRTY,
        };
        let (mut host, sampling) = (Host::default(), Sampling { histogram: true, ..Sampling::new(300) });
        let games = host.deal(&[setup], &sampling).unwrap();
        let seen = host.observe(&games).unwrap();
        let (mut worlds, mut values) = host.buffers(&sampling).unwrap();
        Sampler::<Host>::sample(&mut Unrank::default(), &seen, 0..1, &mut worlds).unwrap();
        let mut estimate = |mut evaluator: Box<dyn Evaluator<Host>>| -> Estimate {
            let mut estimates = host.estimates(&games, evaluator.question()).unwrap();
            evaluator.evaluate(&seen, &worlds, &mut values).unwrap();
            host.reduce(&seen, &worlds, &values, &mut estimates).unwrap();
            estimates.remove(0)
        };
        let whole = estimate(Box::new(Playout));
        let finer = estimate(Box::new(Finer { evaluator: Playout, unit: 256 }));
        assert_eq!(whole.histogram, finer.histogram);
        assert_eq!(finer.sum, whole.sum.map(|sum| 256 * sum));
        for slot in 0..7 {
            assert_eq!(whole.mean(slot), finer.mean(slot));
            assert_eq!(whole.variance(slot), finer.variance(slot));
            assert_eq!(whole.p_make(slot), finer.p_make(slot));
        }
        assert!((0..7).any(|slot| whole.variance(slot) > Some(0.0)));
    }
}
