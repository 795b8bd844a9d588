//! `convert`: a network's weights from any file that holds them to `.safetensors`.

use crate::cli::Convert;
use crate::exit::{BadInput, print};
use crate::whole_file;
use boneyard::net::{Architecture, Weights, WeightsError};
use std::process::ExitCode;

/// Runs the command.
pub fn run(options: &Convert) -> anyhow::Result<ExitCode> {
    let Convert { from, to, heads } = options;
    whole_file::check(to)?;
    let weights = Weights::open(from, *heads).map_err(|error| match error {
        WeightsError::Failed(_) => anyhow::anyhow!("{}: {error}", from.display()),
        WeightsError::Unreadable { .. } => BadInput(error.to_string()).into(),
        _ => BadInput(format!("{}: {error}", from.display())).into(),
    })?;
    let sha256 = whole_file::write(to, |out| weights.write_safetensors(out))?;
    let Architecture { width, heads, layers, feed_forward } = weights.architecture();
    print(&format!(
        "{}: width {width}, {heads} heads, {layers} layers, feed-forward {feed_forward}, {} parameters\nsha256 {sha256}",
        to.display(),
        weights.architecture().parameters(),
    ))?;
    Ok(ExitCode::SUCCESS)
}
