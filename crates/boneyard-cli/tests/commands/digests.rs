//! Values stay what they were: digests of the rows that the release before the strategies moved into their rooms made
//! (commit b7050ff), over all samplers, evaluators and policies. A digest changes only where values are meant to, and
//! then the changelog says so.

use crate::{boneyard, succeed};
use boneyard::record::{Row, read_dir};
use sha2::{Digest, Sha256};
use std::path::Path;
use tempfile::TempDir;

/// Which columns are digested.
#[derive(Clone, Copy, PartialEq)]
enum Kept {
    /// All that the release wrote.
    All,
    /// Those that hold no estimate: the last digits of a network's values are the processor's own.
    Choices,
}
use Kept::{All, Choices};

/// Columns by their names of that release, so that new ones change no digest.
fn digest(dir: &Path, kept: Kept) -> String {
    let mut hash = Sha256::new();
    let mut rows = 0;
    for row in read_dir(dir).unwrap() {
        let row: Row = row.unwrap();
        let place = (row.game, row.seed, row.declaration.id(), row.bidder.index(), row.bid.value(), row.ply);
        let seen = (
            row.seat.index(),
            row.hand,
            row.plays,
            row.leader.index(),
            row.banked_us,
            row.banked_them,
            row.legal,
        );
        let worlds = (row.worlds_total, row.worlds_used, row.exact, row.ess.to_bits());
        let choice = (row.action, row.domino, row.greedy, format!("{:?}", row.mode), row.outcome);
        hash.update(format!("{place:?}{seen:?}{worlds:?}{choice:?}"));
        if kept == All {
            let bits = |values: [Option<f32>; 7]| values.map(|value| value.map(f32::to_bits));
            let estimates =
                (bits(row.e_q), bits(row.q_var), bits(row.p_make), row.e_q_se.map(bits), row.q_histogram);
            hash.update(format!("{estimates:?}"));
        }
        rows += 1;
    }
    assert!(rows > 0 && rows % 28 == 0, "{rows} rows");
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[track_caller]
fn check(options: &str, kept: Kept, expected: &str) {
    let net = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/weights_small.safetensors");
    let options = options.replace("NET", net.to_str().unwrap());
    let dir = TempDir::new().unwrap();
    let mut command = boneyard(&["generate", "--device", "cpu"]);
    succeed(command.args(options.split_whitespace()).arg("--out").arg(dir.path()));
    assert_eq!(digest(dir.path(), kept), expected, "{options}");
}

macro_rules! digests {
    ($($name:ident: $options:literal, $kept:ident, $expected:literal;)*) => {
        $(
            #[test]
            fn $name() {
                check($options, $kept, $expected);
            }
        )*
    };
}

digests! {
    as_the_readme_says: "--games 32 --samples 50", All, "813ae4f59e431770";
    uniform_and_mixed: "--games 6 --samples 8 --sampler uniform --policy mixed --bidder 2 --bid 84", All, "a179472c0c8c0ee3";
    distinct_and_softmax: "--games 6 --samples 8 --sampler distinct --policy softmax:2 --declaration 7,8,9", All, "9e2c974843fe46c6";
    stratified_histograms_of_all_decisions:
        "--games 6 --samples 8 --sampler stratified --policy epsilon:0.2 --histogram --evaluate-forced", All, "b0b3624dfecbbdfa";
    first_fit_and_boltzmann:
        "--games 6 --samples 8 --sampler first-fit+backtracking --policy boltzmann:5 --deals native --bid 36", All, "4e5bf6ccebc0f39f";
    backtracking_and_blunder: "--games 6 --samples 8 --sampler backtracking --policy blunder:0.3,10 --seed 897", All, "5f547592b4ed294f";
    first_fit_alone: "--games 3 --samples 8 --sampler first-fit --evaluator playout --declaration 9", All, "6653c15403c5e39a";
    contract_and_softmax: "--games 6 --samples 8 --evaluator contract --policy softmax-p-make:0.1 --bid 31 --bidder 3", All, "7e54f18c92c6e86a";
    contract_and_most_made: "--games 6 --samples 20 --evaluator contract --policy p-make --bid 42", All, "437adc73fac12e44";
    playout_and_several_rules:
        "--games 40 --samples 64 --evaluator playout --policy blunder:0.2,6+epsilon:0.1+boltzmann:3", All, "a6cdb56406fd2d6c";
    cascade_of_playouts: "--games 12 --samples 8 --evaluator cascade:4 --sampler uniform --policy greedy --histogram", All, "450a458481dd3880";
    network: "--games 2 --samples 8 --evaluator net:NET --policy mixed", Choices, "2132ccaaacc8d9ad";
    cascade_of_networks: "--games 2 --samples 8 --evaluator cascade:3,NET", Choices, "f0b10a188a4a097a";
    corrected_networks: "--games 2 --samples 16 --evaluator corrected:4,NET --sampler stratified", Choices, "2afa4442ca82bb3f";
    checked_networks: "--games 2 --samples 16 --evaluator checked:4,NET --sampler distinct", Choices, "cbf1126c27d94721";
}
