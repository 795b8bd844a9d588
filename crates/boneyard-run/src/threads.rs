//! Threads, started where a machine that gives none is an error: work that finds no threads starts its own, and panics.

use anyhow::Context;
use std::sync::Mutex;
use std::thread::{self, Builder};

/// Starts the threads that all work outside a pool of its own shares.
pub fn start() -> anyhow::Result<()> {
    rayon::ThreadPoolBuilder::new().build_global().context("cannot start threads")
}

/// Checks that there is room for the threads that candle starts at its first network, about as many as it has processors
/// or as `RAYON_NUM_THREADS` says: so many are started for a moment.
pub fn check_room_for_networks() -> anyhow::Result<()> {
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
    .context("cannot start threads")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_check_for_room_ends() {
        super::check_room_for_networks().unwrap();
    }
}
