//! Worlds that are likelier than others.

use crate::{assert_same, boneyard, generate, succeed, text};
use boneyard::record::{Row, manifest, read_dir};
use tempfile::TempDir;

#[test]
fn posteriors_are_recorded_and_threads_do_not_matter() {
    let (one, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let options = "--games 3 --contract best --posterior contract,plays:last:2";
    succeed(&mut generate(one.path(), &format!("{options} --threads 1")));
    succeed(&mut generate(other.path(), &format!("{options} --threads 2")));
    assert_same(one.path(), other.path());
    let recorded = &manifest(one.path()).unwrap().configuration["posterior"];
    assert_eq!(recorded, "contract:longest,beta:0,plays:tau:8,beta:0.5,last:2");
    let rows: Vec<Row> = read_dir(one.path()).unwrap().collect::<Result<_, _>>().unwrap();
    assert!(rows.iter().any(|row| row.ess < row.worlds_used as f32 - 0.01), "plays weigh");
    // Another posterior is another dataset.
    assert_eq!(generate(one.path(), "--games 3 --contract best").output().unwrap().status.code(), Some(2));
}

#[test]
fn what_makes_no_sense_is_refused() {
    let dir = TempDir::new().unwrap();
    for (options, expected) in [
        ("--posterior bids", "expected contract[:RULE]"),
        ("--posterior plays:tau:0", "expected a temperature above 0"),
        ("--posterior plays:beta:2", "expected a share from 0 to 1"),
        ("--posterior plays:last:28", "expected 1 to 27 plays"),
        ("--posterior contract", "in this run they are assigned: expected contract best, longest or auction"),
        ("--posterior plays --evaluator contract --policy p-make", "plays are weighed by points"),
        ("--posterior plays:by:contract", "plays are weighed by points"),
        ("--posterior plays:by:best", "by:best"),
        ("--contract best --posterior contract --sampler backtracking", "expected affine, uniform, distinct"),
    ] {
        let output = generate(&dir.path().join("new"), options).output().unwrap();
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{options}: {said}");
        assert!(said.contains(expected), "{options}: {said}");
        assert!(!dir.path().join("new").exists());
    }
    let asked = boneyard(&["evaluate", "--posterior", "plays:tau:none"]).output().unwrap();
    assert_eq!(asked.status.code(), Some(2));
}
