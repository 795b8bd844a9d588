//! What comes back from the device, held against what was expected.

use crate::backend::noted;
use crate::buffers::Words;
use crate::launch::without_backtrace;
use crate::layout::{VALUES, WORLD, estimate, log, question, status};
use crate::step::DeviceStep;
use boneyard_core::{BINS, Choice, Estimate, Mode, PlyLog, Result, SampleReport};
use boneyard_rules::{World, tables, tiles_of};
use cubecl::prelude::*;
use cubecl::server::Handle;
use std::sync::{Mutex, atomic::Ordering};

impl<R: Runtime> DeviceStep<R> {
    pub(crate) fn read(&self, what: &str, handles: Vec<Handle>) -> Result<Vec<Vec<u32>>> {
        self.shared.synchronisations.fetch_add(1, Ordering::Relaxed);
        // wgpu's read does not report failed launches; flush does.
        self.flush()?;
        let read = cubecl::future::block_on(self.client.read_async(handles));
        let read = read.map_err(|error| {
            self.fail(format!("reading {what} back: {}", without_backtrace(&error.to_string())))
        })?;
        Ok(read.iter().map(|bytes| u32::from_bytes(bytes).to_vec()).collect())
    }

    /// The worlds of a chunk as the device has them now, in order, with the game of each; waits for the device. For
    /// tests and studies.
    ///
    /// # Errors
    /// Device errors.
    pub fn read_worlds(&self) -> Result<Vec<(usize, World)>> {
        let buffers = [&self.buffers.status, &self.buffers.worlds, &self.buffers.owners];
        let handles = buffers.map(Words::handle).to_vec();
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
        let read = self
            .read("the values", [&self.buffers.status, &self.buffers.values].map(Words::handle).to_vec())?;
        let total = read[0][status::EXPECTED] as usize;
        let rows = read[1].chunks_exact(VALUES).take(total);
        Ok(rows
            .map(|row| std::array::from_fn(|slot| (row[slot / 2] >> (slot % 2 * 16)) as u16 as i16))
            .collect())
    }

    /// What sampling cost, if everything that was expected was done.
    pub(crate) fn check(&self, state: &[u32]) -> Result<SampleReport> {
        let wide = |word: usize| u64::from(state[word]) | u64::from(state[word + 1]) << 32;
        let (wanted, missing) = (wide(status::WANTED), wide(status::MISSING));
        if state[status::CAPPED] > 0 {
            return Err(self.fail(format!(
                "kernel solve: {} questions ran into the cap of {} turns",
                state[status::CAPPED],
                self.solver_cap
            )));
        }
        if state[status::NOT_NUMBERS] > 0 {
            let (names, n) = (noted(&self.shared.evaluators), state[status::NOT_NUMBERS]);
            return Err(self.fail(format!("evaluator {names}: {n} answers are no numbers, expected points")));
        }
        let expected = state[status::EXPECTED];
        let cuts = [
            ("sample", status::CUT_SAMPLING, status::SAMPLED, expected, &self.shared.samplers),
            (
                "evaluate",
                status::CUT_VALUES,
                status::VALUED,
                expected.wrapping_mul(7),
                &self.shared.evaluators,
            ),
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

    /// One decision of the log, with its rows of the histograms and of the checks.
    pub(crate) fn parse(&self, row: &[u32], bins: Option<&[u32]>, check: Option<&[u32]>) -> Result<PlyLog> {
        let choice = row[log::CHOICE];
        let mode = Mode::from_code(choice >> 16 & 255)
            .ok_or_else(|| self.fail(format!("kernel apply: no such choice as {choice:#x}")))?;
        let question = question::of_code(choice >> 24)
            .ok_or_else(|| self.fail(format!("kernel apply: no such question as {choice:#x}")))?;
        let choice = Choice { slot: choice as u8, greedy: (choice >> 8) as u8, mode };
        let sums = &row[log::ESTIMATE..];
        let worlds = sums[estimate::WORLDS];
        let by_slot = |word: usize| -> [u32; 7] { std::array::from_fn(|slot| sums[word + slot]) };
        let (low, high) = (by_slot(estimate::SUM_SQUARES), by_slot(estimate::SUM_SQUARES_HIGH));
        let mut estimate = (worlds > 0).then(|| Estimate {
            question,
            worlds,
            sum: by_slot(estimate::SUM).map(|sum| i64::from(sum as i32)),
            sum_squares: std::array::from_fn(|slot| u64::from(low[slot]) | u64::from(high[slot]) << 32),
            made: by_slot(estimate::MADE),
            histogram: bins.map(|bins| {
                Box::new(std::array::from_fn(|slot| std::array::from_fn(|bin| bins[slot * BINS + bin])))
            }),
            check: None,
        });
        if let (Some(estimate), Some(check)) = (&mut estimate, check.and_then(Self::parse_check)) {
            if check.corrected {
                estimate.correct_squares(&check);
            }
            estimate.check = Some(Box::new(check));
        }
        Ok(PlyLog { choice, estimate, worlds_total: row[log::TOTAL] })
    }
}
