//! Worlds in rounds: what is refused, what is recorded, and that rows do not depend on how a run is cut.

use crate::{boneyard, succeed, text};
use boneyard::core::Stopped;
use boneyard::record::{Row, read_dir};
use std::path::Path;
use tempfile::TempDir;

fn rows(dir: &Path, options: &str) -> Vec<Row> {
    let mut command = boneyard(&["generate", "--device", "cpu", "--out"]);
    command.arg(dir).args(options.split_whitespace());
    succeed(&mut command);
    let mut rows: Vec<Row> = read_dir(dir).unwrap().collect::<Result<_, _>>().unwrap();
    rows.sort_by_key(|row| (row.seed, row.ply));
    rows
}

#[test]
fn bad_targets_get_one_sentence() {
    let refuses = |options: &str, message: &str| {
        let dir = TempDir::new().unwrap();
        let out = dir.path().join("out");
        let mut command = boneyard(&["generate", "--device", "cpu", "--out"]);
        let output = command.arg(&out).args(options.split_whitespace()).output().unwrap();
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{options}: {said}");
        assert!(said.contains(message), "{options}: expected `{message}` in: {said}");
        assert!(!out.exists(), "{options} wrote something");
    };
    for (target, message) in [
        ("0.1", "expected se:X, gap:C or gap:C,zone:Z, such as se:0.1 or gap:0.95,zone:0.25"),
        ("se:NaN", "expected a standard error from 0.0001 to 84 points"),
        ("gap:1", "expected a confidence from 0.5 to 0.9999"),
        ("gap:0.95,zone:-1", "expected a zone from 0.0001 to 84 points"),
    ] {
        refuses(
            &format!("--adaptive {target}"),
            &format!("invalid value '{target}' for '--adaptive <TARGET>': {message}"),
        );
    }
    refuses("--adaptive se:1 --min-samples 23", "--min-samples 23: expected 24 to 16777216 worlds");
    refuses(
        "--adaptive se:1 --min-samples 64 --max-samples 63",
        "--max-samples 63: expected 64 (the least) to 16777216 worlds",
    );
    refuses("--adaptive se:1 --samples 50", "cannot be used with");
    refuses("--max-samples 64", "--adaptive <TARGET>");
    refuses("--adaptive se:1 --sampler uniform", "sampler uniform does not go round by round");
    refuses("--adaptive se:1 --sampler stratified", "choose affine or distinct");
    refuses(
        "--adaptive se:1 --evaluator corrected:9,playout",
        "--min-samples 96 with evaluator corrected:9,playout: expected at least 108, of which 12 are checked",
    );
    refuses(
        "--adaptive se:1 --posterior plays:ess:0.1",
        "but adaptive se:1 takes them in rounds: choose one without ess",
    );
    refuses(
        "--adaptive se:1 --evaluator contract",
        "evaluator contract only tells whether the contract is made: choose a policy by P(make)",
    );
}

/// The rule looks at the whole error, that of the correction included; with contracts at that of P(make).
#[test]
fn what_was_enough_is_so_by_the_whole_error() {
    for (options, most) in [
        ("--evaluator corrected:3,playout --adaptive se:2 --policy indifferent:1", 2.0),
        ("--evaluator checked:9,playout --adaptive se:1.5", 1.5),
        ("--evaluator contract --adaptive se:0.05 --policy p-make", 0.05),
        ("--evaluator playout --adaptive se:2 --posterior plays:last:3", 2.0),
    ] {
        let (one, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        let options = format!("--seeds 3..5 --min-samples 36 --max-samples 500 {options}");
        let whole = rows(one.path(), &options);
        assert_eq!(rows(other.path(), &format!("{options} --threads 1")), whole);
        let errors = |row: &Row| if options.contains("contract") { row.p_make_se } else { row.e_q_se };
        let (mut enough, mut cap) = (0, 0);
        for row in &whole {
            match row.stopped_by {
                Stopped::Error => {
                    let largest = errors(row).into_iter().flatten().fold(0.0, f32::max);
                    assert!(largest <= 1.01 * most, "{options}: {largest}, {row:?}");
                    enough += 1;
                }
                Stopped::Cap => cap += 1,
                Stopped::Unlooked | Stopped::All => {}
                other => panic!("{other:?}"),
            }
        }
        assert!(enough > 5 && cap < 20, "{options}: {enough}, {cap}");
    }
}

#[test]
fn rows_say_what_was_enough() {
    let options = "--games 6 --evaluator playout --adaptive gap:0.9,zone:0.5 --min-samples 24 --max-samples 300 \
                   --block 4";
    let (one, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let whole = rows(one.path(), options);
    // In two runs, on one thread, and the second goes on with the first's.
    rows(other.path(), &format!("{} --seeds 0..5 --threads 1", options.trim_start_matches("--games 6")));
    assert_eq!(rows(other.path(), options), whole);
    for row in &whole {
        match row.stopped_by {
            Stopped::Unlooked => assert_eq!(row.worlds_used, 0),
            Stopped::All => assert!(row.exact && row.e_q_se.iter().flatten().all(|&error| error == 0.0)),
            Stopped::Cap => assert_eq!(row.worlds_used, 300),
            Stopped::Gap | Stopped::Zone => {
                assert!(!row.exact && row.worlds_used >= 24 && row.gap.0.is_some() && row.gap_se.0.is_some());
            }
            Stopped::Error => panic!("nobody asked for that"),
        }
    }
    let used: std::collections::BTreeSet<u32> = whole.iter().map(|row| row.worlds_used).collect();
    assert!(used.contains(&24) && used.contains(&48) && used.contains(&300), "{used:?}");
}
