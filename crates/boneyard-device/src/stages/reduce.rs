//! Fifth stage: sums.

use crate::buffers::Words;
use crate::connection::{Grid, Kernel};
use crate::device::{Device, fill};
use crate::kernels::{accumulate::Accumulated, reduce};
use crate::layout::check;
use crate::stages::evaluate::DeviceValues;
use crate::stages::observe::DeviceObservations;
use crate::stages::sample::DeviceWorlds;
use boneyard_core::{Design, Error, Question, Result, Sampling};
use cubecl::prelude::*;
use std::sync::{Arc, Mutex, PoisonError};

/// The sums of G decisions. Clones share the device's memory.
#[derive(Clone, Debug)]
pub struct DeviceEstimates {
    /// What was asked.
    pub question: Question,
    /// How the worlds are drawn.
    pub design: Design,
    /// `[G, estimate::ROW]`: the sums, as [`layout::estimate`](crate::layout::estimate) says.
    pub rows: Words,
    /// `[28, G, 7, 85]`: counts by slot and points + 42, of each ply; one word if none are kept.
    pub histograms: Words,
    /// `[28, G, check::ROW]`: comparisons with exact values, of each ply, if an evaluator makes any.
    pub(crate) checks: Arc<Mutex<Option<Words>>>,
    histogram: bool,
    weighed: bool,
    /// One past the last game whose worlds were added in this round.
    added_to: usize,
    /// What is added now comes on top of an earlier round.
    is_later_round: bool,
}

/// Most worlds a decision where values are in fractions of points.
pub const MOST_FINE_SAMPLES: u32 = 1 << 16;

impl DeviceEstimates {
    pub(crate) fn new(rows: Words, histograms: Words) -> Self {
        Self {
            question: Question::Points { unit: 1 },
            design: Design::default(),
            rows,
            histograms,
            checks: Arc::default(),
            histogram: false,
            weighed: false,
            added_to: 0,
            is_later_round: false,
        }
    }

    /// Estimates in the same memory, of no world.
    pub(crate) fn of_no_world(
        &self,
        question: Question,
        design: Design,
        sampling: &Sampling,
        device: &str,
    ) -> Result<Self> {
        let refuse =
            |expected: String| Err(Error::Mismatch(format!("{question:?} on {device}: expected {expected}")));
        match question {
            Question::Points { unit } if !unit.is_power_of_two() => {
                refuse("a unit that is a power of two".to_owned())
            }
            // Sums have 32 bits there.
            Question::Points { unit: 2.. } if sampling.samples > MOST_FINE_SAMPLES => {
                refuse(format!("at most {MOST_FINE_SAMPLES} samples, not {}", sampling.samples))
            }
            _ => Ok(Self { question, design, histogram: sampling.histogram, ..self.clone() }),
        }
    }

    /// The number of its design, as kernels are told.
    pub(crate) fn design(&self) -> u32 {
        self.design as u32
    }

    /// No world has been added yet.
    pub(crate) fn is_empty(&self) -> bool {
        self.added_to == 0
    }

    /// The worlds differ in weight.
    pub(crate) fn is_weighed(&self) -> bool {
        self.weighed
    }

    /// What the sums of values in units of 1/`unit` point are made of.
    pub(crate) fn accumulated(&self, unit: u16) -> Accumulated {
        let finest = self.question.unit();
        Accumulated {
            contract: self.question == Question::Contract,
            log_unit: finest.ilog2(),
            log_scale: finest.ilog2() - unit.ilog2(),
            histogram: self.histogram,
            weights: self.weighed,
        }
    }

    /// A chunk of games is about to be added; true if that comes on top of an earlier round.
    pub(crate) fn begin(&mut self, games: &std::ops::Range<usize>, weighed: bool) -> bool {
        self.is_later_round |= games.start < self.added_to;
        self.added_to = games.end;
        self.weighed |= weighed;
        self.is_later_round
    }

    /// Adds a chunk's values, unless their evaluator has done so.
    pub(crate) fn add<R: Runtime>(
        &mut self,
        device: &Device<R>,
        seen: &DeviceObservations,
        worlds: &DeviceWorlds,
        values: &DeviceValues,
    ) -> Result<()> {
        let Ok(worlds) = worlds.drawn() else { return Ok(()) };
        if values.question.finer(self.question) != Some(self.question) {
            let (given, asked) = (values.question, self.question);
            return Err(Error::Mismatch(format!("{given:?} cannot be added up as {asked:?}")));
        }
        let merge = self.begin(&worlds.games, worlds.weights.is_some());
        let what = self.accumulated(values.question.unit());
        // A kernel that does not look at weights is given any buffer.
        let weights = worlds.weights.as_ref().unwrap_or(&worlds.owners);
        let likely = worlds.likelihoods.is_some();
        let likelihoods = worlds.likelihoods.as_ref().unwrap_or(&worlds.owners);
        let (first, n) = (worlds.games.start as u32, worlds.n_games());
        let kernel = Kernel::of::<()>("reduce", &(what, merge, likely));
        device.launch(kernel, Grid::cubes(n, reduce::UNITS), |client, count, dim| {
            // SAFETY: cubes beyond the chunk's games write nothing; items lie between starts.
            unsafe {
                reduce::reduce_kernel::launch_unchecked::<R>(
                    client,
                    count,
                    dim,
                    seen.rows.arg(),
                    worlds.starts.arg(),
                    values.words.arg(),
                    weights.arg(),
                    likelihoods.arg(),
                    self.rows.arg(),
                    self.histograms.arg(),
                    seen.status.arg(),
                    first,
                    n as u32,
                    seen.n_games() as u32,
                    what,
                    merge,
                    likely,
                );
            }
        })
    }

    /// What kernels that look at errors are told of corrections: the comparisons, if there are any; else any memory, and false.
    pub(crate) fn corrections(&self, errors: bool) -> (Words, bool) {
        let checks = self.checks.lock().unwrap_or_else(PoisonError::into_inner);
        match &*checks {
            Some(checks) if errors => (checks.clone(), true),
            _ => (self.rows.clone(), false),
        }
    }

    /// The batch's comparisons, `[28, G, check::ROW]`: made and emptied when they are first asked for; they come back with
    /// the records.
    ///
    /// # Errors
    /// If the device has no room for them; device errors.
    pub fn checks<R: Runtime>(&self, device: &Device<R>, seen: &DeviceObservations) -> Result<Words> {
        let mut checks = self.checks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(words) = &*checks {
            return Ok(words.clone());
        }
        let len = 28 * seen.n_games() * check::ROW;
        let words = device.buffer("the checks", len)?;
        fill(device, &words, len, 0)?;
        *checks = Some(words.clone());
        Ok(words)
    }
}
