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
    let mut said = 0;
    for row in &rows {
        let looked_at = row.worlds_used > 0;
        assert_eq!([row.weight_max, row.weight_entropy].map(|it| it.unwrap().0.is_some()), [looked_at; 2]);
        assert_eq!(row.weight_mixed, Some(0.0));
        said += u32::from(row.worlds_against > Some(0) && row.plays_log2.unwrap().0.is_some());
        if looked_at {
            let most = (row.worlds_used as f32).log2();
            assert!(row.weight_entropy.unwrap().0.unwrap() <= most + 1e-4);
            assert!(row.weight_max.unwrap().0.unwrap() >= 0.999 / row.worlds_used as f32);
        }
    }
    assert!(said > 20, "{said} decisions of whose worlds plays said something");
    // Another posterior is another dataset.
    assert_eq!(generate(one.path(), "--games 3 --contract best").output().unwrap().status.code(), Some(2));
}

/// With a least effective sample size no decision has fewer, and weights that are even enough stay.
#[test]
fn weights_are_mixed_as_far_as_it_takes() {
    let rows = |ess: &str| -> Vec<Row> {
        let dir = TempDir::new().unwrap();
        let options = format!("--seeds 1..3 --policy epsilon:1 --posterior plays:tau:0.5,beta:0.05{ess}");
        succeed(&mut generate(dir.path(), &options));
        read_dir(dir.path()).unwrap().collect::<Result<_, _>>().unwrap()
    };
    let mut mixed = 0;
    for (plain, row) in rows("").iter().zip(&rows(",ess:0.5")) {
        assert!(row.ess >= 0.4999 * row.worlds_used as f32, "{row:?}");
        assert_eq!(row.weight_mixed > Some(0.0), plain.ess < 0.4999 * plain.worlds_used as f32);
        assert_eq!((row.plays_log2, row.worlds_against), (plain.plays_log2, plain.worlds_against));
        if row.weight_mixed == Some(0.0) {
            assert_eq!(row, plain);
        } else {
            mixed += 1;
            let entropy = |row: &Row| row.weight_entropy.unwrap().0.unwrap();
            assert!(entropy(row) > entropy(plain));
        }
    }
    assert!(mixed > 10, "{mixed}");
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
        ("--posterior plays:ess:0", "a share of the worlds above 0, at most 1"),
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
