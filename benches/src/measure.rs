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
    /// Units a second, the median over the laps of all rounds.
    pub rate: f64,
    /// The largest of: half the distance between the 10th and the 90th percentile of a round's rates, and the distance of a
    /// round's median from the rate; relative to it. 0 if there was only one lap.
    pub spread: f64,
    /// Timed laps of all rounds, after those that warmed up.
    pub laps: usize,
    /// Units of one lap, on average.
    pub units: f64,
}

impl Timing {
    /// What the laps of some rounds come to.
    ///
    /// # Panics
    /// If there are no laps.
    pub fn of(rounds: &[Vec<Lap>]) -> Self {
        let all = || rounds.iter().flatten();
        let laps = all().count();
        let rate = quantile(&sorted_rates(all()), 0.5);
        let spreads = rounds.iter().map(|round| {
            let rates = sorted_rates(round.iter());
            let within = (quantile(&rates, 0.9) - quantile(&rates, 0.1)) / 2.0;
            let between = (quantile(&rates, 0.5) - rate).abs();
            within.max(between) / rate
        });
        let spread = spreads.fold(0.0, f64::max);
        let units = all().map(|lap| lap.units).sum::<f64>() / laps as f64;
        Self { rate, spread, laps, units }
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

/// What tests change about laps, to know what a comparison must say.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pretence {
    /// A lap counts as so many seconds, however long it took: nothing then depends on how busy the machine is.
    pub seconds: Option<f64>,
    /// A lap is made longer by this share.
    pub slowed: f64,
}

/// One round: runs `lap` to compile and warm up, then again and again for `budget` seconds: five laps or more if that takes
/// at most twice the budget, three in any case. Only a first lap of more than five seconds is taken as it is.
///
/// # Errors
/// Those of the laps.
pub fn measure(budget: f64, pretence: Pretence, lap: &mut dyn FnMut() -> Result<Lap>) -> Result<Vec<Lap>> {
    let Pretence { seconds, slowed } = pretence;
    let mut timed = || -> Result<Lap> {
        let mut lap = lap()?;
        lap.seconds = seconds.unwrap_or(lap.seconds);
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
    Ok(laps)
}

/// Units a second of every lap, from slow to fast.
fn sorted_rates<'a>(laps: impl Iterator<Item = &'a Lap>) -> Vec<f64> {
    let mut rates: Vec<f64> = laps.map(|lap| lap.units / lap.seconds.max(1e-9)).collect();
    rates.sort_by(f64::total_cmp);
    rates
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

    /// Laps of these rates.
    fn laps(rates: &[f64]) -> Vec<Lap> {
        rates.iter().map(|rate| Lap { seconds: 10.0 / rate, units: 10.0 }).collect()
    }

    fn check(rounds: &[Vec<Lap>], rate: f64, spread: f64) {
        let timing = Timing::of(rounds);
        assert!((timing.rate - rate).abs() < 1e-9 && (timing.spread - spread).abs() < 1e-9, "{timing:?}");
        assert_eq!((timing.laps, timing.units), (rounds.iter().map(Vec::len).sum(), 10.0));
    }

    #[test]
    fn medians_and_spread() {
        let round = laps(&[90.0, 100.0, 110.0, 95.0, 105.0, 98.0, 102.0, 99.0, 101.0, 97.0, 103.0]);
        // The 10th and 90th percentile are 95 and 105.
        check(std::slice::from_ref(&round), 100.0, 0.05);
        check(&[round.clone(), round], 100.0, 0.05);
        check(&[laps(&[7.0])], 7.0, 0.0);
    }

    /// Not the mean of two medians, which here would be 125: a round of many laps counts as many.
    #[test]
    fn the_median_is_over_the_laps_of_both_rounds() {
        let (many, few) = (laps(&[100.0; 5]), laps(&[150.0; 3]));
        check(&[many.clone(), few.clone()], 100.0, 0.5);
        check(&[few, many], 100.0, 0.5);
        check(&[laps(&[80.0; 3]), laps(&[120.0; 3])], 100.0, 0.2);
    }

    #[test]
    fn a_slowed_lap_is_slower_by_what_was_asked() {
        let mut lap = || {
            std::thread::sleep(Duration::from_millis(5));
            Ok(Lap { seconds: 0.005, units: 1.0 })
        };
        let mut timed = |slowed| {
            let laps = measure(0.05, Pretence { slowed, ..Pretence::default() }, &mut lap).unwrap();
            Timing::of(&[laps])
        };
        let (plain, slowed) = (timed(0.0), timed(0.2));
        assert!((plain.rate / slowed.rate - 1.2).abs() < 1e-6, "{plain:?} {slowed:?}");
        assert!(plain.laps >= FEWEST_LAPS && plain.spread < 1e-9, "{plain:?}");
    }

    #[test]
    fn laps_count_as_what_is_pretended() {
        let mut seconds = [0.3, 0.001, 2.0].into_iter().cycle();
        let mut lap = || Ok(Lap { seconds: seconds.next().unwrap(), units: 1.0 });
        let pretence = Pretence { seconds: Some(0.05), slowed: 0.2 };
        let laps = measure(0.01, pretence, &mut lap).unwrap();
        assert!(
            laps.len() >= FEWEST_LAPS && laps.iter().all(|lap| (lap.seconds - 0.06).abs() < 1e-9),
            "{laps:?}"
        );
    }
}
