//! A batch of games brought to one ply, ready to be looked at.

use crate::{Place, Positions, Valued};
use anyhow::Result;
use boneyard::core::{Backend, Evaluator, Question, Sampler};
use boneyard::prelude::*;
use std::ops::Range;

/// Games at a ply, observed, with buffers for a chunk of worlds.
pub struct Stage<'a, P: Place> {
    /// Where.
    pub place: &'a P,
    /// The games with their moves.
    pub positions: Positions,
    /// The ply.
    pub ply: usize,
    /// The backend.
    pub backend: P::Backend,
    /// The games in play.
    pub games: <P::Backend as Backend>::Games,
    /// What their movers see.
    pub step: <P::Backend as Backend>::Observations,
    /// The worlds of a chunk.
    pub worlds: <P::Backend as Backend>::Worlds,
    /// Their values.
    pub values: <P::Backend as Backend>::Values,
}

impl<'a, P: Place> Stage<'a, P> {
    /// Plays the given moves up to `ply`, and observes.
    ///
    /// # Errors
    /// Those of the backend.
    pub fn reach(place: &'a P, positions: Positions, ply: usize, sampling: &Sampling) -> Result<Self> {
        let mut backend = place.backend();
        let mut games = backend.deal(&positions.setups, sampling)?;
        let (worlds, values) = backend.buffers(sampling)?;
        replay(place, &mut backend, &mut games, &positions, ply)?;
        let step = backend.observe(&games)?;
        Ok(Self { place, positions, ply, backend, games, step, worlds, values })
    }

    /// The chunks to work through.
    pub fn chunks(&self) -> Vec<Range<usize>> {
        self.backend.chunks(&self.step)
    }

    /// Fills in the worlds of a chunk; seconds.
    ///
    /// # Errors
    /// Those of the sampler.
    pub fn sample(&mut self, sampler: &mut dyn Sampler<P::Backend>, chunk: Range<usize>) -> Result<f64> {
        let Self { place, step, worlds, .. } = self;
        Ok(place.time(|| Ok(sampler.sample(step, chunk, worlds)?))?.0)
    }

    /// Gives the worlds of the chunk values; seconds. A chunk is sampled anew before each evaluation, because devices
    /// hand its worlds out once.
    ///
    /// # Errors
    /// Those of the evaluator.
    pub fn evaluate(&mut self, evaluator: &mut dyn Evaluator<P::Backend>) -> Result<f64> {
        let Self { place, step, worlds, values, .. } = self;
        Ok(place.time(|| Ok(evaluator.evaluate(step, worlds, values)?))?.0)
    }

    /// The worlds of the chunk with their values.
    ///
    /// # Errors
    /// Device errors.
    pub fn read(&self) -> Result<Vec<Valued>> {
        self.place.read(&self.step, &self.worlds, &self.values)
    }

    /// How many worlds a pass over all chunks looks at.
    pub fn n_worlds(&self, sampling: &Sampling) -> usize {
        let count = |game| self.positions.observation(game, self.ply, sampling).n_worlds();
        (0..self.positions.len()).map(count).sum()
    }

    /// Plays the given moves to the end with these estimates at this ply, and reads the records back.
    ///
    /// # Errors
    /// Those of the backend; a step that was left unfinished.
    pub fn finish(mut self, estimates: <P::Backend as Backend>::Estimates) -> Result<Vec<GameRecord>> {
        let Self { place, positions, ply, backend, games, step, .. } = &mut self;
        let mut choices = backend.choices(games)?;
        place.replay(positions.moves.clone()).choose(step, &estimates, &mut choices)?;
        backend.apply(games, step, estimates, &choices)?;
        replay(*place, backend, games, positions, 27 - *ply)?;
        Ok(self.backend.finish(self.games)?.0)
    }
}

/// Plays the given moves for some plies without looking at any world.
fn replay<P: Place>(
    place: &P,
    backend: &mut P::Backend,
    games: &mut <P::Backend as Backend>::Games,
    positions: &Positions,
    plies: usize,
) -> Result<()> {
    let mut policy = place.replay(positions.moves.clone());
    let mut choices = backend.choices(games)?;
    for _ in 0..plies {
        let step = backend.observe(games)?;
        let estimates = backend.estimates(games, Question::Points { unit: 1 })?;
        policy.choose(&step, &estimates, &mut choices)?;
        backend.apply(games, &step, estimates, &choices)?;
    }
    Ok(())
}
