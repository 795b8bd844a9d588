//! Repetition, medians and spread.

use anyhow::Result;
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};

/// One timed pass of an entry.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lap {
    /// What it took.
    pub seconds: f64,
    /// How many worlds, decisions or games it did.
    pub units: f64,
}

/// What many laps took.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// Units a second, the median over laps.
    pub rate: f64,
    /// Half the distance between the 10th and the 90th percentile of the rate, relative to its median, or between two rounds
    /// of laps, whichever is larger; 0 if there was only one lap.
    pub spread: f64,
    /// Timed laps, after the one that warmed up.
    pub laps: usize,
    /// Units of one lap.
    pub units: f64,
}

impl Timing {
    /// Together with another round of laps.
    pub fn with_round(self, other: Self) -> Self {
        let rate = (self.rate + other.rate) / 2.0;
        let between = (self.rate - other.rate).abs() / 2.0 / rate;
        let units = (self.units + other.units) / 2.0;
        let spread = self.spread.max(other.spread).max(between);
        Self { rate, spread, laps: self.laps + other.laps, units }
    }
}

/// Laps that are wanted, if they do not take more than twice the budget.
const WANTED_LAPS: usize = 5;
/// Fewest laps, unless the first is long.
const FEWEST_LAPS: usize = 3;
const MOST_LAPS: usize = 50;

/// Shorter passes are put together into laps of so many seconds: what a clock or a queue adds to one of them is noise.
const SHORTEST_LAP: f64 = 0.01;

/// Share of the budget that passes take before the first that is timed: processors raise their clocks under load.
const WARM_UP: f64 = 0.2;

/// A first lap longer than this counts as the measurement: whatever it warmed up is little beside it.
const LONG_LAP: f64 = 5.0;

/// Runs `lap` to compile and warm up, then again and again for `budget` seconds: five laps or more if that takes at most
/// twice the budget, three in any case. Only a first lap of more than five seconds is taken as it is.
///
/// `slowed` makes every lap longer by this share, for tests of what compares measurements.
///
/// # Errors
/// Those of the laps.
pub fn measure(budget: f64, slowed: f64, lap: &mut dyn FnMut() -> Result<Lap>) -> Result<Timing> {
    let mut timed = || -> Result<Lap> {
        let lap = lap()?;
        let extra = lap.seconds * slowed;
        let start = Instant::now();
        while slowed > 0.0 && start.elapsed().as_secs_f64() < extra {
            // Asleep for most of it, awake for an exact end.
            if extra - start.elapsed().as_secs_f64() > 2e-3 {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        Ok(Lap { seconds: lap.seconds + extra, ..lap })
    };
    let first = timed()?;
    let mut laps = Vec::new();
    if first.seconds > LONG_LAP {
        laps.push(first);
    }
    let mut spent = first.seconds;
    while spent < WARM_UP * budget {
        spent += timed()?.seconds.max(1e-6);
    }
    spent = 0.0;
    while first.seconds <= LONG_LAP
        && laps.len() < MOST_LAPS
        && (spent < budget || laps.len() < WANTED_LAPS)
        && (spent < 2.0 * budget || laps.len() < FEWEST_LAPS)
    {
        let start = Instant::now();
        let mut lap = timed()?;
        while lap.seconds < SHORTEST_LAP {
            let next = timed()?;
            lap = Lap { seconds: (lap.seconds + next.seconds).max(1e-6), units: lap.units + next.units };
        }
        laps.push(lap);
        spent += start.elapsed().as_secs_f64();
    }
    Ok(summary(&laps))
}

fn summary(laps: &[Lap]) -> Timing {
    let mut rates: Vec<f64> = laps.iter().map(|lap| lap.units / lap.seconds.max(1e-9)).collect();
    rates.sort_by(f64::total_cmp);
    let rate = quantile(&rates, 0.5);
    let spread = (quantile(&rates, 0.9) - quantile(&rates, 0.1)) / 2.0 / rate;
    let units = laps.iter().map(|lap| lap.units).sum::<f64>() / laps.len() as f64;
    Timing { rate, spread, laps: laps.len(), units }
}

/// A quantile of sorted numbers, between neighbours in proportion.
fn quantile(sorted: &[f64], q: f64) -> f64 {
    let place = q * (sorted.len() - 1) as f64;
    let (low, high) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    low + (high - low) * place.fract()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_and_spread() {
        let laps = |rates: &[f64]| -> Vec<Lap> {
            rates.iter().map(|rate| Lap { seconds: 10.0 / rate, units: 10.0 }).collect()
        };
        let timing =
            summary(&laps(&[90.0, 100.0, 110.0, 95.0, 105.0, 98.0, 102.0, 99.0, 101.0, 97.0, 103.0]));
        assert!((timing.rate - 100.0).abs() < 1e-9, "{timing:?}");
        assert!(
            (timing.spread - 0.05).abs() < 1e-9,
            "the 10th and 90th percentile are 95 and 105: {timing:?}"
        );
        assert_eq!((timing.laps, timing.units), (11, 10.0));
        assert_eq!(summary(&laps(&[7.0])).spread, 0.0);
        let rounds = timing.with_round(Timing { rate: 140.0, ..timing });
        assert!((rounds.rate - 120.0).abs() < 1e-9 && (rounds.spread - 1.0 / 6.0).abs() < 1e-9, "{rounds:?}");
        assert_eq!(rounds.laps, 22);
        assert!((timing.with_round(timing).spread - timing.spread).abs() < 1e-9);
    }

    #[test]
    fn a_slowed_lap_is_slower_by_what_was_asked() {
        let mut lap = || {
            std::thread::sleep(Duration::from_millis(5));
            Ok(Lap { seconds: 0.005, units: 1.0 })
        };
        let plain = measure(0.05, 0.0, &mut lap).unwrap();
        let slowed = measure(0.05, 0.2, &mut lap).unwrap();
        assert!((plain.rate / slowed.rate - 1.2).abs() < 1e-6, "{plain:?} {slowed:?}");
        assert!(plain.laps >= WANTED_LAPS && plain.spread < 1e-9);
    }
}
