//! An evaluator held against an exact one, and corrected by it.

#[cfg(feature = "device")]
mod device;
#[cfg(feature = "device")]
mod kernel;

use boneyard_core::{
    Answers, Check, Error, Evaluates, Evaluator, Host, HostEstimates, HostObservations, HostValues,
    HostWorlds, Named, Purpose, Question, Result,
};
use rand_core::RngCore;

/// Asks `estimator` about all worlds and `exact` about a share of them.
///
/// If it corrects, the mean difference over that share is added to E\[Q\], to P(make) and to the variance, so that E\[Q\]
/// is an unbiased estimate of what `exact` would give over all worlds, however bad the estimator is: a control
/// variate. The better it is, the smaller is the [standard error](boneyard_core::Estimate::correction_error).
///
/// Law: which worlds are checked is a function of the decision and of how many worlds it may look at, so records do not depend
/// on batch, rounds or backend any more than those of the two evaluators do. With as many checked worlds as there are
/// worlds, E\[Q\] is the exact one.
#[derive(Clone, Debug)]
pub struct Checked<E, X> {
    estimator: E,
    exact: X,
    checking: Checking,
    /// How many units of the estimator's values make a point.
    unit: u16,
}

/// How an evaluator is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Checking {
    /// One in how many worlds is checked; two of every decision at least.
    pub one_in: u32,
    /// Corrects the estimates, or only records the differences.
    pub correct: bool,
}

impl<E: Answers, X: Answers> Checked<E, X> {
    /// `estimator` values all worlds, in points or fractions of them; `exact` values some of them, in points.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for parts that answer other questions.
    pub fn new(checking: Checking, estimator: E, exact: X) -> Result<Self> {
        let refuse = |what: &str| Err(Error::Mismatch(format!("{}: {what}", named(checking, &estimator))));
        let Question::Points { unit } = estimator.question() else {
            return refuse("there are no points to check");
        };
        if exact.question() != (Question::Points { unit: 1 }) {
            return refuse("it is checked by values in whole points");
        }
        Ok(Self { estimator, exact, checking, unit })
    }
}

impl<E, X> Checked<E, X> {
    /// How it checks, and the two parts.
    pub fn parts(&self) -> (Checking, &E, &X) {
        (self.checking, &self.estimator, &self.exact)
    }
}

fn named(Checking { one_in, correct }: Checking, estimator: &impl Named) -> String {
    format!("{}:{one_in},{}", if correct { "corrected" } else { "checked" }, estimator.id())
}

impl<E: Named, X> Named for Checked<E, X> {
    fn id(&self) -> String {
        named(self.checking, &self.estimator)
    }
}

impl<E: Answers, X> Answers for Checked<E, X> {
    fn question(&self) -> Question {
        self.estimator.question()
    }
}

/// Refuses worlds that carry weights, for a check is a sample of worlds that count the same.
fn refuse(weighed: bool, checked: &impl Named) -> Result<()> {
    if !weighed {
        return Ok(());
    }
    let id = checked.id();
    Err(Error::Mismatch(format!("{id} compares worlds that all weigh the same, but these carry weights")))
}

impl<E: Evaluator<Host>, X: Evaluator<Host>> Evaluates<Checked<E, X>> for Host {
    fn evaluate(
        &mut self,
        checked: &mut Checked<E, X>,
        seen: &HostObservations,
        worlds: &HostWorlds,
        out: &mut HostValues,
    ) -> Result<()> {
        checked.estimator.evaluate(self, seen, worlds, out)
    }

    fn amend(
        &mut self,
        checked: &mut Checked<E, X>,
        seen: &HostObservations,
        worlds: &HostWorlds,
        values: &HostValues,
        estimates: &mut HostEstimates,
    ) -> Result<()> {
        refuse(worlds.weights.is_some(), checked)?;
        let Checking { one_in, correct } = checked.checking;
        let (mut picked, mut items) =
            (HostWorlds { games: worlds.games.clone(), ..Default::default() }, vec![]);
        let mut start = 0;
        for owners in worlds.owners.chunk_by(|a, b| a == b) {
            let (owner, game) = (owners[0], owners[0] as usize);
            let (most, to) = (seen[game].most_worlds(), estimates[game].worlds);
            let from = to - owners.len() as u32;
            let word = seen[game].at.stream(Purpose::Check, 0).next_u32();
            let picks = Check::picks_among(most, Check::count(most, one_in), word, from..to);
            items.extend(picks.map(|pick| start + (pick - from) as usize));
            if correct {
                estimates[game].check.get_or_insert_default().corrected = true;
            }
            picked.owners.resize(items.len(), owner);
            start += owners.len();
        }
        picked.worlds = items.iter().map(|&item| worlds.worlds[item]).collect();
        let mut exact = HostValues::default();
        checked.exact.evaluate(self, seen, &picked, &mut exact)?;
        for ((&owner, item), exact) in picked.owners.iter().zip(items).zip(&exact.slots) {
            let game = owner as usize;
            let check = estimates[game].check.get_or_insert_default();
            check.add(&values.slots[item], exact, checked.unit, seen[game].needed);
        }
        for game in worlds.games.clone() {
            if let Some(check) = estimates[game].check.take() {
                if check.corrected && check.worlds > 0 {
                    estimates[game].correct(&check);
                }
                estimates[game].check = Some(check);
            }
        }
        Ok(())
    }
}
