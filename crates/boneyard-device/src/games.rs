//! The games in play: their memory, made once a batch, and how they go on.

use crate::buffers::{Keep, Wanted, Words};
use crate::connection::{Grid, Kernel};
use crate::device::{Device, fill};
use crate::kernels::{apply, strength::strengths, trick::with_play};
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
use boneyard_core::{Design, Error, InPlay, Result, Sampling};
use boneyard_rules::{Seat, Table};
use cubecl::prelude::*;
use std::sync::Arc;

/// G games on the device, all at the same ply, with the memory of every stage.
pub struct DeviceGames {
    /// Where the games stood when the batch was begun.
    pub(crate) begun: Arc<[InPlay]>,
    pub(crate) sampling: Sampling,
    pub(crate) ply: usize,
    /// How the worlds of the decisions that were made were drawn.
    pub(crate) design: Design,
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
    /// Goes on with games, all at the same ply: makes the memory of a batch, in smaller chunks if the device has no room for the
    /// ones wanted.
    ///
    /// # Errors
    /// [`Error::Setting`] for more games at once, or more samples, than fit the device or the memory budget;
    /// [`Error::Mismatch`] for games at different plies; device errors.
    pub(crate) fn resume<R: Runtime>(
        device: &mut Device<R>,
        begun: &[InPlay],
        sampling: &Sampling,
    ) -> Result<Self> {
        InPlay::ply_of_all(begun)?;
        let n = begun.len();
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
        let (budget, needed) = (device.account().budget(), device.account().needed());
        let left = budget.saturating_sub(fixed + needed) / 2;
        // The largest buffer of a chunk is the one of the values.
        let most_worlds = (left / WORLD_BYTES).min(largest / (4 * VALUES) as u64);
        needs.chunk = needs.chunk.min(most_worlds as usize / samples);
        if needs.chunk == 0 {
            return Err(Error::Setting {
                setting: "memory budget",
                got: format!("{budget} bytes, of which one buffer may take {largest}"),
                expected: format!(
                    "at least {} bytes for {n} games at once with {samples} samples, and {} for their values",
                    needed + fixed + 2 * samples as u64 * WORLD_BYTES,
                    samples * 4 * VALUES,
                ),
            });
        }
        needs.chunk = needs.chunk.min(device.limits.most_worlds / samples).max(1);
        let rows = rows(begun);
        if device.limits.last.replace(needs).is_some_and(|last| last != needs) {
            // Memory of other sizes would stay, beside the budget.
            device.client().memory_cleanup();
        }
        let games = loop {
            match Self::with_memory(device, needs, &rows, begun, sampling) {
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
        begun: &[InPlay],
        sampling: &Sampling,
    ) -> Result<Self> {
        let ply = InPlay::ply_of_all(begun)?;
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
        let made = device.allocate(Keep::Batch, wanted)?;
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
        let begun: Arc<[InPlay]> = begun.into();
        let observations = DeviceObservations {
            begun: Arc::clone(&begun),
            sampling: *sampling,
            ply,
            games_per_chunk: chunk,
            games: rows.clone(),
            rows: seen,
            completions,
            strengths,
            status: status.clone(),
        };
        Ok(Self {
            begun,
            sampling: *sampling,
            ply,
            design: Design::default(),
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
        let (n, grid) = (self.begun.len(), Grid::units(self.begun.len(), apply::UNITS));
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
        self.design = estimates.design;
        Ok(())
    }
}

/// The rows of games in play.
fn rows(games: &[InPlay]) -> Vec<u32> {
    let mut rows = vec![0u32; games.len().max(1) * game::ROW];
    for (begun, row) in games.iter().zip(rows.chunks_exact_mut(game::ROW)) {
        let (setup, table) = (begun.setup(), begun.game().table());
        row[game::HANDS..][..4].copy_from_slice(&setup.deal.hands());
        for seat in Seat::ALL {
            row[game::PLAYED + seat.index()] = table.played_by(seat);
            row[game::VOIDS] |= u32::from(table.voids(seat)) << (8 * seat.index());
        }
        let [zero, one] = table.banked().map(u32::from);
        row[game::BANKED] = zero | one << 8;
        row[game::TRICK] = trick(table);
        row[game::CONTRACT] = u32::from(setup.declaration.id())
            | u32::from(setup.bidder.id()) << 4
            | u32::from(setup.bid.points()) << 8;
        row[game::SEED] = setup.seed as u32;
        row[game::SEED + 1] = (setup.seed >> 32) as u32;
        for (ply, domino) in table.plays().enumerate() {
            row[game::PLAYS + ply / 4] |= u32::from(domino.id()) << (8 * (ply % 4));
        }
    }
    rows
}

/// The trick under way in one word, as [`kernels::trick`](crate::kernels::trick) has it.
fn trick(table: &Table) -> u32 {
    let (declaration, leader) = (u32::from(table.declaration().id()), u32::from(table.leader().id()));
    let mut word = leader;
    for (place, domino) in table.trick().enumerate() {
        let seat = table.leader().after(place).id();
        word = with_play(word, place as u32, seat.into(), domino.id().into(), declaration);
    }
    word
}
