//! The example that loads a dataset in Python.

use crate::install::Install;
use crate::shell::{root, run};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Runs `examples/load_dataset.py` over a dataset, if there is a Python with polars or one can be made.
///
/// Python is no part of the workspace, so where there is none this is skipped, and says so; but an example that runs
/// and fails is a failure.
pub fn example(dataset: &Path, install: Install) -> Result<()> {
    let skip = |why: &str| eprintln!("xtask: SKIPPED examples/load_dataset.py: {why}");
    if !works("python3", &["--version"]) {
        skip("there is no python3 here");
        return Ok(());
    }
    let Some(python) = with_polars(install) else {
        skip(match install {
            Install::Refuse => {
                "python3 has no polars, and --no-install installs none: `pip install polars` does"
            }
            Install::Allow => {
                "python3 has no polars, and `python3 -m venv` with `pip install polars` did not work here"
            }
        });
        return Ok(());
    };
    run(Command::new(python).arg(root().join("examples/load_dataset.py")).arg(dataset))
        .context("examples/load_dataset.py does not load what `boneyard generate` writes")
}

/// A Python that has polars: the system's, or one under `target`, which is made if that is allowed.
fn with_polars(install: Install) -> Option<PathBuf> {
    let imports = ["-c", "import polars"];
    if works("python3", &imports) {
        return Some("python3".into());
    }
    let dir = root().join("target/python");
    let python = dir.join("bin/python");
    if !works(&python, &imports) {
        if install == Install::Refuse {
            return None;
        }
        eprintln!(
            "xtask: python3 has no polars; now installing it with pip, in {} only; --no-install prevents it",
            dir.display()
        );
        let made =
            Command::new("python3").args(["-m", "venv"]).arg(&dir).status().is_ok_and(|it| it.success());
        let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "polars"];
        if !made || !Command::new(&python).args(install).status().is_ok_and(|it| it.success()) {
            return None;
        }
    }
    works(&python, &imports).then_some(python)
}

fn works(program: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
