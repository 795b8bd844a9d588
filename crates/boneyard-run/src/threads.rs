//! Threads, started where a machine that gives none is an error: work that finds no threads starts its own, and panics.

use crate::{Error, Result};
use boneyard::core;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::sync::Mutex;
use std::thread::{self, Builder};

/// Most threads that make sense to ask for.
const MOST_THREADS: usize = 1024;

/// A pool of this many threads, 0 for one a core.
///
/// # Errors
/// [`core::Error::Setting`] for a number out of range; [`Error::Threads`].
pub fn pool(n: usize) -> Result<ThreadPool> {
    if n > MOST_THREADS {
        let expected = format!("1 to {MOST_THREADS}, or 0 for one a core");
        return Err(core::Error::Setting { setting: "threads", got: n.to_string(), expected }.into());
    }
    ThreadPoolBuilder::new().num_threads(n).build().map_err(|error| Error::Threads(error.to_string()))
}

/// Starts the threads that all work outside a pool of its own shares.
///
/// # Errors
/// [`Error::Threads`].
pub fn start() -> Result<()> {
    ThreadPoolBuilder::new().build_global().map_err(|error| Error::Threads(error.to_string()))
}

/// Checks that there is room for the threads that candle starts at its first network, about as many as it has processors
/// or as `RAYON_NUM_THREADS` says: so many are started for a moment.
///
/// # Errors
/// [`Error::Threads`].
pub fn check_room_for_networks() -> Result<()> {
    let here = thread::available_parallelism().map_or(1, usize::from);
    let asked = std::env::var("RAYON_NUM_THREADS").ok().and_then(|n| n.parse().ok());
    let gate = Mutex::new(());
    let closed = gate.lock();
    thread::scope(|scope| {
        let wait = || drop(gate.lock());
        let all = (0..here.max(asked.unwrap_or(0)))
            .try_for_each(|_| Builder::new().spawn_scoped(scope, wait).map(drop));
        drop(closed);
        all
    })
    .map_err(|error| Error::Threads(error.to_string()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_check_for_room_ends() {
        super::check_room_for_networks().unwrap();
    }
}
