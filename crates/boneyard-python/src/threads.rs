//! Threads, kept from call to call.

use crate::errors::of_run;
use boneyard_run::threads::pool;
use pyo3::prelude::*;
use rayon::ThreadPool;
use std::sync::{Arc, Mutex, PoisonError};

/// The threads of the last process and number that were asked for.
static THREADS: Mutex<Option<(u32, usize, Arc<ThreadPool>)>> = Mutex::new(None);

/// Threads, kept from call to call. After a fork there are none, and new ones are started.
pub fn threads(n: usize) -> PyResult<Arc<ThreadPool>> {
    let process = std::process::id();
    let mut kept = THREADS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, _, pool)) = kept.as_ref().filter(|(of, many, _)| (*of, *many) == (process, n)) {
        return Ok(Arc::clone(pool));
    }
    let made = Arc::new(pool(n).map_err(of_run)?);
    if let Some((of, _, old)) = kept.replace((process, n, Arc::clone(&made)))
        && of != process
    {
        // Threads that another process has cannot be waited for.
        std::mem::forget(old);
    }
    Ok(made)
}
