//! `test`: what the tests need, then the tests.

use crate::install::Install;
use crate::shell::{EXAMPLE, SHARED, cargo, provide_runtime_dir, run};
use crate::wheel;
use anyhow::Result;
use std::path::Path;
use std::process::Command;

/// Runs all tests of the workspace, then those of the example and of the Python package; `full` with a hundred thousand
/// cases a fuzz test instead of two thousand. What they need and is missing is installed, or refused.
pub fn tests(full: bool, install: Install) -> Result<()> {
    if cfg!(target_os = "linux") {
        provide_vulkan(install)?;
    }
    run(&mut command("test --workspace", full)?)?;
    run(&mut command(&format!("test {EXAMPLE} {SHARED}"), full)?)?;
    wheel::test(install)
}

/// `cargo` in the environment of the tests.
fn command(arguments: &str, full: bool) -> Result<Command> {
    let mut command = cargo(arguments);
    command
        .env("BONEYARD_FUZZ_CASES", if full { "100000" } else { "2000" })
        // Device errors are told where they arise, and kernels keep their names.
        .env("CUBECL_DEBUG_OPTION", "profile-medium");
    provide_runtime_dir(&mut command)?;
    Ok(command)
}

/// Where the Vulkan loader looks for drivers.
const DRIVERS: [&str; 4] = [
    "/usr/share/vulkan/icd.d",
    "/etc/vulkan/icd.d",
    "/usr/local/share/vulkan/icd.d",
    "/usr/local/etc/vulkan/icd.d",
];

const BY_HAND: &str = "the GPU tests need a Vulkan driver and loader; a software driver will do: install the packages \
                       mesa-vulkan-drivers and libvulkan1 (Debian, Ubuntu), vulkan-swrast and vulkan-icd-loader \
                       (Arch), mesa-vulkan-drivers and vulkan-loader (Fedora)";

/// What is installed where something is missing: a driver that needs no GPU, and the loader.
const PACKAGES: [&str; 2] = ["mesa-vulkan-drivers", "libvulkan1"];

/// The GPU tests run on any machine, by a software driver if there is no GPU.
fn provide_vulkan(install: Install) -> Result<()> {
    missing().map_or(Ok(()), |missing| install.packages(missing, &PACKAGES, BY_HAND))
}

/// What of Vulkan is not here.
fn missing() -> Option<&'static str> {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let has_driver = is_set("VK_DRIVER_FILES")
        || is_set("VK_ICD_FILENAMES")
        || DRIVERS.iter().any(|dir| has_file(Path::new(dir), |name| name.ends_with(".json")));
    // Where the loader lies depends on the system; if the linker's cache cannot be asked, the driver decides.
    let cache = Command::new("ldconfig").arg("-p").output();
    let has_loader =
        cache.map_or(true, |cache| String::from_utf8_lossy(&cache.stdout).contains("libvulkan.so.1"));
    match (has_driver, has_loader) {
        (true, true) => None,
        (false, true) => Some("Vulkan driver"),
        (true, false) => Some("Vulkan loader"),
        (false, false) => Some("Vulkan driver and no loader"),
    }
}

fn has_file(dir: &Path, wanted: impl Fn(&str) -> bool) -> bool {
    let mut entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    entries.any(|entry| entry.file_name().to_str().is_some_and(&wanted))
}
