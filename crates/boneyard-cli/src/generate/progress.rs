//! How far the run has come: a bar on a terminal, else a line now and then; on stderr.

use super::interrupt;
use super::timings::Timings;
use crate::exit::say;
use boneyard::core::Played;
use boneyard::device::DeviceReport;
use boneyard::rules::PLIES;
use boneyard_run::{Tally, Watch};
use boneyard_runtime::KernelCache;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Shortest time between two plain lines.
const PAUSE: Duration = Duration::from_secs(2);

/// What all devices of a run have done together.
pub struct Board {
    games: u64,
    begun: Instant,
    /// Counts decisions.
    bar: Option<ProgressBar>,
    kernels: Option<KernelCache>,
    timings: Mutex<Timings>,
    state: Mutex<State>,
}

struct State {
    tally: Tally,
    last_line: Instant,
    /// It was said that this run waits.
    waits: bool,
}

impl Board {
    /// Of a run with this many games to play.
    pub fn new(games: u64, kernels: Option<KernelCache>, timings: Timings) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{bar:30} {percent:>3}%  {msg}  {eta} left");
            let style = style.expect("the template is well-formed");
            ProgressBar::new(games.saturating_mul(PLIES as u64)).with_style(style)
        });
        let begun = Instant::now();
        let state = State { tally: Tally::default(), last_line: begun, waits: false };
        Self { games, begun, bar, kernels, timings: Mutex::new(timings), state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where the time went.
    pub fn timings(&self) -> MutexGuard<'_, Timings> {
        self.timings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds what was done, and says how far the run has come.
    fn tell(&self, add: impl FnOnce(&mut Tally)) {
        let mut state = self.state();
        if state.tally.games == 0 {
            // By now all kernels are compiled, and whoever interrupts the run later has them the next time.
            self.keep_kernels();
        }
        add(&mut state.tally);
        let (games, elapsed) = (state.tally.games, self.begun.elapsed().as_secs_f64());
        let (rate, worlds) = (games as f64 / elapsed, state.tally.worlds as f64 / elapsed);
        let text = format!("{games} of {} games, {rate:.1} games/s, {worlds:.0} worlds/s", self.games);
        if let Some(bar) = &self.bar {
            bar.set_message(text);
        } else if state.last_line.elapsed() >= PAUSE {
            state.last_line = Instant::now();
            say(&text);
        }
    }

    fn keep_kernels(&self) {
        if let Some(Err(error)) = self.kernels.as_ref().map(KernelCache::save) {
            say(&format!("cannot keep compiled kernels: {error}"));
        }
    }

    /// All is written: what was done.
    pub fn finish(&self) -> Tally {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        self.keep_kernels();
        Tally { seconds: self.begun.elapsed().as_secs_f64(), ..self.state().tally.clone() }
    }
}

impl Watch for Board {
    fn ply(&self, games: usize) {
        if let Some(bar) = &self.bar {
            bar.inc(games as u64);
        }
    }

    fn played(&self, played: &Played) {
        self.tell(|tally| tally.add(played));
    }

    fn labelled(&self, games: usize, labels: usize) {
        if let Some(bar) = &self.bar {
            bar.inc((games * PLIES) as u64);
        }
        self.tell(|tally| {
            tally.games += games as u64;
            tally.worlds += labels as u64;
        });
    }

    fn opened(&self, took: Duration) {
        self.timings().opened(took);
    }

    fn device(&self, report: &DeviceReport) {
        self.state().tally.add_device(report);
    }

    fn written(&self, files: usize) {
        self.state().tally.files += files as u64;
    }

    fn waiting(&self, blocks: usize) {
        if !std::mem::replace(&mut self.state().waits, true) {
            let text = format!("waiting for {blocks} blocks that others are making");
            match &self.bar {
                Some(bar) => bar.set_message(text),
                None => say(&text),
            }
        }
    }

    fn writing<T>(&self, write: impl FnOnce() -> T) -> T {
        let _writing = interrupt::hold();
        let begun = Instant::now();
        let written = write();
        self.timings().wrote(begun.elapsed());
        written
    }
}
