//! What can go wrong around a run does go wrong here: simultaneous starts, `kill -9` and failing file operations at every
//! point, directories that vanish, flipped bits. After each, the dataset is right, or the command has said that it is not.
//!
//! A short version of every kind runs with the tests; `cargo xtask faults` runs all.
#![cfg(target_os = "linux")]

mod bits;
mod calls;
mod growth;
mod kills;
mod starts;

use boneyard::record::{Row, read_dir, verify};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::LazyLock;
use tempfile::TempDir;

/// `all` times in the whole suite, `some` times with the tests.
fn times(some: usize, all: usize) -> usize {
    if std::env::var("BONEYARD_FAULTS").is_ok_and(|value| value == "all") { all } else { some }
}

/// `generate` of games that take no time, on one thread of the CPU.
fn generate(out: &Path, more: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_boneyard"));
    command.args(["generate", "--device", "cpu", "--threads", "1", "--evaluator", "playout"]);
    if !more.contains("--samples") {
        command.args(["--samples", "2"]);
    }
    command.args(more.split_whitespace()).arg("--out").arg(out);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn succeed(command: &mut Command) -> Output {
    let output = command.output().expect("the binary runs");
    assert_eq!(output.status.code(), Some(0), "{command:?}: {}", text(&output.stderr));
    output
}

fn wait(child: Child) -> Output {
    child.wait_with_output().expect("it can be waited for")
}

/// What an answer with `--json` says.
fn json(output: &Output) -> serde_json::Value {
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// Rows and manifest of a dataset, byte by byte.
fn contents(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    fn collect(dir: &Path, into: &mut BTreeMap<PathBuf, Vec<u8>>) {
        for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
            let path = entry.path();
            match path.is_dir() {
                true => collect(&path, into),
                false => drop(into.insert(path.clone(), fs::read(&path).expect("a readable file"))),
            }
        }
    }
    let mut files = BTreeMap::new();
    collect(dir, &mut files);
    files.retain(|_, bytes| !bytes.is_empty());
    files
        .into_iter()
        .map(|(path, bytes)| (path.strip_prefix(dir).expect("below").to_owned(), bytes))
        .collect()
}

/// The seeds of a dataset in which nothing is wrong.
#[track_caller]
fn finished(dir: &Path) -> Vec<u64> {
    let verdict = verify(dir).expect("a dataset");
    assert!(verdict.is_finished(), "{:?}", verdict.findings);
    let mut rows: Vec<Row> = read_dir(dir).unwrap().collect::<Result<_, _>>().unwrap();
    rows.sort_by_key(|row| (row.seed, row.ply));
    rows.chunks(28).map(|game| game[0].seed).collect()
}

/// A pseudo-random sequence; the tests print where it began.
struct Random(u64);

impl Random {
    fn new() -> Self {
        let seed = u64::from(std::process::id()) ^ std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64;
        println!("random numbers from {seed}");
        Self(seed)
    }

    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((u128::from(self.0) * end as u128) >> 64) as usize
    }
}

/// The library to preload, compiled once.
static SHIM: LazyLock<(TempDir, PathBuf)> = LazyLock::new(|| {
    let dir = TempDir::new().unwrap();
    let library = dir.path().join("shim.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/shim.c");
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(source).arg("-ldl");
    let output = compiler.output().expect("a C compiler, which Rust links with");
    assert!(output.status.success(), "{}", text(&output.stderr));
    (dir, library)
});

/// Lets a command run with the shim.
fn with_shim<'a>(command: &'a mut Command, variables: &[(&str, &str)]) -> &'a mut Command {
    command.env("LD_PRELOAD", &SHIM.1).envs(variables.iter().copied())
}
