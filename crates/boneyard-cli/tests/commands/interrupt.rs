//! Runs that are stopped: by Ctrl-C, SIGTERM and SIGHUP cleanly, by `kill -9` at any moment without harm.

use crate::{assert_same, files, generate, succeed, text, through_shell};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Two hundred small blocks, so that there is always one being played and often one being written.
const RUN: &str = "--games 200 --block 1 --threads 1 --policy mixed";

fn signal(child: &Child, name: &str) {
    let kill = format!("kill -{name} {}", child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
}

/// Waits until the run has written at least one block, so that it is surely at work.
fn wait_for_a_block(dir: &Path, child: &mut Child) {
    let start = Instant::now();
    while !dir.exists() || !files_now(dir).iter().any(|name| name.contains("/data/")) {
        assert!(child.try_wait().unwrap().is_none(), "the run ended too early");
        assert!(start.elapsed() < Duration::from_secs(60), "no block after a minute");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Names below `dir` while it is being written.
fn files_now(dir: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let names = entries.flat_map(|entry| match entry.path() {
        path if path.is_dir() => files_now(&path),
        path => vec![path.to_string_lossy().into_owned()],
    });
    names.collect()
}

#[test]
fn signals_discard_the_block_in_play() {
    let dir = TempDir::new().unwrap();
    for name in ["TERM", "INT", "HUP"] {
        let out = dir.path().join(name);
        let mut child = generate(&out, RUN).spawn().unwrap();
        wait_for_a_block(&out, &mut child);
        let asked = Instant::now();
        signal(&child, name);
        let output = child.wait_with_output().unwrap();
        assert!(asked.elapsed() < Duration::from_secs(10), "took {:?} to stop", asked.elapsed());
        assert_eq!(output.status.code(), Some(130), "{name}: {}", text(&output.stderr));
        assert!(
            text(&output.stderr).contains("interrupted: whole blocks are kept"),
            "{}",
            text(&output.stderr)
        );
        let names: Vec<String> = files(&out).into_keys().collect();
        assert!(!names.iter().any(|name| name.ends_with(".tmp")), "{names:?}");
        let blocks = names.iter().filter(|name| name.starts_with("data/")).count();
        assert!(blocks < 200, "the signal came too late to test anything");
    }
}

/// As under `nohup`, and as shells start what is to run in the background.
#[cfg(target_os = "linux")]
#[test]
fn ignored_signals_stay_ignored() {
    let dir = TempDir::new().unwrap();
    for name in ["HUP", "INT", "TERM"] {
        let out = dir.path().join(name);
        let mut child = through_shell(&format!("trap '' {name}"), &generate(&out, RUN)).spawn().unwrap();
        wait_for_a_block(&out, &mut child);
        signal(&child, name);
        std::thread::sleep(Duration::from_millis(200));
        assert!(child.try_wait().unwrap().is_none(), "{name} ended it, or the run was too short");
        // The others do what they always do.
        signal(&child, if name == "TERM" { "INT" } else { "TERM" });
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(130), "{name}: {}", text(&output.stderr));
    }
}

/// Before there is a handler a signal kills, but then nothing is written.
#[test]
fn signals_at_the_start_do_no_harm() {
    let dir = TempDir::new().unwrap();
    let (whole, out) = (dir.path().join("whole"), dir.path().join("out"));
    let run = |out: &Path| generate(out, "--games 4 --block 1 --json");
    succeed(&mut run(&whole));
    for (i, name) in ["TERM", "INT", "HUP"].into_iter().cycle().take(60).enumerate() {
        let child = run(&out).spawn().unwrap();
        std::thread::sleep(Duration::from_micros(300 * i as u64));
        signal(&child, name);
        let output = child.wait_with_output().unwrap();
        let said = text(&output.stderr);
        match output.status.code() {
            // It was done already.
            Some(0) => {}
            Some(130) if said.contains("nothing was written") || out.exists() => {}
            None if output.status.signal().is_some() => assert!(!out.exists(), "{name} after {i}"),
            code => panic!("{name} after {i}: {code:?} {said}"),
        }
        if out.exists() {
            let names: Vec<String> = files(&out).into_keys().collect();
            assert!(!names.iter().any(|name| name.ends_with(".tmp")), "{names:?}");
            succeed(&mut run(&out));
            assert_same(&whole, &out);
            std::fs::remove_dir_all(&out).unwrap();
        }
    }
}

#[test]
fn killed_runs_resume_to_the_same_bytes() {
    let dir = TempDir::new().unwrap();
    let [whole, killed] = ["whole", "killed"].map(|name| dir.path().join(name));
    let start = Instant::now();
    succeed(&mut generate(&whole, RUN));
    let whole_run = start.elapsed();

    // Random moments: another sequence on every run of this test, and printed should it fail.
    let mut random = u64::from(std::process::id()) ^ start.elapsed().as_nanos() as u64;
    println!("first random number {random}");
    let mut landed = 0;
    for _ in 0..50 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // Together at most nine tenths of a run, so that there is something left to kill each time.
        let share = 0.01 + 0.17 * (random >> 40) as f64 / f64::from(1 << 24);
        let mut child = generate(&killed, RUN).spawn().unwrap();
        std::thread::sleep(whole_run.mul_f64(share));
        let running = child.try_wait().unwrap().is_none();
        child.kill().unwrap();
        let status = child.wait().unwrap();
        if running && status.code().is_none() {
            landed += 1;
        } else {
            // The machine got faster in between: begin again.
            std::fs::remove_dir_all(&killed).unwrap();
        }
        if landed == 5 {
            break;
        }
    }
    assert_eq!(landed, 5, "kills that hit a running process");
    let done = files(&killed).keys().filter(|name| name.starts_with("data/")).count();
    assert!(0 < done && done < 200, "{done} blocks after five kills");
    succeed(&mut generate(&killed, RUN));
    assert_same(&whole, &killed);
}
