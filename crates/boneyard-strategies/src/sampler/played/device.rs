//! Plays weighed on the device, a ply after the other.

use super::kernel::{self, LIKELY, UNITS};
use super::{Played, Plays};
use boneyard_core::{Evaluator, Named, Question, Result, SampleReport, Sampler, Samples};
use boneyard_device::layout::{LIKELIHOOD, VALUES};
use boneyard_device::{
    Device, DeviceItems, DeviceObservations, DevicePast, DeviceWorlds, DrawnWorlds, Grid, Kernel, Words,
};
use cubecl::prelude::*;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

/// Worlds whose earlier decisions are valued together: some 260 bytes each.
const TOGETHER: usize = 1 << 19;

impl<R, S, E> Samples<Played<S, E>> for Device<R>
where
    R: Runtime,
    S: Sampler<Device<R>> + Named,
    E: Evaluator<Device<R>> + Named,
{
    fn sample(
        &mut self,
        played: &mut Played<S, E>,
        seen: &DeviceObservations,
        items: &DeviceItems,
        chunk: Range<usize>,
        out: &mut DeviceWorlds,
    ) -> Result<SampleReport> {
        let report = played.sampler.sample(self, seen, items, chunk, out)?;
        let Question::Points { .. } = played.evaluator.question() else {
            return Err(played.refused());
        };
        seen.may_weigh()?;
        let mut drawn = out.drawn()?.clone();
        if drawn.weights.is_none() {
            drawn.weights = Some(DevicePast::ones(self, &drawn)?);
        }
        if !played.plays.say_nothing() {
            let weighing = Weighing::begin(self, &played.plays, &drawn)?;
            let memory = memory(self, seen, drawn.most.min(TOGETHER))?;
            let mut memory = memory.lock().unwrap_or_else(PoisonError::into_inner);
            let past = memory.as_mut().expect("it has just been made");
            let room = past.room();
            for back in 1..=played.plays.plies(seen.ply()) {
                for from in (0..drawn.most).step_by(room) {
                    let part = from..drawn.most.min(from + room);
                    past.look_back(self, seen, &drawn, part, seen.ply() - back, played.plays.last)?;
                    let worlds = DeviceWorlds::of(past.worlds.clone());
                    played.evaluator.evaluate(self, &past.seen, &worlds, &mut past.values)?;
                    weighing.add(self, past)?;
                }
            }
            past.settle(self, seen)?;
            weighing.finish(self, seen, &played.plays, &mut drawn)?;
        }
        *out = DeviceWorlds::of(drawn);
        Ok(report)
    }
}

/// Memory for so many decisions, kept from chunk to chunk.
fn memory<R: Runtime>(
    on: &Device<R>,
    seen: &DeviceObservations,
    room: usize,
) -> Result<Arc<Mutex<Option<DevicePast>>>> {
    let kept = on.kept("earlier decisions", || Ok(Mutex::default()))?;
    let mut past: std::sync::MutexGuard<'_, Option<DevicePast>> =
        kept.lock().unwrap_or_else(PoisonError::into_inner);
    if past.as_ref().is_none_or(|past| !past.serves(seen, room)) {
        // The old one goes first.
        *past = None;
        *past = Some(DevicePast::new(on, seen, room)?);
    }
    drop(past);
    Ok(kept)
}

/// How likely the plays of a chunk's worlds were, as far as they have been looked at.
struct Weighing {
    /// [`Plays::odds`].
    odds: Words,
    beta: u32,
    /// `[W, LIKELY]`.
    likely: Words,
}

impl Weighing {
    fn begin<R: Runtime>(on: &Device<R>, plays: &Plays, worlds: &DrawnWorlds) -> Result<Self> {
        let odds: Vec<u32> = plays.odds.iter().map(|&odds| odds as u32).collect();
        let odds = on.upload("the odds of plays", &odds)?;
        let likely = on.buffer("how likely worlds are", worlds.most * LIKELY)?;
        on.launch(Kernel::new("unlikely"), Grid::units(worlds.most, UNITS), |client, count, dim| {
            // SAFETY: units beyond the worlds do nothing.
            unsafe {
                kernel::unlikely_kernel::launch_unchecked::<R>(
                    client,
                    count,
                    dim,
                    likely.arg(),
                    worlds.most as u32,
                );
            }
        })?;
        Ok(Self { odds, beta: plays.beta_in_parts() as u32, likely })
    }

    /// The plays of one ply, which have been valued.
    fn add<R: Runtime>(&self, on: &Device<R>, past: &DevicePast) -> Result<()> {
        let Question::Points { unit } = past.values.question else {
            unreachable!("the evaluator answers points");
        };
        debug_assert!(past.values.words.len() >= past.worlds.most * VALUES);
        on.launch(Kernel::new("likely"), Grid::units(past.worlds.most, UNITS), |client, count, dim| {
            // SAFETY: units beyond the listed decisions do nothing; each is of a world of its own, below the chunk's total.
            unsafe {
                kernel::likely_kernel::launch_unchecked::<R>(
                    client,
                    count,
                    dim,
                    past.seen.rows.arg(),
                    past.values.words.arg(),
                    past.of.arg(),
                    past.worlds.starts.arg(),
                    self.odds.arg(),
                    self.likely.arg(),
                    past.seen.status.arg(),
                    unit.into(),
                    self.beta,
                );
            }
        })
    }

    /// All plays have been looked at: worlds get their weights, and games what is said of them.
    fn finish<R: Runtime>(
        &self,
        on: &Device<R>,
        seen: &DeviceObservations,
        plays: &Plays,
        worlds: &mut DrawnWorlds,
    ) -> Result<()> {
        let drawn = worlds.weights.take().expect("worlds are given weights first");
        let weights = on.buffer("the weights by plays", worlds.most)?;
        let likelihoods = on.buffer("how likely plays were", seen.games_per_chunk().max(1) * LIKELIHOOD)?;
        on.launch(Kernel::new("weights"), Grid::units(worlds.most, UNITS), |client, count, dim| {
            // SAFETY: units beyond the chunk's total do nothing, for which there are weights.
            unsafe {
                kernel::weights_kernel::launch_unchecked::<R>(
                    client,
                    count,
                    dim,
                    worlds.starts.arg(),
                    self.likely.arg(),
                    drawn.arg(),
                    weights.arg(),
                    worlds.n_games() as u32,
                );
            }
        })?;
        let mixes = plays.needs_all_at_once();
        let kernel = Kernel::of::<()>("likelihood", &mixes);
        on.launch(kernel, Grid::cubes(worlds.n_games(), UNITS), |client, count, dim| {
            // SAFETY: cubes beyond the chunk's games write nothing; there is a row for each of `games_per_chunk` games.
            unsafe {
                kernel::likelihood_kernel::launch_unchecked::<R>(
                    client,
                    count,
                    dim,
                    worlds.starts.arg(),
                    self.likely.arg(),
                    drawn.arg(),
                    weights.arg(),
                    likelihoods.arg(),
                    worlds.n_games() as u32,
                    plays.ess_in_parts(),
                    mixes,
                );
            }
        })?;
        (worlds.weights, worlds.likelihoods) = (Some(weights), Some(likelihoods));
        Ok(())
    }
}
