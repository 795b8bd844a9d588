//! Files and directories that appear whole or not at all, and stay through a power cut.

use crate::{Error, Result};
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::Path;
use tempfile::{Builder, NamedTempFile};

/// Ending of files that are being written.
pub(crate) const TEMPORARY: &str = ".tmp";

/// A file that is complete and synced, but not yet where it belongs. Dropping it removes it.
pub(crate) struct Draft(NamedTempFile);

impl Draft {
    /// Writes these bytes under a name of their own in `dir`.
    pub(crate) fn write(dir: &Path, bytes: &[u8]) -> Result<Self> {
        let mut builder = Builder::new();
        #[cfg(unix)]
        let permissions = {
            use std::os::unix::fs::PermissionsExt;
            // As any program's files: the user's mask takes away from it.
            fs::Permissions::from_mode(0o666)
        };
        #[cfg(unix)]
        builder.permissions(permissions);
        let mut file =
            builder.suffix(TEMPORARY).tempfile_in(dir).map_err(Error::io("create a file in", dir))?;
        file.write_all(bytes).map_err(Error::io("write", file.path()))?;
        file.as_file().sync_all().map_err(Error::io("sync", file.path()))?;
        Ok(Self(file))
    }

    /// Moves it to `path`, over what is there.
    pub(crate) fn replace(self, path: &Path) -> Result<()> {
        let draft = self.0.into_temp_path();
        fs::rename(&draft, path).map_err(Error::io("create", path))?;
        // It is no longer there to be removed; this cannot fail where there is no flag for temporary files.
        let _ = draft.keep();
        sync_directory(path.parent().expect("a file has a directory"))
    }

    /// Gives it the name `path` if nothing has it; false if something has.
    pub(crate) fn create(self, path: &Path) -> Result<bool> {
        match fs::hard_link(self.0.path(), path) {
            Ok(()) => sync_directory(path.parent().expect("a file has a directory")).map(|()| true),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(Error::io("create", path)(error)),
        }
    }
}

/// Whether a file or directory is there; that it cannot be looked at is not that it is absent.
pub(crate) fn exists(path: &Path) -> Result<bool> {
    path.try_exists().map_err(Error::io("look at", path))
}

/// Makes a directory in one that exists, if it is not there.
pub(crate) fn make_directory(path: &Path) -> Result<()> {
    match fs::create_dir(path) {
        Ok(()) => sync_directory(path.parent().unwrap_or(Path::new("."))),
        Err(error) if error.kind() == ErrorKind::AlreadyExists && is_directory(path)? => Ok(()),
        Err(error) => Err(Error::io("create", path)(error)),
    }
}

/// Makes a directory and those above it, as far as they are not there.
pub(crate) fn make_directories(path: &Path) -> Result<()> {
    if path.as_os_str().is_empty() || is_directory(path)? {
        return Ok(());
    }
    if let Some(parent) = path.parent() {
        make_directories(parent)?;
    }
    make_directory(path)
}

/// Whether there is a directory of this name.
pub(crate) fn is_directory(path: &Path) -> Result<bool> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(metadata.is_dir()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Error::io("look at", path)(error)),
    }
}

/// Makes an empty file, if it is not there.
pub(crate) fn make_mark(path: &Path) -> Result<()> {
    match File::options().write(true).create_new(true).open(path) {
        Ok(_) => sync_directory(path.parent().expect("a file has a directory")),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(Error::io("create", path)(error)),
    }
}

/// Makes what was done to names in a directory last, where directories can be synced: some file systems refuse.
fn sync_directory(dir: &Path) -> Result<()> {
    if cfg!(not(unix)) {
        return Ok(());
    }
    let dir = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
    match File::open(dir).and_then(|handle| handle.sync_all()) {
        Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => Ok(()),
        result => result.map_err(Error::io("sync", dir)),
    }
}
