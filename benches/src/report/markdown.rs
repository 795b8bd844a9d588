//! The report as a section of `BENCHMARKS.md`.

use super::peer::{Peer, SAME_JOB};
use super::pictures::pareto;
use super::table::{evaluator_name, lines};
use super::{HOW_MEASURED, Outcome, Report, short};
use crate::scaling::exponent;
use crate::truth::TruthRow;
use anyhow::{Result, bail};

/// Where the section begins.
pub const BEGIN: &str = "<!-- measured: written by `cargo xtask bench --write-benchmarks`, not by hand -->";
/// Where it ends.
pub const END: &str = "<!-- end of measured -->";

/// The document with the section between its markers replaced; appended if there are no markers.
///
/// # Errors
/// If only one of the markers is there, or they are in the wrong order.
pub fn replace(document: &str, section: &str) -> Result<String> {
    let block = format!("{BEGIN}\n{section}{END}\n");
    match (document.find(BEGIN), document.find(END)) {
        (None, None) => Ok(format!("{}\n\n{block}", document.trim_end())),
        (Some(begin), Some(end)) if begin < end => {
            let rest = document[end + END.len()..].trim_start_matches('\n');
            let gap = if rest.is_empty() { "" } else { "\n" };
            Ok(format!("{}{block}{gap}{rest}", &document[..begin]))
        }
        _ => bail!("the markers `{BEGIN}` and `{END}` do not enclose a section"),
    }
}

/// The reports, one after the other.
pub fn section(reports: &[Report], peer: &Peer) -> String {
    let mut text = "## Measured by `cargo xtask bench`\n\n".to_owned();
    text += &format!(
        "{HOW_MEASURED} Every variant that was timed was checked first; one that was skipped says why.\n"
    );
    let rows = || reports.iter().flat_map(|report| &report.rows);
    if rows().any(|row| peer.wanted(row).is_some()) {
        text += &format!("\n{}\n", peer.wanted.source());
    }
    if rows().any(|row| peer.ratio(row).is_some()) {
        text += &figures(peer);
    }
    reports.iter().for_each(|report| text += &one(report, peer));
    text
}

/// The peer's figures, and where they are from.
fn figures(peer: &Peer) -> String {
    let mut text = format!(
        "\nThe peer is {}. {SAME_JOB}\n\n\
         | rate | of what | device | command | date | held against it |\n|---|---|---|---|---|---|\n",
        peer.name
    );
    for figure in &peer.figures {
        text += &format!(
            "| {} {}/s | {} | {} | {} | {} | {} |\n",
            short(figure.rate),
            figure.unit,
            cell(&figure.what),
            cell(&figure.device),
            cell(&figure.command),
            cell(&figure.date),
            figure.held_against()
        );
    }
    text
}

/// Text that stays within its cell of a table.
fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

fn one(report: &Report, peer: &Peer) -> String {
    let mut text = String::new();
    for device in &report.devices {
        let driver =
            if device.driver.is_empty() { String::new() } else { format!(", driver {}", device.driver) };
        text += &format!(
            "\n### {} ({}{driver}), `--{}`, {}, version {}\n\nCopies {}B/s, {} integer operations/s{}.\n\n",
            device.name,
            device.product,
            report.mode,
            report.date,
            report.code,
            short(device.limits.copy),
            short(device.limits.integer),
            device.limits.tensor_text(),
        );
        text += "| problem | variant | rate | spread | of limit | × peer | required, goal |\n|---|---|---|---|---|---|---|\n";
        for row in report.rows.iter().filter(|row| row.device == device.name) {
            let cells = match &row.outcome {
                Outcome::Skipped(why) => format!("skipped: {} | | | | ", cell(why)),
                Outcome::Failed(why) => format!("**failed**: {} | | | | ", cell(why)),
                Outcome::Timed { timing, limit, .. } => {
                    let spread = match timing.laps {
                        1 => "1 lap".to_owned(),
                        _ => format!("±{:.1} %", 100.0 * timing.spread),
                    };
                    let limit = limit
                        .as_ref()
                        .map_or(String::new(), |(share, name)| format!("{:.1} % {name}", 100.0 * share));
                    let ratio = peer.ratio(row).map_or(String::new(), short);
                    let samples =
                        row.samples.map_or(String::new(), |samples| format!(" at {samples} samples"));
                    let wanted = peer.wanted(row).map_or(String::new(), ToString::to_string);
                    format!(
                        "{} {}/s{samples} | {spread} | {limit} | {ratio} | {wanted}",
                        short(timing.rate),
                        row.unit
                    )
                }
            };
            text += &format!("| {} | {} | {cells} |\n", row.problem, row.variant);
        }
        let truth: Vec<&TruthRow> = report.truth.iter().filter(|row| row.device == device.name).collect();
        if !truth.is_empty() {
            text += &format!(
                "\nError against time, {} decisions: the variants that none beats in both.\n\n\
                 | evaluator | sampler | samples | RMSE of E\\[Q\\] | of differences | regret | ms a decision |\n\
                 |---|---|---|---|---|---|---|\n",
                truth[0].decisions
            );
            for row in pareto(&truth, |row| row.rmse) {
                text += &format!(
                    "| {} | {} | {} | {:.3} | {:.3} | {:.3} | {:.4} |\n",
                    evaluator_name(&row.evaluator),
                    row.sampler,
                    row.samples,
                    row.rmse,
                    row.rmse_differences,
                    row.regret,
                    1e3 * row.seconds
                );
            }
        }
        let powers: Vec<String> = lines(&report.scaling)
            .into_iter()
            .filter(|line| line.0 == device.name)
            .filter_map(|(_, axis, rows)| Some(format!("with {axis} to the power {:.2}", exponent(&rows)?)))
            .collect();
        if !powers.is_empty() {
            text += &format!(
                "\nCost of whole batches with playouts grows {} (upper half of the sizes).\n",
                powers.join(", ")
            );
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;
    use crate::measure::Timing;
    use crate::report::{DeviceInfo, Row};

    #[test]
    fn only_what_lies_between_the_markers_is_replaced() {
        let by_hand = "# Benchmarks\n\nBy hand.\n";
        let first = replace(by_hand, "one\n").unwrap();
        assert_eq!(first, format!("# Benchmarks\n\nBy hand.\n\n{BEGIN}\none\n{END}\n"));
        let more = format!("{first}\n## More by hand\n");
        let second = replace(&more, "two\n").unwrap();
        assert_eq!(second, format!("# Benchmarks\n\nBy hand.\n\n{BEGIN}\ntwo\n{END}\n\n## More by hand\n"));
        assert_eq!(replace(&second, "two\n").unwrap(), second);
        assert!(replace(&format!("{END} {BEGIN}"), "x").is_err() && replace(BEGIN, "x").is_err());
    }

    fn report(rows: Vec<Row>) -> Report {
        Report {
            mode: "full".into(),
            code: "0".into(),
            date: "2026-01-01".into(),
            devices: vec![DeviceInfo {
                name: "cuda:0".into(),
                product: "GPU".into(),
                driver: String::new(),
                limits: Limits { copy: 1e12, integer: 1e12, tensor: 0.0 },
            }],
            rows,
            truth: Vec::new(),
            scaling: Vec::new(),
        }
    }

    fn row(problem: &str, variant: &str, outcome: Outcome) -> Row {
        Row {
            device: "cuda:0".into(),
            problem: problem.into(),
            variant: variant.into(),
            unit: "games".into(),
            samples: Some(1024),
            outcome,
        }
    }

    fn timed(rate: f64) -> Outcome {
        Outcome::Timed {
            timing: Timing { rate, spread: 0.01, laps: 9, units: 1.0 },
            checked: String::new(),
            limit: None,
            memory: None,
        }
    }

    fn check(rows: Vec<Row>, expected: &[&str]) -> String {
        let text = section(&[report(rows)], &Peer::shipped());
        let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("| play")).collect();
        assert_eq!(lines, expected, "{text}");
        text
    }

    #[test]
    fn what_was_skipped_or_failed_says_why() {
        let rows = vec![
            row("play-10000x1024", "solver", Outcome::Skipped("a batch would take\nsome 160 s".into())),
            row("play-32x50", "solver", Outcome::Failed("a | b".into())),
        ];
        let expected = [
            "| play-10000x1024 | solver | skipped: a batch would take some 160 s | | | |  |",
            "| play-32x50 | solver | **failed**: a \\| b | | | |  |",
        ];
        let text = check(rows, &expected);
        assert!(!text.contains("The peer is"), "nothing is held against it: {text}");
    }

    #[test]
    fn only_the_same_job_is_held_against_the_peer() {
        let rows = vec![
            row("play-1000x1024", "playout", timed(138e3)),
            row("play-1000x1024", "solver", timed(66.0)),
        ];
        let expected = [
            "| play-1000x1024 | playout | 138 k games/s at 1024 samples | ±1.0 % |  |  |  |",
            "| play-1000x1024 | solver | 66.0 games/s at 1024 samples | ±1.0 % |  | 5.00 | required 15.0, goal 50.0 |",
        ];
        let text = check(rows, &expected);
        for said in [
            "are what this project's plan wants of one NVIDIA H100 80GB",
            "| 13.2 games/s | 1000 games at a time, 1024 samples",
            "| not recorded |",
            "| play-1000x1024/solver, play-1000x1024/cascade:5,128x4 |",
            "the median over the laps",
        ] {
            assert!(text.contains(said), "{said} is missing in {text}");
        }
    }
}
