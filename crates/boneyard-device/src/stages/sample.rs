//! Third stage: worlds.

use crate::buffers::Words;
use crate::connection::{Grid, Kernel};
use crate::device::Device;
use crate::kernels::{
    items,
    sample::{self, SamplerKernel},
};
use crate::layout::WORLD;
use crate::stages::observe::DeviceObservations;
use crate::stages::plan::DeviceItems;
use boneyard_core::{Error, InPlay, Result, SampleReport, Samples, WorldSampler};
use boneyard_rules::{World, tables, tiles_of};
use cubecl::prelude::*;
use cubecl::server::Handle;
use std::ops::Range;

/// The worlds of a chunk: *drawn*, or *deferred* to a kernel that draws and values them in one. Clones share the device's
/// memory.
#[derive(Clone, Debug)]
pub struct DeviceWorlds {
    memory: DrawnWorlds,
    /// The items to be drawn, if that is left to the evaluator.
    deferred: Option<DeviceItems>,
}

/// Worlds, each after its game.
pub type WorldsOfGames = Vec<(usize, World)>;

/// W worlds that are on the device, of a chunk of C games.
#[derive(Clone, Debug)]
pub struct DrawnWorlds {
    /// The games of the chunk.
    pub games: Range<usize>,
    /// Most worlds that they can have; W itself is known on the device only: word C of `starts`.
    pub most: usize,
    /// `[C + 1]`: where the worlds of each game begin, and W.
    pub starts: Words,
    /// `[W, 3]`: what left opponent, partner and right opponent hold, by strength.
    pub hands: Words,
    /// `[W]`: the game of each.
    pub owners: Words,
    /// `[W]`: their weights in units of 1/[`ONE`](boneyard_core::ONE), if weights are carried.
    pub weights: Option<Words>,
    /// `[C, LIKELIHOOD]`: how likely what was played was, as [`layout`](crate::layout::LIKELIHOOD) says, if anybody looked.
    pub likelihoods: Option<Words>,
    /// The numbers of the worlds that were not found, as many as [`status::UNFOUND`](crate::layout::status::UNFOUND) says.
    pub missing: Words,
}

impl DrawnWorlds {
    /// How many games the chunk has.
    pub fn n_games(&self) -> usize {
        self.games.len()
    }

    /// The worlds as the device has them now, in order, with the game of each; waits for the device. For tests and
    /// studies.
    ///
    /// # Errors
    /// Device errors.
    pub fn read<R: Runtime>(&self, device: &Device<R>, seen: &DeviceObservations) -> Result<WorldsOfGames> {
        seen.has_games()?;
        Ok(self.named(seen, &device.read("the worlds", self.handles())?))
    }

    /// The same, and the games of the chunk as they stand, in one wait.
    ///
    /// # Errors
    /// Device errors.
    pub fn read_with_games<R: Runtime>(
        &self,
        device: &Device<R>,
        seen: &DeviceObservations,
    ) -> Result<(WorldsOfGames, Vec<InPlay>)> {
        seen.has_games()?;
        let handles = self.handles().into_iter().chain([seen.games.handle()]).collect();
        let read = device.read("the worlds and their games", handles)?;
        let games = self.games.clone().map(|game| seen.game(game, &read[3]));
        Ok((self.named(seen, &read), games.collect::<Result<_>>()?))
    }

    /// Where the worlds begin, what they are and whose: as far as there may be any.
    fn handles(&self) -> Vec<Handle> {
        vec![
            self.starts.handle_of(0..self.n_games() + 1),
            self.hands.handle_of(0..self.most * WORLD),
            self.owners.handle_of(0..self.most),
        ]
    }

    /// The worlds of what these handles hold, by the ids of dominoes.
    fn named(&self, seen: &DeviceObservations, read: &[Vec<u32>]) -> WorldsOfGames {
        let total = read[0][self.n_games()] as usize;
        let rows = read[1].chunks_exact(WORLD).zip(&read[2]).take(total);
        let worlds = rows.map(|(world, &owner)| {
            let by_strength = &tables::BY_STRENGTH[seen.begun[owner as usize].setup().declaration.index()];
            let ids = |hand: u32| tiles_of(hand).fold(0, |ids, it| ids | 1 << by_strength[it.index()]);
            (owner as usize, [ids(world[0]), ids(world[1]), ids(world[2])])
        });
        worlds.collect()
    }
}

impl DeviceWorlds {
    pub(crate) fn new(starts: Words, hands: Words, owners: Words, missing: Words) -> Self {
        let (weights, likelihoods) = (None, None);
        let memory =
            DrawnWorlds { games: 0..0, most: 0, starts, hands, owners, weights, likelihoods, missing };
        Self { memory, deferred: None }
    }

    pub(crate) fn memory(&self) -> &DrawnWorlds {
        &self.memory
    }

    /// The worlds, if they have been drawn.
    ///
    /// # Errors
    /// [`Error::Mismatch`] if a fused sampler left the drawing to its evaluator.
    pub fn drawn(&self) -> Result<&DrawnWorlds> {
        if self.deferred.is_none() {
            return Ok(&self.memory);
        }
        let what =
            "a fused sampler leaves the drawing to its evaluator: the pipeline's evaluator must be the same";
        Err(Error::Mismatch(what.to_owned()))
    }

    /// Where worlds would be, and which ones, if their evaluator draws them.
    ///
    /// # Errors
    /// [`Error::Mismatch`] if they have been drawn.
    pub(crate) fn deferred(&self) -> Result<(&DrawnWorlds, &DeviceItems)> {
        if let Some(items) = &self.deferred {
            return Ok((&self.memory, items));
        }
        let what = "a fused evaluator draws its worlds itself: it must be the pipeline's sampler too";
        Err(Error::Mismatch(what.to_owned()))
    }

    /// Puts worlds that were picked, or made, elsewhere in place of drawn ones.
    pub fn of(worlds: DrawnWorlds) -> Self {
        Self { memory: worlds, deferred: None }
    }

    /// The worlds of `chunk` begin where `items` says, and the chunk's accounts are opened. They are drawn next; or, if
    /// `deferred`, by whoever evaluates them.
    ///
    /// # Errors
    /// Device errors.
    pub fn begin<R: Runtime>(
        &mut self,
        device: &Device<R>,
        seen: &DeviceObservations,
        items: &DeviceItems,
        chunk: Range<usize>,
        deferred: bool,
    ) -> Result<()> {
        let (first, n) = (chunk.start as u32, chunk.len());
        self.memory.most = n * seen.sampling.samples as usize;
        self.memory.games = chunk;
        (self.memory.weights, self.memory.likelihoods) = (None, None);
        self.deferred = deferred.then(|| items.clone());
        device.launch(Kernel::new("start"), Grid::cubes(1, items::STARTERS), |client, count, dim| {
            // SAFETY: one cube of `STARTERS` units; the kernel reads rows `first..first + n` of the items and writes
            // `n + 1` starts, of which there are `games_per_chunk + 1 ≥ n + 1`.
            unsafe {
                items::start_kernel::launch_unchecked::<R>(
                    client,
                    count,
                    dim,
                    items.words.arg(),
                    self.memory.starts.arg(),
                    seen.status.arg(),
                    first,
                    n as u32,
                );
            }
        })
    }
}

/// A sampler with a kernel.
///
/// Law: the kernel draws what the host face draws, to the bit.
pub trait DeviceSampler: WorldSampler {
    /// The device face.
    type Kernel: SamplerKernel;

    /// The options that change the generated code.
    fn blueprint(&self) -> <Self::Kernel as SamplerKernel>::Config;
}

/// What sampling cost is known on the device only, until the records come back.
impl<R: Runtime, S: DeviceSampler> Samples<S> for Device<R> {
    fn sample(
        &mut self,
        sampler: &mut S,
        seen: &DeviceObservations,
        items: &DeviceItems,
        chunk: Range<usize>,
        out: &mut DeviceWorlds,
    ) -> Result<SampleReport> {
        self.note_sampler(&sampler.id());
        out.begin(self, seen, items, chunk, false)?;
        let (worlds, config) = (out.memory(), sampler.blueprint());
        let (first, n) = (worlds.games.start as u32, worlds.n_games());
        let cubes_per_game = seen.sampling.samples.div_ceil(sample::ITEMS_A_CUBE);
        let grid = Grid::cubes(n * cubes_per_game as usize, sample::UNITS);
        self.launch(Kernel::of::<S::Kernel>("sample", &config), grid, |client, count, dim| {
            // SAFETY: cubes beyond the chunk's games do nothing; worlds are written below the chunk's total, at most
            // `games_per_chunk · samples`, and listed as missing at most once.
            unsafe {
                sample::sample_kernel::launch_unchecked::<S::Kernel, R>(
                    client,
                    count,
                    dim,
                    seen.rows.arg(),
                    items.words.arg(),
                    seen.completions.arg(),
                    worlds.starts.arg(),
                    worlds.hands.arg(),
                    worlds.owners.arg(),
                    worlds.missing.arg(),
                    seen.status.arg(),
                    first,
                    n as u32,
                    cubes_per_game,
                    seen.n_games() as u32,
                    config,
                );
            }
        })?;
        Ok(SampleReport::default())
    }
}
