//! Tells the crate which commit it is built from, if it is built from a checkout of its own repository.

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=BONEYARD_COMMIT");
    let commit = std::env::var("BONEYARD_COMMIT").ok().or_else(commit).unwrap_or_default();
    println!("cargo::rustc-env=BONEYARD_COMMIT={commit}");
}

/// The checked-out commit, or `None` where there is no git, no checkout, or only somebody else's.
fn commit() -> Option<String> {
    // The reflog changes with every commit and checkout.
    let log = git(&["rev-parse", "--git-path", "logs/HEAD"])?;
    if Path::new(&log).exists() {
        println!("cargo::rerun-if-changed={log}");
    }
    git(&["ls-files", "--error-unmatch", "build.rs"])?;
    git(&["rev-parse", "--short=12", "HEAD"])
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}
