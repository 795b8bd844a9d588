//! The backend: buffers, launches, one read-back.

use crate::kernels::{apply, choose, evaluate, observe, reduce, sample, solve};
use crate::layout::{COMPLETIONS, HISTOGRAM, UNTOUCHED, VALUES, WORLD, estimate, game, log, seen, status};
use boneyard_core::{
    BINS, Backend, Choice, Coordinates, EMPTY, Error, Estimate, GameRecord, Mode, Observation, PlyLog,
    Question, Result, SampleReport, Sampling, Setup, WorldSampler,
};
use boneyard_rules::{Domino, Game, World, tables, tiles_of};
use cubecl::prelude::*;
use cubecl::server::Handle;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

/// Runs on a device through CubeCL.
pub struct Device<R: Runtime> {
    client: ComputeClient<R>,
    budget: u64,
    shared: Arc<Shared>,
}

/// What a backend and its steps have in common.
struct Shared {
    name: String,
    synchronisations: AtomicU64,
    /// Strategies whose kernels ran, for messages.
    samplers: Mutex<BTreeSet<String>>,
    evaluators: Mutex<BTreeSet<String>>,
}

impl Shared {
    fn fail(&self, what: impl std::fmt::Display) -> Error {
        Error::Device { runtime: self.name.clone(), what: what.to_string() }
    }
}

fn note(names: &Mutex<BTreeSet<String>>, name: &str) {
    let mut names = names.lock().unwrap_or_else(PoisonError::into_inner);
    if !names.contains(name) {
        names.insert(name.to_owned());
    }
}

fn noted(names: &Mutex<BTreeSet<String>>) -> String {
    let names = names.lock().unwrap_or_else(PoisonError::into_inner);
    names.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// Default memory budget in bytes: 1 GiB.
pub const DEFAULT_BUDGET: u64 = 1 << 30;

/// Bytes of a world with its owner, its values and its place among the missing ones.
const WORLD_BYTES: u64 = 4 * (WORLD + 1 + VALUES + 1) as u64;

impl<R: Runtime> Device<R> {
    /// A backend on `client`; `name` is recorded, such as `cuda:0`.
    pub fn new(client: ComputeClient<R>, name: impl Into<String>) -> Self {
        let shared = Shared {
            name: name.into(),
            synchronisations: AtomicU64::new(0),
            samplers: Mutex::default(),
            evaluators: Mutex::default(),
        };
        Self { client, budget: DEFAULT_BUDGET, shared: Arc::new(shared) }
    }

    /// Keeps device buffers within `bytes`.
    pub fn with_budget(mut self, bytes: u64) -> Self {
        self.budget = bytes;
        self
    }

    /// How often the host has waited for the device: once a batch; and with a sampler that has its missing worlds
    /// rescued, once more for each chunk and once more for each chunk with something to rescue.
    pub fn synchronisations(&self) -> u64 {
        self.shared.synchronisations.load(Ordering::Relaxed)
    }

    fn words(&self, n: usize) -> Handle {
        self.client.empty(n.max(1) * 4)
    }

    /// A buffer that holds `value` everywhere.
    fn filled(&self, n: usize, value: u32) -> Handle {
        let handle = self.words(n);
        if n > 0 {
            // SAFETY: units beyond the `n` words of the buffer do nothing.
            unsafe {
                observe::fill_kernel::launch_unchecked::<R>(
                    &self.client,
                    grid(n.div_ceil(observe::FILLERS as usize)),
                    CubeDim::new_1d(observe::FILLERS),
                    arg(&handle, n),
                    n as u32,
                    value,
                );
            }
        }
        handle
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
    pub missing: Handle,
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
    shared: Arc<Shared>,
    setups: Arc<[Setup]>,
    ply: usize,
    pub(crate) sampling: Sampling,
    /// Games of one chunk.
    games_per_chunk: usize,
}

impl<R: Runtime> Clone for DeviceStep<R> {
    fn clone(&self) -> Self {
        Self {
            client: self.client.clone(),
            buffers: self.buffers.clone(),
            shared: self.shared.clone(),
            setups: self.setups.clone(),
            ..*self
        }
    }
}

/// The batch and its setups.
pub struct DeviceGames<R: Runtime> {
    step: DeviceStep<R>,
}

/// Which games the worlds on the device belong to.
#[derive(Clone, Debug, Default)]
pub struct DeviceWorlds {
    /// The games of the chunk.
    pub games: Range<usize>,
}

/// Length in words of a buffer as a kernel argument.
pub(crate) fn arg<R: Runtime>(handle: &Handle, words: usize) -> ArrayArg<R> {
    // SAFETY: every buffer is allocated with at least the number of words its layout says, and callers pass that
    // number or one not above it.
    unsafe { ArrayArg::from_raw_parts(handle.clone(), words.max(1)) }
}

/// A grid of at least `cubes` cubes, none of whose sides exceeds what every runtime allows.
pub(crate) fn grid(cubes: usize) -> CubeCount {
    let cubes = cubes.max(1) as u32;
    let x = cubes.min(32_768);
    CubeCount::Static(x, cubes.div_ceil(x), 1)
}

impl<R: Runtime> DeviceStep<R> {
    /// The ply of the decisions, 0–27.
    pub fn ply(&self) -> usize {
        self.ply
    }

    /// How many games there are.
    pub fn n_games(&self) -> usize {
        self.setups.len()
    }

    /// An error of this device.
    pub fn fail(&self, what: impl std::fmt::Display) -> Error {
        self.shared.fail(what)
    }

    /// Most worlds of one chunk.
    pub(crate) fn most_worlds(&self) -> usize {
        self.games_per_chunk * self.sampling.samples as usize
    }

    pub(crate) fn observations(&self) -> ArrayArg<R> {
        arg(&self.buffers.observations, self.n_games() * seen::ROW)
    }

    pub(crate) fn starts(&self) -> ArrayArg<R> {
        arg(&self.buffers.starts, self.games_per_chunk + 1)
    }

    fn status(&self) -> ArrayArg<R> {
        arg(&self.buffers.status, status::WORDS)
    }

    fn read(&self, what: &str, handles: Vec<Handle>) -> Result<Vec<Vec<u32>>> {
        self.shared.synchronisations.fetch_add(1, Ordering::Relaxed);
        // wgpu's read does not report failed launches; flush does.
        self.client.flush().map_err(|error| self.fail(format!("ply {}: {error:?}", self.ply)))?;
        let read = cubecl::future::block_on(self.client.read_async(handles));
        let read = read.map_err(|error| self.fail(format!("reading {what} back: {error:?}")))?;
        Ok(read.iter().map(|bytes| u32::from_bytes(bytes).to_vec()).collect())
    }

    /// Runs a sampler's kernel over the games of a chunk; `id` is named in errors.
    pub fn sample<S: sample::SamplerKernel>(&self, id: &str, config: S::Config, chunk: &Range<usize>) {
        note(&self.shared.samplers, id);
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
        // total, at most `games_per_chunk · samples`, and listed as missing at most once.
        unsafe {
            sample::sample_kernel::launch_unchecked::<S, R>(
                &self.client,
                grid(n * cubes_per_game as usize),
                CubeDim::new_1d(sample::UNITS),
                self.observations(),
                arg(&self.buffers.tables, self.n_games() * COMPLETIONS),
                self.starts(),
                arg(&self.buffers.worlds, most * WORLD),
                arg(&self.buffers.owners, most),
                arg(&self.buffers.values, most * VALUES),
                arg(&self.buffers.missing, most),
                self.status(),
                first,
                n as u32,
                cubes_per_game,
                self.n_games() as u32,
                config,
            );
        }
    }

    /// Asks a host sampler for the worlds of the chunk that were not found. Waits for the device once, and once
    /// more if there are any; uploads just those.
    ///
    /// # Errors
    /// [`Error::GaveUp`] if it does not find them either; device errors.
    pub fn rescue(&self, chunk: &Range<usize>, second: &impl WorldSampler) -> Result<SampleReport> {
        let mut report = SampleReport::default();
        let state = self.read("the status", vec![self.buffers.status.clone()])?.remove(0);
        let n_missing = state[status::UNFOUND] as usize;
        if n_missing == 0 {
            return Ok(report);
        }
        let unread = (self.most_worlds() - n_missing) as u64 * 4;
        let handles = vec![
            self.buffers.missing.clone().offset_end(unread),
            self.buffers.starts.clone(),
            self.buffers.games.clone(),
        ];
        let read = self.read("the missing worlds", handles)?;
        let [missing, starts, games] = read.as_slice() else {
            return Err(self.fail("reading the missing worlds back: too few buffers"));
        };
        let mut by_game: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
        for &item in missing {
            // The last game that begins at or before the item; games without items begin where the next does.
            let k = starts[..chunk.len()].partition_point(|&start| start <= item) - 1;
            by_game.entry(k).or_default().push(item);
        }
        let mut found = Vec::with_capacity(4 * n_missing);
        for (k, items) in by_game {
            let observation = self.observation(chunk.start + k, games)?;
            let n = (starts[k + 1] - starts[k]) as usize;
            // Whatever is not empty is left alone.
            let mut worlds = vec![[!0, 0, 0]; n];
            items.iter().for_each(|item| worlds[(item - starts[k]) as usize] = EMPTY);
            let second_report = second.draw(&observation, &mut worlds);
            if second_report.missing() > 0 {
                return Err(Error::GaveUp {
                    sampler: second.id(),
                    found: second_report.wanted - second_report.missing(),
                    wanted: second_report.wanted,
                    seed: observation.at.seed,
                    ply: observation.at.ply,
                });
            }
            report.tries += second_report.tries;
            report.rescued += second_report.found + second_report.rescued;
            report.rescued_decisions += 1;
            let declaration = observation.view.table().declaration().index();
            for item in items {
                let world = worlds[(item - starts[k]) as usize].map(|hand| places(hand, declaration));
                found.extend([item, world[0], world[1], world[2]]);
            }
        }
        let uploaded = self.client.create_from_slice(u32::as_bytes(&found));
        // SAFETY: units beyond the `n_missing` rows of the upload do nothing; the items were listed by the sampler's
        // kernel and lie below the chunk's total.
        unsafe {
            sample::rescue_kernel::launch_unchecked::<R>(
                &self.client,
                grid(n_missing.div_ceil(sample::RESCUERS as usize)),
                CubeDim::new_1d(sample::RESCUERS),
                arg(&uploaded, found.len()),
                arg(&self.buffers.worlds, self.most_worlds() * WORLD),
                self.status(),
                n_missing as u32,
            );
        }
        Ok(report)
    }

    /// What the mover of a game sees, by its row of the games buffer.
    fn observation(&self, g: usize, games: &[u32]) -> Result<Observation> {
        let setup = &self.setups[g];
        let row = &games[g * game::ROW..][..game::ROW];
        let mut played: Game = setup.start();
        for ply in 0..self.ply {
            let id = row[game::PLAYS + ply / 4] >> (ply % 4 * 8) & 255;
            played.play(Domino::new(u64::from(id))?)?;
        }
        let at = Coordinates { seed: setup.seed, replicate: 0, ply: self.ply as u8 };
        Ok(Observation::new(played.view(), setup.bid, setup.bidder, &self.sampling, at)?)
    }

    /// The worlds of a chunk as the device has them now, in order, with the game of each; waits for the device. For
    /// tests and studies.
    ///
    /// # Errors
    /// Device errors.
    pub fn read_worlds(&self) -> Result<Vec<(usize, World)>> {
        let handles =
            [&self.buffers.status, &self.buffers.worlds, &self.buffers.owners].map(Handle::clone).to_vec();
        let read = self.read("the worlds", handles)?;
        let total = read[0][status::EXPECTED] as usize;
        let rows = read[1].chunks_exact(WORLD).zip(&read[2]).take(total);
        let worlds = rows.map(|(world, &owner)| {
            let order = &tables::BY_STRENGTH[self.setups[owner as usize].declaration.index()];
            let ids = |places: u32| tiles_of(places).fold(0, |ids, place| ids | 1 << order[place.index()]);
            (owner as usize, [ids(world[0]), ids(world[1]), ids(world[2])])
        });
        Ok(worlds.collect())
    }

    /// The values of a chunk's worlds as the device has them now, in order; waits for the device. For tests and
    /// studies.
    ///
    /// # Errors
    /// Device errors.
    pub fn read_values(&self) -> Result<Vec<[i16; 7]>> {
        let read = self.read("the values", vec![self.buffers.status.clone(), self.buffers.values.clone()])?;
        let total = read[0][status::EXPECTED] as usize;
        let rows = read[1].chunks_exact(VALUES).take(total);
        Ok(rows
            .map(|row| std::array::from_fn(|slot| (row[slot / 2] >> (slot % 2 * 16)) as u16 as i16))
            .collect())
    }

    /// Runs an evaluator's kernel over the worlds of a chunk; `id` is named in errors.
    pub fn evaluate<E: evaluate::EvaluatorKernel>(&self, id: &str, config: E::Config, worlds: &DeviceWorlds) {
        note(&self.shared.evaluators, id);
        let most = self.most_worlds().min(worlds.games.len() * self.sampling.samples as usize);
        // SAFETY: units beyond the chunk's total do nothing, and worlds, owners and values have room for it.
        unsafe {
            evaluate::evaluate_kernel::launch_unchecked::<E, R>(
                &self.client,
                grid(most.div_ceil(evaluate::UNITS as usize)),
                CubeDim::new_1d(evaluate::UNITS),
                self.observations(),
                arg(&self.buffers.worlds, self.most_worlds() * WORLD),
                arg(&self.buffers.owners, self.most_worlds()),
                self.starts(),
                arg(&self.buffers.orders, 10 * solve::ORDER),
                arg(&self.buffers.values, self.most_worlds() * VALUES),
                worlds.games.len() as u32,
                config,
            );
        }
    }

    /// Runs the exact solver over the worlds of a chunk.
    pub fn solve(&self, worlds: &DeviceWorlds) {
        note(&self.shared.evaluators, "solver");
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
                grid(self.n_games().div_ceil(choose::UNITS as usize)),
                CubeDim::new_1d(choose::UNITS),
                self.observations(),
                arg(&self.buffers.estimates, self.n_games() * estimate::ROW),
                arg(&self.buffers.choices, self.n_games()),
                self.n_games() as u32,
                config,
            );
        }
    }
}

/// A set of ids as a set of places.
fn places(tiles: u32, declaration: usize) -> u32 {
    tiles_of(tiles).fold(0, |places, domino| places | 1 << tables::PLACE[declaration][domino.index()])
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
        self.shared.name.clone()
    }

    fn deal(&mut self, setups: &[Setup], sampling: &Sampling) -> Result<DeviceGames<R>> {
        let n = setups.len();
        let histogram_words = if sampling.histogram { 28 * n * HISTOGRAM } else { 1 };
        let per_game =
            4 * (game::ROW + seen::ROW + COMPLETIONS + 1 + estimate::ROW + 1 + 28 * log::ROW) as u64;
        let fixed = n as u64 * per_game + 4 * histogram_words as u64;
        let left = self.budget.saturating_sub(fixed);
        let samples = sampling.samples as usize;
        let largest = self.client.properties().memory.max_page_size;
        // The largest buffer of a chunk is the one of the values.
        let most_worlds = (left / WORLD_BYTES).min(largest / (4 * VALUES) as u64);
        let games_per_chunk = (most_worlds as usize / samples).min(n);
        if games_per_chunk == 0 && n > 0 {
            return Err(Error::Option {
                option: "--memory-budget",
                got: format!("{} bytes, of which one buffer may take {largest}", self.budget),
                expected: format!(
                    "at least {} bytes for {n} games at once with {samples} samples, and {} for their values",
                    fixed + samples as u64 * WORLD_BYTES,
                    samples * 4 * VALUES,
                ),
            });
        }
        let longest = (28 * n * log::ROW).max(n * COMPLETIONS).max(histogram_words) as u64 * 4;
        if longest > largest {
            return Err(Error::Option {
                option: "--games",
                got: format!("{n} at once, which need a buffer of {longest} bytes"),
                expected: format!("at most {largest} bytes a buffer on {}", self.shared.name),
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
        let most = games_per_chunk.max(1) * samples;
        let buffers = Buffers {
            games: self.client.create_from_slice(u32::as_bytes(&rows)),
            observations: self.words(n * seen::ROW),
            tables: self.words(n * COMPLETIONS),
            starts: self.words(games_per_chunk + 1),
            // Rows that a cut loop leaves unwritten must still name a game, hold no dominoes, and have no values.
            worlds: self.filled(most * WORLD, 0),
            owners: self.filled(most, 0),
            values: self.filled(most * VALUES, UNTOUCHED),
            missing: self.words(most),
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
            shared: self.shared.clone(),
            setups: setups.into(),
            ply: 0,
            sampling: *sampling,
            games_per_chunk: games_per_chunk.max(1),
        };
        Ok(DeviceGames { step })
    }

    fn observe(&mut self, games: &DeviceGames<R>) -> Result<DeviceStep<R>> {
        let step = games.step.clone();
        if step.n_games() > 0 {
            // SAFETY: cubes beyond the games write nothing.
            unsafe {
                observe::observe_kernel::launch_unchecked::<R>(
                    &self.client,
                    grid(step.n_games()),
                    CubeDim::new_1d(observe::UNITS),
                    arg(&step.buffers.games, step.n_games() * game::ROW),
                    step.observations(),
                    arg(&step.buffers.tables, step.n_games() * COMPLETIONS),
                    arg(&step.buffers.orders, 10 * solve::ORDER),
                    step.n_games() as u32,
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
        let starts = (0..step.n_games()).step_by(step.games_per_chunk);
        starts.map(|start| start..(start + step.games_per_chunk).min(step.n_games())).collect()
    }

    fn buffers(&mut self, _: &Sampling) -> Result<(DeviceWorlds, ())> {
        Ok(Default::default())
    }

    fn estimates(&mut self, games: &DeviceGames<R>, question: Question) -> Result<DeviceStep<R>> {
        if question != (Question::Points { unit: 1 }) {
            return Err(Error::Mismatch(format!(
                "{} reduces whole points only so far, not {question:?}",
                self.shared.name
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
        let histogram_words = if step.sampling.histogram { 28 * step.n_games() * HISTOGRAM } else { 1 };
        // SAFETY: cubes beyond the chunk's games write nothing; items lie between starts that were placed.
        unsafe {
            reduce::reduce_kernel::launch_unchecked::<R>(
                &self.client,
                grid(worlds.games.len()),
                CubeDim::new_1d(reduce::UNITS),
                step.observations(),
                step.starts(),
                arg(&step.buffers.values, step.most_worlds() * VALUES),
                arg(&step.buffers.estimates, step.n_games() * estimate::ROW),
                arg(&step.buffers.histograms, histogram_words),
                step.status(),
                worlds.games.start as u32,
                worlds.games.len() as u32,
                step.n_games() as u32,
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
        if step.n_games() > 0 {
            // SAFETY: units beyond the games do nothing; the log has 28 rows a game.
            unsafe {
                apply::apply_kernel::launch_unchecked::<R>(
                    &self.client,
                    grid(step.n_games().div_ceil(apply::UNITS as usize)),
                    CubeDim::new_1d(apply::UNITS),
                    arg(&step.buffers.games, step.n_games() * game::ROW),
                    step.observations(),
                    arg(&step.buffers.estimates, step.n_games() * estimate::ROW),
                    arg(&step.buffers.choices, step.n_games()),
                    arg(&step.buffers.logs, 28 * step.n_games() * log::ROW),
                    step.n_games() as u32,
                    step.ply as u32,
                );
            }
        }
        self.client.flush().map_err(|error| step.fail(format!("ply {}: {error:?}", step.ply)))?;
        games.step.ply += 1;
        Ok(())
    }

    fn finish(&mut self, games: DeviceGames<R>) -> Result<(Vec<GameRecord>, SampleReport)> {
        let DeviceGames { step } = games;
        let n = step.n_games();
        if n == 0 {
            return Ok(Default::default());
        }
        let mut handles = vec![step.buffers.status.clone(), step.buffers.logs.clone()];
        if step.sampling.histogram {
            handles.push(step.buffers.histograms.clone());
        }
        let read = step.read("the records", handles)?;
        let report = step.check(&read[0])?;
        let records = step.setups.iter().enumerate().map(|(g, &setup)| {
            let log = (0..28).map(|ply| {
                let row = &read[1][(ply * n + g) * log::ROW..][..log::ROW];
                let bins = read.get(2).map(|words| &words[(ply * n + g) * HISTOGRAM..][..HISTOGRAM]);
                step.parse(row, bins)
            });
            Ok(GameRecord::replay(setup, log.collect::<Result<_>>()?)?)
        });
        Ok((records.collect::<Result<_>>()?, report))
    }
}

impl<R: Runtime> DeviceStep<R> {
    /// What sampling cost, if everything that was expected was done.
    fn check(&self, state: &[u32]) -> Result<SampleReport> {
        let wide = |word: usize| u64::from(state[word]) | u64::from(state[word + 1]) << 32;
        let (wanted, missing) = (wide(status::WANTED), wide(status::MISSING));
        if state[status::CAPPED] > 0 {
            return Err(self.fail(format!(
                "kernel solve: {} searches ran into the cap of {SOLVER_CAP} turns",
                state[status::CAPPED]
            )));
        }
        let expected = state[status::EXPECTED];
        let cuts = [
            ("sample", status::CUT_SAMPLING, status::SAMPLED, expected, &self.shared.samplers),
            ("evaluate", status::CUT_VALUES, status::VALUED, expected, &self.shared.evaluators),
            ("reduce", status::CUT_REDUCING, status::REDUCED, expected.wrapping_mul(7), &Mutex::default()),
        ];
        for (kernel, earlier, counter, expected, names) in cuts {
            let n_chunks = state[earlier] + u32::from(state[counter] != expected);
            if n_chunks > 0 {
                return Err(self.fail(format!(
                    "kernel {kernel} ({}): {n_chunks} chunks were not finished, the device has cut a loop short (in \
                     the last chunk {} of {expected} were done)",
                    noted(names),
                    state[counter],
                )));
            }
        }
        if missing > wide(status::RESCUED) {
            let decision = !state[status::FIRST] as usize;
            let (ply, game) = (decision / self.n_games(), decision % self.n_games());
            return Err(self.fail(format!(
                "sampler {}: {missing} of {wanted} worlds were not found within its tries, the first in the game \
                 with seed {} at ply {ply}: raise its tries or rescue it with `or_else(Backtracking)`",
                noted(&self.shared.samplers),
                self.setups.get(game).map_or(0, |setup| setup.seed),
            )));
        }
        let found = wanted - missing;
        Ok(SampleReport { wanted, found, tries: wide(status::TRIES), ..SampleReport::default() })
    }

    fn parse(&self, row: &[u32], bins: Option<&[u32]>) -> Result<PlyLog> {
        let choice = row[log::CHOICE];
        let mode = Mode::from_code(choice >> 16 & 255)
            .ok_or_else(|| self.fail(format!("kernel apply: no such choice as {choice:#x}")))?;
        let choice = Choice { slot: choice as u8, greedy: (choice >> 8) as u8, mode };
        let sums = &row[log::ESTIMATE..];
        let worlds = sums[estimate::WORLDS];
        let by_slot = |word: usize| -> [u32; 7] { std::array::from_fn(|slot| sums[word + slot]) };
        let (low, high) = (by_slot(estimate::SUM_SQUARES), by_slot(estimate::SUM_SQUARES_HIGH));
        let estimate = (worlds > 0).then(|| Estimate {
            question: Question::Points { unit: 1 },
            worlds,
            sum: by_slot(estimate::SUM).map(|sum| i64::from(sum as i32)),
            sum_squares: std::array::from_fn(|slot| u64::from(low[slot]) | u64::from(high[slot]) << 32),
            made: by_slot(estimate::MADE),
            histogram: bins.map(|bins| {
                Box::new(std::array::from_fn(|slot| std::array::from_fn(|bin| bins[slot * BINS + bin])))
            }),
        });
        Ok(PlyLog { choice, estimate, worlds_total: row[log::TOTAL] })
    }
}
