//! Files that appear whole or not at all.

use crate::{Error, Result};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// Ending of files that are being written.
pub const TEMPORARY: &str = ".tmp";

/// Writes `path` through a temporary file in the same directory: synced, then renamed. The temporary file is
/// removed if `write` fails.
///
/// # Errors
/// What `write` returns, or [`Error::Io`].
pub fn create(path: &Path, write: impl FnOnce(File) -> Result<File>) -> Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(TEMPORARY);
    let temporary = PathBuf::from(name);
    let file = File::create(&temporary).map_err(Error::io("create", &temporary))?;
    let written = write(file).and_then(|file| {
        file.sync_all().map_err(Error::io("sync", &temporary))?;
        fs::rename(&temporary, path).map_err(Error::io("rename", &temporary))
    });
    if written.is_err() {
        // Nothing more can be done if this fails too; the next run cleans up.
        let _ = fs::remove_file(&temporary);
    }
    written?;
    sync_directory(path.parent().expect("a file has a directory"))
}

/// Makes a rename last through a power cut, where directories can be synced.
fn sync_directory(dir: &Path) -> Result<()> {
    if cfg!(unix) {
        let dir = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
        File::open(dir).and_then(|handle| handle.sync_all()).map_err(Error::io("sync", dir))?;
    }
    Ok(())
}
