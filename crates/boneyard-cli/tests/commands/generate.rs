//! What `generate` says and writes.

use crate::{boneyard, files, generate, succeed, text};
use boneyard::record::{Row, manifest, read_dir};
use boneyard::rules::Declaration;
use serde_json::Value;
use tempfile::TempDir;

#[test]
fn people_are_told_what_runs_where_and_how_fast() {
    let dir = TempDir::new().unwrap();
    let said = text(&succeed(&mut generate(dir.path(), "--games 2")).stdout);
    for part in [
        "backend  cpu, ",
        " threads (asked for)",
        "2 games, seeds 0-1, declaration cycle, 8 samples",
        "sampler affine, evaluator solver, policy greedy",
        "hash     ",
        "done     2 games in ",
        " games/s with 8 samples",
        "56 decisions, ",
        "files    1 written; 0 games were already there",
    ] {
        assert!(said.contains(part), "no `{part}` in:\n{said}");
    }
    let said = text(&succeed(&mut generate(dir.path(), "--games 2")).stdout);
    assert!(
        said.contains("2 of 2 games are there; every file was checked")
            && said.contains("everything is there"),
        "{said}"
    );
}

#[test]
fn machines_get_one_json_object() {
    let dir = TempDir::new().unwrap();
    let output = succeed(&mut generate(dir.path(), "--games 2 --threads 1 --json"));
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(summary["games"], 2);
    assert_eq!(summary["decisions"], 56);
    assert_eq!(summary["backend"], "cpu");
    assert_eq!(summary["threads"], 1);
    assert_eq!(summary["files_written"], 1);
    assert_eq!(summary["configuration"]["samples"], 8);
    assert!(summary["games_per_second"].as_f64().unwrap() > 0.0);
    let manifest = manifest(dir.path()).unwrap();
    assert_eq!(summary["configuration_sha256"], manifest.configuration_sha256);
    assert_eq!(summary["configuration"], Value::Object(manifest.configuration));
}

#[test]
fn a_dry_run_writes_nothing() {
    let dir = TempDir::new().unwrap();
    let out = dir.path().join("deep/out");
    let said = text(&succeed(&mut generate(&out, "--games 100 --dry-run")).stdout);
    assert!(said.contains("dry run: would play 100 of 100 games; nothing is written"), "{said}");
    let output = succeed(&mut generate(&out, "--games 18446744073709551615 --dry-run --json"));
    let plan: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(plan["dry_run"], true);
    assert_eq!(plan["games_wanted"], u64::MAX);
    assert!(files(dir.path()).is_empty() && !dir.path().join("deep").exists());
}

#[test]
fn seeds_and_declarations_are_those_asked_for() {
    let check = |options: &str, by_game: &[(u64, u64)]| {
        let dir = TempDir::new().unwrap();
        succeed(&mut generate(dir.path(), &format!("--games {} {options}", by_game.len())));
        let mut rows: Vec<Row> = read_dir(dir.path()).unwrap().collect::<Result<_, _>>().unwrap();
        rows.retain(|row| row.ply == 0);
        rows.sort_by_key(|row| row.seed);
        let expected = by_game.iter().map(|&(seed, id)| (seed, Declaration::new(id).unwrap()));
        assert!(rows.iter().map(|row| (row.seed, row.declaration)).eq(expected), "{options}: {rows:?}");
    };
    check("--seed 18", &[(18, 8), (19, 9), (20, 0)]);
    check("--seed 5 --declaration notrump", &[(5, 9), (6, 9)]);
    check("--seed 5 --declaration 3,doubles-trump", &[(5, 7), (6, 3)]);
    check("--seed 18446744073709551615", &[(u64::MAX, 5)]);
}

#[test]
fn bid_and_bidder_and_deals_are_recorded() {
    let first = |options: &str| {
        let dir = TempDir::new().unwrap();
        succeed(&mut generate(dir.path(), &format!("--games 1 {options}")));
        read_dir(dir.path()).unwrap().next().unwrap().unwrap()
    };
    let row = first("--bid 84 --bidder 2");
    assert_eq!((row.bid.value(), row.bidder.id(), row.leader.id(), row.seat.id()), (84, 2, 2, 2));
    assert_ne!(first("--deals native").hand, first("--deals python").hand);
}

#[test]
fn contracts_are_found_and_recorded() {
    use boneyard::{Configuration, ContractRule};
    for contract in [ContractRule::Best, ContractRule::Auction] {
        let dir = TempDir::new().unwrap();
        succeed(&mut generate(dir.path(), &format!("--games 3 --evaluator cascade:2 --contract {contract}")));
        let rows: Vec<Row> = read_dir(dir.path()).unwrap().collect::<Result<_, _>>().unwrap();
        let setups = Configuration { contract, ..Configuration::default() }.setups(0..3);
        for row in &rows {
            let setup = &setups[row.seed as usize];
            assert_eq!((row.declaration, row.bidder, row.bid), (setup.declaration, setup.bidder, setup.bid));
        }
        succeed(&mut boneyard(&["verify", dir.path().to_str().unwrap()]));
        let other = generate(dir.path(), "--games 3 --evaluator cascade:2").output().unwrap();
        assert_eq!(other.status.code(), Some(2), "{}", text(&other.stderr));
        assert!(text(&other.stderr).contains("contract"), "{}", text(&other.stderr));
    }
}

#[test]
fn every_named_part_runs() {
    for sampler in
        ["affine", "uniform", "distinct", "stratified", "first-fit", "backtracking", "first-fit+backtracking"]
    {
        let dir = TempDir::new().unwrap();
        let run = boneyard(&["generate", "--games", "1", "--samples", "3", "--sampler", sampler, "--out"])
            .arg(dir.path())
            .output()
            .unwrap();
        assert_eq!(run.status.code(), Some(0), "{sampler}: {}", text(&run.stderr));
    }
    for policy in
        ["p-make", "softmax:2", "softmax-p-make:0.1", "epsilon:0.1", "boltzmann:1", "blunder:0.1,5", "mixed"]
    {
        succeed(&mut generate(TempDir::new().unwrap().path(), &format!("--games 1 --policy {policy}")));
    }
    let contract = "--games 1 --evaluator contract --policy p-make";
    succeed(&mut generate(TempDir::new().unwrap().path(), contract));
}

#[test]
fn devices_are_listed() {
    let said = text(&succeed(&mut boneyard(&["devices"])).stdout);
    assert!(said.contains("cpu     ") && said.contains("\nauto    "), "{said}");
}

/// Through whatever Vulkan driver is here, a software one if need be.
#[test]
fn a_gpu_writes_the_same_rows() {
    let run = "--games 4 --evaluator cascade:2 --policy mixed --seed 940";
    let [cpu, gpu, both] = ["cpu", "wgpu", "wgpu:0+cpu"].map(|device| {
        let dir = TempDir::new().unwrap();
        let options = format!("{run} --device {device} --threads 3 --launch-turns 500 --timings");
        let said = text(&succeed(&mut generate(dir.path(), &options)).stdout);
        assert!(said.contains(&format!("backend  {device}")), "{said}");
        assert!(said.contains("timings  first row after "), "{said}");
        assert_eq!(said.contains("device   searches in launches of at most "), device == "wgpu", "{said}");
        // The last two tricks take the threads less time than a launch.
        assert_eq!(said.contains("cpu      solved "), device == "wgpu:0+cpu", "{said}");
        read_dir(dir.path()).unwrap().map(|row| row.unwrap()).collect::<Vec<Row>>()
    });
    assert_eq!(gpu.len(), 4 * 28);
    assert_eq!(gpu, cpu);
    assert_eq!(both, cpu);
}

#[test]
fn devices_refuse_what_has_no_kernel() {
    let dir = TempDir::new().unwrap();
    let output = generate(&dir.path().join("out"), "--device wgpu --sampler backtracking").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let message = "--sampler backtracking on a device: expected a sampler with a kernel";
    assert!(text(&output.stderr).contains(message), "{}", text(&output.stderr));
    assert!(!dir.path().join("out").exists());
}
