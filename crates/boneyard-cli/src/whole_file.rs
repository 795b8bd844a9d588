//! A file that appears whole or not at all, whatever ends the process.
//!
//! On Linux it has no name until it is whole, so that there is nothing to clear away. Where it takes the name of an older
//! file, and where a file system cannot do that, it has a temporary name, new and of nobody's guessing, which a [`Warden`]
//! removes if we cannot.

use crate::exit::BadInput;
use boneyard_run::is_bad_path;
use std::fs::{self, File};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::Path;
use tempfile::{Builder, NamedTempFile};

/// Refuses what is there and is not a file that may be replaced.
pub fn check(path: &Path) -> anyhow::Result<()> {
    let kind = match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() => return Ok(()),
        Ok(metadata) if metadata.is_dir() => "a directory",
        Ok(metadata) if metadata.is_symlink() => "a symbolic link",
        Ok(_) => "a device, pipe or socket",
        // Whatever else there is to say, writing will say.
        Err(_) => return Ok(()),
    };
    Err(BadInput(format!("{}: expected a file to write, not {kind}", path.display())).into())
}

/// Writes a file in place of the one of this name, if there is one.
pub fn write<T>(path: &Path, fill: impl Fn(&mut dyn Write) -> io::Result<T>) -> anyhow::Result<T> {
    written(path, &fill).map_err(|error| {
        let what = format!("cannot write {}", path.display());
        match is_bad_path(&error) {
            true => BadInput(format!("{what}: {error}")).into(),
            false => anyhow::Error::from(error).context(what),
        }
    })
}

type Fill<'a, T> = &'a dyn Fn(&mut dyn Write) -> io::Result<T>;

fn written<T>(path: &Path, fill: Fill<'_, T>) -> io::Result<T> {
    let directory = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    #[cfg(target_os = "linux")]
    if let Some(made) = unnamed(path, directory, fill)? {
        return Ok(made);
    }
    named(path, directory, fill)
}

/// Without a name until it is whole; nothing where that is not possible.
#[cfg(target_os = "linux")]
fn unnamed<T>(path: &Path, directory: &Path, fill: Fill<'_, T>) -> io::Result<Option<T>> {
    use rustix::fs::{AtFlags, CWD, OFlags, linkat};
    use std::os::fd::AsRawFd;
    use std::os::unix::fs::OpenOptionsExt;

    let flags = OFlags::TMPFILE.bits() as i32;
    let Ok(mut file) = File::options().write(true).custom_flags(flags).open(directory) else {
        return Ok(None);
    };
    let made = filled(&mut file, fill)?;
    let itself = format!("/proc/self/fd/{}", file.as_raw_fd());
    let link = |name: &Path| io::Result::Ok(linkat(CWD, &itself, CWD, name, AtFlags::SYMLINK_FOLLOW)?);
    match link(path) {
        Ok(()) => return Ok(Some(made)),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(_) => return Ok(None),
    }
    // A name can only be taken over by another.
    let (temporary, _warden) = temporary(directory, link)?;
    put(temporary, path)?;
    Ok(Some(made))
}

/// Under a temporary name until it is whole.
fn named<T>(path: &Path, directory: &Path, fill: Fill<'_, T>) -> io::Result<T> {
    let new = |name: &Path| File::options().write(true).create_new(true).open(name);
    let (mut temporary, _warden) = temporary(directory, new)?;
    let made = filled(temporary.as_file_mut(), fill)?;
    put(temporary, path)?;
    Ok(made)
}

/// Something under a temporary name, and who removes it if we cannot.
fn temporary<F>(
    directory: &Path,
    make: impl Fn(&Path) -> io::Result<F>,
) -> io::Result<(NamedTempFile<F>, Warden)> {
    let mut warden = Warden::default();
    let made = Builder::new().prefix(".boneyard-").suffix(".tmp").make_in(directory, |name| {
        warden = Warden::over(name);
        make(name)
    })?;
    Ok((made, warden))
}

/// A process that outlives this one, however that ends, and removes a name that is then still there.
#[derive(Default)]
struct Warden(#[cfg(unix)] Option<std::process::Child>);

#[cfg(unix)]
impl Warden {
    /// Where there is no shell, nobody watches.
    fn over(name: &Path) -> Self {
        use std::os::unix::process::CommandExt;
        use std::process::{Command, Stdio};
        // Its input ends when we do, after a line if all is well. A signal to our group is not meant for it.
        let mut shell = Command::new("sh");
        shell.args(["-c", "read _ || rm -f -- \"$1\"", "sh"]).arg(name).process_group(0);
        let shell = shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        Self(shell.spawn().ok())
    }
}

#[cfg(unix)]
impl Drop for Warden {
    fn drop(&mut self) {
        if let Some(shell) = &mut self.0 {
            let _ = shell.stdin.take().map(|mut input| input.write_all(b"\n"));
            let _ = shell.wait();
        }
    }
}

#[cfg(not(unix))]
impl Warden {
    fn over(_: &Path) -> Self {
        Self()
    }
}

fn filled<T>(file: &mut File, fill: Fill<'_, T>) -> io::Result<T> {
    let mut out = BufWriter::new(&mut *file);
    let made = fill(&mut out)?;
    out.flush()?;
    drop(out);
    file.sync_all()?;
    Ok(made)
}

/// Gives a whole file its name.
fn put<F>(temporary: NamedTempFile<F>, path: &Path) -> io::Result<()> {
    check(path).map_err(io::Error::other)?;
    temporary.persist(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    fn left(dir: &Path) -> Vec<String> {
        let names = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.collect()
    }

    /// With a name while it is made and without, over a file and where there is none.
    #[test]
    fn a_file_is_there_when_it_is_whole() {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("file");
        for (n, way) in [written, named_only, written].into_iter().enumerate() {
            let text = format!("text {n}");
            way(&path, &|out| {
                out.write_all(text.as_bytes())?;
                let before = fs::read(&path).unwrap_or_default();
                assert_ne!(before, text.as_bytes());
                Ok(())
            })
            .unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
            assert_eq!(left(dir.path()), ["file"]);
            let failed = way(&path, &|out| {
                out.write_all(b"half")?;
                Err(io::Error::other("no more"))
            });
            assert!(failed.is_err());
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
            assert_eq!(left(dir.path()), ["file"]);
        }
    }

    fn named_only(path: &Path, fill: Fill<'_, ()>) -> io::Result<()> {
        named(path, path.parent().unwrap(), fill)
    }
}
