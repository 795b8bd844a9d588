//! Cost against size: straight lines are expected, and memory that stays flat once the budget is used.

use crate::{Positions, Site, Size};
use anyhow::Result;
use boneyard::prelude::*;
use serde::{Deserialize, Serialize};

/// A whole batch with playouts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScalingRow {
    /// Where.
    pub device: String,
    /// What grows: `games` or `samples`.
    pub axis: String,
    /// Games of the batch.
    pub games: usize,
    /// Worlds a decision.
    pub samples: u32,
    /// Bytes that the worlds of a step had to stay within, if there was a bound.
    pub budget: Option<u64>,
    /// Seconds of the batch, the best of two after one that compiles.
    pub seconds: f64,
    /// Bytes held by the device afterwards, or by this process.
    pub memory: Option<u64>,
}

/// The sizes: both axes by doubling, up to 16,384 where there is a GPU.
fn sizes(size: Size) -> Vec<(&'static str, usize, u32)> {
    let doubling = |most: u32| (5..).map(|k| 1u32 << k).take_while(move |&n| n <= most);
    let (most_games, samples) = size.pick((512, 16), (4_096, 32), (16_384, 64));
    let (most_samples, games) = size.pick((1_024, 8), (8_192, 32), (16_384, 128));
    let by_games = doubling(most_games).map(|games| ("games", games as usize, samples));
    let by_samples = doubling(most_samples).map(|samples| ("samples", games, samples));
    by_games.chain(by_samples).collect()
}

/// Measures a site.
///
/// # Errors
/// Those of the site.
pub fn study<P: Site>(site: &P, size: Size) -> Result<Vec<ScalingRow>> {
    let mut rows = Vec::new();
    // So small that the larger numbers of samples do not fit, and memory must stay where it is.
    let small = size.pick(256 << 10, 4 << 20, 32 << 20);
    for (axis, games, samples) in sizes(size) {
        let budget = (axis == "samples").then_some(small);
        let configuration = Configuration {
            evaluator: EvaluatorSpec::Playout,
            sampling: Sampling::new(samples),
            ..Configuration::default()
        };
        let setups = Positions::mixed(games, 0).setups;
        site.release();
        let mut seconds = f64::INFINITY;
        for round in 0..3 {
            let (took, _) = site.time(|| site.play_within(budget, &configuration, &setups))?;
            if round > 0 {
                seconds = seconds.min(took);
            }
        }
        let device = site.name().to_owned();
        let (axis, memory) = (axis.to_owned(), site.memory());
        rows.push(ScalingRow { device, axis, games, samples, budget, seconds, memory });
    }
    Ok(rows)
}

impl ScalingRow {
    /// The size along the axis.
    pub fn size(&self) -> f64 {
        if self.axis == "games" { self.games as f64 } else { f64::from(self.samples) }
    }
}

/// The power with which cost grows in the upper half of the sizes: 1 is a straight line. By least squares of the
/// logarithms; `None` with fewer than two sizes.
pub fn exponent(rows: &[&ScalingRow]) -> Option<f64> {
    let upper = &rows[rows.len() / 2..];
    let points: Vec<(f64, f64)> = upper.iter().map(|row| (row.size().ln(), row.seconds.ln())).collect();
    let n = points.len() as f64;
    let (mean_x, mean_y) =
        (points.iter().map(|it| it.0).sum::<f64>() / n, points.iter().map(|it| it.1).sum::<f64>() / n);
    let spread: f64 = points.iter().map(|it| (it.0 - mean_x).powi(2)).sum();
    let joint: f64 = points.iter().map(|it| (it.0 - mean_x) * (it.1 - mean_y)).sum();
    (points.len() > 1 && spread > 0.0).then(|| joint / spread)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponents_of_powers() {
        let row = |games: usize, seconds| ScalingRow {
            device: "cpu".to_owned(),
            axis: "games".to_owned(),
            games,
            samples: 16,
            budget: None,
            seconds,
            memory: None,
        };
        let rows: Vec<ScalingRow> =
            [32, 64, 128, 256, 512].map(|games| row(games, 1e-4 * (games as f64).powf(1.25))).into();
        let rows: Vec<&ScalingRow> = rows.iter().collect();
        assert!((exponent(&rows).unwrap() - 1.25).abs() < 1e-9);
        assert_eq!(exponent(&rows[..1]), None);
    }

    #[test]
    fn sizes_double_along_both_axes() {
        let sizes = sizes(Size::Gpu);
        let along = |axis| sizes.iter().filter(|it| it.0 == axis).count();
        assert_eq!((along("games"), along("samples")), (10, 10));
        assert_eq!(sizes.last(), Some(&("samples", 128, 16_384)));
    }
}
