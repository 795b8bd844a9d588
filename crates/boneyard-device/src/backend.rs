//! The backend: buffers, launches, one read-back.

use crate::kernels::{apply, choose, observe, reduce, sample, solve};
use crate::layout::{COMPLETIONS, VALUES, WORLD, estimate, game, log, seen, status};
use boneyard_core::{
    Backend, Choice, Error, Estimate, GameRecord, Mode, PlyLog, Question, Result, Sampling, Setup,
};
use cubecl::prelude::*;
use cubecl::server::Handle;
use std::ops::Range;

/// Runs on a device through CubeCL.
pub struct Device<R: Runtime> {
    client: ComputeClient<R>,
    name: String,
    budget: u64,
    synchronisations: u64,
}

/// Default memory budget in bytes: 1 GiB.
pub const DEFAULT_BUDGET: u64 = 1 << 30;

/// Bytes of a world with its owner and values.
const WORLD_BYTES: u64 = 4 * (WORLD + 1 + VALUES) as u64;

impl<R: Runtime> Device<R> {
    /// A backend on `client`; `name` is recorded, such as `cuda:0`.
    pub fn new(client: ComputeClient<R>, name: impl Into<String>) -> Self {
        Self { client, name: name.into(), budget: DEFAULT_BUDGET, synchronisations: 0 }
    }

    /// Keeps device buffers within `bytes`.
    pub fn with_budget(mut self, bytes: u64) -> Self {
        self.budget = bytes;
        self
    }

    /// How often the host has waited for the device.
    pub fn synchronisations(&self) -> u64 {
        self.synchronisations
    }

    fn fail(&self, what: impl std::fmt::Display) -> Error {
        Error::Device { runtime: self.name.clone(), what: what.to_string() }
    }

    fn words(&self, n: usize) -> Handle {
        self.client.empty(n.max(1) * 4)
    }
}

/// The device's buffers; clones share them.
#[derive(Clone)]
pub(crate) struct Buffers {
    pub games: Handle,
    pub observations: Handle,
    pub tables: Handle,
    pub starts: Handle,
    pub worlds: Handle,
    pub owners: Handle,
    pub values: Handle,
    pub estimates: Handle,
    pub histograms: Handle,
    pub choices: Handle,
    pub logs: Handle,
    pub status: Handle,
    pub orders: Handle,
}

/// A batch of games on the device, seen at one ply. Clones share the device's buffers.
pub struct DeviceStep<R: Runtime> {
    pub(crate) client: ComputeClient<R>,
    pub(crate) buffers: Buffers,
    pub(crate) n_games: usize,
    pub(crate) ply: usize,
    pub(crate) sampling: Sampling,
    /// Games of one chunk.
    games_per_chunk: usize,
}

impl<R: Runtime> Clone for DeviceStep<R> {
    fn clone(&self) -> Self {
        Self { client: self.client.clone(), buffers: self.buffers.clone(), ..*self }
    }
}

/// The batch and its setups.
pub struct DeviceGames<R: Runtime> {
    step: DeviceStep<R>,
    setups: Vec<Setup>,
}

/// Which games the worlds on the device belong to.
#[derive(Clone, Debug, Default)]
pub struct DeviceWorlds {
    /// The games of the chunk.
    pub games: Range<usize>,
}

/// Length in words of a buffer as a kernel argument.
pub(crate) fn arg<R: Runtime>(handle: &Handle, words: usize) -> ArrayArg<R> {
    // SAFETY: every buffer is allocated in `Device::deal` with at least the number of words its layout says,
    // and callers pass that number or one not above it.
    unsafe { ArrayArg::from_raw_parts(handle.clone(), words.max(1)) }
}

/// A grid of at least `cubes` cubes, none of whose sides exceeds what every runtime allows.
pub(crate) fn grid(cubes: usize) -> CubeCount {
    let cubes = cubes.max(1) as u32;
    let x = cubes.min(32_768);
    CubeCount::Static(x, cubes.div_ceil(x), 1)
}

impl<R: Runtime> DeviceStep<R> {
    /// Most worlds of one chunk.
    fn most_worlds(&self) -> usize {
        self.games_per_chunk * self.sampling.samples as usize
    }

    fn observations(&self) -> ArrayArg<R> {
        arg(&self.buffers.observations, self.n_games * seen::ROW)
    }

    fn starts(&self) -> ArrayArg<R> {
        arg(&self.buffers.starts, self.games_per_chunk + 1)
    }

    fn status(&self) -> ArrayArg<R> {
        arg(&self.buffers.status, status::WORDS)
    }

    /// Runs a sampler's kernel over the games of a chunk.
    pub fn sample<S: sample::SamplerKernel>(&self, config: S::Config, chunk: &Range<usize>) {
        let (first, n) = (chunk.start as u32, chunk.len());
        let cubes_per_game = self.sampling.samples.div_ceil(sample::ITEMS);
        let most = self.most_worlds();
        // SAFETY: one cube of `PLACERS` units; the kernel touches rows `first..first + n` of the observations
        // and `n + 1` starts, of which there are `games_per_chunk + 1 ≥ n + 1`.
        unsafe {
            observe::place_kernel::launch_unchecked::<R>(
                &self.client,
                CubeCount::Static(1, 1, 1),
                CubeDim::new_1d(observe::PLACERS),
                self.observations(),
                self.starts(),
                self.status(),
                first,
                n as u32,
            );
        }
        // SAFETY: cubes beyond the chunk's games do nothing; worlds are written at places below the chunk's
        // total, at most `games_per_chunk · samples`.
        unsafe {
            sample::sample_kernel::launch_unchecked::<S, R>(
                &self.client,
                grid(n * cubes_per_game as usize),
                CubeDim::new_1d(sample::UNITS),
                self.observations(),
                arg(&self.buffers.tables, self.n_games * COMPLETIONS),
                self.starts(),
                arg(&self.buffers.worlds, most * WORLD),
                arg(&self.buffers.owners, most),
                self.status(),
                first,
                n as u32,
                cubes_per_game,
                config,
            );
        }
    }

    /// Runs the exact solver over the worlds of a chunk.
    pub fn solve(&self, worlds: &DeviceWorlds) {
        let most = self.most_worlds().min(worlds.games.len() * self.sampling.samples as usize);
        let cubes = most.div_ceil(solve::UNITS as usize).min(MOST_SOLVER_CUBES);
        let tricks_left = 7 - self.ply / 4;
        // SAFETY: jobs are taken below the chunk's total, for which worlds, owners and values have room; the
        // stack has a frame for every ply of the tricks left.
        unsafe {
            solve::solve_kernel::launch_unchecked::<R>(
                &self.client,
                grid(cubes),
                CubeDim::new_1d(solve::UNITS),
                self.observations(),
                arg(&self.buffers.worlds, self.most_worlds() * WORLD),
                arg(&self.buffers.owners, self.most_worlds()),
                self.starts(),
                arg(&self.buffers.orders, 10 * solve::ORDER),
                arg(&self.buffers.values, self.most_worlds() * VALUES),
                self.status(),
                worlds.games.len() as u32,
                SOLVER_CAP,
                4 * tricks_left,
            );
        }
    }

    /// Runs a policy's kernel.
    pub fn choose<P: choose::PolicyKernel>(&self, config: P::Config) {
        // SAFETY: units beyond the games do nothing.
        unsafe {
            choose::choose_kernel::launch_unchecked::<P, R>(
                &self.client,
                grid(self.n_games.div_ceil(choose::UNITS as usize)),
                CubeDim::new_1d(choose::UNITS),
                self.observations(),
                arg(&self.buffers.estimates, self.n_games * estimate::ROW),
                arg(&self.buffers.choices, self.n_games),
                self.n_games as u32,
                config,
            );
        }
    }
}

/// Enough cubes to fill the largest devices; further worlds are fetched as units fall idle.
const MOST_SOLVER_CUBES: usize = 132 * 12;

/// Most turns of the solver's loop for one world: a hundred times the dearest deal seen.
const SOLVER_CAP: u32 = 1 << 31;

impl<R: Runtime> Backend for Device<R> {
    type Games = DeviceGames<R>;
    type Observations = DeviceStep<R>;
    type Worlds = DeviceWorlds;
    type Values = ();
    type Estimates = DeviceStep<R>;
    type Choices = ();

    fn name(&self) -> String {
        self.name.clone()
    }

    fn deal(&mut self, setups: &[Setup], sampling: &Sampling) -> Result<DeviceGames<R>> {
        let n = setups.len();
        let histogram_words = if sampling.histogram { n * reduce::BINS } else { 1 };
        let per_game =
            4 * (game::ROW + seen::ROW + COMPLETIONS + 1 + estimate::ROW + 1 + 28 * log::ROW) as u64;
        let fixed = n as u64 * per_game + 4 * histogram_words as u64;
        let left = self.budget.saturating_sub(fixed);
        let samples = sampling.samples as usize;
        let games_per_chunk = ((left / WORLD_BYTES) as usize / samples).min(n);
        if games_per_chunk == 0 && n > 0 {
            return Err(Error::Option {
                option: "--memory-budget",
                got: format!("{} bytes", self.budget),
                expected: format!(
                    "at least {} bytes for {n} games at once with {samples} samples",
                    fixed + samples as u64 * WORLD_BYTES
                ),
            });
        }
        let mut rows = vec![0u32; n.max(1) * game::ROW];
        for (setup, row) in setups.iter().zip(rows.chunks_exact_mut(game::ROW)) {
            row[game::HANDS..][..4].copy_from_slice(&setup.deal.hands());
            row[game::TRICK] = u32::from(setup.bidder.id());
            row[game::CONTRACT] = u32::from(setup.declaration.id())
                | u32::from(setup.bidder.id()) << 4
                | u32::from(setup.bid.points()) << 8;
            row[game::SEED] = setup.seed as u32;
            row[game::SEED + 1] = (setup.seed >> 32) as u32;
        }
        let most = games_per_chunk * samples;
        let buffers = Buffers {
            games: self.client.create_from_slice(u32::as_bytes(&rows)),
            observations: self.words(n * seen::ROW),
            tables: self.words(n * COMPLETIONS),
            starts: self.words(games_per_chunk + 1),
            worlds: self.words(most * WORLD),
            owners: self.words(most),
            values: self.words(most * VALUES),
            estimates: self.words(n * estimate::ROW),
            histograms: self.words(histogram_words),
            choices: self.words(n),
            logs: self.words(28 * n * log::ROW),
            status: self.client.create_from_slice(u32::as_bytes(&[0; status::WORDS])),
            orders: self.client.create_from_slice(u32::as_bytes(&solve::orders())),
        };
        let step = DeviceStep {
            client: self.client.clone(),
            buffers,
            n_games: n,
            ply: 0,
            sampling: *sampling,
            games_per_chunk: games_per_chunk.max(1),
        };
        Ok(DeviceGames { step, setups: setups.to_vec() })
    }

    fn observe(&mut self, games: &DeviceGames<R>) -> Result<DeviceStep<R>> {
        let step = games.step.clone();
        if step.n_games > 0 {
            // SAFETY: cubes beyond the games write nothing.
            unsafe {
                observe::observe_kernel::launch_unchecked::<R>(
                    &self.client,
                    grid(step.n_games),
                    CubeDim::new_1d(observe::UNITS),
                    arg(&step.buffers.games, step.n_games * game::ROW),
                    step.observations(),
                    arg(&step.buffers.tables, step.n_games * COMPLETIONS),
                    arg(&step.buffers.orders, 10 * solve::ORDER),
                    step.n_games as u32,
                    step.ply as u32,
                    step.sampling.samples,
                    step.sampling.evaluate_forced,
                );
            }
        }
        Ok(step)
    }

    fn chunks(&self, step: &DeviceStep<R>) -> Vec<Range<usize>> {
        // In the last trick every move is forced.
        if step.ply >= 24 && !step.sampling.evaluate_forced {
            return Vec::new();
        }
        let starts = (0..step.n_games).step_by(step.games_per_chunk);
        starts.map(|start| start..(start + step.games_per_chunk).min(step.n_games)).collect()
    }

    fn buffers(&mut self, _: &Sampling) -> Result<(DeviceWorlds, ())> {
        Ok(Default::default())
    }

    fn estimates(&mut self, games: &DeviceGames<R>, question: Question) -> Result<DeviceStep<R>> {
        if question != (Question::Points { unit: 1 }) {
            return Err(Error::Mismatch(format!(
                "{} reduces whole points only so far, not {question:?}",
                self.name
            )));
        }
        Ok(games.step.clone())
    }

    fn reduce(
        &mut self,
        step: &DeviceStep<R>,
        worlds: &DeviceWorlds,
        (): &(),
        _: &mut DeviceStep<R>,
    ) -> Result<()> {
        let histogram_words = if step.sampling.histogram { step.n_games * reduce::BINS } else { 1 };
        // SAFETY: cubes beyond the chunk's games write nothing; items lie between starts that were placed.
        unsafe {
            reduce::reduce_kernel::launch_unchecked::<R>(
                &self.client,
                grid(worlds.games.len()),
                CubeDim::new_1d(reduce::UNITS),
                step.observations(),
                step.starts(),
                arg(&step.buffers.values, step.most_worlds() * VALUES),
                arg(&step.buffers.estimates, step.n_games * estimate::ROW),
                arg(&step.buffers.histograms, histogram_words),
                worlds.games.start as u32,
                worlds.games.len() as u32,
                step.sampling.histogram,
            );
        }
        Ok(())
    }

    fn choices(&mut self, _: &DeviceGames<R>) -> Result<()> {
        Ok(())
    }

    fn apply(
        &mut self,
        games: &mut DeviceGames<R>,
        step: &DeviceStep<R>,
        _: DeviceStep<R>,
        (): &(),
    ) -> Result<()> {
        if step.n_games > 0 {
            // SAFETY: units beyond the games do nothing; the log has 28 rows a game.
            unsafe {
                apply::apply_kernel::launch_unchecked::<R>(
                    &self.client,
                    grid(step.n_games.div_ceil(apply::UNITS as usize)),
                    CubeDim::new_1d(apply::UNITS),
                    arg(&step.buffers.games, step.n_games * game::ROW),
                    step.observations(),
                    arg(&step.buffers.estimates, step.n_games * estimate::ROW),
                    arg(&step.buffers.choices, step.n_games),
                    arg(&step.buffers.logs, 28 * step.n_games * log::ROW),
                    step.n_games as u32,
                    step.ply as u32,
                );
            }
        }
        self.client.flush().map_err(|error| self.fail(format!("ply {}: {error:?}", step.ply)))?;
        games.step.ply += 1;
        Ok(())
    }

    fn finish(&mut self, games: DeviceGames<R>) -> Result<Vec<GameRecord>> {
        let DeviceGames { step, setups } = games;
        if setups.is_empty() {
            return Ok(Vec::new());
        }
        self.synchronisations += 1;
        let handles = vec![step.buffers.logs.clone(), step.buffers.status.clone()];
        let read = cubecl::future::block_on(self.client.read_async(handles));
        let read = read.map_err(|error| self.fail(format!("reading the records back: {error:?}")))?;
        let (logs, status) = (u32::from_bytes(&read[0]), u32::from_bytes(&read[1]));
        if status[status::CAPPED] > 0 {
            return Err(self.fail(format!(
                "kernel solve: {} searches ran into the cap of {SOLVER_CAP} turns",
                status[status::CAPPED]
            )));
        }
        if status[status::MISSING] > 0 {
            return Err(self.fail(format!(
                "kernel sample: {} worlds were not found within the sampler's tries: raise them or take another \
                 sampler",
                status[status::MISSING]
            )));
        }
        let n = setups.len();
        let games = setups.into_iter().enumerate().map(|(g, setup)| {
            let rows = (0..28).map(|ply| &logs[(ply * n + g) * log::ROW..][..log::ROW]);
            let log = rows.map(|row| self.parse(row)).collect::<Result<_>>()?;
            Ok(GameRecord::replay(setup, log)?)
        });
        games.collect()
    }
}

impl<R: Runtime> Device<R> {
    fn parse(&self, row: &[u32]) -> Result<PlyLog> {
        let choice = row[log::CHOICE];
        let mode = Mode::from_code(choice >> 16 & 255)
            .ok_or_else(|| self.fail(format!("kernel apply: no such choice as {choice:#x}")))?;
        let choice = Choice { slot: choice as u8, greedy: (choice >> 8) as u8, mode };
        let sums = &row[log::ESTIMATE..];
        let worlds = sums[estimate::WORLDS];
        let estimate = (worlds > 0).then(|| Estimate {
            question: Question::Points { unit: 1 },
            worlds,
            sum: std::array::from_fn(|slot| i64::from(sums[estimate::SUM + slot] as i32)),
            sum_squares: std::array::from_fn(|slot| u64::from(sums[estimate::SUM_SQUARES + slot])),
            made: std::array::from_fn(|slot| sums[estimate::MADE + slot]),
            histogram: None,
        });
        Ok(PlyLog { choice, estimate, worlds_total: row[log::TOTAL] })
    }
}
impl<R: Runtime> DeviceStep<R> {
    /// Debug.
    pub fn dump(&self) -> Vec<Vec<u32>> {
        [&self.buffers.observations, &self.buffers.starts, &self.buffers.worlds, &self.buffers.owners, &self.buffers.values, &self.buffers.status].iter().map(|h| u32::from_bytes(&self.client.read_one((*h).clone()).unwrap()).to_vec()).collect()
    }
}
