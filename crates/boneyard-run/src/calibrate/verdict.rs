//! Judged decisions, cell by cell, with how sure that is.
//!
//! Decisions of one game share its outcome, so games are what is counted: a mean Σ s / Σ n over games with n decisions and the
//! sum s in the cell has the variance m / (m − 1) · Σ (s − n · mean)² / (Σ n)² with m games (the ultimate-cluster estimator, as in
//! `boneyard_core::errors`). A share that came true has Wilson's interval for as many independent cases as would be as sure
//! (Dean and Pagano, "Evaluating confidence interval methods for binomial proportions in clustered surveys", 2015).

use super::{Forecast, Judged};
use serde::Serialize;

/// 97.5 % of a normal distribution lies below this.
const Z95: f64 = 1.959_963_984_540_054;

/// Whose decisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Of the team that bid.
    Bidders,
    /// Of the other.
    Defenders,
}

/// Which stretch of games makes a cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stretch {
    /// A trick.
    #[default]
    Trick,
    /// A ply.
    Ply,
}

/// Which decisions of a side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum When {
    /// All.
    All,
    /// Of a trick, 1–7.
    Trick(u8),
    /// Of a ply, 0–27.
    Ply(u8),
    /// Whose P(make) was in a tenth: 0 for 0–0.1, 9 for 0.9–1.
    Tenth(u8),
}

/// A mean and its standard error, by games.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Mean {
    /// The mean.
    pub mean: f64,
    /// Its standard error; `None` of fewer than two games.
    pub se: Option<f64>,
}

/// What the decisions of a cell promised, and what came of it: means in points, or shares.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cell {
    /// Whose.
    pub side: Side,
    /// Which.
    pub when: When,
    /// Decisions.
    pub decisions: u64,
    /// Games that they are of.
    pub games: u64,
    /// By the worlds by which moves were chosen.
    pub said: Mean,
    /// By other worlds.
    pub again: Mean,
    /// In the true deal with open hands.
    pub dealt: Mean,
    /// As the games went.
    pub came: Mean,
    /// What `came` may be in 95 of 100 cases.
    pub came_interval: [f64; 2],
    /// `said` less `came`.
    pub optimism: Mean,
    /// `said` less `again`.
    pub winners_curse: Mean,
    /// `again` less `dealt`.
    pub worlds: Mean,
    /// `dealt` less `came`.
    pub clairvoyance: Mean,
}

/// What all decisions come to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verdict {
    /// Games with a decision.
    pub games: u64,
    /// Decisions with an estimate.
    pub decisions: u64,
    /// Of these, those whose contract was made or set by then: what they say of P(make) is sure, so they are left out of `make`.
    pub decided: u64,
    /// P(make), of decisions whose contract was open.
    pub make: Vec<Cell>,
    /// E\[Q\], of all decisions; none if the evaluator does not answer in points.
    pub points: Vec<Cell>,
}

impl Verdict {
    /// On decisions that are sorted by game.
    pub fn of(judged: &[Judged], by: Stretch) -> Self {
        let open: Vec<&Judged> = judged.iter().filter(|it| it.open).collect();
        let all: Vec<&Judged> = judged.iter().collect();
        Self {
            games: judged.chunk_by(|a, b| a.seed == b.seed).count() as u64,
            decisions: all.len() as u64,
            decided: (all.len() - open.len()) as u64,
            make: cells(&open, by, |it| Some(it.make), share),
            points: cells(&all, by, |it| it.points, plain),
        }
    }
}

/// By side: all, by stretch, by tenth; only cells that have decisions.
fn cells(
    judged: &[&Judged],
    by: Stretch,
    forecast: fn(&Judged) -> Option<Forecast>,
    interval: fn(&Mean, f64) -> [f64; 2],
) -> Vec<Cell> {
    let stretches: Vec<When> = match by {
        Stretch::Trick => (1..=7).map(When::Trick).collect(),
        Stretch::Ply => (0..28).map(When::Ply).collect(),
    };
    let tenths = (0..10).map(When::Tenth);
    let whens: Vec<When> = [When::All].into_iter().chain(stretches).chain(tenths).collect();
    let sides = [Side::Bidders, Side::Defenders];
    let each = sides.into_iter().flat_map(|side| whens.iter().map(move |&when| (side, when)));
    each.filter_map(|(side, when)| {
        let here = |it: &&&Judged| it.bidders == (side == Side::Bidders) && when.has(it);
        cell(side, when, judged.iter().filter(here).copied(), forecast, interval)
    })
    .collect()
}

impl When {
    fn has(self, it: &Judged) -> bool {
        match self {
            Self::All => true,
            Self::Trick(trick) => it.ply / 4 + 1 == trick,
            Self::Ply(ply) => it.ply == ply,
            Self::Tenth(tenth) => tenth_of(it.make.said) == tenth,
        }
    }
}

/// 1 belongs to the last.
fn tenth_of(p: f64) -> u8 {
    ((p * 10.0) as u8).min(9)
}

/// The decisions of one game: how many, and the sums of what was said, again, dealt, and came.
#[derive(Clone, Copy)]
struct Cluster {
    n: f64,
    sums: [f64; 4],
}

fn cell<'a>(
    side: Side,
    when: When,
    judged: impl Iterator<Item = &'a Judged>,
    forecast: fn(&Judged) -> Option<Forecast>,
    interval: fn(&Mean, f64) -> [f64; 2],
) -> Option<Cell> {
    let mut clusters: Vec<(u64, Cluster)> = Vec::new();
    for it in judged {
        let Some(Forecast { said, again, dealt, came }) = forecast(it) else { continue };
        if clusters.last().is_none_or(|(seed, _)| *seed != it.seed) {
            clusters.push((it.seed, Cluster { n: 0.0, sums: [0.0; 4] }));
        }
        let (_, cluster) = clusters.last_mut().expect("one was pushed");
        cluster.n += 1.0;
        let values = [said, again, dealt, came];
        cluster.sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
    }
    let clusters: Vec<Cluster> = clusters.into_iter().map(|(_, cluster)| cluster).collect();
    let decisions: f64 = clusters.iter().map(|it| it.n).sum();
    if decisions == 0.0 {
        return None;
    }
    let of = |factors: [f64; 4]| mean(&clusters, factors);
    let came = of([0.0, 0.0, 0.0, 1.0]);
    Some(Cell {
        side,
        when,
        decisions: decisions as u64,
        games: clusters.len() as u64,
        said: of([1.0, 0.0, 0.0, 0.0]),
        again: of([0.0, 1.0, 0.0, 0.0]),
        dealt: of([0.0, 0.0, 1.0, 0.0]),
        came,
        came_interval: interval(&came, clusters.len() as f64),
        optimism: of([1.0, 0.0, 0.0, -1.0]),
        winners_curse: of([1.0, -1.0, 0.0, 0.0]),
        worlds: of([0.0, 1.0, -1.0, 0.0]),
        clairvoyance: of([0.0, 0.0, 1.0, -1.0]),
    })
}

/// The mean of what the four numbers of a decision add up to, each times its factor.
fn mean(clusters: &[Cluster], factors: [f64; 4]) -> Mean {
    let sum = |it: &Cluster| it.sums.iter().zip(factors).map(|(sum, factor)| sum * factor).sum::<f64>();
    let n: f64 = clusters.iter().map(|it| it.n).sum();
    let mean = clusters.iter().map(sum).sum::<f64>() / n;
    let m = clusters.len() as f64;
    let squares: f64 = clusters.iter().map(|it| (sum(it) - it.n * mean).powi(2)).sum();
    Mean { mean, se: (m > 1.0).then(|| (m / (m - 1.0) * squares).sqrt() / n) }
}

/// Of a mean of points.
fn plain(mean: &Mean, _: f64) -> [f64; 2] {
    let half = mean.se.map_or(f64::INFINITY, |se| Z95 * se);
    [mean.mean - half, mean.mean + half]
}

/// Wilson's, of a share over `games` games.
fn share(mean: &Mean, games: f64) -> [f64; 2] {
    let p = mean.mean;
    // As many independent cases would be as sure; where all went the same way, games are.
    let n = match mean.se {
        Some(se) if se > 1e-9 => p * (1.0 - p) / (se * se),
        _ => games,
    };
    let square = Z95 * Z95;
    let middle = p + square / (2.0 * n);
    let half = Z95 * (p * (1.0 - p) / n + square / (4.0 * n * n)).sqrt();
    [middle - half, middle + half].map(|it| (it / (1.0 + square / n)).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(seed: u64, ply: u8, said: f64, came: f64) -> Judged {
        let make = Forecast { said, again: said - 0.1, dealt: 1.0, came };
        let points = Some(Forecast { said: 10.0 * said, again: 10.0 * said - 1.0, dealt: 5.0, came: 3.0 });
        Judged { seed, ply, bidders: ply.is_multiple_of(2), open: ply < 20, make, points }
    }

    #[test]
    fn cells_hold_what_belongs_to_them() {
        let all = [
            judged(0, 0, 0.55, 1.0),
            judged(0, 2, 0.65, 1.0),
            judged(0, 21, 1.0, 1.0),
            judged(1, 0, 0.5, 0.0),
        ];
        let verdict = Verdict::of(&all, Stretch::Trick);
        assert_eq!((verdict.games, verdict.decisions, verdict.decided), (2, 4, 1));
        let find =
            |cells: &[Cell], side, when| cells.iter().find(|it| (it.side, it.when) == (side, when)).cloned();
        let first = find(&verdict.make, Side::Bidders, When::Trick(1)).unwrap();
        assert_eq!((first.decisions, first.games), (3, 2));
        assert!((first.said.mean - 1.7 / 3.0).abs() < 1e-12 && (first.came.mean - 2.0 / 3.0).abs() < 1e-12);
        assert!((first.winners_curse.mean - 0.1).abs() < 1e-12, "said less again");
        let parts = first.winners_curse.mean + first.worlds.mean + first.clairvoyance.mean;
        assert!((parts - first.optimism.mean).abs() < 1e-12);
        let fifth = find(&verdict.make, Side::Bidders, When::Tenth(5)).unwrap();
        assert_eq!((fifth.decisions, fifth.games), (2, 2));
        assert_eq!(find(&verdict.make, Side::Defenders, When::All), None, "their contract was decided");
        let points = find(&verdict.points, Side::Defenders, When::Tenth(9)).unwrap();
        assert_eq!((points.decisions, points.said.mean, points.said.se), (1, 10.0, None));
        let by_ply = Verdict::of(&all, Stretch::Ply);
        assert_eq!(find(&by_ply.make, Side::Bidders, When::Ply(0)).unwrap().decisions, 2);
    }

    /// A decision that is told five times over is no surer than once.
    #[test]
    fn games_are_counted_and_not_decisions() {
        let once: Vec<Judged> =
            (0..400).map(|seed| judged(seed, 0, 0.5, f64::from(u8::from(seed % 4 == 0)))).collect();
        let often: Vec<Judged> = once.iter().flat_map(|&it| [it; 5]).collect();
        let [one, five] = [&once, &often].map(|it| Verdict::of(it, Stretch::Trick).make[0].clone());
        assert_eq!((one.games, five.games, five.decisions), (400, 400, 2000));
        assert!((one.came.se.unwrap() - five.came.se.unwrap()).abs() < 1e-12);
        // Of 100 in 400 the textbook says 0.0217, and Wilson's interval is 0.210 to 0.295.
        assert!((one.came.se.unwrap() - 0.02168).abs() < 1e-4);
        let [low, high] = five.came_interval;
        assert!((low - 0.210).abs() < 1e-3 && (high - 0.295).abs() < 1e-3, "{low} to {high}");
        let sure: Vec<Judged> = (0..400).map(|seed| judged(seed, 0, 0.95, 1.0)).collect();
        let [low, high] = Verdict::of(&sure, Stretch::Trick).make[0].came_interval;
        assert!((low - 0.9905).abs() < 1e-3 && high > 0.999_999, "{low}");
    }
}
