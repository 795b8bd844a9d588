//! A pipeline with parts of one's own beside Boneyard's: two policies ([`Indifferent`], [`DoublesFirst`]) and a sampler
//! around any other ([`Balanced`]), each with a host face and a kernel, and a statistic ([`BestShare`]). It plays the same
//! games on the CPU and on GPUs.
//!
//! Start reading at `doubles.rs`, the simplest strategy that runs everywhere. A strategy is three things: what it does
//! on the host, what it does in a kernel, and one `impl` that ties the two together. Boneyard's backends run it in batches,
//! on threads and on devices.

mod doubles;
mod policy;
mod sampler;
mod statistic;

pub use doubles::{DoublesFirst, DoublesFirstKernel};
pub use policy::{Indifferent, IndifferentKernel};
pub use sampler::{Balanced, BalancedKernel};
pub use statistic::{BestShare, Readable};

use boneyard::StandardBackend;
use boneyard::core::{Error, Policy, Sampler};
use boneyard::prelude::*;
use boneyard::strategies::evaluator::{Cascade, Playout};

/// Plays games on a backend with exact values for the last two tricks and quick ones before: little enough for a driver
/// in software. Says of each game what share of worlds its first move was best in.
///
/// # Errors
/// If the device fails, or the sampler cannot find its worlds.
pub fn play<B: StandardBackend + Readable>(
    backend: B,
    sampler: impl Sampler<B>,
    policy: impl Policy<B>,
    setups: &[Setup],
) -> Result<(Played, BestShare), Error>
where
    Cascade<Solver, Playout>: boneyard::core::Evaluator<B>,
{
    let values = Cascade::new(2, Solver, Playout)?;
    let mut share = BestShare::default();
    let played =
        Pipeline::new(backend, sampler, values, policy, Sampling::new(20))?.play(setups, &mut share)?;
    Ok((played, share))
}
