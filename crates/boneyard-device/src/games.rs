//! The games in play: their memory, made once a batch, and how they go on.

use crate::buffers::{Keep, Wanted, Words, allocate};
use crate::connection::{Grid, Kernel};
use crate::device::{Device, fill};
use crate::kernels::{apply, strength::strengths};
use crate::layout::{
    COMPLETIONS, ILLEGAL, ITEMS, VALUES, WORLD, estimate, game, log, question, seen, status,
};
use crate::needs::{Needs, WORLD_BYTES};
use crate::stages::choose::DeviceChoices;
use crate::stages::evaluate::DeviceValues;
use crate::stages::observe::DeviceObservations;
use crate::stages::plan::DeviceItems;
use crate::stages::reduce::DeviceEstimates;
use crate::stages::sample::DeviceWorlds;
use boneyard_core::{Error, Result, Sampling, Setup};
use cubecl::prelude::*;
use std::sync::Arc;

/// G games on the device, all at the same ply, with the memory of every stage.
pub struct DeviceGames {
    pub(crate) setups: Arc<[Setup]>,
    pub(crate) sampling: Sampling,
    pub(crate) ply: usize,
    /// `[G, game::ROW]`: what was dealt and played.
    pub(crate) rows: Words,
    /// `[28, G, log::ROW]`: what was decided.
    pub(crate) log: Words,
    /// `[status::WORDS]`: how much each stage has done.
    pub(crate) status: Words,
    pub(crate) observations: DeviceObservations,
    pub(crate) items: DeviceItems,
    pub(crate) worlds: DeviceWorlds,
    pub(crate) values: DeviceValues,
    pub(crate) estimates: DeviceEstimates,
    pub(crate) choices: DeviceChoices,
}

impl DeviceGames {
    /// Deals games: makes the memory of a batch, in smaller chunks if the device has no room for the ones wanted.
    ///
    /// # Errors
    /// [`Error::Setting`] for more games at once, or more samples, than fit the device or the memory budget; device
    /// errors.
    pub(crate) fn deal<R: Runtime>(
        device: &mut Device<R>,
        setups: &[Setup],
        sampling: &Sampling,
    ) -> Result<Self> {
        let n = setups.len();
        let samples = sampling.samples as usize;
        let mut needs = Needs { games: n, chunk: n.max(1), samples, histogram: sampling.histogram };
        let (fixed, longest) = (needs.fixed_bytes(), needs.longest_fixed_bytes());
        let largest = device.properties().memory.max_page_size;
        if longest > largest {
            return Err(Error::Setting {
                setting: "games at once",
                got: format!("{n}, which need a buffer of {longest} bytes"),
                expected: format!("at most {largest} bytes a buffer on {}", device.name()),
            });
        }
        // Half of what is left is for evaluators.
        let budget = device.limits.budget;
        let left = budget.saturating_sub(fixed) / 2;
        // The largest buffer of a chunk is the one of the values.
        let most_worlds = (left / WORLD_BYTES).min(largest / (4 * VALUES) as u64);
        needs.chunk = needs.chunk.min(most_worlds as usize / samples);
        if needs.chunk == 0 {
            return Err(Error::Setting {
                setting: "memory budget",
                got: format!("{budget} bytes, of which one buffer may take {largest}"),
                expected: format!(
                    "at least {} bytes for {n} games at once with {samples} samples, and {} for their values",
                    fixed + 2 * samples as u64 * WORLD_BYTES,
                    samples * 4 * VALUES,
                ),
            });
        }
        needs.chunk = needs.chunk.min(device.limits.most_worlds / samples).max(1);
        device.limits.spare = left;
        let rows = rows(setups);
        if device.limits.last.replace(needs).is_some_and(|last| last != needs) {
            // Memory of other sizes would stay, beside the budget.
            device.client().memory_cleanup();
        }
        let games = loop {
            match Self::with_memory(device, needs, &rows, setups, sampling) {
                Ok(games) => break games,
                Err(Error::NoRoom { .. }) if needs.chunk > 1 => {
                    needs.chunk /= 2;
                    device.limits.most_worlds = needs.chunk * samples;
                }
                Err(refused) => return Err(refused),
            }
        };
        // Rows that a cut loop leaves unwritten name a game, hold no dominoes and have no values.
        let worlds = games.worlds.memory();
        for (words, value) in [(&worlds.hands, 0), (&worlds.owners, 0), (&games.values.words, ILLEGAL)] {
            fill(device, words, words.len(), value)?;
        }
        Ok(games)
    }

    /// The games with the memory of all stages.
    fn with_memory<R: Runtime>(
        device: &Device<R>,
        needs: Needs,
        rows: &[u32],
        setups: &[Setup],
        sampling: &Sampling,
    ) -> Result<Self> {
        let Needs { games: n, chunk, samples, .. } = needs;
        let (most, strengths) = (chunk * samples, strengths());
        let wanted = [
            Wanted::copy("the games", rows),
            Wanted::words("the log", 28 * n * log::ROW),
            Wanted::copy("the status", &[0; status::WORDS]),
            Wanted::copy("the strengths of dominoes", &strengths),
            Wanted::words("the observations", n * seen::ROW),
            Wanted::words("the completion tables", n * COMPLETIONS),
            Wanted::words("the items", n * ITEMS),
            Wanted::words("the beginnings of the games' worlds", chunk + 1),
            Wanted::words("the worlds", most * WORLD),
            Wanted::words("the owners of the worlds", most),
            Wanted::words("the list of missing worlds", most),
            Wanted::words("the values", most * VALUES),
            Wanted::words("the estimates", n * estimate::ROW),
            Wanted::words("the histograms", needs.histogram_words()),
            Wanted::words("the choices", n),
        ];
        let made = allocate(device.client(), Keep::Batch, wanted);
        let made = made.map_err(|refused| refused.into_error(device.name()))?;
        let [
            rows,
            log,
            status,
            strengths,
            seen,
            completions,
            items,
            starts,
            hands,
            owners,
            missing,
            values,
            sums,
            bins,
            choices,
        ] = made;
        let setups: Arc<[Setup]> = setups.into();
        let observations = DeviceObservations {
            setups: setups.clone(),
            sampling: *sampling,
            ply: 0,
            games_per_chunk: chunk,
            games: rows.clone(),
            rows: seen,
            completions,
            strengths,
            status: status.clone(),
        };
        Ok(Self {
            setups,
            sampling: *sampling,
            ply: 0,
            rows,
            log,
            status,
            observations,
            items: DeviceItems { words: items },
            worlds: DeviceWorlds::new(starts, hands, owners, missing),
            values: DeviceValues::new(values),
            estimates: DeviceEstimates::new(sums, bins),
            choices: DeviceChoices { words: choices },
        })
    }

    /// What the movers see.
    pub(crate) fn observe<R: Runtime>(&self, device: &Device<R>) -> Result<DeviceObservations> {
        let seen = DeviceObservations { ply: self.ply, ..self.observations.clone() };
        seen.write(device)?;
        Ok(seen)
    }

    /// Plays the choices and logs the decisions.
    pub(crate) fn apply<R: Runtime>(
        &mut self,
        device: &Device<R>,
        seen: &DeviceObservations,
        estimates: &DeviceEstimates,
        choices: &DeviceChoices,
    ) -> Result<()> {
        let (n, grid) = (self.setups.len(), Grid::units(self.setups.len(), apply::UNITS));
        let question = question::code(estimates.question).expect("estimates of no other are made");
        device.launch(Kernel::new("apply"), grid, |client, count, dim| {
            // SAFETY: units beyond the games do nothing; the log has 28 rows a game.
            unsafe {
                apply::apply_kernel::launch_unchecked::<R>(
                    client,
                    count,
                    dim,
                    self.rows.arg(),
                    seen.rows.arg(),
                    estimates.rows.arg(),
                    choices.words.arg(),
                    self.log.arg(),
                    n as u32,
                    self.ply as u32,
                    question,
                );
            }
        })?;
        device.flush(&format!("ply {}", self.ply))?;
        self.ply += 1;
        Ok(())
    }
}

/// The rows of games before the first play.
fn rows(setups: &[Setup]) -> Vec<u32> {
    let mut rows = vec![0u32; setups.len().max(1) * game::ROW];
    for (setup, row) in setups.iter().zip(rows.chunks_exact_mut(game::ROW)) {
        row[game::HANDS..][..4].copy_from_slice(&setup.deal.hands());
        row[game::TRICK] = u32::from(setup.bidder.id());
        row[game::CONTRACT] = u32::from(setup.declaration.id())
            | u32::from(setup.bidder.id()) << 4
            | u32::from(setup.bid.points()) << 8;
        row[game::SEED] = setup.seed as u32;
        row[game::SEED + 1] = (setup.seed >> 32) as u32;
    }
    rows
}
