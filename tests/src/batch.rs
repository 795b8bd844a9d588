//! A batch of games walked through stage by stage, as a pipeline does, for those who look at what is in between.

use boneyard_core::{
    AtOnce, Backend, Design, Evaluator, GameRecord, Planner, Policy, Question, Result, SampleReport, Sampler,
    Sampling, Setup,
};
use std::ops::Range;

/// Games on a backend, with the memory of every stage.
pub struct Batch<B: Backend> {
    /// Where.
    pub on: B,
    /// The games in play.
    pub games: B::Games,
    /// Which worlds are looked at next.
    pub items: B::Items,
    /// The worlds of a chunk.
    pub worlds: B::Worlds,
    /// Their values.
    pub values: B::Values,
    /// What was chosen last.
    pub choices: B::Choices,
}

impl<B: Backend> Batch<B>
where
    AtOnce: Planner<B>,
{
    /// Deals the games.
    ///
    /// # Errors
    /// Those of the backend.
    pub fn deal(mut on: B, setups: &[Setup], sampling: &Sampling) -> Result<Self> {
        let games = on.deal(setups, sampling)?;
        let (items, worlds) = (on.items(&games)?, on.worlds(&games)?);
        let (values, choices) = (on.values(&games)?, on.choices(&games)?);
        Ok(Self { on, games, items, worlds, values, choices })
    }

    /// What the movers see, and estimates of no world.
    ///
    /// # Errors
    /// Those of the backend.
    pub fn observe(&mut self, question: Question) -> Result<(B::Observations, B::Estimates)> {
        Ok((self.on.observe(&self.games)?, self.on.estimates(&self.games, question, Design::default())?))
    }

    /// Plans all worlds at once; the chunks to work through.
    ///
    /// # Errors
    /// Those of the backend.
    pub fn chunks(&mut self, seen: &B::Observations, estimates: &B::Estimates) -> Result<Vec<Range<usize>>> {
        let any = AtOnce.plan(&mut self.on, seen, estimates, &mut self.items)?;
        Ok(if any { self.on.chunks(seen, &self.items) } else { Vec::new() })
    }

    /// Draws the worlds of a chunk.
    ///
    /// # Errors
    /// Those of the sampler.
    pub fn sample(
        &mut self,
        sampler: &mut (impl Sampler<B> + ?Sized),
        seen: &B::Observations,
        chunk: Range<usize>,
    ) -> Result<SampleReport> {
        sampler.sample(&mut self.on, seen, &self.items, chunk, &mut self.worlds)
    }

    /// Values them.
    ///
    /// # Errors
    /// Those of the evaluator.
    pub fn evaluate(
        &mut self,
        evaluator: &mut (impl Evaluator<B> + ?Sized),
        seen: &B::Observations,
    ) -> Result<()> {
        evaluator.evaluate(&mut self.on, seen, &self.worlds, &mut self.values)
    }

    /// Adds the values up.
    ///
    /// # Errors
    /// Those of the backend.
    pub fn reduce(&mut self, seen: &B::Observations, estimates: &mut B::Estimates) -> Result<()> {
        self.on.reduce(seen, &self.worlds, &self.values, estimates)
    }

    /// Chooses, and plays the choices.
    ///
    /// # Errors
    /// Those of the policy and of the backend.
    pub fn choose(
        &mut self,
        policy: &mut (impl Policy<B> + ?Sized),
        seen: &B::Observations,
        estimates: B::Estimates,
    ) -> Result<()> {
        policy.choose(&mut self.on, seen, &estimates, &mut self.choices)?;
        self.on.apply(&mut self.games, seen, estimates, &self.choices)
    }

    /// The finished games.
    ///
    /// # Errors
    /// Those of the backend.
    pub fn finish(mut self) -> Result<Vec<GameRecord>> {
        Ok(self.on.finish(self.games)?.0)
    }
}
