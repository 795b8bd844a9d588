//! Decisions of earlier plies in worlds of now: what the others' plays were worth when they were made.

use crate::buffers::{Keep, Wanted, Words};
use crate::connection::{Grid, Kernel};
use crate::device::{Device, fill};
use crate::kernels::past::{self as kernels, UNITS};
use crate::layout::{VALUES, WORLD, before, game, past, seen, status};
use crate::stages::evaluate::DeviceValues;
use crate::stages::observe::DeviceObservations;
use crate::stages::sample::DrawnWorlds;
use boneyard_core::Result;
use cubecl::prelude::*;
use std::ops::Range;

/// Memory for P decisions of one earlier ply, each in a world of now, to be valued like a chunk of as many games.
#[derive(Clone, Debug)]
pub struct DevicePast {
    /// What their movers saw then, as far as evaluators read it.
    pub seen: DeviceObservations,
    /// What the others held then.
    pub worlds: DrawnWorlds,
    /// What the moves were worth, once an evaluator has been asked.
    pub values: DeviceValues,
    /// `[P, 2]`: which world of the chunk each is of, and the slot that was played.
    pub of: Words,
    /// `[C, before::ROW]`: how the games stood.
    rows: Words,
    room: usize,
}

impl DevicePast {
    /// Memory for `room` decisions of a chunk.
    ///
    /// # Errors
    /// If the budget or the device has no room for it.
    pub fn new<R: Runtime>(device: &Device<R>, now: &DeviceObservations, room: usize) -> Result<Self> {
        let wanted = [
            Wanted::words("how games stood earlier", now.games_per_chunk * before::ROW),
            Wanted::words("the games of earlier decisions", room * game::ROW),
            Wanted::words("the observations of earlier decisions", room * seen::ROW),
            Wanted::words("the worlds of earlier decisions", room * WORLD),
            Wanted::words("the owners of earlier decisions", room),
            Wanted::words("the values of earlier decisions", room * VALUES),
            Wanted::words("which worlds earlier decisions are of", room * past::OF),
            Wanted::copy("how many earlier decisions there are", &[0; 2]),
            Wanted::copy("the status of earlier decisions", &[0; status::WORDS]),
        ];
        let [rows, games, observations, hands, owners, values, of, starts, status] =
            device.allocate(Keep::Batch, wanted)?;
        let seen = DeviceObservations {
            begun: [].into(),
            games: games.clone(),
            rows: observations,
            status,
            ..now.clone()
        };
        // No list of missing worlds is kept: none is drawn.
        let missing = owners.clone();
        let (weights, likelihoods) = (None, None);
        let worlds =
            DrawnWorlds { games: 0..1, most: room, starts, hands, owners, weights, likelihoods, missing };
        Ok(Self { seen, worlds, values: DeviceValues::new(values), of, rows, room })
    }

    /// Most decisions that there is memory for.
    pub fn room(&self) -> usize {
        self.room
    }

    /// Whether it serves a chunk of what is seen now.
    pub fn serves(&self, now: &DeviceObservations, room: usize) -> bool {
        self.room >= room && self.rows.len() >= now.games_per_chunk * before::ROW
    }

    /// The worlds of a chunk in which moves at `ply` are to be valued: those among `part` in which the one that was made was one of
    /// the `last` plays of others than the mover of now, and not forced.
    ///
    /// # Errors
    /// Device errors.
    ///
    /// # Panics
    /// If `part` has more worlds than there is room for.
    pub fn look_back<R: Runtime>(
        &mut self,
        device: &Device<R>,
        now: &DeviceObservations,
        worlds: &DrawnWorlds,
        part: Range<usize>,
        ply: usize,
        last: u32,
    ) -> Result<()> {
        assert!(part.len() <= self.room, "{} worlds, expected at most {}", part.len(), self.room);
        (self.seen.ply, self.worlds.most) = (ply, part.len());
        let (first, n_games) = (worlds.games.start as u32, worlds.n_games() as u32);
        let grid = Grid::units(worlds.n_games(), UNITS);
        device.launch(Kernel::new("rewind"), grid, |client, count, dim| {
            // SAFETY: units beyond the chunk's games do nothing, for which there are rows; `ply` has been played.
            unsafe {
                kernels::rewind_kernel::launch_unchecked::<R>(
                    client,
                    count,
                    dim,
                    now.games.arg(),
                    now.rows.arg(),
                    self.rows.arg(),
                    self.worlds.starts.arg(),
                    first,
                    n_games,
                    ply as u32,
                    last,
                );
            }
        })?;
        device.launch(Kernel::new("past"), Grid::units(part.len(), UNITS), |client, count, dim| {
            // SAFETY: units beyond the part or the chunk's total do nothing; there is room for every world of the part, and rows
            // for every game of the chunk.
            unsafe {
                kernels::past_kernel::launch_unchecked::<R>(
                    client,
                    count,
                    dim,
                    now.games.arg(),
                    now.rows.arg(),
                    now.strengths.arg(),
                    worlds.hands.arg(),
                    worlds.owners.arg(),
                    worlds.starts.arg(),
                    self.rows.arg(),
                    self.worlds.starts.arg(),
                    self.seen.games.arg(),
                    self.seen.rows.arg(),
                    self.worlds.hands.arg(),
                    self.worlds.owners.arg(),
                    self.of.arg(),
                    part.start as u32,
                    part.len() as u32,
                    first,
                    n_games,
                    ply as u32,
                );
            }
        })
    }

    /// What went wrong with them is put to the account of the chunk.
    ///
    /// # Errors
    /// Device errors.
    pub fn settle<R: Runtime>(&self, device: &Device<R>, now: &DeviceObservations) -> Result<()> {
        device.launch(Kernel::new("settle"), Grid::cubes(1, 1), |client, count, dim| {
            // SAFETY: one unit; both buffers have `status::WORDS` words.
            unsafe {
                kernels::settle_kernel::launch_unchecked::<R>(
                    client,
                    count,
                    dim,
                    self.seen.status.arg(),
                    now.status.arg(),
                );
            }
        })
    }

    /// One in units of 2⁻¹⁶ for every world of a chunk.
    ///
    /// # Errors
    /// If the device has no room for it; device errors.
    pub fn ones<R: Runtime>(device: &Device<R>, worlds: &DrawnWorlds) -> Result<Words> {
        let ones = device.buffer("the weights", worlds.most)?;
        fill(device, &ones, worlds.most, boneyard_core::ONE)?;
        Ok(ones)
    }
}
