//! How far the run has come: a bar on a terminal, else a line now and then; on stderr.

use super::report::Tally;
use crate::exit::say;
use boneyard::rules::PLIES;
use indicatif::{ProgressBar, ProgressStyle};
use std::cell::Cell;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// Shortest time between two plain lines.
const PAUSE: Duration = Duration::from_secs(2);

pub struct Progress {
    games: u64,
    /// Counts decisions.
    bar: Option<ProgressBar>,
    /// Games of the block in play.
    in_play: Cell<u64>,
    last_line: Cell<Instant>,
    /// It was said that this run waits.
    waits: Cell<bool>,
}

impl Progress {
    /// Of a run with this many games to play.
    pub fn new(games: u64) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{bar:30} {percent:>3}%  {msg}  {eta} left");
            let style = style.expect("the template is well-formed");
            ProgressBar::new(games.saturating_mul(PLIES as u64)).with_style(style)
        });
        Self {
            games,
            bar,
            in_play: Cell::new(0),
            last_line: Cell::new(Instant::now()),
            waits: Cell::new(false),
        }
    }

    /// A block of so many games begins.
    pub fn begin(&self, games: u64) {
        self.in_play.set(games);
    }

    /// Its games have come one ply further.
    pub fn ply(&self) {
        if let Some(bar) = &self.bar {
            bar.inc(self.in_play.get());
        }
    }

    /// It is written.
    pub fn end(&self, tally: &Tally, elapsed: Duration) {
        let rate = tally.games as f64 / elapsed.as_secs_f64();
        let worlds = tally.worlds as f64 / elapsed.as_secs_f64();
        let text =
            format!("{} of {} games, {rate:.1} games/s, {worlds:.0} worlds/s", tally.games, self.games);
        if let Some(bar) = &self.bar {
            bar.set_message(text);
        } else if self.last_line.get().elapsed() >= PAUSE {
            self.last_line.set(Instant::now());
            say(&text);
        }
    }

    /// Nothing is left but blocks that other runs are making.
    pub fn waiting(&self, blocks: usize) {
        if !self.waits.replace(true) {
            let text = format!("waiting for {blocks} blocks that other runs are making");
            match &self.bar {
                Some(bar) => bar.set_message(text),
                None => say(&text),
            }
        }
    }

    /// All is written.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
