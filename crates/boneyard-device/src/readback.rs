//! What comes back from the device, held against what was expected.

use crate::buffers::Words;
use crate::connection::listed;
use crate::device::Device;
use crate::games::DeviceGames;
use crate::kernels::accumulate;
use crate::layout::{HISTOGRAM, check, log, question, status};
use boneyard_core::{
    Check, Choice, Design, Error, Estimate, GameRecord, InPlay, Mode, PlyLog, Result, SampleReport,
};
use cubecl::prelude::*;
use rayon::prelude::*;
use std::sync::PoisonError;

/// A row of a buffer of rows.
fn row_of(words: &[u32], row: usize, width: usize) -> &[u32] {
    &words[row * width..][..width]
}

impl DeviceGames {
    /// The decisions that were made, and what sampling cost.
    pub(crate) fn read_back<R: Runtime>(self, device: &Device<R>) -> Result<(Vec<GameRecord>, SampleReport)> {
        let n = self.begun.len();
        if n == 0 {
            return Ok(Default::default());
        }
        // Rows of plies that were decided: of a single ply that is a small part.
        let first = InPlay::ply_of_all(&self.begun)?;
        if first == self.ply {
            let games = self.begun.iter().map(|&begun| Ok(GameRecord::resumed(begun, Vec::new())?));
            return Ok((games.collect::<Result<_>>()?, SampleReport::default()));
        }
        let decided = |words: &Words, width: usize| words.handle_of(first * n * width..self.ply * n * width);
        let mut handles = vec![self.status.handle(), decided(&self.log, log::ROW)];
        if self.sampling.histogram {
            handles.push(decided(&self.estimates.histograms, HISTOGRAM));
        }
        let checks = self.estimates.checks.lock().unwrap_or_else(PoisonError::into_inner).clone();
        handles.extend(checks.iter().map(|words| decided(words, check::ROW)));
        let read = device.read("the records", handles)?;
        let report = self.account(device, &read[0])?;
        let histograms = self.sampling.histogram.then(|| &read[2]);
        let checks = checks.and(read.last());
        let records = (0..n).into_par_iter().map(|g| {
            let begun = self.begun[g];
            let log = (first..self.ply).map(|ply| {
                let row = |words, width| row_of(words, (ply - first) * n + g, width);
                let (bins, check) =
                    (histograms.map(|it| row(it, HISTOGRAM)), checks.map(|it| row(it, check::ROW)));
                ply_log(row(&read[1], log::ROW), bins, check, self.design)
                    .map_err(|what| device.fail(format!("kernel apply: {what}")))
            });
            Ok(GameRecord::resumed(begun, log.collect::<Result<_>>()?)?)
        });
        Ok((records.collect::<Result<_>>()?, report))
    }

    /// What sampling cost, if everything that was expected was done.
    fn account<R: Runtime>(&self, device: &Device<R>, state: &[u32]) -> Result<SampleReport> {
        let (name, ran) = (device.name().to_owned(), device.ran());
        let wide = |word: usize| u64::from(state[word]) | u64::from(state[word + 1]) << 32;
        let (wanted, missing) = (wide(status::WANTED), wide(status::MISSING));
        if state[status::CAPPED] > 0 {
            let (searches, cap) = (state[status::CAPPED].into(), device.cap());
            return Err(Error::Capped { device: name, evaluator: listed(&ran.evaluators), searches, cap });
        }
        if state[status::NOT_NUMBERS] > 0 {
            let values = state[status::NOT_NUMBERS].into();
            return Err(Error::NoNumber { evaluator: listed(&ran.evaluators), values });
        }
        let (items, slots) = (state[status::EXPECTED], state[status::EXPECTED].wrapping_mul(7));
        let cuts = [
            ("sample", status::CUT_SAMPLING, status::SAMPLED, items, listed(&ran.samplers)),
            ("evaluate", status::CUT_VALUES, status::VALUED, slots, listed(&ran.evaluators)),
            ("reduce", status::CUT_REDUCING, status::REDUCED, slots, String::new()),
        ];
        for (kernel, earlier, counter, expected, strategy) in cuts {
            let chunks = state[earlier] + u32::from(state[counter] != expected);
            if chunks > 0 {
                let (chunks, done, expected) = (chunks.into(), state[counter].into(), expected.into());
                return Err(Error::CutShort { device: name, kernel, strategy, chunks, done, expected });
            }
        }
        let found = wanted - missing;
        if missing > wide(status::RESCUED) {
            let decision = !state[status::FIRST] as usize;
            let (ply, game) = ((decision / self.begun.len()) as u8, decision % self.begun.len());
            let seed = self.begun.get(game).map_or(0, |it| it.setup().seed);
            let sampler = listed(&ran.samplers);
            return Err(Error::WorldsNotFound { sampler, found, wanted, seed, ply });
        }
        Ok(SampleReport { wanted, found, tries: wide(status::TRIES), ..SampleReport::default() })
    }
}

/// One decision of the log, with its rows of the histograms and of the checks; or what is wrong with it.
fn ply_log(
    row: &[u32],
    bins: Option<&[u32]>,
    check: Option<&[u32]>,
    design: Design,
) -> Result<PlyLog, String> {
    let choice = row[log::CHOICE];
    let mode = Mode::from_code(choice >> 16 & 255).ok_or_else(|| format!("no such choice as {choice:#x}"))?;
    let question =
        question::of_code(choice >> 24).ok_or_else(|| format!("no such question as {choice:#x}"))?;
    let choice = Choice { slot: choice as u8, greedy: (choice >> 8) as u8, mode };
    let mut estimate = accumulate::read(&row[log::ESTIMATE..], bins, question, design);
    if let Some(estimate) = &mut estimate {
        estimate.check = check.and_then(comparison).map(Box::new);
    }
    let estimate = estimate.map(Estimate::finished);
    Ok(PlyLog { choice, estimate, worlds_total: row[log::TOTAL] })
}

/// What a row of checks says; `None` if nothing was compared, nor is to be corrected.
fn comparison(words: &[u32]) -> Option<Check> {
    let by_slot = |at: usize| -> [u32; 7] { std::array::from_fn(|slot| words[at + slot]) };
    let signed = |at: usize| by_slot(at).map(|word| i64::from(word as i32));
    let squares = |at: usize| {
        let (low, high) = (by_slot(at), by_slot(at + 7));
        std::array::from_fn(|slot| u64::from(low[slot]) | u64::from(high[slot]) << 32)
    };
    (words[check::WORLDS] > 0 || words[check::CORRECTED] == 1).then(|| Check {
        worlds: words[check::WORLDS],
        sum: signed(check::SUM),
        sum_absolute: by_slot(check::ABSOLUTE).map(u64::from),
        sum_squares: squares(check::SQUARES),
        exact_squares: squares(check::EXACT_SQUARES),
        estimated_squares: squares(check::ESTIMATED_SQUARES),
        made: signed(check::MADE),
        gap: words[check::GAP].into(),
        groups: std::array::from_fn(|group| signed(check::GROUP_SUM + 7 * group)),
        groups_made: std::array::from_fn(|group| signed(check::GROUP_MADE + 7 * group)),
        corrected: words[check::CORRECTED] == 1,
    })
}
