//! A match as a picture.

use crate::matches::Pair;
use crate::score::Discordant;
use crate::statistics::Z95;
use plotters::prelude::*;

/// An SVG of the contracts that only X made less those that only Y made, deal by deal, with the band in which equal players
/// stay 95 % of the time.
///
/// # Errors
/// Those of drawing, in words.
pub fn race(title: &str, pairs: &[Pair]) -> Result<String, String> {
    let mut lead = vec![(0.0, 0.0)];
    let mut discordant = Discordant::default();
    let mut band = vec![(0.0, 0.0)];
    for (n, pair) in pairs.iter().enumerate() {
        discordant.add(pair.made());
        let [only_x, only_y] = [discordant.only_x, discordant.only_y].map(|it| it as f64);
        lead.push((n as f64 + 1.0, only_x - only_y));
        band.push((n as f64 + 1.0, Z95 * (only_x + only_y).sqrt()));
    }
    let most = lead.iter().chain(&band).map(|(_, y)| y.abs()).fold(1.0, f64::max) * 1.1;
    let mut svg = String::new();
    draw(&mut svg, title, &lead, &band, most).map_err(|error| error.to_string())?;
    Ok(svg)
}

type Points = [(f64, f64)];

fn draw(
    svg: &mut String,
    title: &str,
    lead: &Points,
    band: &Points,
    most: f64,
) -> Result<(), Box<dyn std::error::Error>> {
    let root = SVGBackend::with_string(svg, (900, 420)).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .caption(title, ("sans-serif", 18))
        .margin(12)
        .x_label_area_size(36)
        .y_label_area_size(52)
        .build_cartesian_2d(0.0..lead.len() as f64, -most..most)?;
    chart
        .configure_mesh()
        .x_desc("deals")
        .y_desc("contracts only X made − only Y made")
        .light_line_style(WHITE)
        .draw()?;
    let grey = RGBColor(150, 150, 150);
    for sign in [1.0, -1.0] {
        chart.draw_series(LineSeries::new(band.iter().map(|&(x, y)| (x, sign * y)), &grey))?;
    }
    chart.draw_series(LineSeries::new(lead.iter().copied(), RGBColor(0, 114, 178).stroke_width(2)))?;
    root.present()?;
    drop(chart);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hands::Played;

    #[test]
    fn a_picture_is_an_svg_with_three_lines() {
        let hand = |made| Played { points: if made { 30 } else { 0 }, made, forfeit: None };
        let pairs: Vec<Pair> = (0..50)
            .map(|deal| Pair { deal, auction: None, hands: vec![hand(deal % 3 > 0), hand(deal % 2 > 0)] })
            .collect();
        let svg = race("X against Y & Z", &pairs).unwrap();
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
        assert!(svg.contains("X against Y &amp; Z"));
        let longest = svg.matches("<polyline").count();
        assert!(longest >= 3, "{longest} lines");
        assert!(race("none", &[]).is_ok());
    }
}
