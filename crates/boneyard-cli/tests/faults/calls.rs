//! Something happens at every single file operation of a run.

use crate::{contents, finished, generate, succeed, text, times, with_shim};
use std::path::Path;
use std::process::Output;
use tempfile::TempDir;

/// What is there before, and the run that is disturbed; afterwards the games are seeds 0–4.
const SCENES: [(&str, Option<&str>); 2] = [("fresh", None), ("grown", Some("--games 3 --block 2"))];
const RUN: &str = "--games 5 --block 2";

/// Does the same at every operation below `out`: `prepare` what is to happen there, and `check` what came of it.
fn at_every_call(
    name: &str,
    mut prepare: impl FnMut(&Path) -> String,
    mut check: impl FnMut(&Path, &Output, &Output),
) {
    let mut disturbed = 0;
    for (scene, before) in SCENES {
        for call in (1..).step_by(times(5, 1)) {
            let dir = TempDir::new().unwrap();
            let (out, mark) = (dir.path().join("out"), dir.path().join("mark"));
            if let Some(before) = before {
                succeed(&mut generate(&out, before));
            }
            let what = prepare(&out);
            let (number, path) = (call.to_string(), |path: &Path| path.to_str().unwrap().to_owned());
            let (below, marked) = (path(&out), path(&mark));
            let variables = [
                ("FAULT_DIR", below.as_str()),
                ("FAULT_AT", &number),
                ("FAULT_DO", &what),
                ("FAULT_MARK", &marked),
            ];
            let output = with_shim(&mut generate(&out, RUN), &variables).output().unwrap();
            if !mark.exists() {
                assert!(call > 20, "{name}, {scene}: only {call} operations were seen");
                break;
            }
            disturbed += 1;
            let said = text(&output.stderr);
            assert!(!said.contains("panicked"), "{name}, {scene}, operation {call}: {said}");
            if output.status.code() == Some(0) {
                assert_eq!(finished(&out), [0, 1, 2, 3, 4], "{name}, {scene}, operation {call}");
            }
            let again = generate(&out, RUN).output().unwrap();
            check(&out, &output, &again);
        }
    }
    println!("{name} at {disturbed} operations");
}

/// A run that nothing disturbed.
fn undisturbed() -> TempDir {
    let dir = TempDir::new().unwrap();
    succeed(&mut generate(dir.path(), RUN));
    dir
}

#[track_caller]
fn mended(out: &Path, again: &Output, whole: &TempDir) {
    assert_eq!(again.status.code(), Some(0), "{}", text(&again.stderr));
    assert_eq!(finished(out), [0, 1, 2, 3, 4]);
    assert!(contents(out) == contents(whole.path()), "other bytes, or something is left behind");
}

#[test]
fn killed() {
    let whole = undisturbed();
    let check = |out: &Path, output: &Output, again: &Output| {
        assert_eq!(output.status.code(), None);
        mended(out, again, &whole);
    };
    at_every_call("killed", |_| "kill".to_owned(), check);
}

#[test]
fn errors() {
    let whole = undisturbed();
    // No space and no inodes, read-only, no quota, damaged.
    for (name, error) in [("no space", 28), ("read-only", 30), ("no quota", 122), ("damaged", 5)] {
        let check = |out: &Path, output: &Output, again: &Output| {
            let said = text(&output.stderr);
            assert!(matches!(output.status.code(), Some(0 | 1)), "{name}: {:?} {said}", output.status);
            if output.status.code() == Some(1) {
                assert_eq!(said.matches("(os error").count(), 1, "told once: {said}");
                assert!(said.lines().count() == 1 && said.contains(out.to_str().unwrap()), "{said}");
            }
            mended(out, again, &whole);
        };
        at_every_call(name, |_| error.to_string(), check);
    }
}

#[test]
fn directories_that_vanish() {
    let whole = undisturbed();
    let moved = |out: &Path| format!("mv {0} {0}.moved", out.display());
    for (name, how) in [("removed", "rm -r"), ("renamed", "mv")] {
        let prepare = |out: &Path| match how {
            "mv" => format!("test ! -e {} || {}", out.display(), moved(out)),
            _ => format!("rm -rf {}", out.display()),
        };
        let check = |out: &Path, _: &Output, again: &Output| mended(out, again, &whole);
        at_every_call(name, prepare, check);
    }
}

/// By a dataset of another configuration, which must not change.
#[test]
fn directories_that_are_replaced() {
    let other = TempDir::new().unwrap();
    succeed(&mut generate(other.path(), "--games 3 --block 2 --samples 3"));
    let prepare = |out: &Path| {
        let out = out.display();
        format!(
            "rm -rf {out}.moved; test ! -e {out} || mv {out} {out}.moved; cp -r {} {out}",
            other.path().display()
        )
    };
    let check = |out: &Path, output: &Output, again: &Output| {
        assert!(matches!(output.status.code(), Some(1 | 2)), "{:?} {}", output.status, text(&output.stderr));
        assert_eq!(again.status.code(), Some(2), "{}", text(&again.stderr));
        assert!(contents(out) == contents(other.path()), "the other dataset was touched");
    };
    at_every_call("replaced", prepare, check);
}
