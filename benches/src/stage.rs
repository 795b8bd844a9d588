//! A batch of games brought to one ply, ready to be looked at.

use crate::{Measurable, Positions, Site, Valued};
use anyhow::Result;
use boneyard::core::{Backend, Design, Evaluator, Question, Sampler};
use boneyard::prelude::*;
use boneyard_tests::batch::Batch;
use std::ops::Range;

/// Games at a ply, observed, with buffers for a chunk of worlds.
pub struct Stage<'a, P: Site> {
    /// Where.
    pub site: &'a P,
    /// The games with their moves.
    pub positions: Positions,
    /// The ply.
    pub ply: usize,
    /// The games in play, with the memory of every stage.
    pub batch: Batch<P::Backend>,
    /// What their movers see.
    pub seen: <P::Backend as Backend>::Observations,
    /// The chunks to work through.
    pub chunks: Vec<Range<usize>>,
}

impl<'a, P: Site> Stage<'a, P> {
    /// Plays the given moves up to `ply`, observes, and plans to look at all worlds at once.
    ///
    /// # Errors
    /// Those of the backend.
    pub fn reach(site: &'a P, positions: Positions, ply: usize, sampling: &Sampling) -> Result<Self> {
        let mut batch = Batch::deal(site.backend(), &positions.setups, sampling)?;
        replay(&mut batch, &positions, ply)?;
        let (seen, estimates) = batch.observe(POINTS)?;
        let chunks = batch.chunks(&seen, &estimates)?;
        Ok(Self { site, positions, ply, batch, seen, chunks })
    }

    /// Estimates of no world, in points.
    ///
    /// # Errors
    /// Those of the backend.
    pub fn estimates(&mut self) -> Result<<P::Backend as Backend>::Estimates> {
        Ok(self.batch.on.estimates(&self.batch.games, POINTS, Design::default())?)
    }

    /// Fills in the worlds of a chunk; seconds.
    ///
    /// # Errors
    /// Those of the sampler.
    pub fn sample(&mut self, sampler: &mut dyn Sampler<P::Backend>, chunk: Range<usize>) -> Result<f64> {
        let Self { site, seen, batch, .. } = self;
        Ok(site.time(|| Ok(batch.sample(sampler, seen, chunk)?))?.0)
    }

    /// Gives the worlds of the chunk values; seconds.
    ///
    /// # Errors
    /// Those of the evaluator.
    pub fn evaluate(&mut self, evaluator: &mut dyn Evaluator<P::Backend>) -> Result<f64> {
        let Self { site, seen, batch, .. } = self;
        Ok(site.time(|| Ok(batch.evaluate(evaluator, seen)?))?.0)
    }

    /// Adds the chunk's values up; seconds.
    ///
    /// # Errors
    /// Those of the backend.
    pub fn reduce(&mut self, estimates: &mut <P::Backend as Backend>::Estimates) -> Result<f64> {
        let Self { site, seen, batch, .. } = self;
        Ok(site.time(|| Ok(batch.reduce(seen, estimates)?))?.0)
    }

    /// The worlds of the chunk with their values.
    ///
    /// # Errors
    /// Device errors.
    pub fn read(&self) -> Result<Vec<Valued>> {
        self.site.read(&self.batch, &self.seen)
    }

    /// How many worlds a pass over all chunks looks at.
    pub fn n_worlds(&self, sampling: &Sampling) -> usize {
        let count = |game| self.positions.observation(game, self.ply, sampling).most_worlds() as usize;
        (0..self.positions.len()).map(count).sum()
    }

    /// Plays the given moves to the end with these estimates at this ply, and reads the records back.
    ///
    /// # Errors
    /// Those of the backend; a step that was left unfinished.
    pub fn finish(mut self, estimates: <P::Backend as Backend>::Estimates) -> Result<Vec<GameRecord>> {
        self.batch.choose(&mut self.positions.moves.clone(), &self.seen, estimates)?;
        replay(&mut self.batch, &self.positions, 27 - self.ply)?;
        Ok(self.batch.finish()?)
    }
}

const POINTS: Question = Question::Points { unit: 1 };

/// Plays the given moves for some plies without looking at any world.
fn replay<B: Measurable>(batch: &mut Batch<B>, positions: &Positions, plies: usize) -> Result<()> {
    let mut moves = positions.moves.clone();
    for _ in 0..plies {
        let (seen, estimates) = batch.observe(POINTS)?;
        batch.choose(&mut moves, &seen, estimates)?;
    }
    Ok(())
}
