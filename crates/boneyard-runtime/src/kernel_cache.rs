//! Compiled kernels, kept from process to process.
//!
//! CubeCL has a cache of its own, which finds a kernel by its name and parameters: it would run an old one after an update,
//! and whatever somebody wrote into its files. So it gets a private folder, filled from a *bundle* that is bound to all that
//! determines the machine code (this program's bytes, device, driver, compiler) and carries the SHA-256 of its content; what
//! does not agree is compiled anew. Bundles are written under another name and renamed, so any number of processes may
//! use one; of two that compiled different kernels at once the one with more is kept.

use cubecl::config::cache::CacheConfig;
use cubecl::config::{CubeClRuntimeConfig, RuntimeConfig};
use sha2::{Digest, Sha256};
use std::fs;
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::{Builder, TempDir};

/// Most bytes of all bundles together; the oldest go first.
const MOST_BYTES: u64 = 256 << 20;

/// What the names of files and folders begin with that belong to one process.
const NEW: &str = ".new-";

/// What a bundle's name ends with.
const ENDING: &str = ".kernels";

/// Kernels that were compiled before, for the devices of one name.
#[derive(Debug)]
pub struct KernelCache {
    bundle: PathBuf,
    /// CubeCL's own folder.
    private: TempDir,
    /// The size of what it began with.
    found: u64,
}

impl KernelCache {
    /// The user's folder for it: `boneyard/kernels` in the system's folder for caches; `None` if there is no such folder.
    #[must_use]
    pub fn folder() -> Option<PathBuf> {
        Some(dirs::cache_dir()?.join("boneyard").join("kernels"))
    }

    /// Lets CubeCL find the kernels that `folder` has for this program and a device that `device` describes: its name, its
    /// driver and compiler. Must come before the first device is opened. `None` if the user has configured a cache of
    /// CubeCL's.
    ///
    /// # Errors
    /// If the folder or this program cannot be read; then nothing has changed.
    pub fn open(folder: &Path, device: &str) -> io::Result<Option<Self>> {
        let mut config = CubeClRuntimeConfig::from_current_dir().override_from_env();
        if config.compilation.cache.is_some() {
            return Ok(None);
        }
        let this = Self::prepare(folder, &key(device)?)?;
        config.compilation.cache = Some(CacheConfig::File(this.private.path().to_owned()));
        CubeClRuntimeConfig::set(config);
        Ok(Some(this))
    }

    fn prepare(folder: &Path, key: &str) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let bundle = folder.join(format!("{key}{ENDING}"));
        let private = Builder::new().prefix(NEW).tempdir_in(folder)?;
        let files = read(&bundle)?.unwrap_or_default();
        for (name, bytes) in &files {
            let path = private.path().join(name);
            fs::create_dir_all(path.parent().expect("it lies in the folder"))?;
            fs::write(path, bytes)?;
        }
        Ok(Self { bundle, private, found: size(&files) })
    }

    /// Keeps what was compiled since; bundles that were not used for longest make room.
    ///
    /// # Errors
    /// If the bundle cannot be written; then it is as before.
    pub fn save(&self) -> io::Result<()> {
        let mut files = Files::new();
        collect(self.private.path(), "", &mut files)?;
        // Most runs compile nothing, and need not look at the bundle again.
        let nothing_new = size(&files) <= self.found;
        if nothing_new || size(&files) <= size(&read(&self.bundle)?.unwrap_or_default()) {
            return Ok(());
        }
        write(&self.bundle, &files)?;
        make_room(self.bundle.parent().expect("it lies in a folder"), &self.bundle)
    }
}

/// Files by their names, which have `/` between folders.
type Files = Vec<(String, Vec<u8>)>;

fn size(files: &Files) -> u64 {
    files.iter().map(|(_, bytes)| bytes.len() as u64).sum()
}

/// All files of a folder, in the order of their names.
fn collect(folder: &Path, prefix: &str, files: &mut Files) -> io::Result<()> {
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let (path, name) = (entry.path(), format!("{prefix}{}", entry.file_name().to_string_lossy()));
        if path.is_dir() {
            collect(&path, &format!("{name}/"), files)?;
        } else {
            files.push((name, fs::read(path)?));
        }
    }
    Ok(())
}

/// Names all that determines machine code.
fn key(device: &str) -> io::Result<String> {
    let mut hash = Sha256::new_with_prefix(device);
    let mut program = fs::File::open(std::env::current_exe()?)?;
    let mut part = vec![0; 1 << 20];
    loop {
        match program.read(&mut part)? {
            0 => break,
            n => hash.update(&part[..n]),
        }
    }
    Ok(hex(&hash.finalize()[..16]))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The content of a bundle, if there is one and it is as it was written: a line with the SHA-256 of the rest, then of each
/// file a line with its size and name, and its bytes.
fn read(path: &Path) -> io::Result<Option<Files>> {
    let bytes = match fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        bytes => bytes?,
    };
    let sealed = line(&bytes).filter(|(digest, rest)| *digest == hex(&Sha256::digest(rest)));
    let Some((_, mut rest)) = sealed else { return Ok(None) };
    let mut files = Files::new();
    while let Some((head, after)) = line(rest) {
        let entry = head.split_once(' ').and_then(|(size, name)| Some((size.parse::<usize>().ok()?, name)));
        let Some((size, name)) = entry.filter(|(size, _)| *size <= after.len()) else { return Ok(None) };
        files.push((name.to_owned(), after[..size].to_vec()));
        rest = &after[size..];
    }
    Ok(Some(files))
}

/// The first line, and what comes after it.
fn line(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let end = bytes.iter().position(|&byte| byte == b'\n')?;
    Some((std::str::from_utf8(&bytes[..end]).ok()?, &bytes[end + 1..]))
}

fn write(path: &Path, files: &Files) -> io::Result<()> {
    let mut content = Vec::new();
    for (name, bytes) in files {
        writeln!(content, "{} {name}", bytes.len())?;
        content.extend(bytes);
    }
    let folder = path.parent().expect("it lies in a folder");
    let mut file = Builder::new().prefix(NEW).tempfile_in(folder)?;
    writeln!(file, "{}", hex(&Sha256::digest(&content)))?;
    file.write_all(&content)?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

/// When what a process wrote for itself is no longer needed: it was killed.
const ABANDONED: Duration = Duration::from_secs(24 * 3600);

/// Removes the oldest bundles until the rest is small enough, and what killed processes left; keeps `kept`.
fn make_room(folder: &Path, kept: &Path) -> io::Result<()> {
    let mut bundles = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(metadata) = entry.metadata() else { continue };
        let ours = entry.file_name().to_string_lossy().ends_with(ENDING);
        let age = metadata.modified()?.elapsed().unwrap_or_default();
        if ours {
            bundles.push((age, metadata.len(), entry.path()));
        } else if age > ABANDONED && entry.file_name().to_string_lossy().starts_with(NEW) {
            let path = entry.path();
            let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        }
    }
    bundles.sort();
    let mut total = 0;
    for (_, size, path) in bundles {
        total += size;
        if total > MOST_BYTES && path != kept {
            // Another process may have been quicker.
            let _ = fs::remove_file(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As CubeCL does: a table of contents, and kernels one after the other.
    fn compile(cache: &KernelCache, kernel: &[u8]) {
        let folder = cache.private.path().join("cuda/0.10.0/ptx");
        fs::create_dir_all(&folder).unwrap();
        for name in ["chunk0.cbor", "toc.json.log"] {
            let path = folder.join(name);
            fs::write(&path, [fs::read(&path).unwrap_or_default(), kernel.to_vec()].concat()).unwrap();
        }
    }

    fn found(cache: &KernelCache) -> Vec<u8> {
        fs::read(cache.private.path().join("cuda/0.10.0/ptx/chunk0.cbor")).unwrap_or_default()
    }

    #[test]
    fn what_was_compiled_is_there_the_next_time() {
        let folder = TempDir::new().unwrap();
        let open = |key: &str| KernelCache::prepare(folder.path(), key).unwrap();
        let first = open("a");
        assert!(found(&first).is_empty());
        first.save().unwrap();
        assert!(!first.bundle.exists(), "nothing to keep");
        compile(&first, b"one\n\0");
        first.save().unwrap();
        let second = open("a");
        assert_eq!(found(&second), b"one\n\0");
        compile(&second, b"two");
        second.save().unwrap();
        assert_eq!(found(&open("a")), b"one\n\0two");
        assert!(found(&open("b")).is_empty(), "another program, device or driver");
    }

    #[test]
    fn of_two_processes_the_one_with_more_is_kept() {
        let folder = TempDir::new().unwrap();
        let [first, second] = [(); 2].map(|()| KernelCache::prepare(folder.path(), "a").unwrap());
        compile(&first, b"one and two");
        compile(&second, b"three");
        first.save().unwrap();
        second.save().unwrap();
        assert_eq!(found(&KernelCache::prepare(folder.path(), "a").unwrap()), b"one and two");
    }

    #[test]
    fn damaged_bundles_are_compiled_anew() {
        let folder = TempDir::new().unwrap();
        let cache = KernelCache::prepare(folder.path(), "a").unwrap();
        compile(&cache, b"one");
        cache.save().unwrap();
        let whole = fs::read(&cache.bundle).unwrap();
        for bit in 0..whole.len() * 8 {
            let mut damaged = whole.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            fs::write(&cache.bundle, &damaged).unwrap();
            assert_eq!(read(&cache.bundle).unwrap(), None, "bit {bit}");
        }
        for length in 0..whole.len() {
            fs::write(&cache.bundle, &whole[..length]).unwrap();
            assert_eq!(read(&cache.bundle).unwrap(), None, "cut at {length}");
        }
        let again = KernelCache::prepare(folder.path(), "a").unwrap();
        assert!(found(&again).is_empty());
        compile(&again, b"one");
        again.save().unwrap();
        assert_eq!(fs::read(&cache.bundle).unwrap(), whole);
    }

    #[test]
    fn the_oldest_make_room() {
        let folder = TempDir::new().unwrap();
        for (name, age) in [("old", 300), ("new", 100), ("kept", 900)] {
            let path = folder.path().join(format!("{name}{ENDING}"));
            let file = fs::File::create(&path).unwrap();
            file.set_len(MOST_BYTES / 2 + 1).unwrap();
            let then = std::time::SystemTime::now() - std::time::Duration::from_secs(age);
            file.set_modified(then).unwrap();
        }
        make_room(folder.path(), &folder.path().join(format!("kept{ENDING}"))).unwrap();
        let mut left: Vec<_> =
            fs::read_dir(folder.path()).unwrap().map(|it| it.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["kept.kernels", "new.kernels"].map(std::ffi::OsString::from));
    }
}
