//! A known time.

use super::{Entry, Id, Prepared};
use crate::measure::Lap;
use crate::{Site, Size};
use anyhow::{Result, ensure};
use std::time::{Duration, Instant};

/// Sleeps. What it measures is the measuring: the rate is known, and so is what a comparison must say.
pub struct Stopwatch;

const NAP: Duration = Duration::from_millis(50);

fn nap() -> Lap {
    let start = Instant::now();
    std::thread::sleep(NAP);
    Lap { seconds: start.elapsed().as_secs_f64(), units: 1.0 }
}

impl<P: Site> Entry<P> for Stopwatch {
    fn id(&self) -> Id {
        Id::new("stopwatch", "sleep-50ms")
    }

    fn unit(&self) -> &'static str {
        "calls"
    }

    fn check(&mut self, _: &P, _: Size) -> Result<String> {
        let seconds = nap().seconds;
        ensure!(seconds >= NAP.as_secs_f64(), "a nap of {NAP:?} took {seconds} s");
        Ok("a nap is not shorter than asked for".to_owned())
    }

    fn prepare<'a>(&'a mut self, _: &'a P, _: Size) -> Result<Prepared<'a>> {
        Ok(Prepared::Ready(Box::new(|| Ok(nap()))))
    }
}
