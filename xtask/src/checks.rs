//! `checks`: what must hold besides the tests.

use crate::install::Install;
use crate::python;
use crate::shell::{EXAMPLE, SHARED, cargo, root, run};
use anyhow::{Context, Result, ensure};
use std::collections::BTreeSet;
use std::process::Command;

/// Formatting, lints, documentation, the README's main command, and the example that loads what it makes.
pub fn checks(install: Install) -> Result<()> {
    run(&mut cargo("fmt --all --check")).context("`cargo fmt --all` would change files")?;
    run(&mut cargo("clippy --workspace --all-targets -- -D warnings"))?;
    run(&mut cargo(&format!("fmt {EXAMPLE} --check")))
        .context("`cargo fmt` would change files of the example")?;
    run(&mut cargo(&format!("clippy {EXAMPLE} {SHARED} --all-targets -- -D warnings")))?;
    same_versions()?;
    run(cargo("doc --workspace --no-deps").env("RUSTDOCFLAGS", "-D warnings"))?;
    smoke(install)
}

/// The example is locked to the versions of the workspace.
fn same_versions() -> Result<()> {
    let locked = |path: &str| -> Result<BTreeSet<String>> {
        let text =
            std::fs::read_to_string(root().join(path)).with_context(|| format!("cannot read {path}"))?;
        let packages = text.split("[[package]]").skip(1);
        let lines = |package: &str| package.trim().lines().take(2).collect::<Vec<_>>().join(", ");
        Ok(packages.map(lines).collect())
    };
    let (ours, theirs) = (locked("Cargo.lock")?, locked("examples/custom-pipeline/Cargo.lock")?);
    let others: Vec<_> = theirs.difference(&ours).filter(|it| !it.contains("\"custom-pipeline\"")).collect();
    ensure!(
        others.is_empty(),
        "the example is locked to versions that the workspace does not have: {others:?}; copy Cargo.lock to \
         examples/custom-pipeline and run cargo there"
    );
    Ok(())
}

/// Makes a small dataset as the README says, and reads it back, in Rust and in Python. With the program that the tests use: a
/// release build takes ten minutes on two cores, and finds nothing that they do not.
fn smoke(install: Install) -> Result<()> {
    let out = root().join("target/smoke");
    if out.exists() {
        std::fs::remove_dir_all(&out).with_context(|| format!("cannot remove {}", out.display()))?;
    }
    run(&mut cargo("test --workspace --no-run"))?;
    let boneyard = || Command::new(root().join("target/debug/boneyard"));
    run(boneyard().args(["generate", "--games", "32", "--samples", "50", "--out"]).arg(&out))?;
    run(boneyard().arg("verify").arg(&out))?;
    python::read(&out, install)
}
