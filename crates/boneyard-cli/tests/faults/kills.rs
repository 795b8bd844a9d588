//! `kill -9` at any moment.

use crate::{Random, contents, finished, generate, succeed, times};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Several runs at once, any of which may be killed at any time.
#[test]
fn at_random_moments() {
    const RUN: &str = "--games 120 --block 1";
    let whole = TempDir::new().unwrap();
    let start = Instant::now();
    succeed(&mut generate(whole.path(), RUN));
    let whole_run = start.elapsed();
    let mut random = Random::new();
    let (mut killed, rounds) = (0, times(10, 200));
    while killed < rounds {
        let dir = TempDir::new().unwrap();
        let mut moments = 0;
        loop {
            let runs = 1 + random.below(3);
            let mut children: Vec<_> =
                (0..runs).map(|_| generate(dir.path(), RUN).spawn().unwrap()).collect();
            std::thread::sleep(whole_run.mul_f64(random.below(1000) as f64 / 2000.0));
            let running =
                children.iter_mut().filter_map(|child| child.try_wait().unwrap().is_none().then_some(child));
            for child in running.take(1 + random.below(runs)) {
                child.kill().unwrap();
                killed += 1;
            }
            children.into_iter().for_each(|child| drop(crate::wait(child)));
            moments += 1;
            if moments == 4 || killed >= rounds {
                break;
            }
        }
        succeed(&mut generate(dir.path(), RUN));
        assert_eq!(finished(dir.path()).len(), 120);
        assert!(contents(dir.path()) == contents(whole.path()), "after {killed} kills");
    }
    println!("{killed} runs were killed at random moments");
}

/// A block whose maker dies is made by one that waits for it.
#[test]
fn nobody_waits_for_the_dead() {
    let dir = TempDir::new().unwrap();
    // One block of games that take their time.
    let run = || generate(dir.path(), "--games 3000 --block 3000 --samples 400 --json").spawn().unwrap();
    let mut first = run();
    let claims = dir.path().join(".boneyard/claims");
    let start = Instant::now();
    while claims.read_dir().map_or(0, Iterator::count) == 0 {
        assert!(start.elapsed() < Duration::from_secs(60), "nothing was claimed");
        std::thread::sleep(Duration::from_millis(1));
    }
    let second = run();
    std::thread::sleep(Duration::from_millis(100));
    assert!(first.try_wait().unwrap().is_none(), "the first run ended too early to test anything");
    first.kill().unwrap();
    first.wait().unwrap();
    let output = crate::wait(second);
    assert_eq!(output.status.code(), Some(0), "{}", crate::text(&output.stderr));
    assert_eq!(crate::json(&output)["games"], 3000);
}
