//! A dataset that grows by the hands of many.

use crate::{finished, succeed, times, wait};
use boneyard::record::{Row, read_dir};
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

fn rows(dir: &Path) -> Vec<Row> {
    let mut rows: Vec<Row> = read_dir(dir).unwrap().collect::<Result<_, _>>().unwrap();
    rows.sort_by_key(|row| (row.seed, row.ply));
    rows
}

/// From 32 games to 64 to a thousand, by three processes, one of which is killed twice and one runs on software Vulkan.
#[test]
fn three_processes_one_killed_one_on_another_device() {
    let games = times(200, 1000);
    let [grown, whole] = [TempDir::new().unwrap(), TempDir::new().unwrap()];
    const RUN: &str = "--evaluator cascade:2 --policy mixed --samples 6 --block 8";
    let run = |dir: &Path, games: usize, device: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_boneyard"));
        command.args(["generate", "--threads", "1", "--device", device, "--json"]).args(RUN.split(' '));
        command.args(["--games", &games.to_string()]).arg("--out").arg(dir);
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        command
    };
    succeed(&mut run(grown.path(), 32, "cpu"));
    succeed(&mut run(grown.path(), 64, "cpu"));
    let vulkan = run(grown.path(), games, "wgpu").spawn().unwrap();
    // Until it has begun: opening a device takes longer than the games.
    let claims = grown.path().join(".boneyard/claims");
    while claims.read_dir().map_or(0, Iterator::count) == 0 {
        std::thread::sleep(Duration::from_millis(5));
    }
    let cpu = run(grown.path(), games, "cpu").spawn().unwrap();
    for _ in 0..2 {
        let mut killed = run(grown.path(), games, "cpu").spawn().unwrap();
        std::thread::sleep(Duration::from_millis(60));
        killed.kill().unwrap();
        wait(killed);
    }
    let third = run(grown.path(), games, "cpu").spawn().unwrap();
    for child in [vulkan, cpu, third] {
        let output = wait(child);
        assert_eq!(output.status.code(), Some(0), "{}", crate::text(&output.stderr));
        let said = crate::json(&output);
        println!("{} games by {}", said["games"], said["backend"]);
        assert!(said["backend"] == "cpu" || said["games"].as_u64() > Some(0), "{said}");
    }
    assert_eq!(finished(grown.path()).len(), games);
    succeed(&mut run(whole.path(), games, "cpu"));
    assert!(rows(grown.path()) == rows(whole.path()), "other rows");
}
