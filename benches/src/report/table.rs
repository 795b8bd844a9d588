//! The report as text for a terminal.

use super::peer::Peer;
use super::{DeviceInfo, Outcome, Report, Row, compare, short};
use crate::scaling::{ScalingRow, exponent};
use crate::truth::TruthRow;

/// The line above rows.
pub fn header() -> String {
    format!(
        "{:8} {:18} {:24} {:>21} {:>7} {:>10} {:>8} {:>7}  {}",
        "device", "problem", "variant", "rate", "spread", "of limit", "memory", "peer", "change"
    )
}

/// A device and its limits.
pub fn device(info: &DeviceInfo) -> String {
    let driver = if info.driver.is_empty() { String::new() } else { format!(", driver {}", info.driver) };
    format!(
        "{}: {}{driver}; copies {}B/s, {} integer operations/s{}",
        info.name,
        info.product,
        short(info.limits.copy),
        short(info.limits.integer),
        info.limits.tensor_text(),
    )
}

/// One row.
pub fn row(row: &Row, peer: &Peer, baseline: Option<&Report>) -> String {
    let start = format!("{:8} {:18} {:24}", row.device, row.problem, row.variant);
    match &row.outcome {
        Outcome::Failed(why) => format!("{start} FAILED, not timed: {why}"),
        Outcome::Skipped(why) => format!("{start} skipped: {why}"),
        Outcome::Timed { timing, limit, memory, .. } => {
            let rate = format!("{} {}/s", short(timing.rate), row.unit);
            let limit = limit
                .as_ref()
                .map_or(String::new(), |(share, name)| format!("{:.1}% {}", 100.0 * share, &name[..3]));
            let memory = memory.map_or(String::new(), |bytes| format!("{}B", short(bytes as f64)));
            let ratio = peer.ratio(row).map_or(String::new(), |ratio| format!("{}x", short(ratio)));
            let change = baseline.and_then(|baseline| compare::change(row, baseline));
            let mut change = change.map_or(String::new(), |change| change.to_string());
            if let Some(wanted) = peer.wanted(row) {
                let met = if wanted.is_met(timing.rate) { "met" } else { "NOT MET" };
                change += &format!("  {met}: {wanted} by {}", peer.wanted.by);
            }
            let spread =
                if timing.laps > 1 { format!("±{:.1}%", 100.0 * timing.spread) } else { "1 lap".into() };
            let line = format!("{start} {rate:>21} {spread:>7} {limit:>10} {memory:>8} {ratio:>7}  {change}");
            line.trim_end().to_owned()
        }
    }
}

/// The errors of variants.
pub fn truth(rows: &[TruthRow]) -> String {
    let mut text = format!(
        "{:8} {:10} {:24} {:>7} {:>10} {:>12} {:>8} {:>14}\n",
        "device", "evaluator", "sampler", "samples", "RMSE E[Q]", "differences", "regret", "s a decision"
    );
    for row in rows {
        text += &format!(
            "{:8} {:10} {:24} {:>7} {:>10.3} {:>12.3} {:>8.3} {:>14.6}\n",
            row.device,
            evaluator_name(&row.evaluator),
            row.sampler,
            row.samples,
            row.rmse,
            row.rmse_differences,
            row.regret,
            row.seconds
        );
    }
    text
}

/// The first part of a name such as `cascade:4,solver,playout`.
pub(super) fn evaluator_name(id: &str) -> &str {
    id.split(',').next().unwrap_or(id)
}

/// Cost against size.
pub fn scaling(rows: &[ScalingRow]) -> String {
    let mut text = format!("{:8} {:>8} {:>8} {:>10} {:>10}\n", "device", "games", "samples", "ms", "memory");
    for row in rows {
        let memory = row.memory.map_or(String::new(), |bytes| format!("{}B", short(bytes as f64)));
        let milliseconds = 1e3 * row.seconds;
        text += &format!(
            "{:8} {:>8} {:>8} {:>10.2} {:>10}\n",
            row.device, row.games, row.samples, milliseconds, memory
        );
    }
    for (device, axis, rows) in lines(rows) {
        if let Some(power) = exponent(&rows) {
            text += &format!("{device}: cost grows with {axis} to the power {power:.2} in the upper half\n");
        }
    }
    text
}

/// The rows by device and axis.
pub(super) fn lines(rows: &[ScalingRow]) -> Vec<(&str, &str, Vec<&ScalingRow>)> {
    let mut lines: Vec<(&str, &str, Vec<&ScalingRow>)> = Vec::new();
    for row in rows {
        match lines.iter_mut().find(|line| line.0 == row.device && line.1 == row.axis) {
            Some(line) => line.2.push(row),
            None => lines.push((&row.device, &row.axis, vec![row])),
        }
    }
    lines
}
