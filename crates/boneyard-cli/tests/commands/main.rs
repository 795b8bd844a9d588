//! The real binary, from the outside.

mod adaptive;
#[cfg(unix)]
mod arena;
mod bad_input;
mod calibrate;
mod convert;
mod cubecl_toml;
mod determinism;
mod digests;
mod engine;
mod generate;
mod inspect;
#[cfg(unix)]
mod interrupt;
mod label;
mod machine;
mod network;
mod output;
mod posterior;
mod questions;
mod values;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// The binary with these arguments, its output captured.
fn boneyard(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_boneyard"));
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// `generate` into `out` with a handful of samples, plus `more`, separated by spaces.
fn generate(out: &Path, more: &str) -> Command {
    let mut command = boneyard(&["generate", "--samples", "8"]);
    // What is tested here must not depend on the machine.
    if !more.contains("--device") {
        command.args(["--device", "cpu"]);
    }
    command.args(more.split_whitespace()).arg("--out").arg(out);
    command
}

/// The command, started by a shell after `preparation`.
#[cfg(unix)]
fn through_shell(preparation: &str, command: &Command) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("{preparation}; exec \"$@\""), "sh"]);
    shell.arg(command.get_program()).args(command.get_args());
    shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    shell
}

/// A file of the golden data.
fn golden(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden").join(name);
    path.to_str().expect("a path in UTF-8").to_owned()
}

/// Runs to the end, which must be a good one.
fn succeed(command: &mut Command) -> Output {
    let output = command.output().expect("the binary runs");
    assert_eq!(output.status.code(), Some(0), "{command:?}: {}", text(&output.stderr));
    output
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Every file under `dir` with its bytes, by path.
fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(dir).expect("a directory") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if path.is_dir() {
            found.extend(files(&path).into_iter().map(|(inner, bytes)| (format!("{name}/{inner}"), bytes)));
        } else {
            found.insert(name, fs::read(&path).expect("a readable file"));
        }
    }
    found
}

/// The two directories hold the same files with the same bytes; unlike `assert_eq`, it prints no bytes.
fn assert_same(left: &Path, right: &Path) {
    let (left, right) = (files(left), files(right));
    assert_eq!(left.keys().collect::<Vec<_>>(), right.keys().collect::<Vec<_>>());
    for (name, bytes) in &left {
        assert!(*bytes == right[name], "{name} differs");
    }
}
