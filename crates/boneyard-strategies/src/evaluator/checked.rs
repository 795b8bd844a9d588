//! An evaluator held against an exact one, and corrected by it.

use boneyard_core::{
    Check, Evaluator, Host, HostEstimates, HostObservations, HostValues, HostWorlds, Purpose, Question,
    Result,
};
use boneyard_device::{Device, DeviceStep, DeviceWorlds};
use cubecl::prelude::Runtime;
use rand_core::RngCore;

/// Asks `estimator` about all worlds and `exact` about a share of them.
///
/// If it corrects, the mean difference over that share is added to E\[Q\], to P(make) and to the variance, so that E\[Q\]
/// is an unbiased estimate of what `exact` would give over all worlds, however bad the estimator is: a control
/// variate. The better it is, the smaller is the [standard error](boneyard_core::Estimate::standard_error).
///
/// Law: which worlds are checked is a function of the decision, so records do not depend on batch or backend any more
/// than those of the two evaluators do. With as many checked worlds as there are worlds, E\[Q\] is the exact one.
#[derive(Clone, Debug)]
pub struct Checked<E, X> {
    /// Values all worlds, in fractions of points.
    pub estimator: E,
    /// Values some of them, in points.
    pub exact: X,
    /// One in how many worlds is checked; two of every decision at least.
    pub one_in: u32,
    /// Corrects the estimates, or only records the differences.
    pub correct: bool,
}

impl<E, X> Checked<E, X> {
    fn name(&self, estimator: &str) -> String {
        format!("{}:{},{estimator}", if self.correct { "corrected" } else { "checked" }, self.one_in)
    }
}

/// The unit of what is checked.
fn unit(estimator: Question, exact: Question) -> u16 {
    let Question::Points { unit } = estimator else { panic!("there are no points to check") };
    assert_eq!(exact, Question::Points { unit: 1 }, "exact values are whole points");
    unit
}

impl<E: Evaluator<Host>, X: Evaluator<Host>> Evaluator<Host> for Checked<E, X> {
    fn id(&self) -> String {
        self.name(&self.estimator.id())
    }

    fn question(&self) -> Question {
        self.estimator.question()
    }

    fn evaluate(
        &mut self,
        observations: &HostObservations,
        worlds: &HostWorlds,
        out: &mut HostValues,
    ) -> Result<()> {
        self.estimator.evaluate(observations, worlds, out)
    }

    fn amend(
        &mut self,
        observations: &HostObservations,
        worlds: &HostWorlds,
        values: &HostValues,
        estimates: &mut HostEstimates,
    ) -> Result<()> {
        let unit = unit(self.estimator.question(), self.exact.question());
        let (mut picked, mut items) =
            (HostWorlds { games: worlds.games.clone(), ..Default::default() }, vec![]);
        let mut start = 0;
        for owners in worlds.owners.chunk_by(|a, b| a == b) {
            let (owner, n) = (owners[0], owners.len() as u32);
            let word = observations[owner as usize].at.stream(Purpose::Check, 0).next_u32();
            let picks = Check::picks(n, Check::count(n, self.one_in), word);
            items.extend(picks.map(|pick| start + pick as usize));
            picked.owners.resize(items.len(), owner);
            start += owners.len();
        }
        picked.worlds = items.iter().map(|&item| worlds.worlds[item]).collect();
        let mut exact = HostValues::new();
        self.exact.evaluate(observations, &picked, &mut exact)?;
        for ((&owner, item), exact) in picked.owners.iter().zip(items).zip(&exact) {
            let game = owner as usize;
            let check = estimates[game].check.get_or_insert_default();
            check.add(&values[item], exact, unit, observations[game].needed);
        }
        for game in worlds.games.clone() {
            if let Some(mut check) = estimates[game].check.take() {
                check.corrected = self.correct;
                if self.correct {
                    estimates[game].correct(&check);
                }
                estimates[game].check = Some(check);
            }
        }
        Ok(())
    }
}

impl<R, E, X> Evaluator<Device<R>> for Checked<E, X>
where
    R: Runtime,
    E: Evaluator<Device<R>>,
    X: Evaluator<Device<R>>,
{
    fn id(&self) -> String {
        self.name(&self.estimator.id())
    }

    fn question(&self) -> Question {
        self.estimator.question()
    }

    fn evaluate(&mut self, step: &DeviceStep<R>, worlds: &DeviceWorlds, out: &mut ()) -> Result<()> {
        self.estimator.evaluate(step, worlds, out)
    }

    fn amend(
        &mut self,
        step: &DeviceStep<R>,
        worlds: &DeviceWorlds,
        (): &(),
        _: &mut DeviceStep<R>,
    ) -> Result<()> {
        let unit = unit(self.estimator.question(), self.exact.question());
        let picked = step.pick(worlds, self.one_in)?;
        self.exact.evaluate(picked.step(), picked.worlds(), &mut ())?;
        step.check_picked(worlds, &picked, unit, self.correct)
    }
}
