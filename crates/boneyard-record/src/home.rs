//! A dataset's directory while runs are at work in it: who else is there, and whether it is still the one that was opened.
//!
//! Every run holds a shared lock on `.boneyard/lock` as long as it lives, and an exclusive one on `.boneyard/claims/<block>`
//! while it makes a block. The system releases the locks of a process that dies. Who gets the lock for itself is alone, and
//! removes what dead runs left behind.
//!
//! Where a file system cannot lock, a block may be made twice; as its rows are the same, no harm is done.

use crate::layout::{MANIFEST, STATE};
use crate::publish::{self, Draft, TEMPORARY};
use crate::{Error, Manifest, Result, Span, Wanted};
use std::fs::{self, File, Metadata, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long to wait for a run that cleans up, which takes it a moment.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often to ask again for a lock.
const PAUSE: Duration = Duration::from_millis(5);

/// The opened directory.
#[derive(Debug)]
pub(crate) struct Home {
    root: PathBuf,
    /// What tells it from another directory of the same name.
    identity: Option<(u64, u64)>,
    /// The manifest as it was found or created.
    manifest: Vec<u8>,
    /// Held shared; `None` where the file system cannot lock.
    lock: Option<File>,
}

/// Whether a block is ours to make.
#[derive(Debug)]
pub(crate) enum Claim {
    /// As long as the file is kept; `None` where the file system cannot lock.
    Ours(#[allow(dead_code, reason = "kept for its lock")] Option<File>),
    /// Another run is making it.
    Taken,
}

impl Home {
    /// Enters `root`, which must be a dataset of `manifest` or becomes one.
    ///
    /// # Errors
    /// [`Error::Different`], [`Error::Unreadable`], [`Error::Busy`], [`Error::Io`].
    pub(crate) fn enter(root: &Path, manifest: &Manifest, bytes: impl FnOnce() -> Vec<u8>) -> Result<Self> {
        publish::make_directories(root)?;
        let identity = identity(&fs::metadata(root).map_err(Error::io("look at", root))?);
        let state = root.join(STATE);
        publish::make_directory(&state)?;
        let lock = enter_shared(&state)?;
        for name in ["claims", "asked", "partial"] {
            publish::make_directory(&state.join(name))?;
        }
        let path = root.join(MANIFEST);
        if !publish::exists(&path)? {
            create_manifest(&state, &path, &bytes())?;
        }
        // Another run may have created it: what counts is what is there.
        let there = fs::read(&path).map_err(Error::io("read", &path))?;
        Manifest::read(&path, &there)?.agrees(root, manifest)?;
        let this = Self { root: root.to_owned(), identity, manifest: there, lock };
        this.check()?;
        Ok(this)
    }

    /// False where the file system cannot lock.
    pub(crate) fn can_lock(&self) -> bool {
        self.lock.is_some()
    }

    /// Checks that the directory and its manifest are still those that were opened.
    ///
    /// # Errors
    /// [`Error::Gone`], [`Error::Io`].
    pub(crate) fn check(&self) -> Result<()> {
        let gone = || Error::Gone { dir: self.root.clone() };
        let or_gone = |path: PathBuf| {
            move |error: std::io::Error| match error.kind() {
                ErrorKind::NotFound | ErrorKind::NotADirectory => gone(),
                _ => Error::io("look at", &path)(error),
            }
        };
        let path = self.root.join(MANIFEST);
        let root = fs::metadata(&self.root).map_err(or_gone(self.root.clone()))?;
        let manifest = fs::read(&path).map_err(or_gone(path))?;
        let same = identity(&root) == self.identity && manifest == self.manifest;
        if same { Ok(()) } else { Err(gone()) }
    }

    /// Puts a file where it belongs, if the directory is still the one that was opened.
    ///
    /// # Errors
    /// [`Error::Gone`], [`Error::Io`].
    pub(crate) fn publish(&self, path: &Path, bytes: &[u8]) -> Result<()> {
        let draft = Draft::write(&self.root.join(STATE), bytes).map_err(|error| self.or_gone(error))?;
        // Between a draft in this directory and its new name nothing can come: if the directory is replaced now, moving
        // the draft fails.
        self.check()?;
        draft.replace(path).map_err(|error| self.or_gone(error))
    }

    /// What a failure means, if the directory is no longer there.
    fn or_gone(&self, error: Error) -> Error {
        self.check().err().filter(|error| matches!(error, Error::Gone { .. })).unwrap_or(error)
    }

    /// Claims a block.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(crate) fn claim(&self, block: u64) -> Result<Claim> {
        if !self.can_lock() {
            return Ok(Claim::Ours(None));
        }
        self.check()?;
        let path = self.root.join(STATE).join("claims").join(format!("{block:06}"));
        let file = open_lock(&path).map_err(|error| self.or_gone(error))?;
        match file.try_lock() {
            Ok(()) => Ok(Claim::Ours(Some(file))),
            Err(TryLockError::WouldBlock) => Ok(Claim::Taken),
            Err(TryLockError::Error(error)) => Err(Error::io("lock", &path)(error)),
        }
    }

    /// Notes that these games were asked for: the dataset is finished when all such are there.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(crate) fn ask(&self, wanted: Wanted) -> Result<()> {
        let Span { first, last } = wanted.span;
        let split = wanted.split.map(|split| format!("-{}", split.name())).unwrap_or_default();
        self.mark(&self.root.join(STATE).join("asked").join(format!("{first}-{last}{split}")))
    }

    /// Makes an empty file, if it is not there and the directory is still the one that was opened.
    ///
    /// # Errors
    /// [`Error::Gone`], [`Error::Io`].
    pub(crate) fn mark(&self, path: &Path) -> Result<()> {
        self.check()?;
        publish::make_mark(path).map_err(|error| self.or_gone(error))
    }

    /// Makes a directory, if it is not there and that above it is still the one that was opened.
    ///
    /// # Errors
    /// [`Error::Gone`], [`Error::Io`].
    pub(crate) fn make_directory(&self, path: &Path) -> Result<()> {
        if publish::is_directory(path)? {
            return Ok(());
        }
        self.check()?;
        publish::make_directory(path).map_err(|error| self.or_gone(error))
    }

    /// Removes what dead runs left, if no other run is at work here. The directory must still be the one that was opened.
    ///
    /// # Errors
    /// [`Error::Gone`], [`Error::Io`].
    pub(crate) fn leave(self) -> Result<()> {
        self.check()?;
        // Where a shared lock cannot become an exclusive one at once, it is lost; nothing is begun after this.
        if self.lock.as_ref().is_some_and(|lock| lock.try_lock().is_ok()) {
            tidy(&self.root.join(STATE)).map_err(|error| self.or_gone(error))?;
        }
        self.check()
    }
}

/// All games that were ever asked for in a directory.
///
/// # Errors
/// [`Error::Io`].
pub(crate) fn asked(root: &Path) -> Result<Vec<Wanted>> {
    let read = |path: PathBuf| {
        let name = path.file_name()?.to_str()?;
        let split = name.rsplit_once('-').and_then(|(span, split)| Some((span, split.parse().ok()?)));
        let (span, split) = split.map_or((name, None), |(span, split)| (span, Some(split)));
        Some(Wanted { span: span.parse().ok()?, split })
    };
    Ok(list(&root.join(STATE).join("asked"))?.into_iter().filter_map(read).collect())
}

/// Opens the lock of a directory and holds it shared; `None` where the file system cannot lock.
fn enter_shared(state: &Path) -> Result<Option<File>> {
    let path = state.join("lock");
    let lock = open_lock(&path)?;
    match lock.try_lock() {
        Ok(()) => {
            tidy(state)?;
            lock.unlock().map_err(Error::io("unlock", &path))?;
        }
        Err(TryLockError::WouldBlock) => {}
        Err(TryLockError::Error(_)) => return Ok(None),
    }
    let begun = Instant::now();
    loop {
        match lock.try_lock_shared() {
            Ok(()) => return Ok(Some(lock)),
            Err(TryLockError::Error(_)) => return Ok(None),
            Err(TryLockError::WouldBlock) if begun.elapsed() > PATIENCE => {
                return Err(Error::Busy { path });
            }
            Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
        }
    }
}

/// For writing too: some network file systems lock no others.
fn open_lock(path: &Path) -> Result<File> {
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false);
    options.open(path).map_err(Error::io("open", path))
}

/// Removes what belongs to no run that lives. Only for who holds the lock alone.
fn tidy(state: &Path) -> Result<()> {
    let drafts = list(state)?;
    let drafts = drafts.into_iter().filter(|path| path.to_string_lossy().ends_with(TEMPORARY));
    for path in drafts.chain(list(&state.join("claims"))?) {
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(Error::io("remove", &path)(error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Creates the manifest, complete at once, unless there is one.
fn create_manifest(state: &Path, path: &Path, bytes: &[u8]) -> Result<()> {
    // Not all file systems can give a file a second name. Where they cannot, who holds this looks first.
    let guard = open_lock(&state.join("birth"))?;
    let locked = guard.lock().is_ok();
    match Draft::write(state, bytes)?.create(path) {
        Ok(_) => Ok(()),
        Err(_) if locked && !publish::exists(path)? => Draft::write(state, bytes)?.replace(path),
        Err(error) => Err(error),
    }
}

#[cfg(unix)]
#[allow(clippy::unnecessary_wraps, reason = "other systems have none")]
fn identity(metadata: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> Option<(u64, u64)> {
    None
}

/// The entries of a directory; none if it does not exist.
pub(crate) fn list(dir: &Path) -> Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(Error::io("list", dir))?,
    };
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| Ok(entry.map_err(Error::io("list", dir))?.path())).collect::<Result<_>>()?;
    paths.sort_unstable();
    Ok(paths)
}
