//! Pictures, as inline SVG.

use super::peer::{Peer, Wanted};
use super::table::{evaluator_name, lines};
use super::{Report, short};
use crate::scaling::ScalingRow;
use crate::truth::TruthRow;
use anyhow::{Result, anyhow};
use plotters::coord::Shift;
use plotters::coord::ranged1d::ValueFormatter;
use plotters::prelude::*;
use std::ops::Range;

/// A picture with the legend that goes under it.
pub(super) struct Picture {
    pub title: String,
    pub svg: String,
    /// Colour and name.
    pub legend: Vec<(String, String)>,
    /// What to look for.
    pub note: String,
}

/// How the points of a series are shown.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Line {
    /// Points on a line.
    Solid,
    /// Small points on a thin line, of which there are many.
    Thin,
    /// No points: a mark to hold others against.
    Dashed,
    /// No points, below everything else.
    Broad,
}

/// A named set of points.
#[derive(Clone)]
struct Series {
    name: String,
    color: RGBColor,
    line: Line,
    /// With the label beside it, if not empty.
    points: Vec<(f64, f64, String)>,
}

/// Colours that most people can tell apart (Okabe and Ito, "Color universal design", 2008), without the yellow.
const COLORS: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(230, 159, 0),
    RGBColor(90, 90, 90),
];
const GREY: RGBColor = RGBColor(150, 150, 150);

fn color(i: usize) -> RGBColor {
    COLORS[i % COLORS.len()]
}

/// How an axis is divided.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Scale {
    /// In tens.
    Log,
    /// In doublings.
    Log2,
    /// In whole numbers.
    Whole,
    /// From zero.
    FromZero,
}

struct Axis {
    name: String,
    scale: Scale,
}

impl Axis {
    fn new(name: &str, scale: Scale) -> Self {
        Self { name: name.to_owned(), scale }
    }

    fn log(name: &str) -> Self {
        Self::new(name, Scale::Log)
    }

    /// What is shown: a little more than the values.
    fn range(&self, values: impl Iterator<Item = f64>) -> Range<f64> {
        let (low, high) = values
            .filter(|value| value.is_finite())
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        if low > high {
            return 1.0..10.0;
        }
        match self.scale {
            Scale::Log => low.max(1e-9) / 1.5..high.max(1e-9) * 1.6,
            Scale::Log2 => low / 1.3..high * 1.3,
            Scale::Whole => low - 0.3..high + 0.3,
            Scale::FromZero => 0.0..1.25 * high.max(1e-9),
        }
    }

    /// Where a value lies on the axis, 0 to 1.
    fn place(&self, value: f64, range: &Range<f64>) -> f64 {
        let on = |x: f64| if matches!(self.scale, Scale::Log | Scale::Log2) { x.ln() } else { x };
        (on(value) - on(range.start)) / (on(range.end) - on(range.start))
    }

    fn label(&self, value: f64) -> String {
        if self.scale == Scale::Whole && (value - value.round()).abs() > 1e-6 {
            return String::new();
        }
        let text = short(value);
        match text.split_once(' ') {
            Some((number, suffix)) => format!("{} {suffix}", trimmed(number)),
            None => trimmed(&text).to_owned(),
        }
    }
}

/// Without zeros after the point.
fn trimmed(number: &str) -> &str {
    if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number }
}

/// One of the errors of a row.
type ErrorOf = fn(&TruthRow) -> f64;

/// All pictures of a report.
pub(super) fn pictures(report: &Report, peer: &Peer) -> Result<Vec<Picture>> {
    let mut pictures = Vec::new();
    let errors: [(&str, ErrorOf); 2] =
        [("E[Q]", |row| row.rmse), ("differences of E[Q] between moves", |row| row.rmse_differences)];
    for device in &report.devices {
        let rows: Vec<&TruthRow> = report.truth.iter().filter(|row| row.device == device.name).collect();
        if !rows.is_empty() {
            for (what, error) in errors {
                pictures.push(error_against_time(&device.name, &rows, what, error)?);
            }
        }
    }
    pictures.extend(evaluators(report, peer)?);
    pictures.extend(samplers(report)?);
    pictures.extend(scaling(&report.scaling)?);
    Ok(pictures)
}

/// The points that no other beats in both: sorted by time, each with less error than all before it.
pub(super) fn pareto<'a>(rows: &[&'a TruthRow], error: ErrorOf) -> Vec<&'a TruthRow> {
    let mut sorted = rows.to_vec();
    sorted.sort_by(|a, b| {
        (a.seconds, error(a)).partial_cmp(&(b.seconds, error(b))).expect("times are numbers")
    });
    let mut front: Vec<&TruthRow> = Vec::new();
    for row in sorted {
        if front.last().is_none_or(|last| error(row) < error(last)) {
            front.push(row);
        }
    }
    front
}

fn error_against_time(device: &str, rows: &[&TruthRow], what: &str, error: ErrorOf) -> Result<Picture> {
    // Zero has no place on a logarithmic axis.
    let place = |row: &TruthRow| (1e3 * row.seconds, error(row).max(1e-3));
    let unlabelled = |row: &&TruthRow| {
        let (x, y) = place(row);
        (x, y, String::new())
    };
    let front = Series {
        name: "Pareto front: nothing is both faster and closer".to_owned(),
        color: GREY,
        line: Line::Broad,
        points: pareto(rows, error).iter().map(unlabelled).collect(),
    };
    let mut series = vec![front];
    let mut evaluators: Vec<&str> = Vec::new();
    for row in rows {
        let evaluator = evaluator_name(&row.evaluator);
        if !evaluators.contains(&evaluator) {
            evaluators.push(evaluator);
        }
    }
    for (i, evaluator) in evaluators.iter().enumerate() {
        let of_evaluator = || rows.iter().filter(|row| evaluator_name(&row.evaluator) == *evaluator);
        let mut samplers: Vec<&str> = of_evaluator().map(|row| row.sampler.as_str()).collect();
        samplers.dedup();
        for sampler in samplers {
            let mut points: Vec<_> =
                of_evaluator().filter(|row| row.sampler == sampler).map(unlabelled).collect();
            if let Some(last) = points.last_mut() {
                last.2 = sampler.to_owned();
            }
            series.push(Series { name: (*evaluator).to_owned(), color: color(i), line: Line::Thin, points });
        }
    }
    let (decisions, mut counts) = (rows[0].decisions, rows.iter().map(|row| row.samples).collect::<Vec<_>>());
    counts.sort_unstable();
    counts.dedup();
    let counts: Vec<String> = counts.iter().map(u32::to_string).collect();
    picture(
        format!("{device}: error of {what} against time, {decisions} decisions"),
        Axis::log("milliseconds a decision"),
        Axis::log("root mean square error, points"),
        &series,
        &format!(
            "A line is an evaluator (colour) with a sampler (name at its end); its points are {} samples. Down and left \
             is better. More samples cannot help an evaluator that is wrong itself.",
            counts.join(", ")
        ),
    )
}

/// Worlds a second by tricks left.
fn evaluators(report: &Report, peer: &Peer) -> Result<Option<Picture>> {
    let mut series: Vec<Series> = Vec::new();
    for device in &report.devices {
        series.extend(by_number(report, &device.name, "evaluate-tricks-", series.len()));
    }
    if series.is_empty() {
        return Ok(None);
    }
    let on_gpu = report.rows.iter().any(|row| peer.wanted(row).is_some());
    let marks = |label: &str, name: String, rate: fn(&Wanted) -> Option<f64>| Series {
        name,
        color: GREY,
        line: Line::Dashed,
        points: (2..=7)
            .filter_map(|tricks| {
                let problem = format!("evaluate-tricks-{tricks}");
                let solver = |it: &&Wanted| it.problem == problem && it.variant == "solver";
                let wanted = peer.wanted.rates.iter().find(solver)?;
                Some((
                    f64::from(tricks),
                    rate(wanted)?,
                    if tricks == 7 { label.to_owned() } else { String::new() },
                ))
            })
            .collect(),
    };
    if on_gpu {
        let by = &peer.wanted.by;
        series
            .push(marks("required", format!("solver, required of a GPU by {by}"), |wanted| wanted.required));
        series.push(marks("goal", format!("solver, goal on a GPU by {by}"), |wanted| Some(wanted.goal)));
    }
    let title = "Evaluators by tricks left".to_owned();
    let note =
        "Start of a trick, all legal moves, positions from mixed play over all declarations. Up is better.";
    picture(title, Axis::new("tricks left", Scale::Whole), Axis::log("worlds a second"), &series, note)
        .map(Some)
}

/// Worlds a second by ply, a picture a device: there are many samplers.
fn samplers(report: &Report) -> Result<Vec<Picture>> {
    let mut pictures = Vec::new();
    for device in &report.devices {
        let series = by_number(report, &device.name, "sample-ply-", 0);
        if !series.is_empty() {
            let title = format!("{}: samplers by ply", device.name);
            let (x, y) = (Axis::new("ply", Scale::Whole), Axis::log("worlds a second"));
            let note = "Worlds drawn, or enumerated where there are few. Up is better.";
            pictures.push(picture(title, x, y, &series, note)?);
        }
    }
    Ok(pictures)
}

/// One series a variant, on one device, of the problems that end in a number; colours are counted from `first`.
fn by_number(report: &Report, device: &str, problem: &str, first: usize) -> Vec<Series> {
    let mut series: Vec<Series> = Vec::new();
    for row in report.rows.iter().filter(|row| row.device == device) {
        let number = row.problem.strip_prefix(problem).and_then(|number| number.parse().ok());
        let (Some(x), Some(timing)) = (number, row.timing()) else { continue };
        let name = format!("{} {}", row.device, row.variant);
        match series.iter_mut().find(|series| series.name == name) {
            Some(series) => series.points.push((x, timing.rate, String::new())),
            None => series.push(Series {
                color: color(first + series.len()),
                name,
                line: Line::Solid,
                points: vec![(x, timing.rate, String::new())],
            }),
        }
    }
    for it in &mut series {
        it.points.sort_by(|a, b| a.0.total_cmp(&b.0));
        if let Some(last) = it.points.last_mut() {
            last.2.clone_from(&it.name);
        }
    }
    series
}

/// Time and memory along both axes.
fn scaling(rows: &[ScalingRow]) -> Result<Vec<Picture>> {
    let mut pictures = Vec::new();
    for axis in ["games", "samples"] {
        let lines: Vec<_> = lines(rows).into_iter().filter(|line| line.1 == axis).collect();
        if lines.is_empty() {
            continue;
        }
        let mut times: Vec<Series> = Vec::new();
        let mut memory: Vec<Series> = Vec::new();
        for (i, (device, _, rows)) in lines.iter().enumerate() {
            let fixed = match axis {
                "games" => format!("{} samples", rows[0].samples),
                _ => format!("{} games", rows[0].games),
            };
            let name = format!("{device}, {fixed}");
            let base = Series { name, color: color(i), line: Line::Solid, points: Vec::new() };
            let time = rows.iter().map(|row| (row.size(), 1e3 * row.seconds, String::new())).collect();
            times.push(Series { points: time, ..base.clone() });
            let held =
                rows.iter().filter_map(|row| Some((row.size(), row.memory? as f64 / 1e6, String::new())));
            memory.push(Series { points: held.collect(), ..base });
            // In proportion to the largest.
            let last = rows[rows.len() - 1];
            let points = [rows[0], last]
                .map(|row| (row.size(), 1e3 * last.seconds * row.size() / last.size(), String::new()));
            let name = "in proportion to the largest".to_owned();
            times.push(Series { name, color: GREY, line: Line::Dashed, points: points.into() });
        }
        pictures.push(picture(
            format!("Cost against {axis}"),
            Axis::new(axis, Scale::Log2),
            Axis::log("milliseconds a batch"),
            &times,
            "Whole batches with playouts. In proportion is right; small sizes are bound by what a batch costs anyway.",
        )?);
        memory.retain(|series| !series.points.is_empty());
        if !memory.is_empty() {
            pictures.push(picture(
                format!("Memory against {axis}"),
                Axis::new(axis, Scale::Log2),
                Axis::new("MB held", Scale::FromZero),
                &memory,
                match axis {
                    "games" => "A device keeps what it knows of every game, and the host all records: both in proportion.".to_owned(),
                    _ => format!(
                        "Worlds had to stay within {}: from there on memory is flat.",
                        budgets(&lines).join(", ")
                    ),
                }.as_str(),
            )?);
        }
    }
    Ok(pictures)
}

/// The bounds of the lines.
fn budgets(lines: &[(&str, &str, Vec<&ScalingRow>)]) -> Vec<String> {
    let budget = |line: &(&str, &str, Vec<&ScalingRow>)| {
        let mib = line.2[0].budget? as f64 / f64::from(1 << 20);
        Some(format!("{} MiB on {}", trimmed(&short(mib)), line.0))
    };
    lines.iter().filter_map(budget).collect()
}

const SIZE: (u32, u32) = (900, 470);
const MARGIN: u32 = 12;
const LEFT: u32 = 78;
const RIGHT: u32 = 150;
const BELOW: u32 = 48;

fn picture(title: String, x: Axis, y: Axis, series: &[Series], note: &str) -> Result<Picture> {
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        draw(&root, &x, &y, series).map_err(|error| anyhow!("drawing {title}: {error}"))?;
        root.present().map_err(|error| anyhow!("drawing {title}: {error}"))?;
    }
    let mut legend: Vec<(String, String)> = Vec::new();
    for series in series {
        let RGBColor(r, g, b) = series.color;
        let entry = (format!("#{r:02x}{g:02x}{b:02x}"), series.name.clone());
        if !legend.contains(&entry) {
            legend.push(entry);
        }
    }
    Ok(Picture { title, svg, legend, note: note.to_owned() })
}

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn = Result<(), Box<dyn std::error::Error>>;

fn draw(root: &Area<'_>, x: &Axis, y: &Axis, series: &[Series]) -> Drawn {
    let all = || series.iter().flat_map(|series| &series.points);
    let (xs, ys) = (x.range(all().map(|it| it.0)), y.range(all().map(|it| it.1)));
    let labels = labels(x, y, &xs, &ys, series);
    let mut chart = ChartBuilder::on(root);
    chart.margin(MARGIN).margin_right(RIGHT).x_label_area_size(BELOW).y_label_area_size(LEFT);
    // The type of a chart depends on its axes, so there is one arm a combination.
    match (x.scale, y.scale) {
        (Scale::Log, _) => fill(chart.build_cartesian_2d(xs.log_scale(), ys.log_scale())?, x, y, series)?,
        (Scale::Log2, Scale::FromZero) => {
            fill(chart.build_cartesian_2d(xs.log_scale().base(2.0), ys)?, x, y, series)?;
        }
        (Scale::Log2, _) => {
            fill(chart.build_cartesian_2d(xs.log_scale().base(2.0), ys.log_scale())?, x, y, series)?;
        }
        (Scale::Whole | Scale::FromZero, _) => {
            fill(chart.build_cartesian_2d(xs, ys.log_scale())?, x, y, series)?;
        }
    }
    for (text, at, color) in labels {
        root.draw(&Text::new(text, at, ("sans-serif", LETTERS.1).into_font().color(&color)))?;
    }
    Ok(())
}

/// Width and height of letters.
const LETTERS: (i32, i32) = (7, 12);

/// The labels of points, right of them, except where one would lie on an earlier one.
fn labels(
    x: &Axis,
    y: &Axis,
    xs: &Range<f64>,
    ys: &Range<f64>,
    series: &[Series],
) -> Vec<(String, (i32, i32), RGBColor)> {
    let width = f64::from(SIZE.0 - MARGIN - LEFT - RIGHT);
    let height = f64::from(SIZE.1 - 2 * MARGIN - BELOW);
    let mut labels: Vec<(String, (i32, i32), RGBColor)> = Vec::new();
    for it in series {
        for (px, py, text) in it.points.iter().filter(|point| !point.2.is_empty()) {
            let left = f64::from(MARGIN + LEFT) + width * x.place(*px, xs) + 8.0;
            let top = f64::from(MARGIN) + height * (1.0 - y.place(*py, ys)) - 7.0;
            let at = (left as i32, top as i32);
            let end = |text: &str, left: i32| left + LETTERS.0 * text.len() as i32;
            let free = |(other, there, _): &(String, (i32, i32), RGBColor)| {
                (at.1 - there.1).abs() >= LETTERS.1 || end(text, at.0) < there.0 || end(other, there.0) < at.0
            };
            if labels.iter().all(free) {
                labels.push((text.clone(), at, it.color));
            }
        }
    }
    labels
}

/// Draws the mesh and the series.
fn fill<X, Y>(
    mut chart: ChartContext<'_, SVGBackend<'_>, Cartesian2d<X, Y>>,
    x: &Axis,
    y: &Axis,
    series: &[Series],
) -> Drawn
where
    X: Ranged<ValueType = f64> + ValueFormatter<f64>,
    Y: Ranged<ValueType = f64> + ValueFormatter<f64>,
{
    let (on_x, on_y) = (|value: &f64| x.label(*value), |value: &f64| y.label(*value));
    let mut mesh = chart.configure_mesh();
    mesh.x_desc(x.name.as_str()).y_desc(y.name.as_str()).axis_desc_style(("sans-serif", 15));
    mesh.label_style(("sans-serif", 13)).x_label_formatter(&on_x).y_label_formatter(&on_y);
    mesh.x_labels(if x.scale == Scale::Whole { 14 } else { 8 }).y_labels(8);
    mesh.light_line_style(RGBColor(246, 246, 246)).bold_line_style(RGBColor(226, 226, 226)).draw()?;
    for it in series {
        let points: Vec<(f64, f64)> = it.points.iter().map(|point| (point.0, point.1)).collect();
        let (width, radius) = match it.line {
            Line::Solid => (2, 4),
            Line::Thin => (1, 3),
            Line::Broad => (9, 0),
            Line::Dashed => (1, 0),
        };
        if it.line == Line::Dashed {
            let style = it.color.stroke_width(width);
            chart.draw_series(DashedLineSeries::new(points.iter().copied(), 6, 4, style))?;
        } else {
            let color = if it.line == Line::Broad { it.color.mix(0.35) } else { it.color.to_rgba() };
            chart.draw_series(LineSeries::new(points.iter().copied(), color.stroke_width(width)))?;
        }
        if radius > 0 {
            chart.draw_series(points.iter().map(|&point| Circle::new(point, radius, it.color.filled())))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(seconds: f64, rmse: f64) -> TruthRow {
        TruthRow {
            device: "cpu".into(),
            evaluator: "solver".into(),
            sampler: "affine".into(),
            samples: 16,
            decisions: 1,
            rmse,
            rmse_differences: rmse,
            regret: 0.0,
            seconds,
        }
    }

    #[test]
    fn the_front_is_what_nothing_beats() {
        let rows = [row(1.0, 5.0), row(2.0, 6.0), row(3.0, 1.0), row(2.5, 2.0), row(1.0, 7.0), row(9.0, 1.0)];
        let rows: Vec<&TruthRow> = rows.iter().collect();
        let front: Vec<(f64, f64)> =
            pareto(&rows, |row| row.rmse).iter().map(|row| (row.seconds, row.rmse)).collect();
        assert_eq!(front, [(1.0, 5.0), (2.5, 2.0), (3.0, 1.0)]);
    }
}
