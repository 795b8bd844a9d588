//! The report as one self-contained page.

use super::peer::{Peer, SAME_JOB};
use super::pictures::{Picture, pictures};
use super::table::{evaluator_name, lines};
use super::{HOW_MEASURED, Outcome, Report, Row, compare, short};
use crate::scaling::exponent;
use anyhow::Result;

const STYLE: &str = "body{font:15px/1.45 system-ui,sans-serif;max-width:1240px;margin:2em auto;padding:0 1em;color:#222}\
    h1{font-size:1.6em}h2{font-size:1.25em;margin-top:2em;border-bottom:1px solid #ddd}h3{font-size:1.05em;margin-bottom:.2em}\
    table{border-collapse:collapse;font-size:13px}td,th{padding:2px 9px;text-align:right;border-bottom:1px solid #eee;white-space:nowrap}td.text{white-space:normal;text-align:left;min-width:230px}\
    td:nth-child(-n+3),th:nth-child(-n+3){text-align:left}tr.first td{border-top:2px solid #bbb}\
    .bad{color:#b00020;font-weight:600}.good{color:#0a7a3c}.dim{color:#777}.note{color:#555;max-width:880px}\
    .legend span{display:inline-block;margin-right:1.4em}.legend i{display:inline-block;width:12px;height:12px;\
    border-radius:6px;margin-right:5px;vertical-align:-1px}svg{max-width:100%;height:auto}";

/// HTML with inline pictures and no scripts.
///
/// # Errors
/// If a picture cannot be drawn.
pub fn page(report: &Report, peer: &Peer, baseline: Option<&Report>) -> Result<String> {
    let mut html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Boneyard: measurements</title>\
         <style>{STYLE}</style></head><body><h1>Boneyard: what was measured</h1>"
    );
    html += &format!(
        "<p>Version {}, {}, <code>--{}</code>.</p><ul>",
        escape(&report.code),
        report.date,
        report.mode
    );
    for device in &report.devices {
        html += &format!("<li>{}</li>", escape(&super::table::device(device)));
    }
    html += "</ul>";
    html += &summary(report, peer, baseline);
    let pictures = pictures(report, peer)?;
    if !pictures.is_empty() {
        html += "<h2>Pictures</h2>";
        html.extend(pictures.iter().map(figure));
    }
    html += &catalogue(report, peer, baseline);
    html += &others(report, peer);
    html += &truth(report);
    html += &scaling(report);
    html += "</body></html>\n";
    Ok(html)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// What a reader wants to know first.
fn summary(report: &Report, peer: &Peer, baseline: Option<&Report>) -> String {
    let failed: Vec<&Row> =
        report.rows.iter().filter(|row| matches!(row.outcome, Outcome::Failed(_))).collect();
    let timed = report.rows.iter().filter(|row| row.timing().is_some()).count();
    let mut html = format!("<p>{timed} variants were checked and timed");
    match failed.len() {
        0 => html += "; no check failed.",
        n => html += &format!("; <span class=\"bad\">{n} failed and were not timed</span>."),
    }
    let skipped = report.rows.iter().filter(|row| matches!(row.outcome, Outcome::Skipped(_))).count();
    if skipped > 0 {
        html += &format!(" {skipped} were skipped, and say why below.");
    }
    if let Some(baseline) = baseline {
        let changes = report.rows.iter().filter_map(|row| compare::change(row, baseline));
        let flagged: Vec<_> = changes.filter(|change| change.is_beyond_spread).collect();
        let slower = flagged.iter().filter(|change| change.relative < 0.0).count();
        html += &format!(
            " Against the baseline of {} ({}): {slower} slower and {} faster beyond the spread.",
            escape(&baseline.code),
            baseline.date,
            flagged.len() - slower
        );
    }
    html += "</p>";
    if let Some(baseline) = baseline {
        let warnings = report.devices.iter().filter_map(|info| compare::disturbance(info, baseline));
        html.extend(warnings.map(|warning| format!("<p class=\"bad\">{}.</p>", escape(&warning))));
    }
    let ratios = report.rows.iter().filter(|row| row.unit == "games").filter_map(|row| {
        let ratio = peer.ratio(row)?;
        let timing = row.timing()?;
        Some(format!(
            "<li>{} on {}, evaluator <code>{}</code>: {} games/s at {} samples, {}× the peer</li>",
            row.problem,
            row.device,
            escape(&row.variant),
            short(timing.rate),
            row.samples.unwrap_or(0),
            short(ratio)
        ))
    });
    let ratios: String = ratios.collect();
    if !ratios.is_empty() {
        html += &format!(
            "<p>The peer is {}; it values moves with a network. Its figures are below.</p><ul>{ratios}</ul>",
            escape(&peer.name)
        );
    }
    html
}

fn figure(picture: &Picture) -> String {
    let legend: String = picture
        .legend
        .iter()
        .map(|(color, name)| format!("<span><i style=\"background:{color}\"></i>{}</span>", escape(name)))
        .collect();
    format!(
        "<h3>{}</h3>{}<div class=\"legend\">{legend}</div><p class=\"note\">{}</p>",
        escape(&picture.title),
        picture.svg,
        escape(&picture.note)
    )
}

fn catalogue(report: &Report, peer: &Peer, baseline: Option<&Report>) -> String {
    if report.rows.is_empty() {
        return String::new();
    }
    let mut html = format!(
        "<h2>Every variant</h2><p class=\"note\">{HOW_MEASURED} Each lap is between two \
        synchronisations, after a warm-up. Changes below 6 %, and of what had one lap, are never flagged. A limit \
        is what the machine was measured to do at most: copying memory, integer operations, or products on tensor cores; for the exact solver that \
        is 25 operations for each position of a good search. Memory is what the device, or this process, held. A \
        variant that fails its check is not timed.</p><table><tr><th>device</th><th>problem</th><th>variant</th>\
        <th>rate</th><th>spread</th><th>of limit</th><th>memory</th><th>× peer</th><th>required, goal</th>\
        <th>change</th><th>checked</th></tr>"
    );
    let mut last = "";
    for row in &report.rows {
        let first = if row.problem == last { "" } else { " class=\"first\"" };
        last = &row.problem;
        let start = format!(
            "<tr{first}><td>{}</td><td>{}</td><td>{}</td>",
            escape(&row.device),
            escape(&row.problem),
            escape(&row.variant)
        );
        html += &start;
        html += &match &row.outcome {
            Outcome::Failed(why) => {
                format!("<td colspan=\"8\" class=\"bad text\">failed: {}</td></tr>", escape(why))
            }
            Outcome::Skipped(why) => {
                format!("<td colspan=\"8\" class=\"dim text\">skipped: {}</td></tr>", escape(why))
            }
            Outcome::Timed { timing, checked, limit, memory } => {
                let limit = limit
                    .as_ref()
                    .map_or(String::new(), |(share, name)| format!("{:.1} % {name}", 100.0 * share));
                let memory = memory.map_or(String::new(), |bytes| format!("{}B", short(bytes as f64)));
                let ratio = peer.ratio(row).map_or(String::new(), short);
                let wanted = peer.wanted(row).map_or(String::new(), |wanted| {
                    let class = if wanted.is_met(timing.rate) { "good" } else { "bad" };
                    format!("<span class=\"{class}\">{wanted}</span>")
                });
                let change = baseline.and_then(|baseline| compare::change(row, baseline));
                let change = change.map_or(String::new(), |change| {
                    let class = match (change.is_beyond_spread, change.relative < 0.0) {
                        (false, _) => "dim",
                        (true, true) => "bad",
                        (true, false) => "good",
                    };
                    format!("<span class=\"{class}\">{change}</span>")
                });
                let spread = match timing.laps {
                    1 => "1 lap".to_owned(),
                    _ => format!("±{:.1} %", 100.0 * timing.spread),
                };
                format!(
                    "<td>{} {}/s</td><td>{spread}</td><td>{limit}</td><td>{memory}</td><td>{ratio}</td><td>{wanted}</td>\
                     <td>{change}</td><td class=\"dim text\">{}</td></tr>",
                    short(timing.rate),
                    row.unit,
                    escape(checked)
                )
            }
        };
    }
    html + "</table>"
}

/// Where the figures are from that rows were held against; empty if none was.
fn others(report: &Report, peer: &Peer) -> String {
    let mut html = String::new();
    if report.rows.iter().any(|row| peer.wanted(row).is_some()) {
        html += &format!("<p class=\"note\">{}</p>", escape(&peer.wanted.source()));
    }
    if report.rows.iter().any(|row| peer.ratio(row).is_some()) {
        html += &format!(
            "<h2>The peer</h2><p class=\"note\">The peer is {}. {SAME_JOB}</p><table><tr><th>rate</th><th>of what</th>\
             <th>device</th><th>command</th><th>date</th><th>held against it</th></tr>",
            escape(&peer.name)
        );
        for figure in &peer.figures {
            html += &format!("<tr><td>{} {}/s</td>", short(figure.rate), escape(&figure.unit));
            let held = figure.held_against();
            for text in [&figure.what, &figure.device, &figure.command, &figure.date, &held] {
                html += &format!("<td class=\"text\">{}</td>", escape(text));
            }
            html += "</tr>";
        }
        html += "</table>";
    }
    html
}

fn truth(report: &Report) -> String {
    if report.truth.is_empty() {
        return String::new();
    }
    let mut html = "<h2>Truth beside speed</h2><p class=\"note\">Errors in points against the exact mean over all worlds, or \
        over 65,536 of them where there are more than 200,000. Regret is what playing the best-looking move gives \
        up.</p><table><tr><th>device</th><th>evaluator</th><th>sampler</th><th>samples</th><th>RMSE of E[Q]</th>\
        <th>RMSE of differences</th><th>regret</th><th>ms a decision</th></tr>"
        .to_owned();
    for row in &report.truth {
        html += &format!(
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{:.3}</td><td>{:.3}</td><td>{:.3}</td><td>{:.4}</td></tr>",
            row.device,
            escape(evaluator_name(&row.evaluator)),
            escape(&row.sampler),
            row.samples,
            row.rmse,
            row.rmse_differences,
            row.regret,
            1e3 * row.seconds
        );
    }
    html + "</table>"
}

fn scaling(report: &Report) -> String {
    let lines = lines(&report.scaling);
    if lines.is_empty() {
        return String::new();
    }
    let mut html = "<h2>Scaling</h2><ul>".to_owned();
    for (device, axis, rows) in lines {
        if let Some(power) = exponent(&rows) {
            html += &format!(
                "<li>{device}: cost grows with the number of {axis} to the power {power:.2} in the upper half of \
                 {} to {}</li>",
                rows[0].size(),
                rows[rows.len() - 1].size()
            );
        }
    }
    html + "</ul>"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;
    use crate::measure::Timing;
    use crate::report::DeviceInfo;

    /// What is wanted of a GPU is held against a GPU only; names are escaped.
    #[test]
    fn a_gpu_is_held_against_what_is_wanted() {
        let row = |device: &str, tricks: usize, rate| Row {
            device: device.into(),
            problem: format!("evaluate-tricks-{tricks}"),
            variant: "solver".into(),
            unit: "worlds".into(),
            samples: None,
            outcome: Outcome::Timed {
                timing: Timing { rate, spread: 0.01, laps: 7, units: 1e6 },
                checked: "a < b".into(),
                limit: Some((0.1, "integers".into())),
                memory: None,
            },
        };
        let info = |name: &str| DeviceInfo {
            name: name.into(),
            product: "A & B".into(),
            driver: String::new(),
            limits: Limits { copy: 1e12, integer: 1e12, tensor: 0.0 },
        };
        let mut report = Report {
            mode: "full".into(),
            code: "0".into(),
            date: "2026-01-01".into(),
            devices: vec![info("cpu")],
            rows: vec![row("cpu", 4, 1e9)],
            truth: Vec::new(),
            scaling: Vec::new(),
        };
        let html = page(&report, &Peer::shipped(), None).unwrap();
        assert!(
            !html.contains("goal 4")
                && !html.contains("plan")
                && html.contains("A &amp; B")
                && html.contains("a &lt; b"),
            "{html}"
        );
        report.devices.push(info("cuda:0"));
        report.rows.extend([row("cuda:0", 4, 1e9), row("cuda:0", 5, 1e3)]);
        let html = page(&report, &Peer::shipped(), None).unwrap();
        assert!(html.contains("<span class=\"good\">required 8.00 M, goal 40.0 M</span>"), "{html}");
        assert!(html.contains("<span class=\"bad\">required 700 k, goal 4.00 M</span>"), "{html}");
        assert!(html.contains("required of a GPU by this project's plan"), "{html}");
        assert!(html.contains("are what this project's plan wants of one NVIDIA H100 80GB."), "{html}");
        // The peer has no solver to hold one pass of worlds against.
        assert!(!html.contains("<h2>The peer</h2>"), "{html}");
    }

    /// A network's pass is held against the peer's, with where its figure is from; what was skipped says why.
    #[test]
    fn the_page_names_the_peer_and_what_was_skipped() {
        let mut row = Row {
            device: "cuda:0".into(),
            problem: "evaluate-tricks-7".into(),
            variant: "net:128x4".into(),
            unit: "worlds".into(),
            samples: None,
            outcome: Outcome::Timed {
                timing: Timing { rate: 7.5e6, spread: 0.01, laps: 7, units: 1e6 },
                checked: String::new(),
                limit: None,
                memory: None,
            },
        };
        let mut report = Report {
            mode: "full".into(),
            code: "0".into(),
            date: "2026-01-01".into(),
            devices: Vec::new(),
            rows: vec![row.clone()],
            truth: Vec::new(),
            scaling: Vec::new(),
        };
        row.variant = "solver".into();
        row.outcome = Outcome::Skipped("takes > 100 s".into());
        report.rows.push(row);
        let html = page(&report, &Peer::shipped(), None).unwrap();
        assert!(html.contains("<td>10.0</td>") && html.contains("<h2>The peer</h2>"), "{html}");
        assert!(html.contains("torch.compile") && html.contains("PyTorch 2.11"), "{html}");
        assert!(html.contains("skipped: takes &gt; 100 s") && html.contains("1 were skipped"), "{html}");
    }
}
