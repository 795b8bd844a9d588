//! Trouble of the machine: exit code 1 and one sentence, where bad input is 2.
#![cfg(target_os = "linux")]

use crate::{boneyard, generate, golden, succeed, text, through_shell};
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// Runs to an end with this code and one line that contains `message`.
fn fails(command: &mut Command, code: i32, message: &str) {
    let output = command.output().unwrap();
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{command:?}: {said}");
    assert!(said.contains(message), "{command:?}: expected `{message}` in: {said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    // Whatever the system says, it says it once.
    assert!(said.matches("(os error").count() <= 1, "{said}");
}

/// Threads with stacks so large that no system has room for one.
fn without_threads(command: &mut Command) -> &mut Command {
    command.env("RUST_MIN_STACK", (1u64 << 50).to_string())
}

#[test]
fn no_threads_is_an_error_where_they_are_needed() {
    let dir = TempDir::new().unwrap();
    let network = golden("small.ckpt");
    let out = dir.path().join("out");
    for more in ["", "--json", "--threads 2"] {
        fails(without_threads(&mut generate(&out, more)), 1, "cannot start threads");
    }
    assert!(!out.exists(), "wrote something");
    for arguments in
        [&["evaluate-net", &network, "--games", "1"][..], &["solve"], &["evaluate", "--samples", "2"]]
    {
        fails(without_threads(&mut boneyard(arguments)), 1, "cannot start threads");
    }
}

#[test]
fn what_needs_no_threads_does_without() {
    let dir = TempDir::new().unwrap();
    let out = dir.path().join("out");
    succeed(&mut generate(&out, "--games 1"));
    let (out, to) = (out.to_str().unwrap(), dir.path().join("to.safetensors"));
    for arguments in [
        &["deal"][..],
        &["legal"],
        &["worlds", "--draw", "3"],
        &["tokens"],
        &["inspect", out, "--seed", "0"],
        &["card", out],
        &["convert", &golden("small.ckpt"), to.to_str().unwrap()],
        &["completions", "bash"],
        &["--help"],
    ] {
        succeed(without_threads(&mut boneyard(arguments)));
    }
}

#[test]
fn a_directory_that_cannot_be_written_is_the_machines() {
    let dir = TempDir::new().unwrap();
    // Not even root makes directories there.
    if Path::new("/sys/kernel").exists() {
        for more in ["", "--json"] {
            fails(&mut generate(Path::new("/sys/boneyard"), more), 1, "--out: cannot create /sys/boneyard");
        }
    }
    let closed = dir.path().join("closed");
    fs::create_dir(&closed).unwrap();
    let mut permissions = fs::metadata(&closed).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&closed, permissions).unwrap();
    // Root writes there all the same.
    if fs::write(closed.join("probe"), "").is_err() {
        fails(&mut generate(&closed, ""), 1, "--out: cannot ");
        fails(&mut generate(&closed.join("below"), ""), 1, "--out: cannot ");
    }
}

#[test]
fn a_name_that_is_taken_is_bad_input() {
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "not a directory").unwrap();
    fails(&mut generate(&file, ""), 2, "--out: ");
    fails(&mut generate(&file.join("below"), ""), 2, "--out: ");
    let long = dir.path().join("x".repeat(300));
    fails(&mut generate(&long, ""), 2, "--out: ");
    for path in ["/no/such/place", "/dev/null/below", long.to_str().unwrap()] {
        fails(&mut boneyard(&["inspect", path, "--seed", "0"]), 2, "cannot read ");
    }
}

/// A disk that takes no more, as far as the process can see.
#[test]
fn no_room_is_the_machines() {
    let dir = TempDir::new().unwrap();
    let no_room = "trap '' XFSZ; ulimit -f 0";
    let out = dir.path().join("out");
    fails(&mut through_shell(no_room, &generate(&out, "--games 1 --json")), 1, "File too large");
    let to = dir.path().join("to.safetensors");
    let convert = boneyard(&["convert", &golden("small.ckpt"), to.to_str().unwrap()]);
    fails(&mut through_shell(no_room, &convert), 1, "cannot write ");
    assert!(!to.exists());
    // With room, the same command goes on where it was.
    succeed(&mut generate(&out, "--games 1"));
}

/// A directory is open for reading, but reading it fails.
#[test]
fn input_that_cannot_be_read_is_an_error() {
    for calculator in ["deal", "legal", "worlds", "solve", "tokens"] {
        let directory = fs::File::open("/").unwrap();
        fails(boneyard(&[calculator]).stdin(directory), 1, "error: cannot read the input: ");
    }
}
