//! First stage: what the movers see.

use crate::buffers::Words;
use crate::connection::{Grid, Kernel};
use crate::device::Device;
use crate::kernels::observe;
use crate::layout::game;
use boneyard_core::{Error, Estimate, InPlay, Result, Sampling};
use boneyard_rules::Domino;
use cubecl::prelude::*;
use rayon::prelude::*;
use std::ops::Range;
use std::sync::Arc;

/// What the mover of each of G games sees. Clones share the device's memory.
#[derive(Clone, Debug)]
pub struct DeviceObservations {
    /// Where the games stood when the batch was begun; empty for [decisions of earlier plies](crate::DevicePast), which are on the
    /// device only.
    pub(crate) begun: Arc<[InPlay]>,
    pub(crate) sampling: Sampling,
    pub(crate) ply: usize,
    /// Games of one chunk.
    pub(crate) games_per_chunk: usize,
    /// `[G, game::ROW]`: what was dealt and played; kernels read of it what is public.
    pub games: Words,
    /// `[G, seen::ROW]`: the observations, as [`layout::seen`](crate::layout::seen) says.
    pub rows: Words,
    /// `[G, 22, 8, 8]`: completion tables.
    pub completions: Words,
    /// `[10, STRENGTHS]`: dominoes by strength, as [`strengths`](crate::kernels::strength::strengths) says.
    pub strengths: Words,
    /// `[status::WORDS]`: how much each stage has done, as [`layout::status`](crate::layout::status) says.
    pub status: Words,
}

impl DeviceObservations {
    /// The ply of the decisions, 0–27.
    pub fn ply(&self) -> usize {
        self.ply
    }

    /// How many games there are.
    pub fn n_games(&self) -> usize {
        self.begun.len()
    }

    /// Whether these are decisions of earlier plies, in worlds of now, of which the host has no games to read back.
    pub fn is_past(&self) -> bool {
        self.begun.is_empty()
    }

    /// Checks that sums have room for the weights of so many worlds.
    ///
    /// # Errors
    /// [`Error::Setting`] for more samples than that.
    pub fn may_weigh(&self) -> Result<()> {
        if self.sampling.samples > Estimate::MOST_WEIGHED {
            return Err(Error::Setting {
                setting: "samples",
                got: format!("{} with weights", self.sampling.samples),
                expected: format!("at most {}", Estimate::MOST_WEIGHED),
            });
        }
        Ok(())
    }

    /// Checks that the host has games to go with what it reads back.
    pub(crate) fn has_games(&self) -> Result<()> {
        if self.is_past() {
            let what = "plays are weighed on the device, by an evaluator that looks at worlds on the host: expected one that \
                        works on the device alone";
            return Err(Error::Mismatch(what.to_owned()));
        }
        Ok(())
    }

    /// How decisions are looked at.
    pub fn sampling(&self) -> &Sampling {
        &self.sampling
    }

    /// Most games of a chunk.
    pub fn games_per_chunk(&self) -> usize {
        self.games_per_chunk
    }

    /// A game as it stands, given all rows of [`DeviceObservations::games`].
    pub(crate) fn game(&self, g: usize, rows: &[u32]) -> Result<InPlay> {
        self.has_games()?;
        let (mut now, row) = (self.begun[g], &rows[g * game::ROW..][..game::ROW]);
        for ply in now.game().table().ply()..self.ply {
            let id = row[game::PLAYS + ply / 4] >> (ply % 4 * 8) & 255;
            now.play(Domino::new(id.into())?)?;
        }
        Ok(now)
    }

    /// Games as they stand on the device now; waits for it.
    ///
    /// # Errors
    /// Device errors.
    ///
    /// [`Error::Mismatch`] for decisions of [earlier plies](DeviceObservations::is_past).
    ///
    /// # Panics
    /// If there are no such games.
    pub fn read<R: Runtime>(&self, device: &Device<R>, games: Range<usize>) -> Result<Vec<InPlay>> {
        let rows = device.read("the games", vec![self.games.handle()])?.remove(0);
        games.into_par_iter().map(|g| self.game(g, &rows)).collect()
    }

    /// Nothing is evaluated at this ply: in the last trick every move is forced.
    pub(crate) fn is_forced(&self) -> bool {
        self.ply >= 24 && !self.sampling.evaluate_forced
    }

    /// Looks at every game.
    pub(crate) fn write<R: Runtime>(&self, device: &Device<R>) -> Result<()> {
        let kernel = Kernel::of::<()>("observe", &self.sampling.evaluate_forced);
        let n = self.n_games();
        device.launch(kernel, Grid::cubes(n, observe::UNITS), |client, count, dim| {
            // SAFETY: cubes beyond the games write nothing; all buffers have a row a game.
            unsafe {
                observe::observe_kernel::launch_unchecked::<R>(
                    client,
                    count,
                    dim,
                    self.games.arg(),
                    self.rows.arg(),
                    self.completions.arg(),
                    self.strengths.arg(),
                    n as u32,
                    self.ply as u32,
                    self.sampling.samples,
                    self.sampling.enumerated(),
                    self.sampling.evaluate_forced,
                );
            }
        })
    }
}
