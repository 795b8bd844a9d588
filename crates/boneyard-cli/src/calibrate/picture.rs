//! A verdict as a picture: what came true by tenth of what was said, and what was promised too much by trick.

use boneyard_run::calibrate::{Cell, Mean, Side, Verdict, When};
use plotters::coord::Shift;
use plotters::prelude::*;

type Drawn = Result<(), Box<dyn std::error::Error>>;
type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

const BLUE: RGBColor = RGBColor(0, 114, 178);
const ORANGE: RGBColor = RGBColor(213, 94, 0);
const GREEN: RGBColor = RGBColor(0, 158, 115);
const GREY: RGBColor = RGBColor(150, 150, 150);

/// A part of what is promised too much.
type Part = (&'static str, RGBColor, fn(&Cell) -> Mean);

/// All of it.
const PARTS: [Part; 3] = [
    ("winner's curse", GREEN, |cell| cell.winners_curse),
    ("worlds", ORANGE, |cell| cell.worlds),
    ("clairvoyance", BLUE, |cell| cell.clairvoyance),
];

/// An SVG with three panels: P(make) that came true, and the parts of what was too much, of P(make) for either side by trick.
///
/// # Errors
/// Those of drawing, in words.
pub fn draw(title: &str, verdict: &Verdict) -> Result<String, String> {
    let mut svg = String::new();
    panels(&mut svg, title, verdict).map_err(|error| error.to_string())?;
    Ok(svg)
}

fn panels(svg: &mut String, title: &str, verdict: &Verdict) -> Drawn {
    let root = SVGBackend::with_string(svg, (1200, 440)).into_drawing_area();
    root.fill(&WHITE)?;
    let root = root.titled(title, ("sans-serif", 18))?;
    let areas = root.split_evenly((1, 3));
    let [left, middle, right] = &areas[..] else { unreachable!("three columns") };
    came_true(left, &verdict.make)?;
    let tricks = |side| -> Vec<&Cell> {
        verdict.make.iter().filter(|it| it.side == side && matches!(it.when, When::Trick(_))).collect()
    };
    let most = [Side::Bidders, Side::Defenders]
        .into_iter()
        .flat_map(tricks)
        .flat_map(|cell| PARTS.map(|(_, _, part)| (part(cell).mean.abs(), part(cell).se.unwrap_or(0.0))))
        .fold(0.05, |most: f64, (mean, se)| most.max(1.1 * (mean + 2.0 * se)));
    too_much(middle, "bidders: P(make) too high by", &tricks(Side::Bidders), most)?;
    too_much(right, "defenders: P(set) too high by", &tricks(Side::Defenders), most)?;
    root.present()?;
    Ok(())
}

/// By tenth of what was said, what came true, with its interval; right where it lies on the diagonal.
fn came_true(area: &Area<'_>, cells: &[Cell]) -> Drawn {
    let mut chart = ChartBuilder::on(area)
        .caption("what came true of P(make)", ("sans-serif", 15))
        .margin(12)
        .x_label_area_size(36)
        .y_label_area_size(44)
        .build_cartesian_2d(0.0..1.0, 0.0..1.0)?;
    chart.configure_mesh().x_desc("said").y_desc("came true").light_line_style(WHITE).draw()?;
    chart.draw_series(LineSeries::new([(0.0, 0.0), (1.0, 1.0)], &GREY))?;
    for (i, (side, name, color)) in
        [(Side::Bidders, "bidders", BLUE), (Side::Defenders, "defenders", ORANGE)].into_iter().enumerate()
    {
        let tenths = || cells.iter().filter(|it| it.side == side && matches!(it.when, When::Tenth(_)));
        for cell in tenths() {
            let [low, high] = cell.came_interval;
            chart.draw_series(LineSeries::new([(cell.said.mean, low), (cell.said.mean, high)], &color))?;
        }
        let points = || tenths().map(|cell| (cell.said.mean, cell.came.mean));
        chart.draw_series(LineSeries::new(points(), color.stroke_width(2)))?;
        chart.draw_series(points().map(|at| Circle::new(at, 3, color.filled())))?;
        named(&mut chart, name, color, (0.05, 0.95 - 0.06 * i as f64))?;
    }
    Ok(())
}

/// By trick, each part of what was promised too much, with two standard errors on both sides.
fn too_much(area: &Area<'_>, caption: &str, tricks: &[&Cell], most: f64) -> Drawn {
    let mut chart = ChartBuilder::on(area)
        .caption(caption, ("sans-serif", 15))
        .margin(12)
        .x_label_area_size(36)
        .y_label_area_size(52)
        .build_cartesian_2d(0.5..7.5, -most..most)?;
    chart.configure_mesh().x_desc("trick").x_labels(7).light_line_style(WHITE).draw()?;
    chart.draw_series(LineSeries::new([(0.5, 0.0), (7.5, 0.0)], &GREY))?;
    for (i, (name, color, part)) in PARTS.into_iter().enumerate() {
        let at = |cell: &Cell| match cell.when {
            // Beside each other.
            When::Trick(trick) => f64::from(trick) + 0.08 * (i as f64 - 1.0),
            _ => 0.0,
        };
        for &cell in tricks {
            let Mean { mean, se } = part(cell);
            let half = 2.0 * se.unwrap_or(0.0);
            chart.draw_series(LineSeries::new([(at(cell), mean - half), (at(cell), mean + half)], &color))?;
        }
        let points = || tricks.iter().map(|&cell| (at(cell), part(cell).mean));
        chart.draw_series(LineSeries::new(points(), color.stroke_width(2)))?;
        chart.draw_series(points().map(|at| Circle::new(at, 3, color.filled())))?;
        named(&mut chart, name, color, (4.6, most * (0.92 - 0.12 * i as f64)))?;
    }
    Ok(())
}

type Chart<'a, 'b> = ChartContext<
    'a,
    SVGBackend<'b>,
    Cartesian2d<plotters::coord::types::RangedCoordf64, plotters::coord::types::RangedCoordf64>,
>;

/// What a color stands for.
fn named(chart: &mut Chart<'_, '_>, name: &str, color: RGBColor, at: (f64, f64)) -> Drawn {
    let style = ("sans-serif", 13).into_font().color(&color);
    chart.draw_series([Text::new(name.to_owned(), at, style)])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use boneyard_run::calibrate::{Forecast, Judged, Stretch};

    #[test]
    fn a_picture_is_an_svg_with_its_points() {
        let judged: Vec<Judged> = (0..60u8)
            .map(|i| {
                let said = f64::from(i) / 60.0;
                let make = Forecast {
                    said,
                    again: said - 0.02,
                    dealt: f64::from(i % 2),
                    came: f64::from(i % 3 % 2),
                };
                Judged { seed: i.into(), ply: i % 28, bidders: i % 4 < 2, open: true, make, points: None }
            })
            .collect();
        let svg = draw("p-make & 50", &Verdict::of(&judged, Stretch::Trick)).unwrap();
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
        assert!(svg.contains("p-make &amp; 50") && svg.contains("clairvoyance") && svg.contains("defenders"));
        assert!(svg.matches("<circle").count() >= 20 + 2 * 3 * 5, "{}", svg.matches("<circle").count());
        assert!(draw("none", &Verdict::of(&[], Stretch::Trick)).is_ok());
    }
}
