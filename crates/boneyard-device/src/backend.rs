//! The backend: everything of a step that is not a strategy.

use crate::buffers::Buffers;
use crate::kernels::solve::orders::{ORDER, orders};
use crate::kernels::{apply, observe, reduce};
use crate::launch::{arg, grid};
use crate::layout::{COMPLETIONS, HISTOGRAM, ILLEGAL, VALUES, WORLD, estimate, game, log, seen, status};
use crate::solver::SolverTable;
use crate::step::DeviceStep;
use boneyard_core::{Backend, Error, GameRecord, Question, Result, SampleReport, Sampling, Setup};
use cubecl::prelude::*;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

/// Runs on a device through CubeCL.
pub struct Device<R: Runtime> {
    pub(crate) client: ComputeClient<R>,
    budget: u64,
    shared: Arc<Shared>,
}

/// What a backend and its steps have in common.
pub(crate) struct Shared {
    pub(crate) name: String,
    pub(crate) synchronisations: AtomicU64,
    /// Strategies whose kernels ran, for messages.
    pub(crate) samplers: Mutex<BTreeSet<String>>,
    pub(crate) evaluators: Mutex<BTreeSet<String>>,
    pub(crate) solver: Mutex<Option<SolverTable>>,
}

impl Shared {
    pub(crate) fn fail(&self, what: impl std::fmt::Display) -> Error {
        Error::Device { runtime: self.name.clone(), what: what.to_string() }
    }
}

pub(crate) fn note(names: &Mutex<BTreeSet<String>>, name: &str) {
    let mut names = names.lock().unwrap_or_else(PoisonError::into_inner);
    if !names.contains(name) {
        names.insert(name.to_owned());
    }
}

pub(crate) fn noted(names: &Mutex<BTreeSet<String>>) -> String {
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
            solver: Mutex::default(),
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
        // Half of what is left is for the solver's table.
        let left = self.budget.saturating_sub(fixed) / 2;
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
                    fixed + 2 * samples as u64 * WORLD_BYTES,
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
            values: self.filled(most * VALUES, ILLEGAL),
            missing: self.words(most),
            estimates: self.words(n * estimate::ROW),
            histograms: self.words(histogram_words),
            choices: self.words(n),
            logs: self.words(28 * n * log::ROW),
            status: self.client.create_from_slice(u32::as_bytes(&[0; status::WORDS])),
            orders: self.client.create_from_slice(u32::as_bytes(&orders())),
        };
        let step = DeviceStep {
            client: self.client.clone(),
            buffers,
            shared: self.shared.clone(),
            setups: setups.into(),
            ply: 0,
            sampling: *sampling,
            games_per_chunk: games_per_chunk.max(1),
            solver_budget: left,
            question: Question::Points { unit: 1 },
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
                    arg(&step.buffers.orders, 10 * ORDER),
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
        if !matches!(question, Question::Points { unit: 1 } | Question::Contract) {
            return Err(Error::Mismatch(format!(
                "{} reduces whole points and contracts only so far, not {question:?}",
                self.shared.name
            )));
        }
        Ok(DeviceStep { question, ..games.step.clone() })
    }

    fn reduce(
        &mut self,
        step: &DeviceStep<R>,
        worlds: &DeviceWorlds,
        (): &(),
        estimates: &mut DeviceStep<R>,
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
                estimates.question == Question::Contract,
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
        estimates: DeviceStep<R>,
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
                    u32::from(estimates.question == Question::Contract),
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
