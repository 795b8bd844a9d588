//! Launching the exact solver.

use crate::backend::{DeviceWorlds, note};
use crate::buffers::{Keep, Wanted, Words, allocate};
use crate::kernels::solve::{
    self, PortionLaunch, SolverBlueprint,
    table::{ENTRY_BYTES, MOST_WORLDS},
};
use crate::launch::{Grid, Kernel};
use crate::step::DeviceStep;
use boneyard_core::{Question, Result};
use cubecl::ir::{ElemType, StorageType, Type, UIntKind};
use cubecl::prelude::*;
use std::sync::PoisonError;

/// Default for the most turns of the solver's loop for one question: thousands of times the dearest one seen.
pub const SOLVER_CAP: u32 = 1 << 31;

/// Units that work at once on one multiprocessor, and how many make a cube.
const UNITS_PER_MULTIPROCESSOR: u32 = 768;
const UNITS: u32 = 64;

/// Where there are fewer jobs than this a multiprocessor, each gets a plane for itself: units of a plane wait for each
/// other, and a unit alone is done 1.4 times as soon.
const FEW_JOBS_PER_MULTIPROCESSOR: u32 = 128;

/// Multiprocessors of a device that does not tell.
const MULTIPROCESSORS: u32 = 40;

/// From so many tricks left on, moves of a world are jobs of their own: the hardest take too long otherwise.
const SPLIT_FROM: u32 = 6;

/// Worlds whose first moves come before their second moves: more than are worked on at once.
const BLOCK: u32 = 1 << 16;

/// log₂ of the table's entries a world that pay, by tricks left.
const ENTRIES_PER_WORLD: [u32; 8] = [0, 0, 0, 2, 4, 6, 10, 11];

/// log₂ of the entries of the smallest table.
const LEAST_BITS: u32 = 16;

/// The solver's table, made when it is first needed and kept from batch to batch.
#[derive(Clone)]
pub(crate) struct SolverTable {
    words: Words,
    /// log₂ of its entries.
    bits: u32,
    /// The device has shown that it has no room for a larger one.
    is_largest: bool,
}

/// Whether an aligned 64-bit word is read and written in one piece: whoever has atomics of that size does so.
fn has_wide_words<R: Runtime>(client: &ComputeClient<R>) -> bool {
    let wide = Type::new(StorageType::Atomic(ElemType::UInt(UIntKind::U64)));
    !client.properties().atomic_type_usage(wide).is_empty()
}

impl<R: Runtime> DeviceStep<R> {
    /// Runs the exact solver over the worlds of a chunk: points of every move, or, if that is the question, whether
    /// the contract is made.
    ///
    /// # Errors
    /// Device errors.
    pub fn solve(&self, worlds: &DeviceWorlds, question: Question) -> Result<()> {
        worlds.must_be_drawn()?;
        note(&self.shared.evaluators, if question == Question::Contract { "contract" } else { "solver" });
        let most = worlds.games.len() * self.sampling.samples as usize;
        let mut portions = (0..most).step_by(MOST_WORLDS);
        portions.try_for_each(|first| {
            self.solve_portion(worlds, question, first, (most - first).min(MOST_WORLDS))
        })
    }

    fn solve_portion(&self, worlds: &DeviceWorlds, question: Question, first: usize, n: usize) -> Result<()> {
        let tricks = 7 - self.ply as u32 / 4;
        let multiprocessors = self.client.properties().hardware.num_streaming_multiprocessors;
        let multiprocessors = multiprocessors.unwrap_or(MULTIPROCESSORS);
        let shared_table = has_wide_words(&self.client);
        let mut at_once = multiprocessors * UNITS_PER_MULTIPROCESSOR;
        if !shared_table {
            // Even the smallest table has two entries for each.
            at_once = at_once.min(1 << (LEAST_BITS - 1));
        }
        // Few worlds do not fill the device: then their moves are split as well.
        let split = tricks >= SPLIT_FROM || n < 4 * at_once as usize;
        let moves = if split { tricks } else { 1 };
        let n_jobs = n as u32 * moves;
        let few = n_jobs <= multiprocessors * FEW_JOBS_PER_MULTIPROCESSOR;
        let units_per_cube = if few { 1 } else { UNITS };
        let cubes = n_jobs.min(at_once).div_ceil(units_per_cube);
        let units = cubes * units_per_cube;
        let wanted = (n as u32).next_power_of_two().ilog2() + ENTRIES_PER_WORLD[tricks as usize];
        let table = self.solver_table(wanted)?;
        let bits = wanted.clamp(LEAST_BITS, table.bits);
        let (table_bits, n_words) = if shared_table {
            (bits, 1usize << bits)
        } else {
            let own = bits - units.next_power_of_two().ilog2();
            (own, (units as usize) << (own + 1))
        };
        let blueprint = SolverBlueprint {
            units: units_per_cube,
            shared_table,
            contract: question == Question::Contract,
            cap: self.solver_cap,
        };
        let portion = PortionLaunch::new(
            first as u32,
            (first + n) as u32,
            tricks,
            moves,
            // A device that is not filled is best served world by world.
            if n_jobs <= units { 1 } else { BLOCK },
            // Where there is a unit for every job, each takes one: no unit's loop is longer than it must be.
            if n_jobs <= units { 1 } else { u32::MAX },
            table_bits,
        );
        if shared_table {
            self.clear_table::<u64>(n_words, table.words.wide_arg())?;
            self.launch_solver::<u64>(worlds, table.words.wide_arg(), cubes, portion, blueprint)
        } else {
            self.clear_table::<u32>(n_words, table.words.arg())?;
            self.launch_solver::<u32>(worlds, table.words.arg(), cubes, portion, blueprint)
        }
    }

    /// The solver's table, grown to 2^`wanted` entries if the budget and the device have room for them.
    fn solver_table(&self, wanted: u32) -> Result<SolverTable> {
        let largest = self.client.properties().memory.max_page_size;
        let affordable = (self.solver_budget.min(largest) / ENTRY_BYTES).max(1).ilog2();
        let mut bits = wanted.min(affordable).clamp(LEAST_BITS, 30);
        let mut table = self.shared.solver.lock().unwrap_or_else(PoisonError::into_inner);
        let mut is_largest = false;
        loop {
            match &*table {
                Some(table) if table.bits >= bits || table.is_largest => return Ok(table.clone()),
                // The old one goes first.
                _ => *table = None,
            }
            let words = Wanted::words("the solver's table", (ENTRY_BYTES as usize / 4) << bits);
            match allocate(&self.client, Keep::Batch, [words]) {
                Ok([words]) => *table = Some(SolverTable { words, bits, is_largest }),
                Err(_) if bits > LEAST_BITS => (bits, is_largest) = (bits - 1, true),
                Err(refused) => return Err(self.fail(refused)),
            }
        }
    }

    fn clear_table<W: Int>(&self, n_words: usize, table: ArrayArg<R>) -> Result<()> {
        let grid = Grid::units(n_words, solve::CLEARERS);
        self.launch(Kernel::of::<W>("clear", &()), grid, |client, count, dim| {
            // SAFETY: units beyond the `n_words` words do nothing, and the table has as many.
            unsafe {
                solve::clear_kernel::launch_unchecked::<W, R>(
                    client,
                    count,
                    dim,
                    table,
                    self.buffers.status.arg(),
                    n_words as u32,
                );
            }
        })
    }

    fn launch_solver<W: Int>(
        &self,
        worlds: &DeviceWorlds,
        table: ArrayArg<R>,
        cubes: u32,
        portion: PortionLaunch<R>,
        blueprint: SolverBlueprint,
    ) -> Result<()> {
        let grid = Grid::cubes(cubes as usize, blueprint.units);
        self.launch(Kernel::of::<W>("solve", &blueprint), grid, |client, count, dim| {
            // SAFETY: jobs are worlds below the chunk's total, for which worlds, owners and values have room; entries
            // of the table lie below its size or within the unit's part of it; the stack has room for every trick of
            // a line but the current one and the last.
            unsafe {
                solve::solve_kernel::launch_unchecked::<W, R>(
                    client,
                    count,
                    dim,
                    self.buffers.observations.arg(),
                    self.buffers.worlds.arg(),
                    self.buffers.owners.arg(),
                    self.buffers.starts.arg(),
                    self.buffers.orders.arg(),
                    self.buffers.values.arg(),
                    self.buffers.status.arg(),
                    table,
                    worlds.games.len() as u32,
                    portion,
                    blueprint,
                );
            }
        })
    }
}
