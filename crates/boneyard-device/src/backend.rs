//! The backend: everything of a step that is not a strategy.

use crate::buffers::{Buffers, Needs, WORLD_BYTES, Words};
use crate::kernels::{apply, observe, reduce};
use crate::launch::{Grid, Kernel, Known};
use crate::layout::{HISTOGRAM, VALUES, check, game, log, question};
use crate::solver::{SOLVER_CAP, SolverTable};
use crate::step::DeviceStep;
use boneyard_core::{Backend, Error, GameRecord, Question, Result, SampleReport, Sampling, Setup};
use cubecl::prelude::*;
use rayon::prelude::*;
use std::any::Any;
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

/// Runs on a device through CubeCL.
pub struct Device<R: Runtime> {
    client: ComputeClient<R>,
    budget: u64,
    solver_cap: u32,
    shared: Arc<Shared>,
    /// The last batch.
    last: Option<Needs>,
    /// Most worlds of a chunk, as far as the device has shown that it has no room for more.
    room: usize,
}

/// What a backend and its steps have in common.
pub(crate) struct Shared {
    pub(crate) name: String,
    pub(crate) synchronisations: AtomicU64,
    /// Strategies whose kernels ran, for messages.
    pub(crate) samplers: Mutex<BTreeSet<String>>,
    pub(crate) evaluators: Mutex<BTreeSet<String>>,
    pub(crate) known: Known,
    pub(crate) solver: Mutex<Option<SolverTable>>,
    pub(crate) kept: Mutex<HashMap<String, Arc<dyn Any + Send + Sync>>>,
}

impl Shared {
    pub(crate) fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            synchronisations: AtomicU64::new(0),
            samplers: Mutex::default(),
            evaluators: Mutex::default(),
            known: Known::default(),
            solver: Mutex::default(),
            kept: Mutex::default(),
        }
    }

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

/// Most worlds a decision where values are in fractions of points.
pub const MOST_FINE_SAMPLES: u32 = 1 << 16;

/// Default memory budget in bytes: 1 GiB.
pub const DEFAULT_BUDGET: u64 = 1 << 30;

impl<R: Runtime> Device<R> {
    /// A backend on `client`; `name` is recorded, such as `cuda:0`.
    pub fn new(client: ComputeClient<R>, name: impl Into<String>) -> Self {
        Self {
            client,
            budget: DEFAULT_BUDGET,
            solver_cap: SOLVER_CAP,
            shared: Arc::new(Shared::new(name)),
            last: None,
            room: usize::MAX,
        }
    }

    /// Keeps device buffers within `bytes`.
    pub fn with_budget(mut self, bytes: u64) -> Self {
        self.budget = bytes;
        self
    }

    /// Lets the solver's loop take at most `turns` for one question. A question that takes more makes the batch an error;
    /// the default, 2³¹, is thousands of times what any has taken.
    pub fn with_solver_cap(mut self, turns: u32) -> Self {
        self.solver_cap = turns;
        self
    }

    /// How often the host has waited for the device: once a batch; and with a sampler that has its missing worlds
    /// rescued, once more for each chunk and once more for each chunk with something to rescue.
    pub fn synchronisations(&self) -> u64 {
        self.shared.synchronisations.load(Ordering::Relaxed)
    }

    /// The buffers of a batch, in smaller chunks if the device has no room for the ones wanted.
    fn fit(&mut self, mut needs: Needs, rows: &[u32]) -> Result<(Needs, Buffers)> {
        if self.last.is_some_and(|last| last != needs) {
            // Memory of other sizes would stay, beside the budget.
            self.client.memory_cleanup();
        }
        self.last = Some(needs);
        loop {
            match Buffers::new(&self.client, needs, rows) {
                Ok(buffers) => return Ok((needs, buffers)),
                Err(_) if needs.chunk > 1 => {
                    needs.chunk /= 2;
                    self.room = needs.chunk * needs.samples;
                }
                Err(refused) => return Err(self.shared.fail(refused)),
            }
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
    /// They are not on the device: whoever evaluates them draws them and adds up their values too.
    pub(crate) fused: bool,
}

impl DeviceWorlds {
    /// # Errors
    /// [`Error::Mismatch`] if the worlds are not there.
    pub(crate) fn must_be_drawn(&self) -> Result<()> {
        if !self.fused {
            return Ok(());
        }
        let what =
            "a fused sampler leaves the drawing to its evaluator: the pipeline's evaluator must be the same";
        Err(Error::Mismatch(what.to_owned()))
    }
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
        let samples = sampling.samples as usize;
        let mut needs = Needs { games: n, chunk: n.max(1), samples, histogram: sampling.histogram };
        let (fixed, longest) = (needs.fixed_bytes(), needs.longest_fixed_bytes());
        let largest = self.client.properties().memory.max_page_size;
        if longest > largest {
            return Err(Error::Option {
                option: "--games",
                got: format!("{n} at once, which need a buffer of {longest} bytes"),
                expected: format!("at most {largest} bytes a buffer on {}", self.shared.name),
            });
        }
        // Half of what is left is for the solver's table.
        let left = self.budget.saturating_sub(fixed) / 2;
        // The largest buffer of a chunk is the one of the values.
        let most_worlds = (left / WORLD_BYTES).min(largest / (4 * VALUES) as u64);
        needs.chunk = needs.chunk.min(most_worlds as usize / samples);
        if needs.chunk == 0 {
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
        needs.chunk = needs.chunk.min(self.room / samples).max(1);
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
        let (needs, buffers) = self.fit(needs, &rows)?;
        buffers.clear(&self.shared, &self.client)?;
        let step = DeviceStep {
            client: self.client.clone(),
            buffers,
            shared: self.shared.clone(),
            setups: setups.into(),
            ply: 0,
            sampling: *sampling,
            games_per_chunk: needs.chunk,
            solver_budget: left,
            solver_cap: self.solver_cap,
            question: Question::Points { unit: 1 },
            checks: Arc::default(),
        };
        Ok(DeviceGames { step })
    }

    fn observe(&mut self, games: &DeviceGames<R>) -> Result<DeviceStep<R>> {
        let step = games.step.clone();
        let kernel = Kernel::of::<()>("observe", &step.sampling.evaluate_forced);
        step.launch(kernel, Grid::cubes(step.n_games(), observe::UNITS), |client, count, dim| {
            // SAFETY: cubes beyond the games write nothing; all buffers have a row a game.
            unsafe {
                observe::observe_kernel::launch_unchecked::<R>(
                    client,
                    count,
                    dim,
                    step.buffers.games.arg(),
                    step.buffers.observations.arg(),
                    step.buffers.tables.arg(),
                    step.buffers.orders.arg(),
                    step.n_games() as u32,
                    step.ply as u32,
                    step.sampling.samples,
                    step.sampling.evaluate_forced,
                );
            }
        })?;
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
        let refuse = |expected: String| {
            Err(Error::Mismatch(format!("{question:?} on {}: expected {expected}", self.shared.name)))
        };
        match question {
            Question::Points { unit } if !unit.is_power_of_two() => {
                return refuse("a unit that is a power of two".to_owned());
            }
            // Sums have 32 bits there.
            Question::Points { unit: 2.. } if games.step.sampling.samples > MOST_FINE_SAMPLES => {
                let samples = games.step.sampling.samples;
                return refuse(format!("at most {MOST_FINE_SAMPLES} samples, not {samples}"));
            }
            _ => {}
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
        if worlds.fused {
            return Ok(());
        }
        let contract = estimates.question == Question::Contract;
        let log_unit = match estimates.question {
            Question::Points { unit } => unit.ilog2(),
            Question::Contract => 0,
        };
        let kernel = Kernel::of::<()>("reduce", &(step.sampling.histogram, contract, log_unit));
        step.launch(kernel, Grid::cubes(worlds.games.len(), reduce::UNITS), |client, count, dim| {
            // SAFETY: cubes beyond the chunk's games write nothing; items lie between starts that were placed.
            unsafe {
                reduce::reduce_kernel::launch_unchecked::<R>(
                    client,
                    count,
                    dim,
                    step.buffers.observations.arg(),
                    step.buffers.starts.arg(),
                    step.buffers.values.arg(),
                    step.buffers.estimates.arg(),
                    step.buffers.histograms.arg(),
                    step.buffers.status.arg(),
                    worlds.games.start as u32,
                    worlds.games.len() as u32,
                    step.n_games() as u32,
                    step.sampling.histogram,
                    contract,
                    log_unit,
                );
            }
        })
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
        let grid = Grid::units(step.n_games(), apply::UNITS);
        let question = question::code(estimates.question).expect("estimates of no other are made");
        step.launch(Kernel::new("apply"), grid, |client, count, dim| {
            // SAFETY: units beyond the games do nothing; the log has 28 rows a game.
            unsafe {
                apply::apply_kernel::launch_unchecked::<R>(
                    client,
                    count,
                    dim,
                    step.buffers.games.arg(),
                    step.buffers.observations.arg(),
                    step.buffers.estimates.arg(),
                    step.buffers.choices.arg(),
                    step.buffers.logs.arg(),
                    step.n_games() as u32,
                    step.ply as u32,
                    question,
                );
            }
        })?;
        step.flush()?;
        games.step.ply += 1;
        Ok(())
    }

    fn finish(&mut self, games: DeviceGames<R>) -> Result<(Vec<GameRecord>, SampleReport)> {
        let DeviceGames { step } = games;
        let n = step.n_games();
        if n == 0 {
            return Ok(Default::default());
        }
        let mut handles = vec![step.buffers.status.handle(), step.buffers.logs.handle()];
        if step.sampling.histogram {
            handles.push(step.buffers.histograms.handle());
        }
        let checks = step.checks.lock().unwrap_or_else(PoisonError::into_inner).clone();
        handles.extend(checks.iter().map(Words::handle));
        let read = step.read("the records", handles)?;
        let report = step.check(&read[0])?;
        let histograms = step.sampling.histogram.then(|| &read[2]);
        let checks = checks.and(read.last());
        let records = (0..n).into_par_iter().map(|g| {
            let log = (0..28).map(|ply| {
                let row = |words, width| row_of(words, ply * n + g, width);
                let (bins, check) =
                    (histograms.map(|it| row(it, HISTOGRAM)), checks.map(|it| row(it, check::ROW)));
                step.parse(row(&read[1], log::ROW), bins, check)
            });
            Ok(GameRecord::replay(step.setups[g], log.collect::<Result<_>>()?)?)
        });
        Ok((records.collect::<Result<_>>()?, report))
    }
}

/// A row of a buffer of rows.
fn row_of(words: &[u32], row: usize, width: usize) -> &[u32] {
    &words[row * width..][..width]
}
