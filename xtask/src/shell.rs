//! Running other programs.

use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The root of the workspace.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().expect("xtask is a folder of the workspace").to_owned()
}

/// `cargo` with these arguments, separated by spaces, in the root of the workspace.
pub fn cargo(arguments: &str) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.args(arguments.split_whitespace()).current_dir(root());
    command
}

/// Makes cargo work on the crate under `examples`, which is no member of the workspace.
pub const EXAMPLE: &str = "--manifest-path examples/custom-pipeline/Cargo.toml";
/// Makes it use the workspace's versions, and what the workspace has compiled.
pub const SHARED: &str = "--locked --target-dir target";

/// Says what is run, runs it and demands success.
pub fn run(command: &mut Command) -> Result<()> {
    let arguments: Vec<_> = command.get_args().map(|argument| argument.to_string_lossy()).collect();
    let program = Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy();
    let text = format!("{program} {}", arguments.join(" "));
    eprintln!("xtask: {text}");
    let status = command.status().with_context(|| format!("cannot run `{text}`"))?;
    ensure!(status.success(), "`{text}` failed");
    Ok(())
}

/// Vulkan's window system code complains without a directory for sockets, although no window is opened.
pub fn provide_runtime_dir(command: &mut Command) -> Result<()> {
    if std::env::var_os("XDG_RUNTIME_DIR").is_none() {
        let dir = root().join("target/xdg-runtime");
        std::fs::create_dir_all(&dir).with_context(|| format!("cannot create {}", dir.display()))?;
        command.env("XDG_RUNTIME_DIR", dir);
    }
    Ok(())
}
