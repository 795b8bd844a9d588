//! Ctrl-C, SIGTERM and SIGHUP: stop at once, but never in the middle of a file.
//!
//! The handler runs on a thread of its own. It waits for a file that is being written, then ends the process;
//! games in play are discarded, and the next run plays them again. What whoever started the run has chosen to ignore, as
//! `nohup` does, stays ignored.

use crate::exit::{INTERRUPTED, say};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Held while a file is being written; true once the first was begun.
static WRITING: Mutex<bool> = Mutex::new(false);

/// From here on signals end the process with exit code 130. Before, they kill it, which harms nothing as nothing is
/// written.
pub fn install() -> anyhow::Result<()> {
    system::handle_signals()
}

/// Holds signals up as long as the guard lives.
pub fn hold() -> MutexGuard<'static, bool> {
    let mut begun = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    *begun = true;
    begun
}

/// What a signal does, once no file is being written.
fn stop() {
    let begun = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    say(if *begun {
        "interrupted: whole blocks are kept, and the same command resumes after them"
    } else {
        "interrupted: nothing was written"
    });
    system::exit(INTERRUPTED.into());
}

#[cfg(unix)]
mod system {
    use anyhow::Context;
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;
    use std::ffi::c_int;

    pub fn handle_signals() -> anyhow::Result<()> {
        let mut signals = Signals::new(wanted(ignored())).context("cannot handle signals")?;
        let listen = move || signals.forever().for_each(|_| super::stop());
        let thread = std::thread::Builder::new().name("signals".to_owned());
        thread.spawn(listen).context("cannot start threads")?;
        Ok(())
    }

    /// Without the clean-up of libraries that other threads are using.
    pub use signal_hook::low_level::exit;

    /// The signals to handle. Where it is not known what is ignored, SIGHUP is left alone: it then kills the process or does
    /// nothing, and both are right.
    fn wanted(ignored: Option<u64>) -> Vec<c_int> {
        let Some(ignored) = ignored else { return vec![SIGINT, SIGTERM] };
        [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|signal| ignored >> (signal - 1) & 1 == 0).collect()
    }

    /// The signals that this process ignores, number 1 in the lowest bit, where the system tells, as Linux does.
    fn ignored() -> Option<u64> {
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
        // Real-time signals may make it longer than 64 bits; they are the higher ones.
        let mask = mask.trim();
        u64::from_str_radix(mask.get(mask.len().saturating_sub(16)..)?, 16).ok()
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn what_is_ignored_stays_ignored() {
            assert_eq!(wanted(Some(0)), [SIGINT, SIGTERM, SIGHUP]);
            assert_eq!(wanted(Some(1 << (SIGHUP - 1))), [SIGINT, SIGTERM]);
            assert_eq!(wanted(Some(1 << (SIGINT - 1) | 1 << (SIGTERM - 1))), [SIGHUP]);
            assert_eq!(wanted(None), [SIGINT, SIGTERM]);
        }
    }
}

#[cfg(not(unix))]
mod system {
    use anyhow::Context;

    pub fn handle_signals() -> anyhow::Result<()> {
        ctrlc::set_handler(super::stop).context("cannot handle signals")
    }

    pub use std::process::exit;
}
