//! CubeCL's configuration, looked at before CubeCL does.
//!
//! At its first use CubeCL takes the nearest `cubecl.toml` from the working directory up, and panics if it cannot be
//! parsed. The walk here is the same, and ends in an error instead.

use crate::RuntimeError;
use cubecl::config::{CubeClRuntimeConfig, RuntimeConfig};
use std::fs::read_to_string;
use std::path::{Path, PathBuf};
use toml::de::Error;

/// Checks the configuration that CubeCL will read. Opening a device does it too; a command that writes something
/// before does it early.
///
/// # Errors
/// [`RuntimeError::Configuration`] naming a file that CubeCL cannot parse, [`RuntimeError::NoWorkingDirectory`] if there
/// is nowhere to begin.
pub fn check_configuration() -> Result<(), RuntimeError> {
    let here = std::env::current_dir()
        .map_err(|error| RuntimeError::NoWorkingDirectory { reason: error.to_string() })?;
    here.ancestors().find_map(in_directory).unwrap_or(Ok(()))
}

/// Whether the configuration in this directory is good; `None` if there is none. As CubeCL does, it passes over what
/// cannot be read as text.
fn in_directory(dir: &Path) -> Option<Result<(), RuntimeError>> {
    let whole = CubeClRuntimeConfig::file_names().iter().map(|name| (dir.join(name), None));
    let sections = CubeClRuntimeConfig::section_file_names();
    let sections = sections.iter().map(|(name, section)| (dir.join(name), Some(*section)));
    whole.chain(sections).find_map(|(file, section)| {
        let text = read_to_string(&file).ok()?;
        let parsed = match section {
            None => toml::from_str::<CubeClRuntimeConfig>(&text).map(|_| ()),
            Some(section) => parse_section(&text, section)?,
        };
        Some(parsed.map_err(|error| refused(file, &text, &error)))
    })
}

/// `None` if the file has no such section.
fn parse_section(text: &str, section: &str) -> Option<Result<(), Error>> {
    let mut table: toml::Table = match toml::from_str(text) {
        Ok(table) => table,
        Err(error) => return Some(Err(error)),
    };
    Some(table.remove(section)?.try_into::<CubeClRuntimeConfig>().map(|_| ()))
}

fn refused(file: PathBuf, text: &str, error: &Error) -> RuntimeError {
    let message = error.message().lines().collect::<Vec<_>>().join(", ");
    let before = error.span().and_then(|span| text.get(..span.start));
    let what = match before {
        Some(before) => format!("line {}: {message}", before.matches('\n').count() + 1),
        None => message,
    };
    RuntimeError::Configuration { file, what }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn check(name: &str, text: &[u8], expected: Option<Result<(), &str>>) {
        let dir = tempfile::TempDir::new().unwrap();
        let file = dir.path().join(name);
        fs::write(&file, text).unwrap();
        match (in_directory(dir.path()), expected) {
            (Some(Err(error)), Some(Err(what))) => {
                let error = error.to_string();
                assert!(error.starts_with(&format!("{}: {what}", file.display())), "{error}");
                assert_eq!(error.lines().count(), 1, "{error}");
            }
            (got, expected) => assert_eq!(format!("{got:?}"), format!("{expected:?}"), "{name}"),
        }
    }

    #[test]
    fn what_cubecl_would_panic_over_is_an_error_that_says_where() {
        check("cubecl.toml", b"[compilation", Some(Err("line 1: ")));
        check("CubeCL.toml", b"# mine\n[autotune]\nlevel = \"most\"\n", Some(Err("line 3: ")));
        check("burn.toml", b"cubecl = [", Some(Err("line 1: ")));
        check("Burn.toml", b"[cubecl.autotune]\nlevel = 99\n", Some(Err("")));
    }

    #[test]
    fn what_cubecl_takes_or_passes_over_is_good() {
        check("cubecl.toml", b"", Some(Ok(())));
        check("cubecl.toml", b"[autotune]\nlevel = \"minimal\"\n", Some(Ok(())));
        check("burn.toml", b"[cubecl]\n", Some(Ok(())));
        check("burn.toml", b"[other]\n", None);
        check("cubecl.toml", b"\xff", None);
        check("other.toml", b"[", None);
    }
}
