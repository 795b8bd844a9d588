//! One clear sentence, exit code 2, nothing written.

use crate::{boneyard, files, generate, succeed, text};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// Runs `generate` with `options` in an empty directory and checks what it says about them.
fn refuses(options: &str, message: &str) {
    let dir = TempDir::new().unwrap();
    let out = dir.path().join("out");
    for more in ["", " --dry-run", " --json"] {
        let output = generate(&out, &format!("{options}{more}")).output().unwrap();
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{options}: {said}");
        assert!(said.contains(message), "{options}: expected `{message}` in: {said}");
        assert!(said.lines().next().unwrap_or_default().starts_with("error: "), "{said}");
        assert!(output.stdout.is_empty(), "{options}: {}", text(&output.stdout));
        assert!(!out.exists(), "{options} wrote something");
    }
}

/// Runs `generate` into `out` and checks that it refuses and leaves `watched` as it is.
fn refuses_out(out: &Path, watched: &Path, options: &str, message: &str) {
    let before = files(watched);
    for more in ["", " --dry-run"] {
        let output = generate(out, &format!("{options}{more}")).output().unwrap();
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{options}{more}: {said}");
        assert!(said.contains(message), "{options}{more}: expected `{message}` in: {said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(files(watched) == before, "{options}{more} changed something");
    }
}

#[test]
fn numbers_out_of_range() {
    refuses("--games 0", "--games 0: expected at least 1");
    refuses(
        "--games 18446744073709551615 --seed 7",
        "--games 18446744073709551615: expected at most 18446744073709551609 from seed 7, so that the last seed \
         fits 64 bits",
    );
    refuses("--games 18446744073709551616", "invalid value '18446744073709551616' for '--games <GAMES>'");
    refuses("--games -1", "invalid value '-1' for '--games <GAMES>'");
    refuses("--seed 18446744073709551616", "invalid value '18446744073709551616' for '--seed <SEED>'");
    refuses("--seed 18446744073709551615 --games 2", "--games 2: expected at most 1 from seed");
    refuses("--bid 29", "29 is not a bid: expected 30-42 points, or a multiple of 42 up to 4200 for marks");
    refuses("--bid 43", "invalid value '43' for '--bid <BID>': 43 is not a bid");
    refuses(
        "--bid 4242",
        "4242 is not a bid: expected 30-42 points, or a multiple of 42 up to 4200 for marks",
    );
    refuses("--bidder 4", "'--bidder <BIDDER>': 4 is not a seat: seats are 0, 1, 2, 3");
    refuses("--block 0", "--block 0: expected 1 to 16384 games a file");
    refuses("--block 16385", "--block 16385: expected 1 to 16384 games a file");
    refuses("--threads 1025", "--threads 1025: expected 1 to 1024, or 0 for one a core");
    refuses("--games many", "invalid value 'many' for '--games <GAMES>'");
}

#[test]
fn samples_out_of_range() {
    let check = |samples: &str, message: &str| {
        let dir = TempDir::new().unwrap();
        let out = dir.path().join("out");
        let output = boneyard(&["generate", "--samples", samples, "--out"]).arg(&out).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(text(&output.stderr).contains(message), "{}", text(&output.stderr));
        assert!(!out.exists());
    };
    check("0", "--samples 0: expected 1 to 16777216 worlds a decision");
    check("16777217", "--samples 16777217: expected 1 to 16777216 worlds a decision");
    check("4294967296", "invalid value '4294967296' for '--samples <SAMPLES>'");
    check("-3", "invalid value '-3' for '--samples <SAMPLES>'");
    check("1.5", "invalid value '1.5' for '--samples <SAMPLES>'");
}

#[test]
fn names_that_do_not_exist() {
    let refuses_value = |option: &str, value: &str, why: &str| {
        refuses(&format!("{option} {value}"), &format!("invalid value '{value}' for '{option} <"));
        refuses(&format!("{option} {value}"), &format!(">': {why}"));
    };
    let declaration = |value, name: &str| {
        refuses_value(
            "--declaration",
            value,
            &format!("`{name}` is not a declaration: expected 0-9 or one of"),
        );
    };
    declaration("sevns", "sevns");
    declaration("10", "10");
    declaration("sixes,nope", "nope");
    refuses_value("--deals", "perl", "expected python or native");
    refuses_value("--sampler", "mcmc", "expected affine, uniform, distinct, stratified");
    refuses("--evaluator oracle", "expected solver, contract, playout, net:FILE, cascade:N,LATE,EARLY");
    refuses_value("--policy", "best", "expected greedy, p-make, softmax:T");
    refuses_value("--device", "tpu", "there is no device kind \"tpu\"; expected auto, cuda, cuda:<index>");
    refuses_value("--device", "cuda:x", "\"x\" is not an index; expected auto");
    refuses("--device cuda:1000", "--device: device cuda:1000 is not available");
    refuses("--device wgpu:1000", "--device: device wgpu:1000 is not available");
    refuses_value("--memory-budget", "lots", "expected auto or a whole number of bytes above 0");
    refuses("--speed 9", "unexpected argument '--speed' found");
}

#[test]
fn policies_that_make_no_sense() {
    refuses("--policy softmax:NaN", "softmax:T NaN: expected a temperature");
    refuses("--policy softmax-p-make:nan", "softmax-p-make:T NaN: expected a temperature");
    refuses("--policy boltzmann:NaN", "boltzmann:T NaN: expected a temperature");
    refuses("--policy softmax:0", "softmax:T 0: expected a temperature");
    refuses("--policy softmax:-1", "softmax:T -1: expected a temperature");
    refuses("--policy softmax:", "softmax:T");
    refuses("--policy epsilon:1.01", "epsilon:E 1.01: expected a rate from 0 to 1");
    refuses("--policy blunder:0.1", "blunder:R,MAX");
    refuses("--policy blunder:0.1,inf", "blunder:R,MAX inf: expected a largest regret");
}

#[test]
fn parts_that_do_not_fit() {
    refuses("--evaluator contract", "policy greedy needs E[Q], but evaluator contract only tells whether");
    refuses("--evaluator contract --policy p-make --histogram", "a histogram needs points");
}

#[test]
fn directories_that_are_somebody_elses() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("notes.txt"), "mine").unwrap();
    refuses_out(
        dir.path(),
        dir.path(),
        "",
        "is not empty and is no dataset, as it has no _boneyard.parquet: expected a new or empty directory",
    );
    // A damaged manifest is nobody's to overwrite either.
    fs::write(dir.path().join("_boneyard.parquet"), "PAR1").unwrap();
    refuses_out(dir.path(), dir.path(), "", "_boneyard.parquet: ");
}

#[test]
fn directories_of_another_configuration() {
    let dir = TempDir::new().unwrap();
    let out = dir.path().join("out");
    succeed(&mut generate(&out, "--games 2"));
    let differs =
        |options: &str, what: &str| refuses_out(&out, dir.path(), options, &format!("differs in {what}:"));
    differs("--games 2 --policy softmax:2.0", "policy (greedy there, softmax:2 here)");
    differs(
        "--games 2 --histogram --block 1",
        "block (64 there, 1 here), histogram (false there, true here)",
    );
    differs("--games 2 --declaration 6", "declaration (cycle there, sixes here)");
    // The same configuration in other words is the same.
    succeed(&mut generate(&out, "--games 2 --declaration 0,1,2,3,4,5,6,7,8,9 --threads 1 --device cpu"));
}

#[test]
fn directories_that_cannot_be_written() {
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "not a directory").unwrap();
    refuses_out(&file, dir.path(), "", "--out: ");
    refuses_out(&file.join("below"), dir.path(), "", "--out: ");
    if Path::new("/proc/self").exists() {
        let output = generate(Path::new("/proc/boneyard"), "").output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(
            text(&output.stderr).contains("--out: cannot create /proc/boneyard"),
            "{}",
            text(&output.stderr)
        );
    }
}

#[test]
fn inspecting_what_is_not_there() {
    let check = |arguments: &[&str], message: &str| {
        let output = boneyard(arguments).output().unwrap();
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(message), "expected `{message}` in: {said}");
    };
    let dir = TempDir::new().unwrap();
    let out = dir.path().join("out");
    succeed(&mut generate(&out, "--games 1"));
    let (out, empty) = (out.to_str().unwrap(), dir.path().to_str().unwrap());
    check(&["inspect", out, "--seed", "1"], "--seed 1: there is no such game in");
    check(&["inspect", out, "--seed", "0", "--ply", "28"], "--ply: expected 0 to 27");
    check(
        &["inspect", empty, "--seed", "0"],
        "has no _boneyard.parquet: expected a directory written by generate",
    );
    check(&["inspect", "/no/such/place", "--seed", "0"], "cannot read /no/such/place");
    let manifest = format!("{out}/_boneyard.parquet");
    check(&["inspect", &manifest, "--seed", "0"], "--seed 0: there is no such game in");
    check(&["inspect", out], "--seed <SEED>");
}

#[test]
fn inspecting_damaged_files() {
    let dir = TempDir::new().unwrap();
    succeed(&mut generate(dir.path(), "--games 1"));
    let (name, bytes) = files(dir.path()).into_iter().find(|(name, _)| name.starts_with("data/")).unwrap();
    let path = dir.path().join(name);
    let inspect = || boneyard(&["inspect", path.to_str().unwrap(), "--seed", "0"]).output().unwrap();
    // The tail holds the footer, damage to which the Parquet library takes worst.
    for place in (0..bytes.len()).rev().step_by(bytes.len() / 100) {
        let mut damaged = bytes.clone();
        damaged[place] ^= 0x55;
        fs::write(&path, &damaged).unwrap();
        let output = inspect();
        let said = text(&output.stderr);
        assert!(matches!(output.status.code(), Some(2)), "byte {place}: {:?} {said}", output.status);
        assert!(said.lines().count() <= 1 && !said.contains("panicked"), "byte {place}: {said}");
    }
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    assert_eq!(inspect().status.code(), Some(2));
}
