//! What intervals made of standard errors cover: the table of docs/ERRORS.md.

use boneyard_tests::coverage::{Coverage, coverage};

/// On so many decisions.
pub fn run(decisions: u64) {
    println!("{}", Coverage::HEADING);
    coverage(decisions as usize, &[20, 50, 200, 500], |it| println!("{it}"));
}
