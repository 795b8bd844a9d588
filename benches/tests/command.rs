//! The command: what it writes, and what it says of a baseline.

use boneyard_bench::report::{Outcome, Report, markdown};
use std::path::Path;
use std::process::{Command, Output};

fn bench(dir: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_boneyard-bench"));
    command.args(arguments).current_dir(dir).env("XDG_RUNTIME_DIR", dir);
    command.output().expect("the command runs")
}

fn stdout(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).expect("text")
}

/// The row of the stopwatch.
fn row(output: &Output) -> String {
    let text = stdout(output);
    text.lines()
        .find(|line| line.contains("sleep-50ms"))
        .unwrap_or_else(|| panic!("no row in {text}"))
        .to_owned()
}

/// A variant whose laps take a fifth longer is flagged against the run before; one whose laps do not, is not.
///
/// Laps count as 50 ms, whatever a busy machine makes of them: so the rates are known, and what must be said of them.
#[test]
fn a_slowed_variant_is_flagged() {
    let dir = tempfile::tempdir().unwrap();
    let stopwatch = ["--device", "cpu", "--problem", "stopwatch", "--lap-seconds", "0.05"];
    let run = |more: &[&str]| row(&bench(dir.path(), &[&stopwatch[..], more].concat()));
    let compared =
        |slow: &str, out: &str| run(&["--baseline", "target/bench/bench.json", "--slow", slow, "--out", out]);
    let page = |out: &str| std::fs::read_to_string(dir.path().join(out).join("bench.html")).unwrap();

    let first = run(&[]);
    assert!(first.contains("20.0 calls/s"), "{first}");
    assert!(!first.contains("SLOWER") && !page("target/bench").contains("SLOWER"), "no baseline: {first}");

    let slowed = compared("stopwatch/sleep-50ms=20", "slowed");
    assert!(slowed.contains("16.7 calls/s") && slowed.ends_with(" -16.7 % SLOWER"), "{slowed}");
    let slowed = page("slowed");
    assert!(slowed.contains("-16.7 % SLOWER") && slowed.contains("1 slower and 0 faster"), "{slowed}");

    let again = compared("reduce/points=20", "again");
    assert!(again.contains("20.0 calls/s") && again.ends_with(" +0.0 %"), "{again}");
    let again = page("again");
    assert!(!again.contains("SLOWER") && again.contains("0 slower and 0 faster"), "{again}");
}

/// The page has pictures and nothing from elsewhere; the JSON goes into the document.
#[test]
fn pages_and_documents() {
    let dir = tempfile::tempdir().unwrap();
    let output = bench(dir.path(), &["--device", "cpu", "--problem", "evaluate-tricks-2"]);
    assert!(stdout(&output).contains("evaluate-tricks-2"));
    let page = std::fs::read_to_string(dir.path().join("target/bench/bench.html")).unwrap();
    assert!(page.contains("<svg") && !page.contains("<script") && !page.contains("href="), "{page}");
    let json = std::fs::read_to_string(dir.path().join("target/bench/bench.json")).unwrap();
    let report: Report = serde_json::from_str(&json).unwrap();
    assert_eq!(report.rows.len(), 3);
    assert!(report.rows.iter().all(|row| row.timing().is_some()), "{json}");

    std::fs::write(dir.path().join("BENCHMARKS.md"), "# Benchmarks\n\nBy hand.\n").unwrap();
    stdout(&bench(dir.path(), &["--write-benchmarks", "target/bench/bench.json"]));
    let document = std::fs::read_to_string(dir.path().join("BENCHMARKS.md")).unwrap();
    assert!(
        document.starts_with("# Benchmarks\n\nBy hand.\n") && document.contains(markdown::BEGIN),
        "{document}"
    );
    assert!(document.contains("| evaluate-tricks-2 | solver |"), "{document}");
}

/// What is too large for small sizes is a row with its reason, everywhere.
#[test]
fn what_is_skipped_says_why() {
    let dir = tempfile::tempdir().unwrap();
    let read = |file: &str| std::fs::read_to_string(dir.path().join(file)).unwrap();
    let why = "skipped: too large for --quick; --full times it";
    let selected = ["--problem", "play-1000x1024", "--variant", "playout"];
    let output = stdout(&bench(dir.path(), &[&["--device", "cpu"][..], &selected].concat()));
    let line = output.lines().find(|line| line.contains("play-1000x1024")).expect("a row");
    assert!(line.ends_with(why), "{line}");

    let report: Report = serde_json::from_str(&read("target/bench/bench.json")).unwrap();
    let outcomes: Vec<&Outcome> = report.rows.iter().map(|row| &row.outcome).collect();
    assert!(matches!(outcomes[..], [Outcome::Skipped(text)] if why.ends_with(text.as_str())), "{outcomes:?}");
    let page = read("target/bench/bench.html");
    assert!(page.contains(why), "{page}");

    std::fs::write(dir.path().join("BENCHMARKS.md"), "# Benchmarks\n").unwrap();
    stdout(&bench(dir.path(), &["--write-benchmarks", "target/bench/bench.json"]));
    let document = read("BENCHMARKS.md");
    assert!(document.contains(&format!("| play-1000x1024 | playout | {why} |")), "{document}");
}

#[test]
fn what_is_not_there_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let says = |arguments: &[&str], text: &str| {
        let output = bench(dir.path(), arguments);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && error.contains(text), "{arguments:?}: {error}");
    };
    says(&["--device", "cpu", "--problem", "nonsense"], "no entry has this problem and variant here");
    says(&["--device", "cpu", "--baseline", "nowhere.json"], "cannot read nowhere.json");
    says(&["--device", "gpu"], "there is no device kind");
    says(&["--write-benchmarks", "nowhere.json"], "cannot read nowhere.json");
    std::fs::write(dir.path().join("odd.json"), "{}").unwrap();
    says(&["--device", "cpu", "--peer", "odd.json"], "not a file of figures");
    says(&["--device", "cpu", "--baseline", "odd.json"], "is no bench.json of this version");
}

/// The same names on every machine.
#[test]
fn the_list_names_every_problem() {
    let dir = tempfile::tempdir().unwrap();
    let list = stdout(&bench(dir.path(), &["--device", "cpu", "--list"]));
    for id in [
        "stopwatch/sleep-50ms",
        "legal-set/tables",
        "trick-winner/rulebook",
        "sample-ply-0/affine",
        "sample-ply-13/first-fit+backtracking",
        "evaluate-tricks-7/solver",
        "evaluate-tricks-2/contract",
        "reduce/histogram",
        "choose/softmax:2",
        "play-32x50/solver",
        "play-10000x1024/cascade:5",
    ] {
        assert!(list.lines().any(|line| line.ends_with(&format!(" {id}"))), "{id} is missing in {list}");
    }
}

/// The solver against itself gives nothing away, and a network is asked as well.
#[test]
fn choices_are_compared() {
    let dir = tempfile::TempDir::new().unwrap();
    let choices = |more: &[&str]| {
        bench(dir.path(), &[&["--device", "cpu", "--games", "1", "--samples", "3", "choices"], more].concat())
    };
    let same = choices(&["--evaluator", "solver", "--policy", "p-make", "--contract", "longest"]);
    let last = stdout(&same).lines().last().unwrap().to_owned();
    assert!(
        last.trim_start().starts_with("all") && last.contains("0.00 %  0.00 %  0.0000 ± 0.0000"),
        "{last}"
    );
    // Some tricks, and all together; the last trick has no choices.
    let rows = stdout(&choices(&["--evaluator", "cascade:small"]));
    assert!((4..=7).contains(&rows.lines().filter(|row| row.contains('±')).count()), "{rows}");
    assert!(!choices(&["--against", "contract"]).status.success());
}
