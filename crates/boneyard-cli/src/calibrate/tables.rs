//! A verdict as tables.

use boneyard_run::calibrate::{Cell, Mean, Side, Verdict, When};

/// All of it.
pub fn tables(verdict: &Verdict) -> String {
    let Verdict { games, decisions, decided, make, points } = verdict;
    let mut text = format!(
        "{decisions} decisions of {games} games\n\n\
         P(make), of {} decisions whose contract was open; of the other {decided} it was made or set\n",
        decisions - decided
    );
    text += &table(make, 3);
    if !points.is_empty() {
        text += "\nE[Q] in points, of all decisions\n";
        text += &table(points, 2);
    }
    text += "\nsaid: by the worlds by which moves were chosen; again: by other worlds; dealt: in the true deal with open hands; \
             came: as games went.\n\
             too much = said − came = winner's curse (said − again) + worlds (again − dealt) + clairvoyance (dealt − came), \
             with standard errors over games.";
    text
}

/// Cells line by line, numbers with so many digits.
fn table(cells: &[Cell], digits: usize) -> String {
    let mut text = format!(
        "{:20} {:>9} {:>7}  {:>7} {:>7} {:>7} {:>7} {:>17}  {:>15}  {:>15}  {:>15}  {:>15}\n",
        "",
        "decisions",
        "games",
        "said",
        "again",
        "dealt",
        "came",
        "95 % of it",
        "too much",
        "winner's curse",
        "worlds",
        "clairvoyance"
    );
    for cell in cells {
        let [low, high] = cell.came_interval;
        let plain = |mean: &Mean| format!("{:>7.digits$}", mean.mean);
        let signed = |mean: &Mean| match mean.se {
            Some(se) => format!("{:>+7.digits$} ± {se:.digits$}", mean.mean),
            None => format!("{:>+7.digits$}        ", mean.mean),
        };
        text += &format!(
            "{:20} {:>9} {:>7}  {} {} {} {} {:>17}  {:>15}  {:>15}  {:>15}  {:>15}\n",
            name(cell),
            cell.decisions,
            cell.games,
            plain(&cell.said),
            plain(&cell.again),
            plain(&cell.dealt),
            plain(&cell.came),
            format!("{low:.digits$} to {high:.digits$}"),
            signed(&cell.optimism),
            signed(&cell.winners_curse),
            signed(&cell.worlds),
            signed(&cell.clairvoyance),
        );
    }
    text
}

fn name(cell: &Cell) -> String {
    let side = match cell.side {
        Side::Bidders => "bidders",
        Side::Defenders => "defenders",
    };
    match cell.when {
        When::All => side.to_owned(),
        When::Trick(trick) => format!("{side}, trick {trick}"),
        When::Ply(ply) => format!("{side}, ply {ply}"),
        When::Tenth(tenth) => {
            let at = f64::from(tenth) / 10.0;
            format!("{side}, P {at:.1}-{:.1}", at + 0.1)
        }
    }
}
