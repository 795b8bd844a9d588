//! Ctrl-C and SIGTERM: stop at once, but never in the middle of a file.
//!
//! The handler runs on a thread of its own. It waits for a file that is being written, then ends the process;
//! games in play are discarded, and the next run plays them again.

use crate::exit::{INTERRUPTED, say};
use anyhow::Context;
use std::sync::{Mutex, MutexGuard, PoisonError};

static WRITING: Mutex<()> = Mutex::new(());

/// From here on signals end the process with exit code 130.
pub fn install() -> anyhow::Result<()> {
    let stop = || {
        let _writing = hold();
        say("interrupted: whole blocks are kept, and the same command resumes after them");
        std::process::exit(i32::from(INTERRUPTED));
    };
    ctrlc::set_handler(stop).context("cannot handle signals")
}

/// Holds signals up as long as the guard lives.
pub fn hold() -> MutexGuard<'static, ()> {
    WRITING.lock().unwrap_or_else(PoisonError::into_inner)
}
