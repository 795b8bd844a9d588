//! One ply of a batch: what is launched for its strategies.

use crate::backend::{DeviceWorlds, Shared, note};
use crate::buffers::Buffers;
use crate::kernels::solve::orders::ORDER;
use crate::kernels::{choose, evaluate, observe, sample};
use crate::launch::{arg, grid};
use crate::layout::{COMPLETIONS, VALUES, WORLD, estimate, seen, status};
use boneyard_core::{Error, Question, Sampling, Setup};
use cubecl::prelude::*;
use std::ops::Range;
use std::sync::Arc;

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
    /// What the values answer.
    pub(crate) question: Question,
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

    pub(crate) fn status(&self) -> ArrayArg<R> {
        arg(&self.buffers.status, status::WORDS)
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
                arg(&self.buffers.orders, 10 * ORDER),
                arg(&self.buffers.values, self.most_worlds() * VALUES),
                worlds.games.len() as u32,
                config,
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
