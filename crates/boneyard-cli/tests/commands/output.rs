//! An answer that is lost is an error; a reader that has seen enough is not; an error that nobody hears is still one.
#![cfg(target_os = "linux")]

use crate::{boneyard, generate, golden, succeed, text};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

const SEED: &str = "{\"seed\": 7}\n";

/// The deal of seed 0, six of seven tricks played.
const POSITION: &str = concat!(
    "{\"hands\": [[0, 3, 5, 7, 10, 14, 17], [2, 4, 18, 19, 21, 23, 25], [6, 9, 11, 15, 20, 22, 26], ",
    "[1, 8, 12, 13, 16, 24, 27]], \"declaration\": 5, \"leader\": 0, \"plays\": [17, 18, 20, 16]}\n"
);

/// A device that has no room for anything.
fn full() -> File {
    OpenOptions::new().write(true).open("/dev/full").unwrap()
}

/// Runs with this input.
fn run(command: &mut Command, input: &str) -> Output {
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    // It may not read it at all.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

/// Every command, and every flag that changes what it prints, with its input. New files go into `dir`, which has a dataset.
fn every_command(dir: &Path) -> Vec<(Command, &'static str)> {
    let network = golden("small.ckpt");
    let dataset = dir.join("dataset");
    let mut commands = Vec::new();
    for (i, more) in ["", "--json", "--dry-run", "--dry-run --json"].into_iter().enumerate() {
        commands.push((generate(&dir.join(format!("new-{i}")), &format!("--games 1 {more}")), ""));
        commands.push((generate(&dataset, &format!("--games 1 {more}")), ""));
    }
    let [dataset, to] = [dataset, dir.join("to.safetensors")].map(|path| path.display().to_string());
    let lines = [
        format!("inspect {dataset} --seed 0"),
        format!("inspect {dataset} --seed 0 --ply 3"),
        format!("verify {dataset}"),
        format!("verify {dataset} --json"),
        format!("card {dataset}"),
        format!("convert {network} {to}"),
        format!("evaluate-net {network} --games 1"),
        format!("evaluate-net {network} --games 1 --json"),
        "devices".to_owned(),
        "advise 66,65,64,61,55,42,10 --samples 2".to_owned(),
        "bid 66,65,64,61,55,42,10 --samples 2 --deals 3 --player samples=2".to_owned(),
        format!("review {dataset} --of-seed 0 --samples 2"),
    ];
    let plain = lines.iter().map(|line| (line.as_str(), ""));
    let shells = ["bash", "elvish", "fish", "powershell", "zsh"].map(|shell| format!("completions {shell}"));
    let scripts = shells.iter().map(|line| (line.as_str(), ""));
    let helps = ["--help", "-h", "--version", "-V", "help", "help generate", "generate --help", "solve -h"];
    let calculators = [
        ("deal", SEED),
        ("legal", POSITION),
        ("worlds", POSITION),
        ("worlds --list", POSITION),
        ("worlds --draw 3", POSITION),
        ("solve", POSITION),
        ("evaluate --samples 2", POSITION),
        ("evaluate --samples 2 --restarts 2", POSITION),
        ("tokens", POSITION),
    ];
    let all = plain.chain(scripts).chain(helps.map(|line| (line, ""))).chain(calculators);
    commands.extend(all.map(|(line, input)| (boneyard(&line.split(' ').collect::<Vec<_>>()), input)));
    commands
}

fn with_dataset() -> TempDir {
    let dir = TempDir::new().unwrap();
    succeed(&mut generate(&dir.path().join("dataset"), "--games 1"));
    dir
}

#[test]
fn a_lost_answer_is_an_error_of_every_command() {
    let dir = with_dataset();
    for (mut command, input) in every_command(dir.path()) {
        let output = run(command.stdout(full()), input);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{command:?}: {said}");
        assert!(
            said.starts_with("error: ") && said.contains("No space left on device"),
            "{command:?}: {said}"
        );
        assert_eq!(said.matches("No space left").count(), 1, "told once: {said}");
    }
}

#[test]
fn a_closed_pipe_is_none() {
    let dir = with_dataset();
    for (mut command, input) in every_command(dir.path()) {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = run(command.stdout(writer), input);
        assert_eq!(output.status.code(), Some(0), "{command:?}: {}", text(&output.stderr));
    }
}

#[test]
fn errors_that_nobody_hears_keep_their_code() {
    let dir = with_dataset();
    for (mut command, input) in every_command(dir.path()) {
        let output = run(command.stdout(full()).stderr(full()), input);
        assert_eq!(output.status.code(), Some(1), "{command:?}");
    }
    for (line, input) in [
        ("", ""),
        ("generate --sampler mcmc", ""),
        ("generate --games 0", ""),
        ("inspect /no/such/place --seed 0", ""),
        ("convert nowhere.ckpt to", ""),
        ("evaluate-net nowhere.ckpt", ""),
        ("evaluate --samples 0", ""),
        ("deal", "{}\n"),
        ("solve", "{}\n{}\n"),
    ] {
        let mut command = boneyard(&line.split_whitespace().collect::<Vec<_>>());
        let output = run(command.stderr(full()), input);
        assert_eq!(output.status.code(), Some(2), "{line}");
    }
}
