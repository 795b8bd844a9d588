//! Comparing a chunk's values with exact ones of some of its worlds.

use crate::backend::DeviceWorlds;
use crate::buffers::{Buffers, Keep, Wanted, Words, allocate};
use crate::kernels::{
    check::{self, UNITS},
    observe,
};
use crate::launch::{Grid, Kernel};
use crate::layout::{VALUES, WORLD, check as row};
use crate::step::DeviceStep;
use boneyard_core::{Check, Result, Sampling};
use cubecl::prelude::*;
use std::sync::PoisonError;

/// Some of a chunk's worlds, to be valued like a chunk.
pub struct Picked<R: Runtime> {
    step: DeviceStep<R>,
    worlds: DeviceWorlds,
    /// By picked world: which one of the chunk it is.
    items: Words,
}

impl<R: Runtime> Picked<R> {
    /// What an evaluator is given.
    pub fn step(&self) -> &DeviceStep<R> {
        &self.step
    }

    /// What an evaluator is given.
    pub fn worlds(&self) -> &DeviceWorlds {
        &self.worlds
    }
}

impl<R: Runtime> DeviceStep<R> {
    /// Picks one world in `one_in` of each decision of a chunk, but two where there are two: those of
    /// [`Check::picks`].
    ///
    /// # Errors
    /// If the device has no room for them; device errors.
    pub fn pick(&self, worlds: &DeviceWorlds, one_in: u32) -> Result<Picked<R>> {
        worlds.must_be_drawn()?;
        let one_in = one_in.max(1);
        let samples = Check::count(self.sampling.samples, one_in);
        let (chunk, most) = (self.games_per_chunk, self.games_per_chunk * samples as usize);
        let wanted = [
            Wanted::words("the places of the picked worlds", chunk + 1),
            Wanted::words("the picked worlds", most * WORLD),
            Wanted::words("the owners of the picked worlds", most),
            Wanted::words("the exact values", most * VALUES),
            Wanted::words("the numbers of the picked worlds", most),
        ];
        let made = allocate(&self.client, Keep::Moment, wanted).map_err(|refused| self.fail(refused))?;
        let [starts, picked, owners, values, items] = made;
        let (first, n_games) = (worlds.games.start as u32, worlds.games.len());
        let grid = Grid::cubes(1, observe::PLACERS);
        self.launch(Kernel::new("place picked"), grid, |client, count, dim| {
            // SAFETY: one cube of `PLACERS` units; there are `games_per_chunk + 1 ≥ n_games + 1` places.
            unsafe {
                check::place_picked_kernel::launch_unchecked::<R>(
                    client,
                    count,
                    dim,
                    self.buffers.observations.arg(),
                    starts.arg(),
                    first,
                    n_games as u32,
                    one_in,
                );
            }
        })?;
        self.launch(Kernel::new("pick"), Grid::cubes(n_games, UNITS), |client, count, dim| {
            // SAFETY: cubes beyond the games do nothing; places are below the total, for which there is room.
            unsafe {
                check::pick_kernel::launch_unchecked::<R>(
                    client,
                    count,
                    dim,
                    self.buffers.observations.arg(),
                    self.buffers.worlds.arg(),
                    self.buffers.starts.arg(),
                    starts.arg(),
                    picked.arg(),
                    owners.arg(),
                    values.arg(),
                    items.arg(),
                    first,
                    n_games as u32,
                );
            }
        })?;
        let buffers = Buffers { starts, worlds: picked, owners, values, ..self.buffers.clone() };
        let sampling = Sampling { samples, ..self.sampling };
        let step = DeviceStep { buffers, sampling, ..self.clone() };
        Ok(Picked { step, worlds: worlds.clone(), items })
    }

    /// Compares the values of picked worlds, in units of 1/`unit` point, with the exact ones that they have been given, in
    /// points, and, if asked to, corrects the estimates of their decisions. What was seen comes back with the records.
    ///
    /// # Errors
    /// If the device has no room for it; device errors.
    pub fn check_picked(
        &self,
        worlds: &DeviceWorlds,
        picked: &Picked<R>,
        unit: u16,
        correct: bool,
    ) -> Result<()> {
        let checks = self.checks()?;
        let n_games = worlds.games.len();
        self.launch(Kernel::new("check"), Grid::cubes(n_games, UNITS), |client, count, dim| {
            // SAFETY: cubes beyond the games write nothing; checks have a row a game and ply; items are worlds of the
            // chunk.
            unsafe {
                check::check_kernel::launch_unchecked::<R>(
                    client,
                    count,
                    dim,
                    self.buffers.observations.arg(),
                    self.buffers.starts.arg(),
                    self.buffers.values.arg(),
                    picked.step.buffers.starts.arg(),
                    picked.step.buffers.values.arg(),
                    picked.items.arg(),
                    self.buffers.estimates.arg(),
                    checks.arg(),
                    self.buffers.status.arg(),
                    worlds.games.start as u32,
                    n_games as u32,
                    self.n_games() as u32,
                    unit.into(),
                    correct.into(),
                );
            }
        })
    }

    /// The batch's rows of checks, made and emptied when they are first needed.
    fn checks(&self) -> Result<Words> {
        let mut checks = self.checks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(words) = &*checks {
            return Ok(words.clone());
        }
        let len = 28 * self.n_games() * row::ROW;
        let made = allocate(&self.client, Keep::Moment, [Wanted::words("the checks", len)]);
        let [words] = made.map_err(|refused| self.fail(refused))?;
        self.launch(Kernel::new("fill"), Grid::units(len, observe::FILLERS), |client, count, dim| {
            // SAFETY: units beyond the buffer's length do nothing.
            unsafe {
                observe::fill_kernel::launch_unchecked::<R>(client, count, dim, words.arg(), len as u32, 0);
            }
        })?;
        *checks = Some(words.clone());
        Ok(words)
    }

    /// What a row of checks says; `None` if nothing was checked.
    pub(crate) fn parse_check(words: &[u32]) -> Option<Check> {
        let by_slot = |at: usize| -> [u32; 7] { std::array::from_fn(|slot| words[at + slot]) };
        let signed = |at: usize| by_slot(at).map(|word| i64::from(word as i32));
        let squares = |at: usize| {
            let (low, high) = (by_slot(at), by_slot(at + 7));
            std::array::from_fn(|slot| u64::from(low[slot]) | u64::from(high[slot]) << 32)
        };
        (words[row::WORLDS] > 0).then(|| Check {
            worlds: words[row::WORLDS],
            sum: signed(row::SUM),
            sum_absolute: by_slot(row::ABSOLUTE).map(u64::from),
            sum_squares: squares(row::SQUARES),
            exact_squares: squares(row::EXACT_SQUARES),
            estimated_squares: squares(row::ESTIMATED_SQUARES),
            made: signed(row::MADE),
            gap: words[row::GAP].into(),
            corrected: words[row::CORRECTED] == 1,
        })
    }
}
