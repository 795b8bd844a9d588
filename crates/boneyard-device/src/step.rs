//! One ply of a batch: what is launched for its strategies.

use crate::backend::{DeviceWorlds, Shared, note};
use crate::buffers::{Buffers, Keep, Wanted, Words, allocate};
use crate::kernels::{choose, evaluate, fused, observe, sample};
use crate::launch::{Grid, Kernel, without_backtrace};
use boneyard_core::{Error, Question, Result, Sampling, Setup};
use cubecl::ir::DeviceProperties;
use cubecl::prelude::*;
use cubecl::server::Handle;
use std::any::Any;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

/// A batch of games on the device, seen at one ply. Clones share the device's buffers.
pub struct DeviceStep<R: Runtime> {
    pub(crate) client: ComputeClient<R>,
    pub(crate) buffers: Buffers,
    pub(crate) shared: Arc<Shared>,
    pub(crate) setups: Arc<[Setup]>,
    pub(crate) ply: usize,
    pub(crate) sampling: Sampling,
    /// Games of one chunk.
    pub(crate) games_per_chunk: usize,
    /// Bytes that the solver's table may take.
    pub(crate) solver_budget: u64,
    /// Most turns of the solver's loop for one question.
    pub(crate) solver_cap: u32,
    /// What the values answer.
    pub(crate) question: Question,
    /// Rows of checks of the batch, if an evaluator checks.
    pub(crate) checks: Arc<Mutex<Option<Words>>>,
}

impl<R: Runtime> Clone for DeviceStep<R> {
    fn clone(&self) -> Self {
        Self {
            client: self.client.clone(),
            buffers: self.buffers.clone(),
            shared: self.shared.clone(),
            setups: self.setups.clone(),
            checks: self.checks.clone(),
            ..*self
        }
    }
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

    /// Launches a kernel over a grid; an empty grid launches nothing. `submit` calls the kernel's `launch_unchecked` with
    /// the client, count and dimension that it is given. The first launch of a variant waits until the kernel is compiled.
    ///
    /// # Errors
    /// Device errors that name the kernel, and the limit if one is broken.
    pub fn launch(
        &self,
        kernel: Kernel,
        grid: Grid,
        submit: impl FnOnce(&ComputeClient<R>, CubeCount, CubeDim) + Send,
    ) -> Result<()> {
        self.shared.launch(&self.client, kernel, grid, submit)
    }

    /// Memory for `len` words, which hold anything, until it is dropped.
    ///
    /// # Errors
    /// If the device has no room for it; `what` is named.
    pub fn buffer(&self, what: &'static str, len: usize) -> Result<Handle> {
        let made = allocate(&self.client, Keep::Moment, [Wanted::words(what, len)]);
        made.map(|[words]| words.handle()).map_err(|refused| self.fail(refused))
    }

    /// Memory that holds these words, until it is dropped.
    ///
    /// # Errors
    /// If the device has no room for it; `what` is named.
    pub fn upload(&self, what: &'static str, words: &[u32]) -> Result<Handle> {
        let made = allocate(&self.client, Keep::Batch, [Wanted::copy(what, words)]);
        made.map(|[words]| words.handle()).map_err(|refused| self.fail(refused))
    }

    /// What an evaluator keeps with the device from batch to batch, such as its weights: made when it is first asked for.
    /// `key` names it.
    ///
    /// # Errors
    /// Those of `make`.
    pub fn kept<T: Any + Send + Sync>(&self, key: &str, make: impl FnOnce() -> Result<T>) -> Result<Arc<T>> {
        let mut kept = self.shared.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = kept.get(key).and_then(|it| Arc::clone(it).downcast().ok()) {
            return Ok(found);
        }
        let made = Arc::new(make()?);
        kept.insert(key.to_owned(), made.clone());
        Ok(made)
    }

    /// Where the number of a chunk's worlds stands: a buffer, and the word in it.
    pub fn total_of(&self, worlds: &DeviceWorlds) -> (Handle, u32) {
        (self.buffers.starts.handle(), worlds.games.len() as u32)
    }

    /// Bytes that an evaluator may take for as long as it evaluates, within the memory budget.
    pub fn spare_bytes(&self) -> u64 {
        self.solver_budget
    }

    /// What the device can do.
    pub fn properties(&self) -> &DeviceProperties {
        self.client.properties()
    }

    /// Names an evaluator whose kernels run, for messages.
    pub fn note_evaluator(&self, id: &str) {
        note(&self.shared.evaluators, id);
    }

    /// Submits what was launched, and reports what failed so far.
    pub(crate) fn flush(&self) -> Result<()> {
        let flushed = self.client.flush();
        flushed.map_err(|error| {
            self.fail(format!("ply {}: {}", self.ply, without_backtrace(&error.to_string())))
        })
    }

    /// Finds the place of each game's worlds in a chunk, and opens the chunk's accounts.
    pub(crate) fn place(&self, chunk: &Range<usize>) -> Result<()> {
        self.launch(Kernel::new("place"), Grid::cubes(1, observe::PLACERS), |client, count, dim| {
            // SAFETY: one cube of `PLACERS` units; the kernel touches rows `first..first + n` of the observations
            // and `n + 1` starts, of which there are `games_per_chunk + 1 ≥ n + 1`.
            unsafe {
                observe::place_kernel::launch_unchecked::<R>(
                    client,
                    count,
                    dim,
                    self.buffers.observations.arg(),
                    self.buffers.starts.arg(),
                    self.buffers.status.arg(),
                    chunk.start as u32,
                    chunk.len() as u32,
                );
            }
        })
    }

    /// Runs a sampler's kernel over the games of a chunk; `id` is named in errors.
    ///
    /// # Errors
    /// Device errors.
    pub fn sample<S: sample::SamplerKernel>(
        &self,
        id: &str,
        config: S::Config,
        chunk: &Range<usize>,
    ) -> Result<()> {
        note(&self.shared.samplers, id);
        let (first, n) = (chunk.start as u32, chunk.len());
        let cubes_per_game = self.sampling.samples.div_ceil(sample::ITEMS);
        self.place(chunk)?;
        let grid = Grid::cubes(n * cubes_per_game as usize, sample::UNITS);
        self.launch(Kernel::of::<S>("sample", &config), grid, |client, count, dim| {
            // SAFETY: cubes beyond the chunk's games do nothing; worlds are written at places below the chunk's
            // total, at most `games_per_chunk · samples`, and listed as missing at most once.
            unsafe {
                sample::sample_kernel::launch_unchecked::<S, R>(
                    client,
                    count,
                    dim,
                    self.buffers.observations.arg(),
                    self.buffers.tables.arg(),
                    self.buffers.starts.arg(),
                    self.buffers.worlds.arg(),
                    self.buffers.owners.arg(),
                    self.buffers.values.arg(),
                    self.buffers.missing.arg(),
                    self.buffers.status.arg(),
                    first,
                    n as u32,
                    cubes_per_game,
                    self.n_games() as u32,
                    config,
                );
            }
        })
    }

    /// Runs an evaluator's kernel over the worlds of a chunk; `id` is named in errors.
    ///
    /// # Errors
    /// Device errors.
    pub fn evaluate<E: evaluate::EvaluatorKernel>(
        &self,
        id: &str,
        config: E::Config,
        worlds: &DeviceWorlds,
    ) -> Result<()> {
        worlds.must_be_drawn()?;
        note(&self.shared.evaluators, id);
        let most = worlds.games.len() * self.sampling.samples as usize;
        let grid = Grid::units(most, evaluate::UNITS);
        self.launch(Kernel::of::<E>("evaluate", &config), grid, |client, count, dim| {
            // SAFETY: units beyond the chunk's total do nothing, and worlds, owners and values have room for it.
            unsafe {
                evaluate::evaluate_kernel::launch_unchecked::<E, R>(
                    client,
                    count,
                    dim,
                    self.buffers.observations.arg(),
                    self.buffers.worlds.arg(),
                    self.buffers.owners.arg(),
                    self.buffers.starts.arg(),
                    self.buffers.orders.arg(),
                    self.buffers.values.arg(),
                    worlds.games.len() as u32,
                    config,
                );
            }
        })
    }

    /// Runs a sampler and an evaluator as one kernel over the games of a chunk; the ids are named in errors.
    pub(crate) fn fused<S: sample::SamplerKernel, E: evaluate::EvaluatorKernel>(
        &self,
        [sampler_id, evaluator_id]: [&str; 2],
        sampler: S::Config,
        evaluator: E::Config,
        question: Question,
        worlds: &DeviceWorlds,
    ) -> Result<()> {
        note(&self.shared.samplers, sampler_id);
        note(&self.shared.evaluators, evaluator_id);
        let (histogram, contract) = (self.sampling.histogram, question == Question::Contract);
        let kernel = Kernel::of::<(S, E)>("fused", &(sampler, evaluator, histogram, contract));
        self.launch(kernel, Grid::cubes(worlds.games.len(), fused::UNITS), |client, count, dim| {
            // SAFETY: cubes beyond the chunk's games write nothing; estimates and histograms have a row a game.
            unsafe {
                fused::fused_kernel::launch_unchecked::<S, E, R>(
                    client,
                    count,
                    dim,
                    self.buffers.observations.arg(),
                    self.buffers.tables.arg(),
                    self.buffers.orders.arg(),
                    self.buffers.estimates.arg(),
                    self.buffers.histograms.arg(),
                    self.buffers.status.arg(),
                    worlds.games.start as u32,
                    worlds.games.len() as u32,
                    self.n_games() as u32,
                    sampler,
                    evaluator,
                    histogram,
                    contract,
                );
            }
        })
    }

    /// Runs a policy's kernel over estimates of answers to `question`.
    ///
    /// # Errors
    /// Device errors.
    pub fn choose<P: choose::PolicyKernel>(&self, question: Question, config: P::Config) -> Result<()> {
        let unit = match question {
            Question::Points { unit } => unit.into(),
            Question::Contract => 1,
        };
        let grid = Grid::units(self.n_games(), choose::UNITS);
        self.launch(Kernel::of::<P>("choose", &config), grid, |client, count, dim| {
            // SAFETY: units beyond the games do nothing.
            unsafe {
                choose::choose_kernel::launch_unchecked::<P, R>(
                    client,
                    count,
                    dim,
                    self.buffers.observations.arg(),
                    self.buffers.estimates.arg(),
                    self.buffers.choices.arg(),
                    self.n_games() as u32,
                    unit,
                    config,
                );
            }
        })
    }
}
