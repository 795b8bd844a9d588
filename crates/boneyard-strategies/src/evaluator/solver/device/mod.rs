//! The solver on devices: how its kernel is launched. [`kernel`] is the search.
// The macro `cube` adds modules and types beside each item, without documentation.
#![allow(missing_docs)]
// Kernels neither short-circuit nor return early.
#![allow(unused_assignments)]
#![allow(clippy::collapsible_if, clippy::collapsible_else_if, clippy::too_many_arguments)]

mod beside;
mod hints;
mod interval;
mod joins;
pub mod kernel;
mod pace;
mod pause;
mod plain;
mod ranking;
mod root;
mod sets;
mod stack;
mod table;
mod trick;

use super::{ContractSolver, Solver};
use beside::Beside;
use boneyard_core::{Error, Evaluates, Question, Result, WorldEvaluator};
use boneyard_device::layout::{VALUES, status};
use boneyard_device::{
    Device, DeviceObservations, DeviceValues, DeviceWorlds, DrawnWorlds, Grid, HostPart, Keep, Kernel,
    Wanted, Words,
};
use cubecl::ir::{ElemType, StorageType, Type, UIntKind};
use cubecl::prelude::*;
use kernel::{PortionLaunch, SolverBlueprint};
use pace::{Paces, Step};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use table::{ENTRY_BYTES, Halves, MOST_WORLDS, PLACED, TableKernel, Wide};

/// Units that work at once on one multiprocessor, and how many make a cube.
const UNITS_PER_MULTIPROCESSOR: u32 = 768;
const UNITS: u32 = 64;

/// Where there are fewer jobs than this a multiprocessor and units do not join others, each job gets a plane for itself: units
/// of a plane wait for each other, and a unit alone is done 1.4 times as soon.
const FEW_JOBS_PER_MULTIPROCESSOR: u32 = 128;

/// Bytes of a unit's search, and of its record.
const UNIT_BYTES: u64 = 4 * (kernel::PAUSED + joins::WORDS) as u64;

/// Units to a job, at most.
const UNITS_PER_JOB: u32 = 64;

/// From so many tricks left on, moves of a world are jobs of their own: the hardest take too long otherwise.
const SPLIT_FROM: u32 = 5;

/// Worlds whose first moves come before their second moves: more than are worked on at once.
const BLOCK: u32 = 1 << 16;

/// log₂ of the table's entries a world that pay, by tricks left; with two nothing is looked up.
const ENTRIES_PER_WORLD: [u32; 8] = [0, 0, 0, 2, 4, 6, 10, 11];

/// Refutations that a unit keeps, where it keeps any: with them, 12 cubes of 64 units fit the 228 KiB of shared memory that a
/// multiprocessor of an H100 has.
const HINTS: u32 = 48;

/// Most turns of a launch beside which the host's threads work: they learn as often what is left to do.
const TURNS_BESIDE: u32 = 2_500;

/// log₂ of the entries of the smallest table, and of the smallest where there is next to no room.
const LEAST_BITS: u32 = 16;
const TINY_BITS: u32 = 10;

/// The solver's table, made when it is first needed and kept from batch to batch.
#[derive(Clone)]
struct SolverTable {
    words: Words,
    /// log₂ of its entries.
    bits: u32,
    /// The device has shown that it has no room for a larger one.
    is_largest: bool,
}

/// Bits of the number of one of `n` worlds.
fn world_bits(n: usize) -> u32 {
    n.next_power_of_two().ilog2()
}

/// What the host knows of a [`TableKernel`]: how many words of 32 bits one of its words has, and log₂ of the fewest entries
/// a world.
#[derive(Clone, Copy)]
struct Format {
    words_each: usize,
    least: u32,
}

impl Format {
    /// log₂ of the entries that pay for `n` worlds.
    fn bits(self, n: usize, tricks: u32) -> u32 {
        match ENTRIES_PER_WORLD[tricks as usize] {
            0 => 0,
            each => world_bits(n) + each.max(self.least),
        }
    }
}

/// Whether an aligned 64-bit word is read and written in one piece: whoever has atomics of that size does so.
fn has_wide_words<R: Runtime>(on: &Device<R>) -> bool {
    let wide = Type::new(StorageType::Atomic(ElemType::UInt(UIntKind::U64)));
    !on.properties().atomic_type_usage(wide).is_empty()
}

impl<R: Runtime> Evaluates<Solver> for Device<R> {
    fn evaluate(
        &mut self,
        solver: &mut Solver,
        seen: &DeviceObservations,
        worlds: &DeviceWorlds,
        out: &mut DeviceValues,
    ) -> Result<()> {
        self.note_evaluator("solver");
        Launch { on: self, seen, worlds: worlds.drawn()?, evaluator: *solver }.solve(out)
    }
}

impl<R: Runtime> Evaluates<ContractSolver> for Device<R> {
    fn evaluate(
        &mut self,
        solver: &mut ContractSolver,
        seen: &DeviceObservations,
        worlds: &DeviceWorlds,
        out: &mut DeviceValues,
    ) -> Result<()> {
        self.note_evaluator("contract");
        Launch { on: self, seen, worlds: worlds.drawn()?, evaluator: *solver }.solve(out)
    }
}

/// What is solved, and where.
struct Launch<'a, R: Runtime, E> {
    on: &'a Device<R>,
    seen: &'a DeviceObservations,
    worlds: &'a DrawnWorlds,
    /// The host's face.
    evaluator: E,
}

impl<R: Runtime, E: WorldEvaluator + Copy + Send + 'static> Launch<'_, R, E> {
    /// Answers the question for every move of every world.
    fn solve(&self, out: &mut DeviceValues) -> Result<()> {
        if has_wide_words(self.on) {
            self.solve_with::<Wide>(out, Format { words_each: 2, least: 0 })
        } else {
            self.solve_with::<Halves>(out, Format { words_each: 1, least: PLACED })
        }
    }

    fn solve_with<T: TableKernel>(&self, out: &mut DeviceValues, format: Format) -> Result<()> {
        out.clear(self.on, self.worlds, self.evaluator.question())?;
        let most = self.worlds.most;
        let threads = self.threads_beside();
        if threads > 0 && self.is_shared(threads)? {
            return self.share::<T>(out, format, threads);
        }
        let begun = Instant::now();
        let mut first = 0;
        while first < most {
            first += self.solve_portion::<T>(out, first, (most - first).min(MOST_WORLDS), format, None)?.0;
        }
        if threads > 0 {
            self.learn(most, Some(most as f64 / begun.elapsed().as_secs_f64()), None)?;
        }
        Ok(())
    }

    /// Whether the host's threads have a part in this step.
    fn is_shared(&self, threads: usize) -> Result<bool> {
        let most = self.worlds.most;
        if self.on.host_part() != HostPart::Measured {
            return Ok(true);
        }
        Ok(self.has_units_for_all() || self.of_device(most, threads)? < most)
    }

    /// Whether there is a unit for every move of every world. Then the device begins with all of them, and what the threads do is
    /// done sooner.
    fn has_units_for_all(&self) -> bool {
        let moves = self.tricks_left() as usize;
        self.worlds.most * moves <= (self.on.multiprocessors() * UNITS_PER_MULTIPROCESSOR) as usize
    }

    fn tricks_left(&self) -> u32 {
        7 - self.seen.ply() as u32 / 4
    }

    /// Threads of the host that may work beside the device, whose own one waits for it.
    fn threads_beside(&self) -> usize {
        match self.on.host_part() {
            _ if self.seen.is_past() => 0,
            HostPart::None => 0,
            HostPart::Measured | HostPart::Percent(_) => rayon::current_num_threads() - 1,
        }
    }

    /// Solves the first worlds on the device and the last ones on threads of the host, until they meet.
    fn share<T: TableKernel>(&self, out: &DeviceValues, format: Format, threads: usize) -> Result<()> {
        let (worlds, sampling) = (self.worlds.read_with_games(self.on, self.seen)?, self.seen.sampling());
        let beside = Beside::start(self.evaluator, worlds, self.worlds.games.start, sampling, threads);
        let (n, begun) = (beside.n_worlds(), Instant::now());
        let (mut first, mut found) = (0, 0);
        loop {
            let left = beside.back().saturating_sub(first);
            let portion = self.of_device(left, threads)?.min(MOST_WORLDS);
            // A part that was asked for is kept to.
            if portion == 0 || (first > 0 && self.on.host_part() != HostPart::Measured) {
                break;
            }
            let (solved, by_device) = self.solve_portion::<T>(out, first, portion, format, Some(&beside))?;
            (first, found) = (first + solved, found + by_device);
        }
        // Of a device that has found nothing so much is known that it is slow.
        let device = (first > 0).then(|| found.max(1) as f64 / begun.elapsed().as_secs_f64());
        let outcome = beside.finish();
        self.on.note_shared(n, outcome.values.len());
        self.learn(n, device, outcome.pace)?;
        out.put(self.on, &outcome.values)
    }

    /// How many of `left` worlds the device takes, beside so many threads.
    fn of_device(&self, left: usize, threads: usize) -> Result<usize> {
        if let HostPart::Percent(part) = self.on.host_part() {
            return Ok(left * (100 - part.min(100) as usize) / 100);
        }
        let paces = self.paces()?;
        let paces = paces.lock().unwrap_or_else(PoisonError::into_inner);
        let of_device = paces.of(self.step(left), self.on.multiprocessors()).of_device(left, threads);
        Ok(if self.has_units_for_all() && of_device > 0 { left } else { of_device })
    }

    fn learn(&self, worlds: usize, device: Option<f64>, thread: Option<f64>) -> Result<()> {
        let paces = self.paces()?;
        let mut paces = paces.lock().unwrap_or_else(PoisonError::into_inner);
        paces.learn(self.step(worlds), self.on.multiprocessors(), device, thread);
        Ok(())
    }

    fn paces(&self) -> Result<Arc<Mutex<Paces>>> {
        self.on.kept("the solver's paces", || Ok(Mutex::default()))
    }

    fn step(&self, worlds: usize) -> Step {
        Step { contract: self.is_contract(), ply: self.seen.ply(), worlds }
    }

    fn is_contract(&self) -> bool {
        self.evaluator.question() == Question::Contract
    }

    /// Solves up to `n` worlds from `first` on, as many as the table has room for, or until others have done what is left of them;
    /// says how many, and how many it did before others.
    fn solve_portion<T: TableKernel>(
        &self,
        out: &DeviceValues,
        first: usize,
        n: usize,
        format: Format,
        beside: Option<&Beside<E>>,
    ) -> Result<(usize, usize)> {
        let tricks = self.tricks_left();
        let multiprocessors = self.on.multiprocessors();
        let at_once = multiprocessors * UNITS_PER_MULTIPROCESSOR;
        // A quarter of the room is for the searches that are under way, the rest for what they know.
        let room = self.on.spare_bytes();
        let most_units = (room / 4 / UNIT_BYTES).min(at_once.into()).max(UNITS.into()) as u32;
        let most_cubes = most_units / UNITS;
        let table =
            self.solver_table(format.bits(n, tricks), room - room.min(u64::from(most_units) * UNIT_BYTES))?;
        // With two tricks left nothing is looked up.
        let n = if tricks < 3 { n } else { n.min(1 << (table.bits - format.least)) };
        // Few worlds do not fill the device: then their moves are split as well.
        let split = tricks >= SPLIT_FROM || n < 4 * at_once as usize;
        let moves = if split { tricks } else { 1 };
        let n_jobs = n as u32 * moves;
        let joins = split && self.on.joins();
        let few = !joins && n_jobs <= multiprocessors * FEW_JOBS_PER_MULTIPROCESSOR;
        let units_per_cube = if few { 1 } else { UNITS };
        let wanted = if joins { n_jobs.saturating_mul(UNITS_PER_JOB) } else { n_jobs };
        let cubes = wanted.min(at_once).div_ceil(units_per_cube).min(most_cubes * (UNITS / units_per_cube));
        let units = cubes * units_per_cube;
        let (paused, records) = self.searches(units)?;
        let bits = format.bits(n, tricks).max(LEAST_BITS).min(table.bits);
        let blueprint = |joins| SolverBlueprint {
            units: units_per_cube,
            contract: self.is_contract(),
            // One kernel ends the searches of all plies.
            hints: self.on.hints().unwrap_or(self.hints(if joins { 7 } else { tricks })),
            joins,
            cap: self.on.cap(),
        };
        // As long as there are jobs for all, units do without what it takes to join others.
        let mut idle = if joins && n_jobs > units { kernel::STOPS } else { kernel::ENDS };
        let mut most_turns = self.on.turns();
        let portion = |launch, turns: u32, idle| {
            PortionLaunch::new(
                first as u32,
                (first + n) as u32,
                tricks,
                moves,
                // A device that is not filled is best served world by world.
                if n_jobs <= units { 1 } else { BLOCK },
                // Where there is a unit for every job, each takes one: no unit's loop is longer than it must be.
                if n_jobs <= units { 1 } else { u32::MAX },
                bits,
                bits.saturating_sub(world_bits(n)),
                units,
                if beside.is_some() { turns.min(TURNS_BESIDE) } else { turns },
                launch,
                idle,
            )
        };
        let entries = || table.words.arg_of(format.words_each);
        let n_words = ((ENTRY_BYTES as usize / 4) << bits) / format.words_each;
        self.clear_table::<T>(n_words, entries(), &records, if joins { units } else { 0 })?;
        let progress = || match beside {
            Some(_) => {
                vec![self.seen.status.handle(), out.words.handle_of(first * VALUES..(first + n) * VALUES)]
            }
            None => vec![self.seen.status.handle()],
        };
        let mut turns = None;
        let mut launch = 0;
        let mut found = 0;
        loop {
            let (begun, compiled) = (Instant::now(), self.on.report().compiling);
            self.launch::<T>(
                out,
                entries(),
                [&paused, &records],
                cubes,
                portion(launch, most_turns, idle),
                blueprint(joins && idle != kernel::STOPS),
            )?;
            let state = self.on.read("the progress of a search", progress())?;
            let compiling = self.on.report().compiling - compiled;
            let took = begun.elapsed().saturating_sub(compiling);
            self.on.note_launch(took);
            most_turns = self.on.turns_after(most_turns, took);
            let mut all = state[0][status::DONE] == units;
            if let Some(beside) = beside {
                let (more, others_did) = beside.look(first, &state[1]);
                found += more;
                all |= others_did;
            }
            if all {
                return Ok((n, found));
            }
            // A launch that does nothing, without a word, must not be repeated for ever.
            let taken = Some(state[0][status::TURNS]);
            if std::mem::replace(&mut turns, taken) == taken {
                return Err(self.on.fail("kernel solve took no turn"));
            }
            launch += 1;
            idle = match idle {
                kernel::STOPS if state[0][status::DONE] == 0 => kernel::STOPS,
                kernel::STOPS => kernel::REVIVES,
                _ => kernel::ENDS,
            };
        }
    }

    /// Refutations that pay: with six tricks left or more, of the points. Each turn costs more with them, and later they save too
    /// few turns.
    fn hints(&self, tricks: u32) -> u32 {
        if tricks >= 6 && !self.is_contract() { HINTS } else { 0 }
    }

    /// Room for the searches of so many units, and for their records.
    fn searches(&self, units: u32) -> Result<(Words, Words)> {
        let none = || Ok(Mutex::<Option<(Words, Words)>>::default());
        let kept = self.on.kept_while_room("the solver's searches", none)?;
        let mut searches = kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (paused, records) = (units as usize * kernel::PAUSED, units as usize * joins::WORDS);
        if let Some(words) = searches.as_ref().filter(|(words, _)| words.len() >= paused) {
            return Ok(words.clone());
        }
        // The old one goes first.
        *searches = None;
        let wanted = [
            Wanted::words("the solver's searches", paused),
            Wanted::words("the records of the solver's searches", records),
        ];
        let [paused, records] = self.on.allocate(Keep::Spare, wanted)?;
        Ok(searches.insert((paused, records)).clone())
    }

    /// The solver's table, grown to 2^`wanted` entries if they fit in `room` bytes and the device has room for them.
    fn solver_table(&self, wanted: u32, room: u64) -> Result<SolverTable> {
        let largest = self.on.properties().memory.max_page_size;
        let affordable = (room.min(largest) / ENTRY_BYTES).max(1).ilog2();
        let affordable = affordable.clamp(TINY_BITS, 30);
        let mut bits = wanted.max(LEAST_BITS).min(affordable);
        let none = || Ok(Mutex::<Option<SolverTable>>::default());
        let kept = self.on.kept_while_room("the solver's table", none)?;
        let mut table = kept.lock().unwrap_or_else(PoisonError::into_inner);
        let mut is_largest = false;
        loop {
            let serves = |it: &&SolverTable| it.bits <= affordable && (it.bits >= bits || it.is_largest);
            if let Some(table) = table.as_ref().filter(serves) {
                return Ok(table.clone());
            }
            // The old one goes first.
            *table = None;
            let words = Wanted::words("the solver's table", (ENTRY_BYTES as usize / 4) << bits);
            match self.on.allocate(Keep::Spare, [words]) {
                Ok([words]) => *table = Some(SolverTable { words, bits, is_largest }),
                Err(Error::NoRoom { .. }) if bits > TINY_BITS => (bits, is_largest) = (bits - 1, true),
                Err(refused) => return Err(refused),
            }
        }
    }

    fn clear_table<T: TableKernel>(
        &self,
        n_words: usize,
        table: ArrayArg<R>,
        records: &Words,
        units: u32,
    ) -> Result<()> {
        let n_records = units as usize * joins::WORDS;
        let grid = Grid::units(n_words.max(n_records), kernel::CLEARERS);
        self.on.launch(Kernel::of::<T>("clear", &()), grid, |client, count, dim| {
            // SAFETY: units beyond the `n_words` words of the table and the `n_records` of the records leave them alone, and there
            // are as many.
            unsafe {
                kernel::clear_kernel::launch_unchecked::<T, R>(
                    client,
                    count,
                    dim,
                    table,
                    records.arg(),
                    self.seen.status.arg(),
                    n_words as u32,
                    n_records as u32,
                );
            }
        })
    }

    fn launch<T: TableKernel>(
        &self,
        out: &DeviceValues,
        table: ArrayArg<R>,
        [paused, records]: [&Words; 2],
        cubes: u32,
        portion: PortionLaunch<R>,
        blueprint: SolverBlueprint,
    ) -> Result<()> {
        let grid = Grid::cubes(cubes as usize, blueprint.units);
        self.on.launch(Kernel::of::<T>("solve", &blueprint), grid, |client, count, dim| {
            // SAFETY: jobs are worlds below the chunk's total, for which worlds, owners and values have room; entries
            // of the table lie below its size; the stack has room for every trick of a line but the current one and the
            // last; units beyond `units` do nothing, and there is room for as many searches.
            unsafe {
                kernel::solve_kernel::launch_unchecked::<T, R>(
                    client,
                    count,
                    dim,
                    self.seen.rows.arg(),
                    self.worlds.hands.arg(),
                    self.worlds.owners.arg(),
                    self.worlds.starts.arg(),
                    self.seen.strengths.arg(),
                    out.words.arg(),
                    self.seen.status.arg(),
                    table,
                    paused.arg(),
                    records.arg(),
                    self.worlds.n_games() as u32,
                    portion,
                    blueprint,
                );
            }
        })
    }
}
