//! `light`: the facade without devices, networks and files, on this machine and as WebAssembly.

use crate::install::Install;
use crate::shell::{cargo, root, run};
use anyhow::{Context, Result, bail, ensure};
use std::process::Command;
use std::time::Instant;

/// Where it is built, so that nothing that others have built is taken.
const TARGET: &str = "--target-dir target/light";
/// What a build without devices must not need.
const HEAVY: [&str; 5] = ["cubecl", "candle", "arrow", "parquet", "wgpu"];

const NODE_BY_HAND: &str =
    "the golden positions are solved in WebAssembly by Node: install the package nodejs";

/// Builds the facade without its features from cold, and solves the golden positions with it in Node.
pub fn light(install: Install) -> Result<()> {
    nothing_heavy()?;
    let cold = root().join("target/light");
    if cold.exists() {
        std::fs::remove_dir_all(&cold).with_context(|| format!("cannot remove {}", cold.display()))?;
    }
    let start = Instant::now();
    run(&mut cargo(&format!("build --package boneyard --no-default-features {TARGET}")))?;
    eprintln!("xtask: built from cold in {:.0} s", start.elapsed().as_secs_f64());
    provide_target(install)?;
    if !works("node", &["--version"]) {
        install.packages("Node", &["nodejs"], NODE_BY_HAND)?;
    }
    run(&mut cargo(&format!("build --package boneyard-light --target wasm32-unknown-unknown {TARGET}")))?;
    let module = cold.join("wasm32-unknown-unknown/debug/boneyard_light.wasm");
    run(Command::new("node").arg(root().join("tests/light/run.mjs")).arg(module))
}

/// The tree of what it needs has none of the heavy parts.
fn nothing_heavy() -> Result<()> {
    let tree = "tree --package boneyard --no-default-features --edges normal,build --prefix none";
    let output = cargo(tree).output().context("cannot run cargo")?;
    ensure!(output.status.success(), "`cargo {tree}` failed");
    let tree = String::from_utf8_lossy(&output.stdout);
    ensure!(tree.lines().any(|line| line.starts_with("boneyard-strategies ")), "the tree is not one: {tree}");
    let heavy = tree.lines().find(|line| HEAVY.iter().any(|name| line.starts_with(name)));
    ensure!(heavy.is_none(), "boneyard without features needs {}", heavy.unwrap_or_default());
    Ok(())
}

/// The standard library for WebAssembly.
fn provide_target(install: Install) -> Result<()> {
    let target = "wasm32-unknown-unknown";
    let by_hand = "`rustup target add wasm32-unknown-unknown` gets it";
    let installed = Command::new("rustup").args(["target", "list", "--installed"]).output();
    if installed.is_ok_and(|list| String::from_utf8_lossy(&list.stdout).contains(target)) {
        return Ok(());
    }
    if install == Install::Refuse {
        bail!(
            "there is no Rust standard library for {target} here, and --no-install installs none: {by_hand}"
        );
    }
    eprintln!("xtask: there is no Rust standard library for {target} here; now adding it with rustup");
    run(Command::new("rustup").args(["target", "add", target])).context(by_hand)
}

fn works(program: &str, arguments: &[&str]) -> bool {
    Command::new(program).args(arguments).output().is_ok_and(|output| output.status.success())
}
