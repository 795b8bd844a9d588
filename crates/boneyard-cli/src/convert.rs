//! `convert`: a network's weights from any file that holds them to `.safetensors`.

use crate::cli::Convert;
use crate::exit::{BadInput, print};
use anyhow::Context;
use boneyard::net::{Architecture, Weights};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

/// Runs the command.
pub fn run(options: &Convert) -> anyhow::Result<ExitCode> {
    let Convert { from, to, heads } = options;
    let refuse = |error| BadInput(format!("{}: {error}", from.display()));
    let weights = Weights::open(from, *heads).map_err(refuse)?;
    if to.is_dir() {
        return Err(BadInput(format!("{}: expected a file to write, not a directory", to.display())).into());
    }
    let bytes = weights.to_safetensors();
    write(to, &bytes).with_context(|| format!("cannot write {}", to.display()))?;
    let written = Weights::read(&bytes, None).context("what was written is not a network")?;
    let Architecture { width, heads, layers, feed_forward } = weights.architecture();
    print(&format!(
        "{}: width {width}, {heads} heads, {layers} layers, feed-forward {feed_forward}, {} parameters\nsha256 {}",
        to.display(),
        weights.architecture().parameters(),
        written.sha256(),
    ));
    Ok(ExitCode::SUCCESS)
}

/// Through a temporary file beside it, so that the file appears whole or not at all.
fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(".tmp");
    let temporary = Path::new(&name);
    let written = fs::File::create(temporary)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(temporary, path));
    if written.is_err() {
        let _ = fs::remove_file(temporary);
    }
    written
}
