//! What a small run takes of a device's memory.

use super::{On, setups};
use anyhow::{Result, anyhow, ensure};
use boneyard::prelude::{Greedy, Pipeline, Sampling, Solver, Unrank};
use cubecl::prelude::Runtime;

/// Bytes that 32 games of 50 samples may take.
const SMALL: u64 = 65_000_000;

/// Solves 32 games × 50 samples. Pools keep what earlier tasks asked for: run this one first, or alone.
pub fn run<R: Runtime>(on: &On<R>) -> Result<()> {
    let sampling = Sampling::new(50);
    Pipeline::new(on.device(), Unrank::default(), Solver, Greedy::default(), sampling)?
        .play(&setups(32), &mut ())?;
    let usage = on.client.memory_usage().map_err(|error| anyhow!("{error}"))?;
    println!(
        "memory: 32 games x 50 samples, solved, reserve {:.1} MB on the device, {:.1} MB of them in use",
        usage.bytes_reserved as f64 / 1e6,
        usage.bytes_in_use as f64 / 1e6
    );
    ensure!(usage.bytes_reserved < SMALL, "32 games x 50 samples should reserve less than {SMALL} bytes");
    Ok(())
}
