//! Standard errors against the truth, in short; `boneyard-bench coverage` prints the tables of docs/ERRORS.md.

use boneyard_tests::coverage::coverage;

#[test]
fn intervals_cover_the_truth() {
    let mut compared = 0;
    coverage(40, &[50, 100], |it| {
        println!("{it}");
        // Intervals may be wide, but not short. Moves of a decision err together, so 40 decisions say less than they are.
        assert!((0.90..=0.995).contains(&it.of_means()), "{it}");
        assert!((0.88..=0.995).contains(&it.of_makes()), "{it}");
        // Of what is apart in a few worlds of a hundred, too.
        assert!(it.of_lacks().iter().all(|lack| (0.88..=0.995).contains(lack)), "{it}");
        compared += 1;
    });
    assert_eq!(compared, 30);
}
