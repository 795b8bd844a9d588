//! Running the catalogue, the truth and the scaling at a place.

use crate::catalogue::{Entry, Id, Prepared, catalogue};
use crate::limits::Limits;
use crate::measure::{Timing, measure};
use crate::report::{Outcome, Row};
use crate::scaling::{self, ScalingRow};
use crate::truth::{self, TruthRow};
use crate::{Place, Size};
use anyhow::Result;
use boneyard::core::Error::GaveUp;

/// What to run.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Tiny sizes.
    pub quick: bool,
    /// Only problems whose id begins with this; `truth` and `scaling` count as problems.
    pub problem: Option<String>,
    /// Only this variant.
    pub variant: Option<String>,
    /// A test hook: an entry whose laps are made longer by a share.
    pub slowed: Option<(String, f64)>,
}

impl Selection {
    /// True if the entry is to run.
    pub fn wants(&self, id: &Id) -> bool {
        self.wants_problem(&id.problem) && self.variant.as_ref().is_none_or(|variant| *variant == id.variant)
    }

    /// True if the problem is to run, apart from its variants.
    pub fn wants_problem(&self, problem: &str) -> bool {
        self.problem.as_ref().is_none_or(|wanted| problem.starts_with(wanted.as_str()))
    }

    /// Studies have no variants: asking for one leaves them out.
    fn wants_study(&self, problem: &str) -> bool {
        self.variant.is_none() && self.wants_problem(problem)
    }
}

/// What came of a place.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    /// The catalogue.
    pub rows: Vec<Row>,
    /// Error beside speed.
    pub truth: Vec<TruthRow>,
    /// Cost against size.
    pub scaling: Vec<ScalingRow>,
}

/// Checks and times everything that is selected, in two rounds: what differs between them differs between runs too, such
/// as clocks, heat and where memory lies. `on_row` hears of each row when it is complete.
///
/// # Errors
/// Those of the studies; an entry that fails is a row, not an error.
pub fn run<P: Place + 'static>(
    place: &P,
    limits: &Limits,
    selection: &Selection,
    mut on_row: impl FnMut(&Row),
) -> Result<Measured> {
    let size = Size::of(place.kind(), selection.quick);
    let mut measured = Measured::default();
    let mut entries = catalogue(place);
    entries.retain(|entry| selection.wants(&entry.id()) && entry.is_for(size));
    let slowed = |id: &Id| match &selection.slowed {
        Some((name, share)) if *name == id.to_string() => *share,
        _ => 0.0,
    };
    let failed = |error: anyhow::Error| Outcome::Failed(format!("{error:#}"));
    let first = entries.iter_mut().map(|entry| {
        place.release();
        let slowed = slowed(&entry.id());
        first_round(place, size, slowed, &mut **entry).or_else(given_up).unwrap_or_else(failed)
    });
    let first: Vec<Outcome> = first.collect();
    for (mut entry, outcome) in entries.into_iter().zip(first) {
        let id = entry.id();
        let outcome = match outcome {
            Outcome::Timed { timing, checked, memory, .. } => {
                place.release();
                let second = second_round(place, size, slowed(&id), timing, &mut *entry);
                second.map_or_else(failed, |timing| {
                    let limit = limits.share(timing.rate, entry.cost());
                    let limit = limit.map(|(share, name)| (share, name.to_owned()));
                    Outcome::Timed { timing, checked, limit, memory }
                })
            }
            other => other,
        };
        let row = Row {
            device: place.name().to_owned(),
            problem: id.problem,
            variant: id.variant,
            unit: entry.unit().to_owned(),
            samples: entry.samples(),
            outcome,
        };
        on_row(&row);
        measured.rows.push(row);
    }
    if selection.wants_study("truth") {
        measured.truth = truth::study(place, size)?;
    }
    if selection.wants_study("scaling") {
        measured.scaling = scaling::study(place, size)?;
    }
    Ok(measured)
}

/// A sampler with a bound on its tries may give up; that is no failure.
fn given_up(error: anyhow::Error) -> Result<Outcome> {
    match error.downcast_ref() {
        Some(GaveUp { .. }) => Ok(Outcome::Skipped(error.to_string())),
        _ => Err(error),
    }
}

/// Checks an entry and, if it holds, times it.
fn first_round<P: Place>(place: &P, size: Size, slowed: f64, entry: &mut dyn Entry<P>) -> Result<Outcome> {
    let checked = entry.check(place, size)?;
    let (timing, memory) = match entry.prepare(place, size)? {
        Prepared::Skipped(why) => return Ok(Outcome::Skipped(why)),
        Prepared::Ready(mut lap) => (measure(size.budget(), slowed, &mut *lap)?, place.memory()),
    };
    Ok(Outcome::Timed { timing, checked, limit: None, memory })
}

/// What takes so many seconds in the first round is not timed again: what differs from run to run averages out in it.
const LONG_ROUND: f64 = 4.0;

/// Times an entry again, unless the first round was long.
fn second_round<P: Place>(
    place: &P,
    size: Size,
    slowed: f64,
    first: Timing,
    entry: &mut dyn Entry<P>,
) -> Result<Timing> {
    if first.laps as f64 * first.units / first.rate > LONG_ROUND {
        return Ok(first);
    }
    match entry.prepare(place, size)? {
        Prepared::Skipped(_) => Ok(first),
        Prepared::Ready(mut lap) => Ok(first.with_round(measure(size.budget(), slowed, &mut *lap)?)),
    }
}
