//! The same configuration gives the same bytes.

use crate::{assert_same, files, generate, succeed};
use boneyard::record::{Row, read_dir};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

#[test]
fn threads_do_not_matter() {
    let [one, two] = [TempDir::new().unwrap(), TempDir::new().unwrap()];
    let options = "--games 9 --block 4 --policy mixed --evaluate-forced --histogram";
    succeed(&mut generate(one.path(), &format!("{options} --threads 1")));
    succeed(&mut generate(two.path(), &format!("{options} --threads 2")));
    assert_eq!(files(one.path()).keys().filter(|name| name.starts_with("data/")).count(), 3);
    assert_same(one.path(), two.path());
}

#[test]
fn block_size_does_not_change_rows() {
    let rows = |block: &str| {
        let dir = TempDir::new().unwrap();
        succeed(&mut generate(dir.path(), &format!("--games 7 --seed 947 --policy mixed --block {block}")));
        let mut rows = read_dir(dir.path()).unwrap().collect::<Result<Vec<Row>, _>>().unwrap();
        rows.sort_by_key(|row| (row.seed, row.ply));
        rows
    };
    let expected = rows("64");
    assert_eq!(expected.len(), 7 * 28);
    for block in ["1", "3", "7"] {
        assert!(rows(block) == expected, "block {block}");
    }
}

#[test]
fn lost_blocks_are_made_again() {
    let [whole, holed] = [TempDir::new().unwrap(), TempDir::new().unwrap()];
    let run = |dir: &Path| succeed(&mut generate(dir, "--games 10 --block 3 --seed 895 --json"));
    run(whole.path());
    run(holed.path());
    let lost: Vec<String> =
        files(holed.path()).into_keys().filter(|name| name.starts_with("data/")).collect();
    // 895 896 | 897 898 899 | 900 901 902 | 903 904: every block begins at a multiple of three.
    assert_eq!(lost.len(), 4);
    for name in lost.iter().step_by(2) {
        fs::remove_file(holed.path().join(name)).unwrap();
    }
    run(holed.path());
    assert_same(whole.path(), holed.path());
}
