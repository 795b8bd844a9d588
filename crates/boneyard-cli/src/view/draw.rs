//! A picture of a viewer: a function of its state and the size of the terminal.

use super::Viewer;
use boneyard::rules::{Seat, Tiles, notation};
use boneyard_arena::Move;
use boneyard_arena::review::Play;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout};
use ratatui::style::{Color, Style, Stylize};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph};

/// Columns of a bar from 0 to 1.
const BAR: usize = 30;

/// Draws all of it.
pub fn draw(viewer: &Viewer, frame: &mut Frame<'_>) {
    let moves = viewer.play().map_or(0, |play| play.moves.len()) as u16;
    let rows = Layout::vertical([
        Constraint::Length(2),
        Constraint::Length(6),
        Constraint::Length(moves + 3),
        Constraint::Min(3),
        Constraint::Length(1),
    ]);
    let [head, hands, plays, mistakes, keys] = frame.area().layout(&rows);
    frame.render_widget(Paragraph::new(situation(viewer)), head);
    let shown = if viewer.all_hands { " Hands " } else { " Hands, as the mover knew them " };
    frame.render_widget(Paragraph::new(held(viewer)).block(Block::bordered().title(shown)), hands);
    frame.render_widget(
        Paragraph::new(valued(viewer)).block(Block::bordered().title(" Moves, by P(make) ")),
        plays,
    );
    let lines = dear(viewer, usize::from(mistakes.height.saturating_sub(2)));
    frame.render_widget(
        Paragraph::new(lines).block(Block::bordered().title(" Mistakes, the dearest first ")),
        mistakes,
    );
    let help = " ←→ play  ↑↓ trick  n p mistake  home end  t hidden hands  q leave";
    frame.render_widget(Paragraph::new(help).dim(), keys);
}

/// Who bid, where the game stands.
fn situation(viewer: &Viewer) -> Vec<Line<'static>> {
    let (review, table) = (&viewer.review, viewer.games[viewer.at].table());
    let bidders = usize::from(review.bidder) % 2;
    let banked = table.banked();
    let first = format!(
        "{}, bid of {} by seat {}; bidders have {}, defenders {}",
        review.declaration,
        review.bid,
        review.bidder,
        banked[bidders],
        banked[1 - bidders]
    );
    let second = match viewer.play() {
        None => "Nothing has been played.".to_owned(),
        Some(play) => {
            let trick = notation::list(table.trick());
            let led = if trick.is_empty() { "leads".to_owned() } else { format!("plays on {trick}") };
            let used =
                if play.worlds_used == play.worlds_total { "all" } else { &play.worlds_used.to_string() };
            format!(
                "Trick {}, play {} of {}: seat {} {led}. {} world{} left, {used} looked at",
                play.ply / 4 + 1,
                viewer.at + 1,
                review.plays.len(),
                play.seat,
                play.worlds_total,
                if play.worlds_total == 1 { "" } else { "s" }
            )
        }
    };
    vec![Line::from(first).bold(), Line::from(second)]
}

/// A line a seat.
fn held(viewer: &Viewer) -> Vec<Line<'static>> {
    let game = &viewer.games[viewer.at];
    let mover = viewer.play().map(|play| play.seat);
    let line = |seat: Seat| {
        let (id, held) = (seat.id(), game.held(seat));
        let is_mover = mover == Some(id);
        let known = viewer.all_hands || is_mover || mover.is_none();
        let side = if id % 2 == viewer.review.bidder % 2 { "bidders" } else { "defenders" };
        let mark = if is_mover { '>' } else { ' ' };
        let text = format!("{mark} seat {id} {side:<10} {}", hand(held, known));
        let voids = boneyard_arena::suits(game.table().declaration(), game.table().voids(seat));
        let mut spans = vec![if is_mover { Span::from(text).bold() } else { Span::from(text) }];
        if !voids.is_empty() {
            spans.push(format!("  no {}", voids.join(", no ")).dim());
        }
        Line::from(spans)
    };
    Seat::ALL.map(line).into()
}

fn hand(held: Tiles, known: bool) -> String {
    match known {
        true => notation::tiles(held),
        false => vec!["?-?"; held.count_ones() as usize].join(" "),
    }
}

/// The moves with their bars, what was played and what it came to.
fn valued(viewer: &Viewer) -> Vec<Line<'static>> {
    let Some(play) = viewer.play() else { return Vec::new() };
    let mut lines: Vec<Line<'_>> = play.moves.iter().map(|it| valued_move(play, it)).collect();
    let better = match &play.line[..] {
        [] => String::new(),
        line if play.tied => format!("; not told apart from {}", line[0]),
        line => format!("; better: {}", line.join(" ")),
    };
    lines.push(Line::from(format!(
        "{} cost {:.1} % and {:.1} points{better}; luck {:+.1} %",
        play.domino,
        100.0 * play.cost.make,
        play.cost.points,
        100.0 * play.luck.make
    )));
    lines
}

fn valued_move(play: &Play, it: &Move) -> Line<'static> {
    let (is_played, is_best) = (it.domino == play.domino, it.domino == play.moves[0].domino);
    let style = match (is_played, is_best) {
        (true, false) if !play.tied => Style::new().fg(Color::Red),
        (_, true) => Style::new().fg(Color::Green),
        _ => Style::new(),
    };
    let error = it.p_make_se.map_or(String::new(), |error| format!("± {:.1} ", 100.0 * error));
    let points = match (it.e_q, it.e_q_se) {
        (Some(mean), Some(error)) => format!("{mean:+.1} ± {error:.1}"),
        (Some(mean), None) => format!("{mean:+.1}"),
        (None, _) => String::new(),
    };
    let mark = if is_played { '>' } else { ' ' };
    let tied = if it.tied { '=' } else { ' ' };
    Line::from(vec![
        Span::styled(format!("{mark} {}{tied} ", it.domino), style),
        Span::styled(bar(it.p_make, it.p_make_se.unwrap_or(0.0)), style),
        Span::from(format!(" {:>16}{points:>15}", format!("{:.1} {error}%", 100.0 * it.p_make))),
    ])
}

/// A bar from 0 to 1: full up to a standard error below the share, half up to one above.
fn bar(share: f64, error: f64) -> String {
    let column = |share: f64| (share.clamp(0.0, 1.0) * BAR as f64).round() as usize;
    let (least, most) = (column(share - error), column(share + error));
    let cell = |at: usize| match at {
        at if at < least => '█',
        at if at < most => '▒',
        _ => '·',
    };
    (0..BAR).map(cell).collect()
}

/// As many mistakes as there is room for; the one that is looked at is marked.
fn dear(viewer: &Viewer, room: usize) -> Vec<Line<'static>> {
    if viewer.mistakes.is_empty() {
        return vec![Line::from("None that could be told from the best plays.")];
    }
    // The one looked at stays in sight.
    let here = viewer.mistakes.iter().position(|&at| at == viewer.at).unwrap_or(0);
    let skipped = (here + 1).saturating_sub(room);
    let line = |&at: &usize| {
        let mark = if at == viewer.at { '>' } else { ' ' };
        let text = format!("{mark} {}", viewer.review.plays[at].as_mistake());
        if at == viewer.at { Line::from(text).bold() } else { Line::from(text) }
    };
    viewer.mistakes.iter().skip(skipped).take(room).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::super::state::tests::{press, viewer};
    use super::*;
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    fn drawn(viewer: &Viewer, (width, height): (u16, u16)) -> String {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| draw(viewer, frame)).unwrap();
        terminal.backend().to_string()
    }

    #[test]
    fn pictures_of_a_game() {
        let mut viewer = viewer(28);
        insta::assert_snapshot!("begin", drawn(&viewer, (90, 28)));
        press(&mut viewer, "nn");
        insta::assert_snapshot!("mistake", drawn(&viewer, (90, 28)));
        press(&mut viewer, "t");
        insta::assert_snapshot!("all-hands", drawn(&viewer, (90, 28)));
        press(&mut viewer, "$");
        insta::assert_snapshot!("end", drawn(&viewer, (90, 28)));
    }

    /// Any size will do, and any place in any game.
    #[test]
    fn small_terminals_show_what_there_is_room_for() {
        for n_plays in [0, 1, 28] {
            let mut viewer = viewer(n_plays);
            for size in [(1, 1), (20, 5), (80, 24), (200, 60)] {
                for _ in 0..n_plays.max(1) {
                    let picture = drawn(&viewer, size);
                    assert!(size.0 < 80 || picture.contains("bid of 30 by seat 1"), "{picture}");
                    press(&mut viewer, ">");
                }
                press(&mut viewer, "^");
            }
        }
    }

    #[test]
    fn bars_show_errors() {
        assert_eq!(bar(1.0, 0.0), "█".repeat(BAR));
        assert_eq!(bar(0.5, 0.1), format!("{}{}{}", "█".repeat(12), "▒".repeat(6), "·".repeat(12)));
        assert_eq!(bar(0.0, 0.2), format!("{}{}", "▒".repeat(6), "·".repeat(24)));
    }
}
