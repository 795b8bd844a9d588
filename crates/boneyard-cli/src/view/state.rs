//! What a viewer shows, and what keys change of it.

use boneyard::core::InPlay;
use boneyard::rules::Game;
use boneyard_arena::review::{Play, Review};
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A reviewed game, and where in it we are.
pub struct Viewer {
    pub(super) review: Review,
    /// The game before each play, and after the last.
    pub(super) games: Vec<Game>,
    /// Plays that cost something and are told from the best, the dearest first: by their place among the plays.
    pub(super) mistakes: Vec<usize>,
    /// Which play is looked at; 0 of a game without plays.
    pub(super) at: usize,
    /// Whether all hands are shown, or what the mover knew.
    pub(super) all_hands: bool,
    left: bool,
}

impl Viewer {
    /// At the first play, with what its mover knew.
    pub fn new(game: &InPlay, review: Review) -> Self {
        let mut now = game.setup().start();
        let mut games = vec![now];
        for domino in game.game().table().plays() {
            now.play(domino).expect("a game in play has legal plays");
            games.push(now);
        }
        let of_ply = |play: &&Play| usize::from(play.ply);
        let mistakes = review.mistakes().iter().filter(|play| !play.tied).map(of_ply).collect();
        Self { review, games, mistakes, at: 0, all_hands: false, left: false }
    }

    /// Whether it has been left.
    pub fn is_left(&self) -> bool {
        self.left
    }

    /// The play that is looked at.
    pub(super) fn play(&self) -> Option<&Play> {
        self.review.plays.get(self.at)
    }

    /// Does what a key means; others mean nothing.
    pub fn press(&mut self, key: KeyEvent) {
        let last = self.review.plays.len().saturating_sub(1);
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let mistakes = || self.mistakes.iter().copied();
        match key.code {
            KeyCode::Char('c' | 'd') if control => self.left = true,
            KeyCode::Char('q') | KeyCode::Esc => self.left = true,
            KeyCode::Right | KeyCode::Char('l') => self.at = (self.at + 1).min(last),
            KeyCode::Left | KeyCode::Char('h') => self.at = self.at.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => self.at = (self.at / 4 * 4 + 4).min(last),
            KeyCode::Up | KeyCode::Char('k') => self.at = (self.at / 4 * 4).saturating_sub(4),
            KeyCode::Home => self.at = 0,
            KeyCode::End => self.at = last,
            KeyCode::Char('n') => self.at = mistakes().filter(|&it| it > self.at).min().unwrap_or(self.at),
            KeyCode::Char('p') => self.at = mistakes().filter(|&it| it < self.at).max().unwrap_or(self.at),
            KeyCode::Char('t') => self.all_hands = !self.all_hands,
            _ => {}
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use boneyard::Recipe;
    use boneyard::core::{Deals, Host, Sampling};
    use boneyard::rules::{Bid, Declaration, Seat, tiles_of};
    use boneyard_arena::ask;
    use boneyard_arena::review::in_play;

    /// A game of some plays, the first or the last legal domino each time.
    pub fn viewer(n_plays: usize) -> Viewer {
        let (declaration, bidder) = (Declaration::new(4).unwrap(), Seat::ALL[1]);
        let mut game = in_play(Deals::Native.deal(14), declaration, bidder, Bid::THIRTY, []).unwrap();
        for i in 0..n_plays {
            let legal: Vec<_> = tiles_of(game.game().legal()).collect();
            game.play(if i % 3 == 0 { legal[legal.len() - 1] } else { legal[0] }).unwrap();
        }
        let sampling = Sampling { evaluate_forced: true, ..Sampling::new(40) };
        let recipe = Recipe { sampling, evaluator: "cascade:3".parse().unwrap(), ..Recipe::default() };
        let mut ask = ask(&recipe, Host::default()).unwrap();
        let review = Review::of(&game, 1, &mut ask).unwrap();
        Viewer::new(&game, review)
    }

    pub fn press(viewer: &mut Viewer, keys: &str) {
        for key in keys.chars() {
            let code = match key {
                '>' => KeyCode::Right,
                '<' => KeyCode::Left,
                '^' => KeyCode::Home,
                '$' => KeyCode::End,
                key => KeyCode::Char(key),
            };
            viewer.press(KeyEvent::from(code));
        }
    }

    #[test]
    fn keys_go_through_the_game() {
        let mut viewer = viewer(28);
        let mut at = |keys: &str| {
            press(&mut viewer, keys);
            viewer.at
        };
        assert_eq!(
            (at("<"), at(">>l"), at("h"), at("j"), at("j"), at("k"), at("$"), at(">"), at("^")),
            (0, 3, 2, 4, 8, 4, 27, 27, 0)
        );
        let mut in_order = viewer.mistakes.clone();
        in_order.sort();
        assert!(in_order.len() >= 2, "{in_order:?}");
        press(&mut viewer, "^");
        let passed: Vec<usize> = (0..28)
            .map(|_| {
                press(&mut viewer, "n");
                viewer.at
            })
            .collect();
        let mut expected: Vec<usize> = in_order.iter().copied().filter(|&it| it > 0).collect();
        expected.resize(28, *in_order.last().unwrap());
        assert_eq!(passed, expected);
        press(&mut viewer, "p");
        assert_eq!(viewer.at, in_order[in_order.len() - 2]);
        assert!(!viewer.all_hands && !viewer.is_left());
        press(&mut viewer, "tx");
        assert!(viewer.all_hands);
        press(&mut viewer, "q");
        assert!(viewer.is_left());
    }

    /// A game that nobody has played in has nothing to go through.
    #[test]
    fn an_empty_game_stays_where_it_is() {
        let mut viewer = viewer(0);
        press(&mut viewer, "><jk$np");
        assert_eq!((viewer.at, viewer.play().is_none()), (0, true));
    }
}
