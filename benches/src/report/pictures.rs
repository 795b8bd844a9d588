//! Pictures, as inline SVG.

use super::peer::Peer;
use super::table::{evaluator_name, lines};
use super::{Report, short};
use crate::scaling::ScalingRow;
use crate::truth::TruthRow;
use anyhow::{Result, anyhow};
use plotters::coord::Shift;
use plotters::coord::ranged1d::ValueFormatter;
use plotters::prelude::*;

/// A picture with the legend that goes under it.
pub(super) struct Picture {
    pub title: String,
    pub svg: String,
    /// Colour and name.
    pub legend: Vec<(String, String)>,
    /// What to look for.
    pub note: String,
}

/// A named set of points.
#[derive(Clone)]
struct Series {
    name: String,
    color: RGBColor,
    /// Joined by a line.
    joined: bool,
    dashed: bool,
    /// With the label beside it, if not empty.
    points: Vec<(f64, f64, String)>,
}

/// Eight colours that most people can tell apart (Okabe and Ito, "Color universal design", 2008), yellow left out.
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

/// An axis.
struct Axis {
    name: String,
    log: bool,
}

fn log(name: &str) -> Axis {
    Axis { name: name.to_owned(), log: true }
}

fn linear(name: &str) -> Axis {
    Axis { name: name.to_owned(), log: false }
}

/// All pictures of a report.
pub(super) fn pictures(report: &Report, peer: &Peer) -> Result<Vec<Picture>> {
    let mut pictures = Vec::new();
    let errors: [(&str, fn(&TruthRow) -> f64); 2] =
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
pub(super) fn pareto<'a>(rows: &[&'a TruthRow], error: fn(&TruthRow) -> f64) -> Vec<&'a TruthRow> {
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

fn error_against_time(
    device: &str,
    rows: &[&TruthRow],
    what: &str,
    error: fn(&TruthRow) -> f64,
) -> Result<Picture> {
    let mut evaluators: Vec<&str> = rows.iter().map(|row| evaluator_name(&row.evaluator)).collect();
    evaluators.dedup();
    evaluators.sort_unstable();
    evaluators.dedup();
    let mut series: Vec<Series> = Vec::new();
    let front = pareto(rows, error);
    let place = |row: &TruthRow| (1e3 * row.seconds, error(row).max(1e-3));
    series.push(Series {
        name: "Pareto front: nothing is both faster and closer".to_owned(),
        color: RGBColor(60, 60, 60),
        joined: true,
        dashed: true,
        points: front
            .iter()
            .map(|row| {
                let (x, y) = place(row);
                (x, y, format!("{} {} {}", evaluator_name(&row.evaluator), row.sampler, row.samples))
            })
            .collect(),
    });
    for (i, evaluator) in evaluators.iter().enumerate() {
        let points = rows.iter().filter(|row| evaluator_name(&row.evaluator) == *evaluator);
        series.push(Series {
            name: (*evaluator).to_owned(),
            color: color(i),
            joined: false,
            dashed: false,
            points: points.map(|row| (place(row).0, place(row).1, String::new())).collect(),
        });
    }
    let decisions = rows[0].decisions;
    picture(
        format!("{device}: error of {what} against time, {decisions} decisions"),
        log("milliseconds a decision"),
        log("root mean square error, points"),
        &series,
        "One point a variant: evaluator × sampler × number of samples. Down and left is better; the labels name \
         evaluator, sampler and samples of the variants on the front.",
    )
}

/// Worlds a second by tricks left.
fn evaluators(report: &Report, peer: &Peer) -> Result<Option<Picture>> {
    let mut series = by_number(report, "evaluate-tricks-");
    if series.is_empty() {
        return Ok(None);
    }
    let on_gpu = report.devices.iter().any(|device| device.name.starts_with("cuda"));
    let marks = |name: &str, rate: fn(&super::peer::Wanted) -> Option<f64>| Series {
        name: name.to_owned(),
        color: GREY,
        joined: true,
        dashed: true,
        points: (2..=7)
            .filter_map(|tricks| {
                let wanted = peer.wanted(&format!("evaluate-tricks-{tricks}"), "solver")?;
                Some((
                    f64::from(tricks),
                    rate(wanted)?,
                    if tricks == 7 { name.to_owned() } else { String::new() },
                ))
            })
            .collect(),
    };
    if on_gpu {
        series.push(marks("required of a GPU", |wanted| wanted.required));
        series.push(marks("goal on a GPU", |wanted| Some(wanted.goal)));
    }
    let title = "Evaluators by tricks left".to_owned();
    let note =
        "Start of a trick, all legal moves, positions from mixed play over all declarations. Up is better.";
    picture(title, linear("tricks left"), log("worlds a second"), &series, note).map(Some)
}

/// Worlds a second by ply.
fn samplers(report: &Report) -> Result<Option<Picture>> {
    let series = by_number(report, "sample-ply-");
    if series.is_empty() {
        return Ok(None);
    }
    let title = "Samplers by ply".to_owned();
    let note = "Worlds drawn, or enumerated where there are few. Up is better.";
    picture(title, linear("ply"), log("worlds a second"), &series, note).map(Some)
}

/// One series a device and variant of the problems that end in a number.
fn by_number(report: &Report, problem: &str) -> Vec<Series> {
    let mut series: Vec<Series> = Vec::new();
    for row in &report.rows {
        let number = row.problem.strip_prefix(problem).and_then(|number| number.parse().ok());
        let (Some(x), Some(timing)) = (number, row.timing()) else { continue };
        let name = format!("{} {}", row.device, row.variant);
        match series.iter_mut().find(|series| series.name == name) {
            Some(series) => series.points.push((x, timing.rate, String::new())),
            None => series.push(Series {
                color: color(series.len()),
                name,
                joined: true,
                dashed: false,
                points: vec![(x, timing.rate, String::new())],
            }),
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
            let base = Series { name, color: color(i), joined: true, dashed: false, points: Vec::new() };
            let time = rows.iter().map(|row| (row.size(), 1e3 * row.seconds, String::new())).collect();
            times.push(Series { points: time, ..base.clone() });
            let held =
                rows.iter().filter_map(|row| Some((row.size(), row.memory? as f64 / 1e6, String::new())));
            memory.push(Series { points: held.collect(), ..base });
            // In proportion to the largest.
            let last = rows[rows.len() - 1];
            let points = [rows[0], last]
                .map(|row| (row.size(), 1e3 * last.seconds * row.size() / last.size(), String::new()));
            let name = format!("in proportion to {device}'s largest");
            times.push(Series { name, color: GREY, joined: true, dashed: true, points: points.into() });
        }
        pictures.push(picture(
            format!("Cost against {axis}"),
            log(axis),
            log("milliseconds a batch"),
            &times,
            "Whole batches with playouts. In proportion is right; small sizes are bound by what a batch costs anyway.",
        )?);
        memory.retain(|series| !series.points.is_empty());
        if !memory.is_empty() {
            pictures.push(picture(
                format!("Memory against {axis}"),
                log(axis),
                log("MB held"),
                &memory,
                "A device's buffers grow up to the budget and no further; the host also keeps the records of its games.",
            )?);
        }
    }
    Ok(pictures)
}

const SIZE: (u32, u32) = (880, 480);

fn picture(title: String, x: Axis, y: Axis, series: &[Series], note: &str) -> Result<Picture> {
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        draw(&root, &x, &y, series).map_err(|error| anyhow!("drawing {title}: {error}"))?;
        root.present().map_err(|error| anyhow!("drawing {title}: {error}"))?;
    }
    let legend = series.iter().map(|series| {
        let RGBColor(r, g, b) = series.color;
        (format!("#{r:02x}{g:02x}{b:02x}"), series.name.clone())
    });
    Ok(Picture { title, svg, legend: legend.collect(), note: note.to_owned() })
}

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn = Result<(), Box<dyn std::error::Error>>;

fn draw(root: &Area<'_>, x: &Axis, y: &Axis, series: &[Series]) -> Drawn {
    let all = || series.iter().flat_map(|series| &series.points);
    let (xs, ys) = (range(all().map(|it| it.0), x.log), range(all().map(|it| it.1), y.log));
    let mut chart = ChartBuilder::on(root);
    chart.margin(14).margin_right(24).x_label_area_size(48).y_label_area_size(78);
    // The type of a chart depends on its axes, so there is one arm a combination.
    if x.log {
        finish(chart.build_cartesian_2d(xs.log_scale(), ys.log_scale())?, x, y, series)
    } else {
        finish(chart.build_cartesian_2d(xs, ys.log_scale())?, x, y, series)
    }
}

fn finish<X, Y>(
    mut chart: ChartContext<'_, SVGBackend<'_>, Cartesian2d<X, Y>>,
    x: &Axis,
    y: &Axis,
    series: &[Series],
) -> Drawn
where
    X: Ranged<ValueType = f64> + ValueFormatter<f64>,
    Y: Ranged<ValueType = f64> + ValueFormatter<f64>,
{
    let label = |number: &f64| short(*number).replace(".00", "").replace(".0", "");
    let mut mesh = chart.configure_mesh();
    mesh.x_desc(x.name.as_str()).y_desc(y.name.as_str()).axis_desc_style(("sans-serif", 15));
    mesh.label_style(("sans-serif", 13)).x_label_formatter(&label).y_label_formatter(&label);
    mesh.light_line_style(RGBColor(244, 244, 244)).bold_line_style(RGBColor(224, 224, 224)).draw()?;
    for it in series {
        let points: Vec<(f64, f64)> = it.points.iter().map(|point| (point.0, point.1)).collect();
        if it.joined && it.dashed {
            let style = ShapeStyle { color: it.color.to_rgba(), filled: false, stroke_width: 1 };
            chart.draw_series(DashedLineSeries::new(points.iter().copied(), 6, 4, style))?;
        } else if it.joined {
            chart.draw_series(LineSeries::new(points.iter().copied(), it.color.stroke_width(2)))?;
        }
        if !(it.joined && it.dashed) {
            chart.draw_series(points.iter().map(|&point| Circle::new(point, 4, it.color.filled())))?;
        }
        let labelled = it.points.iter().filter(|point| !point.2.is_empty());
        let style = ("sans-serif", 12).into_font().color(&it.color);
        chart.draw_series(labelled.map(|(x, y, label)| {
            EmptyElement::at((*x, *y)) + Text::new(label.clone(), (6, -14), style.clone())
        }))?;
    }
    Ok(())
}

/// What an axis shows: a little more than the values.
fn range(values: impl Iterator<Item = f64>, log: bool) -> std::ops::Range<f64> {
    let (low, high) = values
        .filter(|value| value.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    if low > high {
        return 1.0..10.0;
    }
    if log { low.max(1e-9) / 1.6..high.max(1e-9) * 1.9 } else { low - 0.4..high + 0.4 }
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
