//! `wheel`: the Python package, built by maturin, and its tests.

use crate::install::Install;
use crate::python::{pip, works};
use crate::shell::{provide_runtime_dir, root, run};
use anyhow::{Context, Result, bail, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What builds it.
const MATURIN: &str = "maturin==1.16.0";

/// What its tests need beside it.
const FOR_TESTS: [&str; 9] = [
    "pytest==9.2.0",
    "numpy==2.4.6",
    "polars==2.1.0",
    "pyarrow==26.0.1",
    "pandas==3.1.1",
    "duckdb==2.0.1",
    "pettingzoo==1.27.0",
    "gymnasium==1.4.0",
    "mypy==2.4.1",
];

/// Builds the wheel that people get, says what it weighs, and leaves it in `target/wheels`.
pub fn wheel(install: Install) -> Result<()> {
    let made = build("wheel", "target/wheels", install)?;
    let bytes = std::fs::metadata(&made).with_context(|| format!("cannot read {}", made.display()))?.len();
    eprintln!("xtask: {} has {:.2} MB", made.display(), bytes as f64 / 1e6);
    Ok(())
}

/// Builds the package as the tests are built, installs it in a fresh virtual environment and runs `python/tests`.
///
/// Python is no part of the workspace, so where there is none this is skipped, and says so.
pub fn test(install: Install) -> Result<()> {
    if !works("python3", &["--version"]) {
        eprintln!("xtask: SKIPPED python/tests: there is no python3 here");
        return Ok(());
    }
    if install == Install::Refuse {
        eprintln!(
            "xtask: SKIPPED python/tests: maturin and what the tests need come by pip, and --no-install installs none"
        );
        return Ok(());
    }
    let made = build("dev", "target/wheels/tests", install)?;
    let python = environment("target/python-tests", &FOR_TESTS)?;
    run(pip(&python).args(["--force-reinstall", "--no-deps"]).arg(&made))?;
    let mut pytest = Command::new(&python);
    pytest.args(["-m", "pytest", "-q", "-p", "no:cacheprovider", "python/tests"]).current_dir(root());
    provide_runtime_dir(&mut pytest)?;
    run(&mut pytest)
}

/// Builds a wheel in a profile, the only one in its folder.
fn build(profile: &str, folder: &str, install: Install) -> Result<PathBuf> {
    ensure!(
        install == Install::Allow || works(root().join("target/maturin/bin/maturin"), &["--version"]),
        "there is no maturin in target/maturin, and --no-install installs none"
    );
    let maturin = environment("target/maturin", &[MATURIN])?.with_file_name("maturin");
    let folder = root().join(folder);
    for old in wheels(&folder) {
        std::fs::remove_file(&old).with_context(|| format!("cannot remove {}", old.display()))?;
    }
    let mut build = Command::new(maturin);
    build.args(["build", "--profile", profile, "--out"]).arg(&folder).current_dir(root());
    run(&mut build)?;
    match &wheels(&folder)[..] {
        [made] => Ok(made.clone()),
        made => bail!("expected one wheel in {}, found {}", folder.display(), made.len()),
    }
}

fn wheels(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "whl")).collect()
}

/// The Python of a virtual environment under `target` with these packages and no others of ours.
fn environment(folder: &str, packages: &[&str]) -> Result<PathBuf> {
    let folder = root().join(folder);
    let python = folder.join("bin/python");
    if !works(&python, &["--version"]) {
        run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
    }
    run(pip(&python).args(packages))?;
    Ok(python)
}
