//! Work on a thread of its own, so that Python can be interrupted, and other threads of it run, while it goes on.

use crate::errors::{MachineError, of_run};
use crate::network::Raised;
use boneyard::core::Error as Refused;
use boneyard_run::{Error, Result};
use pyo3::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How often a waiting call looks for Ctrl-C and tells how far the work has come.
const PAUSE: Duration = Duration::from_millis(50);

/// Longest wait for work to end that is no longer wanted, when the interpreter ends.
const PATIENCE: Duration = Duration::from_secs(5);

/// The work of this process that has not ended.
static UNDER_WAY: Mutex<Vec<Arc<Progress>>> = Mutex::new(Vec::new());

/// How far work has come, and whether it is still wanted.
#[derive(Debug, Default)]
pub struct Progress {
    unwanted: AtomicBool,
    ended: AtomicBool,
    /// Decisions made.
    pub decisions: AtomicU64,
    /// Games played to the end.
    pub games: AtomicU64,
    /// Worlds looked at in them.
    pub worlds: AtomicU64,
    /// Files written.
    pub files: AtomicU64,
}

impl Progress {
    /// Nobody wants the result any more: the work ends when it next looks.
    pub fn end(&self) {
        self.unwanted.store(true, Ordering::Relaxed);
    }

    /// Whether that was said.
    pub fn is_unwanted(&self) -> bool {
        self.unwanted.load(Ordering::Relaxed)
    }

    /// What Python is told: decisions, games, worlds, files.
    pub fn counts(&self) -> [u64; 4] {
        [&self.decisions, &self.games, &self.worlds, &self.files].map(|it| it.load(Ordering::Relaxed))
    }
}

/// Where work puts its results, one after the other.
pub struct Results<T>(SyncSender<Result<T>>);

impl<T> Results<T> {
    /// Hands one over; waits while enough of them are waiting.
    ///
    /// # Errors
    /// [`Refused::Stopped`] if nobody wants it.
    pub fn put(&self, result: T) -> Result<()> {
        self.0.send(Ok(result)).map_err(|_| Refused::Stopped.into())
    }
}

/// Work under way, and what comes of it.
pub struct Job<T> {
    process: u32,
    progress: Arc<Progress>,
    results: Mutex<Option<Receiver<Result<T>>>>,
}

impl<T: Send + 'static> Job<T> {
    /// Starts work that may be `ahead` results ahead of whoever takes them.
    pub fn start(
        ahead: usize,
        work: impl FnOnce(&Progress, &Results<T>) -> Result<()> + Send + 'static,
    ) -> PyResult<Self> {
        let (sender, receiver) = sync_channel(ahead);
        let progress = Arc::<Progress>::default();
        let own = Arc::clone(&progress);
        let body = move || {
            let results = Results(sender);
            let done = catch_unwind(AssertUnwindSafe(|| work(&own, &results)));
            let failed = match done {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some(error),
                Err(panic) => Some(Error::Core(Refused::Device {
                    device: "boneyard".to_owned(),
                    what: format!("an error of its own: {}", text_of(&*panic)),
                })),
            };
            if let Some(error) = failed {
                // Where nobody waits nobody is told.
                let _ = results.0.send(Err(error));
            }
            drop(results);
            own.ended.store(true, Ordering::Release);
            under_way().retain(|other| !Arc::ptr_eq(other, &own));
        };
        under_way().push(Arc::clone(&progress));
        let thread = std::thread::Builder::new().name("boneyard".to_owned()).spawn(body);
        if let Err(error) = thread {
            under_way().retain(|other| !Arc::ptr_eq(other, &progress));
            return Err(MachineError::new_err(format!("cannot start threads: {error}")));
        }
        Ok(Self { process: std::process::id(), progress, results: Mutex::new(Some(receiver)) })
    }

    /// The next result, `None` when there is none left. Tells `watcher` how far the work has come, and notices Ctrl-C.
    ///
    /// # Errors
    /// The work's, or what a function of Python has `raised` in it; `KeyboardInterrupt`, and whatever the watcher raises, both
    /// of which end the work.
    pub fn next(
        &self,
        py: Python<'_>,
        watcher: Option<&Py<PyAny>>,
        raised: Option<&Raised>,
    ) -> PyResult<Option<T>> {
        same_process(self.process)?;
        loop {
            let received = py.detach(|| {
                let results = self.results();
                results.as_ref().map(|results| results.recv_timeout(PAUSE))
            });
            if received.is_none() {
                return Ok(None);
            }
            let told = py.check_signals().and_then(|()| match watcher {
                Some(watcher) => watcher.call1(py, (self.progress.counts(),)).map(drop),
                None => Ok(()),
            });
            if let Err(raised) = told {
                self.end();
                return Err(raised);
            }
            match received {
                Some(Ok(Ok(result))) => return Ok(Some(result)),
                Some(Err(RecvTimeoutError::Timeout)) => {}
                Some(Ok(Err(error))) => {
                    self.end();
                    let raised = raised
                        .and_then(|raised| raised.lock().unwrap_or_else(PoisonError::into_inner).take());
                    return Err(raised.unwrap_or_else(|| of_run(error)));
                }
                Some(Err(RecvTimeoutError::Disconnected)) | None => return Ok(None),
            }
        }
    }

    /// Ends the work, if it has not ended; there are no more results.
    pub fn end(&self) {
        self.progress.end();
        // A thread that is waiting for a result looks up soon.
        if let Ok(mut results) = self.results.try_lock() {
            *results = None;
        }
    }

    fn results(&self) -> MutexGuard<'_, Option<Receiver<Result<T>>>> {
        self.results.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Drop for Job<T> {
    fn drop(&mut self) {
        self.progress.end();
    }
}

/// Refuses to go on in a process that was forked from the one where something began: threads are not forked.
///
/// # Errors
/// `boneyard.Error`.
pub fn same_process(process: u32) -> PyResult<()> {
    if process == std::process::id() {
        return Ok(());
    }
    Err(MachineError::new_err(
        "this was begun in the process that this one was forked from: begin it again here, or start processes with \
         multiprocessing's `spawn`",
    ))
}

/// Ends all work under way, and waits a while until it has: after that the interpreter is gone.
#[pyfunction]
pub fn end_all(py: Python<'_>) {
    py.detach(|| {
        let all: Vec<Arc<Progress>> = under_way().clone();
        all.iter().for_each(|progress| progress.end());
        let begun = Instant::now();
        let ended = |progress: &Arc<Progress>| progress.ended.load(Ordering::Acquire);
        while !all.iter().all(ended) && begun.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(5));
        }
    });
}

fn under_way() -> MutexGuard<'static, Vec<Arc<Progress>>> {
    UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a panic said.
fn text_of(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no reason given")
}
