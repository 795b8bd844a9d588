//! `faults`: whatever can go wrong around a run, hundreds of times.

use crate::shell::{cargo, provide_runtime_dir, run};
use anyhow::Result;

/// The whole suite of `crates/boneyard-cli/tests/faults`, of which the tests run a short version; then mutated networks and
/// lines of input.
pub fn faults() -> Result<()> {
    let mut suite = cargo("test --workspace --test faults -- --nocapture --test-threads 1");
    provide_runtime_dir(&mut suite)?;
    run(suite.env("BONEYARD_FAULTS", "all"))?;
    run(cargo("test --workspace --test weights").env("BONEYARD_FUZZ_CASES", "5000"))?;
    run(cargo("test --workspace --bin boneyard fuzz").env("BONEYARD_FUZZ_CASES", "24000"))
}
