//! Running the catalogue, the truth and the scaling at a site.

use crate::catalogue::{Entry, Id, Prepared, catalogue};
use crate::limits::Limits;
use crate::measure::{Lap, Pretence, Timing, measure};
use crate::report::{Outcome, Row};
use crate::scaling::{self, ScalingRow};
use crate::truth::{self, TruthRow};
use crate::{Kind, Site, Size};
use anyhow::Result;
use boneyard::core::Error::WorldsNotFound;

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
    /// A test hook: every lap counts as so many seconds.
    pub lap_seconds: Option<f64>,
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

    /// What tests change about the laps of an entry.
    fn pretence(&self, id: &Id) -> Pretence {
        let slowed = self.slowed.as_ref().filter(|(name, _)| *name == id.to_string());
        Pretence { seconds: self.lap_seconds, slowed: slowed.map_or(0.0, |(_, share)| *share) }
    }

    /// Studies have no variants: asking for one leaves them out.
    fn wants_study(&self, problem: &str) -> bool {
        self.variant.is_none() && self.wants_problem(problem)
    }
}

/// What came of a site.
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
pub fn run<P: Site + 'static>(
    site: &P,
    limits: &Limits,
    selection: &Selection,
    mut on_row: impl FnMut(&Row),
) -> Result<Measured> {
    let size = Size::of(site.kind(), selection.quick);
    let mut measured = Measured::default();
    let mut entries = catalogue(site);
    entries.retain(|entry| selection.wants(&entry.id()));
    let failed = |error: anyhow::Error| Outcome::Failed(format!("{error:#}"));
    let first = entries.iter_mut().map(|entry| {
        if !entry.is_for(size) {
            return First::Untimed(Outcome::Skipped(too_large(site.kind(), selection.quick).to_owned()));
        }
        site.release();
        let pretence = selection.pretence(&entry.id());
        let first = first_round(site, size, pretence, &mut **entry);
        first.or_else(given_up).unwrap_or_else(|error| First::Untimed(failed(error)))
    });
    let first: Vec<First> = first.collect();
    for (mut entry, first) in entries.into_iter().zip(first) {
        let id = entry.id();
        let outcome = match first {
            First::Timed { laps, checked, memory } => {
                site.release();
                let rounds = second_round(site, size, selection.pretence(&id), laps, &mut *entry);
                rounds.map_or_else(failed, |rounds| {
                    let timing = Timing::of(&rounds);
                    let limit = limits.share(timing.rate, entry.cost());
                    let limit = limit.map(|(share, name)| (share, name.to_owned()));
                    Outcome::Timed { timing, checked, limit, memory }
                })
            }
            First::Untimed(outcome) => outcome,
        };
        let row = Row {
            device: site.name().to_owned(),
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
        measured.truth = truth::study(site, size)?;
    }
    if selection.wants_study("scaling") {
        measured.scaling = scaling::study(site, size)?;
    }
    Ok(measured)
}

/// What came of an entry's first round.
enum First {
    Timed { laps: Vec<Lap>, checked: String, memory: Option<u64> },
    Untimed(Outcome),
}

/// Why an entry is not for a size.
fn too_large(kind: Kind, quick: bool) -> &'static str {
    match (kind, quick) {
        (Kind::Software, _) => "too large for a software device",
        (_, true) => "too large for --quick; --full times it",
        (_, false) => "too large for this machine",
    }
}

/// A sampler with a bound on its tries may give up; that is no failure.
fn given_up(error: anyhow::Error) -> Result<First> {
    match error.downcast_ref() {
        Some(WorldsNotFound { .. }) => Ok(First::Untimed(Outcome::Skipped(error.to_string()))),
        _ => Err(error),
    }
}

/// Checks an entry and, if it holds, times it.
fn first_round<P: Site>(site: &P, size: Size, pretence: Pretence, entry: &mut dyn Entry<P>) -> Result<First> {
    let checked = entry.check(site, size)?;
    let (laps, memory) = match entry.prepare(site, size)? {
        Prepared::Skipped(why) => return Ok(First::Untimed(Outcome::Skipped(why))),
        Prepared::Ready(mut lap) => (measure(size.budget(), pretence, &mut *lap)?, site.memory()),
    };
    Ok(First::Timed { laps, checked, memory })
}

/// What takes so many seconds in the first round is not timed again: what differs from run to run averages out in it.
const LONG_ROUND: f64 = 4.0;

/// Both rounds: times an entry again, unless the first round was long.
fn second_round<P: Site>(
    site: &P,
    size: Size,
    pretence: Pretence,
    first: Vec<Lap>,
    entry: &mut dyn Entry<P>,
) -> Result<Vec<Vec<Lap>>> {
    if first.iter().map(|lap| lap.seconds).sum::<f64>() > LONG_ROUND {
        return Ok(vec![first]);
    }
    match entry.prepare(site, size)? {
        Prepared::Skipped(_) => Ok(vec![first]),
        Prepared::Ready(mut lap) => {
            let second = measure(size.budget(), pretence, &mut *lap)?;
            Ok(vec![first, second])
        }
    }
}
