//! Where the time of a run goes, from the beginning of the command to its last row.

use boneyard_run::Tally;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// The parts of a run. Of several devices, which work at once, parts are added up.
#[derive(Clone, Debug)]
pub struct Timings {
    /// When the command began.
    pub begun: Instant,
    /// Looking at the machine, and for kernels that were compiled before.
    pub looking: Duration,
    /// Opening devices: their contexts.
    pub opening: Duration,
    /// Writing files.
    pub writing: Duration,
    /// When devices were open.
    pub opened: Option<Duration>,
    /// When the first rows were in a file.
    pub first_row: Option<Duration>,
    /// When the last ones were.
    pub last_row: Option<Duration>,
}

impl Timings {
    /// A command has begun.
    pub fn begin() -> Self {
        let none = Duration::ZERO;
        let (looking, opening, writing) = (none, none, none);
        Self {
            begun: Instant::now(),
            looking,
            opening,
            writing,
            opened: None,
            first_row: None,
            last_row: None,
        }
    }

    /// Devices were opened in so long.
    pub fn opened(&mut self, took: Duration) {
        self.opening += took;
        self.opened = Some(self.begun.elapsed());
    }

    /// Files were written in so long.
    pub fn wrote(&mut self, took: Duration) {
        self.writing += took;
        let now = self.begun.elapsed();
        self.first_row.get_or_insert(now);
        self.last_row = Some(now);
    }

    /// The parts in seconds, in their order.
    fn parts(&self, tally: &Tally) -> [(&'static str, f64); 7] {
        let seconds = |time: Duration| time.as_secs_f64();
        let (first, last) = (self.first_row.unwrap_or_default(), self.last_row.unwrap_or_default());
        let compiling = Duration::from_secs_f64(tally.compiling);
        let playing =
            last.saturating_sub(self.opened.unwrap_or(self.looking)).saturating_sub(self.writing + compiling);
        [
            ("looking", seconds(self.looking)),
            ("opening", seconds(self.opening)),
            ("compiling", tally.compiling),
            ("playing", seconds(playing)),
            ("writing", seconds(self.writing)),
            ("first_row", seconds(first)),
            ("last_row", seconds(last)),
        ]
    }

    /// For people.
    pub fn text(&self, tally: &Tally) -> String {
        let [looking, opening, compiling, playing, writing, first, last] =
            self.parts(tally).map(|(_, seconds)| seconds);
        format!(
            "timings  first row after {first:.3} s, last after {last:.3} s: looking for devices {looking:.3}, opening \
             {opening:.3}, compiling {compiling:.3}, playing {playing:.3}, Parquet {writing:.3}"
        )
    }

    /// For programs, in seconds.
    pub fn json(&self, tally: &Tally) -> Value {
        let parts = self.parts(tally).into_iter().map(|(name, seconds)| (name.to_owned(), json!(seconds)));
        Value::Object(parts.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_make_the_whole() {
        let seconds = Duration::from_millis;
        let timings = Timings {
            begun: Instant::now(),
            looking: seconds(100),
            opening: seconds(200),
            writing: seconds(30),
            opened: Some(seconds(310)),
            first_row: Some(seconds(700)),
            last_row: Some(seconds(1_000)),
        };
        let tally = Tally { compiling: 0.06, ..Tally::default() };
        assert_eq!(timings.json(&tally)["playing"], 0.6);
        let text = "timings  first row after 0.700 s, last after 1.000 s: looking for devices 0.100, opening 0.200, \
                    compiling 0.060, playing 0.600, Parquet 0.030";
        assert_eq!(timings.text(&tally), text);
    }
}
