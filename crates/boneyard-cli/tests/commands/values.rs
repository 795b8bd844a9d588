//! Values as people type them: other spellings, near misses, help, completion.

use crate::{boneyard, generate, succeed, text};
use serde_json::Value;
use std::path::Path;

/// The configuration that a dry run with these options describes.
fn configured(options: &str) -> Value {
    let output = succeed(&mut generate(Path::new("nowhere"), &format!("{options} --dry-run --json")));
    let plan: Value = serde_json::from_slice(&output.stdout).unwrap();
    plan["configuration"].clone()
}

#[test]
fn other_spellings_mean_the_same() {
    let same = |plain: &str, others: &[&str]| {
        let expected = configured(plain);
        for other in others {
            assert_eq!(configured(other), expected, "{other}");
        }
    };
    same("--declaration fives", &["--declaration Fives", "--declaration 5", "--declaration FIVES"]);
    same(
        "--declaration notrump",
        &["--declaration no-trump", "--declaration No-Trump", "--declaration no_trump"],
    );
    same("--declaration 7,8", &["--declaration Doubles-Trump,doublessuit"]);
    same("--declaration cycle", &["--declaration Cycle"]);
    same("--deals python", &["--deals Python"]);
    same("--games 10000", &["--games 10k", "--games 10K", "--games 10_000"]);
    same("--games 1000000", &["--games 1M", "--games 1m", "--games 1_000k"]);
    same("--block 1000", &["--block 1k"]);
    same("", &["--memory-budget 4GB", "--memory-budget 4G", "--memory-budget 512mb", "--memory-budget 1GiB"]);

    let spaced = [
        "generate",
        "--dry-run",
        "--device",
        "cpu",
        "--samples",
        "8",
        "--declaration",
        "No Trump, Sixes",
        "--json",
    ];
    let plan: Value = serde_json::from_slice(&succeed(&mut boneyard(&spaced)).stdout).unwrap();
    assert_eq!(plan["configuration"], configured("--declaration 9,6"));
    let short =
        succeed(&mut boneyard(&["generate", "--dry-run", "--device", "cpu", "-o", "elsewhere", "--json"]));
    let plan: Value = serde_json::from_slice(&short.stdout).unwrap();
    assert_eq!(plan["out"], "elsewhere");
}

#[test]
fn near_misses_are_told() {
    let told = |arguments: &[&str], near: &str| {
        let output = boneyard(arguments).output().unwrap();
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(&format!("tip: a similar value exists: '{near}'")), "{arguments:?}: {said}");
    };
    for (option, typed, near) in [
        ("--sampler", "afine", "affine"),
        ("--policy", "gredy", "greedy"),
        ("--policy", "p-make+epsilom:0.1", "epsilon:E"),
        ("--declaration", "fivs", "fives"),
        ("--declaration", "sixes,notrmp", "notrump"),
        ("--device", "CUDA", "cuda"),
        ("--deals", "pyhton", "python"),
    ] {
        told(&["generate", option, typed], near);
    }
    told(&["evaluate", "--samples", "2", "--sampler", "unifrom"], "uniform");
    told(&["evaluate", "--samples", "2", "--policy", "mixd"], "mixed");
    told(&["worlds", "--draw", "2", "--sampler", "stratifed"], "stratified");
    told(&["completions", "bsh"], "bash");
}

#[test]
fn help_lists_the_names() {
    let help = text(&succeed(&mut boneyard(&["generate", "--help"])).stdout);
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    for names in [
        "affine, uniform, distinct, stratified, first-fit, backtracking, first-fit+backtracking]",
        "[possible values: greedy, p-make, softmax:T, softmax-p-make:T, indifferent:Z,",
        "[possible values: solver, contract, playout, cascade:N, net:small, net:standard, net:FILE,",
        "[possible values: cycle, blanks, ones,",
        "[possible values: auto, cpu, cuda, wgpu]",
        "[possible values: python, native]",
        "-o, --out <OUT>",
        "30-42, or a multiple of 42 up to 4200 for marks",
    ] {
        assert!(help.contains(names), "no `{names}` in:\n{help}");
    }
}

#[test]
fn shells_complete_commands_options_and_names() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = text(&succeed(&mut boneyard(&["completions", shell])).stdout);
        for part in ["evaluate-net", "memory-budget", "completions"] {
            assert!(script.contains(part), "{shell}: no `{part}`");
        }
        if ["bash", "fish", "zsh"].contains(&shell) {
            assert!(script.contains("stratified") && script.contains("p-make"), "{shell}: no names");
        }
    }
}
