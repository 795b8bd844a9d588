//! Datasets in Python: the example that loads one, and every library that reads a directory of Parquet files.

use crate::install::Install;
use crate::shell::{root, run};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What reads datasets, as pip and Python name it, and the version that is installed where there is none.
const LIBRARIES: [(&str, &str); 6] = [
    ("polars", "2.1.0"),
    ("numpy", "2.4.6"),
    ("pyarrow", "26.0.1"),
    ("pandas", "3.1.1"),
    ("duckdb", "2.0.1"),
    ("datasets", "5.2.0"),
];

/// Runs `examples/load_dataset.py` and `tests/readers.py` over a dataset, if there is a Python with their libraries or one
/// can be made.
///
/// Python is no part of the workspace, so where there is none this is skipped, and says so; but a script that runs and
/// fails is a failure.
pub fn read(dataset: &Path, install: Install) -> Result<()> {
    let skip = |why: &str| eprintln!("xtask: SKIPPED examples/load_dataset.py and tests/readers.py: {why}");
    if !works("python3", &["--version"]) {
        skip("there is no python3 here");
        return Ok(());
    }
    let Some(python) = with_libraries(install) else {
        skip(match install {
            Install::Refuse => {
                "python3 has no polars, numpy, pyarrow, pandas, duckdb and datasets, and --no-install installs none: pip does"
            }
            Install::Allow => {
                "python3 lacks libraries, and `python3 -m venv` with `pip install` did not work here"
            }
        });
        return Ok(());
    };
    for script in ["examples/load_dataset.py", "tests/readers.py"] {
        run(Command::new(&python).arg(root().join(script)).arg(dataset))
            .with_context(|| format!("{script} does not read what `boneyard generate` writes"))?;
    }
    Ok(())
}

/// A Python that has the libraries: the system's, or one under `target`, which is made if that is allowed.
fn with_libraries(install: Install) -> Option<PathBuf> {
    let import = format!("import {}", LIBRARIES.map(|(name, _)| name).join(", "));
    let imports = ["-c", &import];
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
            "xtask: python3 lacks libraries; now installing those of examples/load_dataset.py and tests/readers.py with pip, in {} only; --no-install prevents it",
            dir.display()
        );
        let made =
            Command::new("python3").args(["-m", "venv"]).arg(&dir).status().is_ok_and(|it| it.success());
        let pinned = LIBRARIES.map(|(name, version)| format!("{name}=={version}"));
        if !made || !pip(&python).args(&pinned).status().is_ok_and(|it| it.success()) {
            return None;
        }
    }
    works(&python, &imports).then_some(python)
}

/// `pip install`, which says nothing unless it fails.
pub fn pip(python: &Path) -> Command {
    let mut command = Command::new(python);
    command.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    command
}

/// Whether a program runs and succeeds.
pub fn works(program: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
