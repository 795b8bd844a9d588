//! Kernels that were compiled before, for commands that would take longer to compile them than to run.

use crate::exit::say;
use boneyard_run::place;
use boneyard_runtime::{Choice, Chosen, KernelCache};
use std::sync::{Mutex, PoisonError};

/// What was found, from the first device on.
static KERNELS: Mutex<Option<Option<KernelCache>>> = Mutex::new(None);

/// Finds them, when the first device is about to be opened.
pub fn find(choice: &Choice) {
    let mut kernels = KERNELS.lock().unwrap_or_else(PoisonError::into_inner);
    if kernels.is_none() && choice.chosen != Chosen::Cpu {
        *kernels = Some(place::kernel_cache(std::slice::from_ref(choice), say));
    }
}

/// Keeps what was compiled, at the end of the process.
pub fn save() {
    // Taken, so that its private folder goes.
    let kernels = KERNELS.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(Some(kernels)) = kernels
        && let Err(error) = kernels.save()
    {
        say(&format!("cannot keep compiled kernels: {error}"));
    }
}
