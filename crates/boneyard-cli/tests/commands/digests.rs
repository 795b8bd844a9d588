//! The rows are those of commit b7050ff: of the README's main command, and of twelve other configurations that together
//! have every sampler, evaluator and policy.
//!
//! Pinned is the SHA-256 of the rows' values as text, see [`line`]: not of files, so Parquet may encode them otherwise, and
//! columns may be added, and have been renamed: what was `e_q_se` is `correction_se` now. A change of values that are pinned here must raise the records' version, `RECORDS_VERSION` of
//! boneyard-core.
//!
//! A network computes in f32, and its last digits depend on the processor: how wide its vectors are, whether it fuses
//! multiplication and addition. So what a network says is pinned in `networks.txt` and compared within [`POINTS`], and
//! only the rest of the row is digested. The actions are part of that rest: with `epsilon:1` none depends on a value.
//!
//! With `BONEYARD_DIGEST_DEVICE=cuda` all without a network runs there if its sampler has a kernel, and must give the same
//! digests. Software Vulkan (`wgpu`) is no device for this: it cuts loops short, and with them searches from the first ply.
//!
//! A test that fails leaves what it found in Cargo's directory for tests, to be compared with what another commit leaves.

use crate::{boneyard, succeed};
use boneyard::record::{Row, read_dir};
use sha2::{Digest, Sha256};
use std::fmt::{Display, Write};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// How far a network's E\[Q\] may be from what is pinned: two of the steps to which every output is rounded.
const POINTS: f32 = 2.0 / 256.0;

/// Name: options, digest.
macro_rules! exact {
    ($($name:ident: $options:literal, $digest:literal;)*) => {
        $(
            #[test]
            fn $name() {
                compare(stringify!($name), &generated($options), 0, $digest);
            }
        )*
    };
}

exact! {
    readme:
        "--games 32 --samples 50",
        "59b9a9ffc94263dfb90918ce1815669bee7a046925c4dc633050e8997086df90";
    uniform_mixed:
        "--games 8 --samples 10 --sampler uniform --policy mixed --bidder 2 --bid 84",
        "14e6766ea9215aefcc05ed46b2de95eb04f1a38474a5f70af6c451133a1df668";
    distinct_contract:
        "--games 8 --samples 12 --sampler distinct --evaluator contract --policy softmax-p-make:0.1 --bid 31 --bidder 3",
        "b832ca5fd6c9cbd38fe427e30103489bdb520d556b0f1ef50cf851390eeef06a";
    stratified_most_made:
        "--games 7 --samples 9 --sampler stratified --policy p-make --bid 36 --histogram --evaluate-forced --block 3",
        "d5fff75fdb6519a18117bca0cd19ea2c06e53454562887ee5a3a6e1a25dcdc1a";
    backtracking_blunder:
        "--games 6 --samples 8 --sampler backtracking --policy blunder:0.3,10 --seed 897 --block 4",
        "4d900497f73b403571f49b800a47c6066e3a32d50912f3e6c79bc8003d3b530f";
    rescued_cascade:
        "--games 12 --samples 20 --sampler first-fit+backtracking --evaluator cascade:4 --policy boltzmann:5 \
         --deals native --histogram",
        "1f6235a49fd8a9cf700c5ce09596f722d7eb8c7d8a1577e48f239470979db516";
    first_fit_playout:
        "--games 4 --samples 8 --sampler first-fit --evaluator playout --policy softmax:2 --declaration 7,8,9 --seed 5",
        "30503c87e66333e5ca977066ce1c79b4171ee5ef25a85d2b44934fbc031a9ccd";
    several_rules:
        "--games 10 --samples 25 --policy blunder:0.2,6+epsilon:0.1+boltzmann:0.2+p-make --bid 42 --seed 18446744073709551600",
        "bb488278880bda410a95fba506765e749eea2880df455314f84f94888bf864c7";
}

/// Name: options, first ply that is the solver's, digest of what does not depend on the network.
macro_rules! networks {
    ($($name:ident: $options:literal, $solved_from:literal, $digest:literal;)*) => {
        $(
            #[test]
            fn $name() {
                let rows = generated(concat!("--policy epsilon:1 ", $options));
                compare(stringify!($name), &rows, $solved_from, $digest);
                compare_network(stringify!($name), &rows, $solved_from);
            }
        )*
    };
}

networks! {
    net:
        "--games 1 --samples 16 --evaluator net:FILE --evaluate-forced --seed 3", 28,
        "d69f1c21aece094e8849b41eb49d3c867988cf10d3b91963a3002e6364a9ff76";
    net_cascade:
        "--games 1 --samples 10 --evaluator cascade:FILE --sampler uniform --seed 41 --bid 35", 8,
        "0419581ba58e8f35deac03127f5588726b9f59261dea25b81da3a0ae1bcd51c0";
    net_cascade_of_three:
        "--games 1 --samples 8 --evaluator cascade:3,FILE --histogram --declaration notrump --bidder 1", 16,
        "a6b5cb43229747419ac1bacbd4d1eaf7766b31a9b1c1b4f8db3b4d3b7a76e28c";
    net_checked:
        "--games 1 --samples 12 --evaluator checked:4,FILE --sampler distinct --seed 1000 --bid 84", 8,
        "ff02e9f9eb81c0208aa0229e9a0803ca496af4c35c2733e592219cdba1717948";
    net_corrected:
        "--games 2 --samples 16 --evaluator corrected:2,FILE --sampler stratified --deals native", 8,
        "86f4f4a5d4e90f5d9697d288abaa466b20ea39b5e5bd8aabdd952847cca89721";
}

/// The rows that `generate` with these options writes, by seed and ply; `FILE` is a small network.
fn generated(options: &str) -> Vec<Row> {
    let network = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/weights_small.safetensors");
    let dir = TempDir::new().unwrap();
    let mut command = boneyard(&["generate", "--device", &device(options), "--out"]);
    command.arg(dir.path());
    for option in options.split_whitespace() {
        command.arg(option.replace("FILE", network.to_str().unwrap()));
    }
    succeed(&mut command);
    let mut rows: Vec<Row> = read_dir(dir.path()).unwrap().collect::<Result<_, _>>().unwrap();
    rows.sort_by_key(|row| (row.seed, row.ply));
    rows
}

fn device(options: &str) -> String {
    let has_kernels = !options.contains("FILE") && !options.contains("--sampler backtracking");
    let wanted = std::env::var("BONEYARD_DIGEST_DEVICE").ok().filter(|_| has_kernels);
    wanted.unwrap_or_else(|| "cpu".to_owned())
}

/// A row as text: every column of commit b7050ff by its name, in this order, floats by their bits; but not `game`, which
/// follows from the seed. Without what a network says if `estimates` is false.
fn line(row: &Row, estimates: bool) -> String {
    fn list<T: Display>(items: impl IntoIterator<Item = T>) -> String {
        items.into_iter().map(|item| item.to_string()).collect::<Vec<_>>().join(",")
    }
    fn bits(values: &[Option<f32>; 7]) -> String {
        list(values.map(|value| or_dash(value.map(|value| format!("{:08x}", value.to_bits())))))
    }
    let mut line = String::new();
    let mut put = |name: &str, value: &dyn Display| write!(line, "{name}={value} ").unwrap();
    put("seed", &row.seed);
    put("declaration", &row.declaration.id());
    put("bidder", &row.bidder.id());
    put("bid", &row.bid.value());
    put("ply", &row.ply);
    put("seat", &row.seat.id());
    put("hand", &list(row.hand));
    put("plays", &list(row.plays));
    put("leader", &row.leader.id());
    put("banked_us", &row.banked_us);
    put("banked_them", &row.banked_them);
    put("legal", &row.legal);
    if estimates {
        put("e_q", &bits(&row.e_q));
        put("q_var", &bits(&row.q_var));
        put("p_make", &bits(&row.p_make));
        if let Some(histogram) = &row.q_histogram {
            put("q_histogram", &list(histogram.as_flattened()));
        }
        if let Some(errors) = &row.correction_se {
            put("e_q_se", &bits(errors));
        }
    }
    put("action", &row.action);
    put("domino", &row.domino);
    if estimates {
        put("greedy", &row.greedy);
    }
    put("mode", &row.mode.name());
    put("worlds_total", &row.worlds_total);
    put("worlds_used", &row.worlds_used);
    put("exact", &row.exact);
    put("ess", &format_args!("{:08x}", row.ess.to_bits()));
    put("outcome", &row.outcome);
    line.truncate(line.trim_end().len());
    line
}

/// Compares the digest of the rows; before ply `solved_from`, of what in them does not depend on a network.
#[track_caller]
fn compare(name: &str, rows: &[Row], solved_from: u8, expected: &str) {
    assert!(!rows.is_empty() && rows.len().is_multiple_of(28), "{} rows", rows.len());
    let text: String = rows.iter().map(|row| line(row, row.ply >= solved_from) + "\n").collect();
    let digest: String = Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(digest == expected, "{name}: other rows, with digest {digest}; {}", leave(name, "rows", &text));
}

/// Compares what a network said before ply `solved_from` with `networks.txt`: by name, seed, ply and slot E\[Q\], standard
/// deviation, worlds in which the mover's team succeeds, and standard error.
///
/// Arithmetic on other processors differs by some 1e-5 points: few outputs are rounded to another step, none by two. Were it
/// all of them, means and deviations would move by one step at most, and corrected means by two; for corrected deviations,
/// which come from squares, this is no bound, but few outputs do move. Of the worlds, one may change sides. Histograms are not
/// compared. The greedy move is the best by the values of its own row.
#[track_caller]
fn compare_network(name: &str, rows: &[Row], solved_from: u8) {
    const APART: [f32; 4] = [POINTS, POINTS, 1.0, POINTS];
    let mut text = String::new();
    for row in rows.iter().filter(|row| row.ply < solved_from && row.worlds_used > 0) {
        let best = row.e_q.iter().flatten().copied().reduce(f32::max);
        assert_eq!(row.e_q[usize::from(row.greedy)], best, "{name}: the greedy move, {row:?}");
        for slot in (0..7).filter(|slot| row.legal >> slot & 1 == 1) {
            let made = row.p_make[slot].map(|share| (share * row.worlds_used as f32).round());
            let error = row.correction_se.and_then(|errors| errors[slot]);
            let values = [row.e_q[slot], row.q_var[slot].map(f32::sqrt), made, error].map(or_dash);
            writeln!(text, "{name} {} {} {slot} {}", row.seed, row.ply, values.join(" ")).unwrap();
        }
    }
    let agree = |found: &str, pinned: &str| {
        let [found, pinned] = [found, pinned].map(|line| line.split(' ').collect::<Vec<_>>());
        let near = |i: usize| match (found[4 + i].parse::<f32>(), pinned[4 + i].parse::<f32>()) {
            (Ok(found), Ok(pinned)) => (found - pinned).abs() <= APART[i],
            _ => found[4 + i] == pinned[4 + i],
        };
        found[..4] == pinned[..4] && (0..4).all(near)
    };
    let of_this = |line: &&str| line.split(' ').next() == Some(name);
    let pinned: Vec<&str> = include_str!("networks.txt").lines().filter(of_this).collect();
    let other = text.lines().zip(&pinned).find(|(found, pinned)| !agree(found, pinned));
    let (count, expected) = (text.lines().count(), pinned.len());
    let same = count == expected && other.is_none();
    assert!(same, "{name}: {count} values for {expected}, {other:?}; {}", leave(name, "values", &text));
}

fn or_dash(value: Option<impl Display>) -> String {
    value.map_or("-".to_owned(), |value| value.to_string())
}

/// Keeps what a failed test found, and says where.
fn leave(name: &str, what: &str, text: &str) -> String {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{what}-{name}.txt"));
    fs::write(&path, text).unwrap();
    format!("all of them are in {}", path.display())
}
