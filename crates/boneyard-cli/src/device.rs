//! What there is to run on.

use crate::exit::print;
use boneyard_runtime::{DeviceChoice, KernelCache, choose, probe};
use std::process::ExitCode;

/// Says what is here, which is chosen and why.
pub fn list() -> anyhow::Result<ExitCode> {
    let here = probe();
    let choice = choose(DeviceChoice::Auto, &here)?;
    let kernels = KernelCache::folder().map_or("nowhere".to_owned(), |folder| folder.display().to_string());
    print(&format!(
        "{}\nauto    {} ({})\nkernels compiled for CUDA are kept in {kernels}",
        here.to_string().trim_end(),
        choice.chosen,
        choice.reason
    ))?;
    Ok(ExitCode::SUCCESS)
}
