//! Watching a pipeline at work.

use crate::{Backend, Result};

/// Is told what a pipeline does, and changes nothing of it.
pub trait Observer<B: Backend> {
    /// The worlds of a chunk have been valued and added up.
    ///
    /// # Errors
    /// Those of looking at them; they end the run.
    fn valued(
        &mut self,
        _on: &mut B,
        _observations: &B::Observations,
        _worlds: &B::Worlds,
        _values: &B::Values,
    ) -> Result<()> {
        Ok(())
    }

    /// All decisions of a ply have their estimates.
    fn estimated(&mut self) {}
}

/// Watches nothing.
impl<B: Backend> Observer<B> for () {}

/// Calls a function once a ply, for progress.
#[derive(Clone, Copy, Debug)]
pub struct EveryPly<F>(pub F);

impl<B: Backend, F: FnMut()> Observer<B> for EveryPly<F> {
    fn estimated(&mut self) {
        (self.0)();
    }
}
