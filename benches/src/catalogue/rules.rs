//! The rules, on the host: which dominoes may be played, and who wins a trick.

use super::{Entry, Id, Prepared};
use crate::measure::Lap;
use crate::{Positions, Site, Size};
use anyhow::{Result, ensure};
use boneyard::rules::tables::{BY_STRENGTH, FOLLOW, LED_SUIT, STRENGTH, TRUMPS};
use boneyard::rules::{ALL_TILES, Tiles, rule};
use std::hint::black_box;
use std::time::Instant;

/// The rules' entries.
pub fn entries<P: Site>() -> Vec<Box<dyn Entry<P>>> {
    let legal = |variant, answer| Box::new(Rule { variant, question: Question::LegalSet, answer }) as _;
    let winner = |variant, answer| Box::new(Rule { variant, question: Question::TrickWinner, answer }) as _;
    vec![
        legal("rulebook", legal_by_rulebook),
        legal("tables", legal_by_tables),
        winner("rulebook", winner_by_rulebook),
        winner("tables", winner_by_tables),
    ]
}

/// A whole trick, and what the one who plays last held.
#[derive(Clone, Copy)]
struct Trick {
    declaration: u8,
    /// In the order of play.
    dominoes: [u8; 4],
    /// The last player's dominoes before it played.
    held: Tiles,
}

#[derive(Clone, Copy, PartialEq)]
enum Question {
    LegalSet,
    TrickWinner,
}

struct Rule {
    variant: &'static str,
    question: Question,
    answer: fn(&Trick) -> u32,
}

/// By the functions that are also kernel code.
fn legal_by_rulebook(trick: &Trick) -> u32 {
    let declaration = u32::from(trick.declaration);
    let suit = rule::led_suit(u32::from(trick.dominoes[0]), declaration);
    rule::legal_tiles(trick.held, rule::follow_tiles(suit, declaration))
}

fn legal_by_tables(trick: &Trick) -> u32 {
    let declaration = usize::from(trick.declaration);
    let suit = LED_SUIT[declaration][usize::from(trick.dominoes[0])];
    rule::legal_tiles(trick.held, FOLLOW[declaration][usize::from(suit)])
}

/// The place in the trick, 0–3.
fn winner_by_rulebook(trick: &Trick) -> u32 {
    let declaration = u32::from(trick.declaration);
    let suit = rule::led_suit(u32::from(trick.dominoes[0]), declaration);
    let strength = trick.dominoes.map(|domino| rule::strength(u32::from(domino), suit, declaration));
    (1..4).fold(0, |best, place| if strength[place] > strength[best] { place } else { best }) as u32
}

/// The winner of a trick is its top bit when dominoes are renamed by strength.
fn winner_by_tables(trick: &Trick) -> u32 {
    let declaration = usize::from(trick.declaration);
    let suit = usize::from(LED_SUIT[declaration][usize::from(trick.dominoes[0])]);
    let able = FOLLOW[declaration][suit] | TRUMPS[declaration];
    let places = trick.dominoes.iter().filter(|&&domino| able >> domino & 1 == 1);
    let top = places.fold(0u32, |all, &domino| all | 1 << STRENGTH[declaration][usize::from(domino)]);
    let winner = BY_STRENGTH[declaration][31 - top.leading_zeros() as usize];
    trick.dominoes.iter().position(|&domino| domino == winner).expect("the lead can win") as u32
}

/// Tricks of games in mixed play.
fn tricks(games: usize) -> Vec<Trick> {
    let positions = Positions::mixed(games, 24);
    let mut tricks = Vec::with_capacity(7 * games);
    for index in 0..games {
        for trick in 0..7 {
            let game = positions.game(index, 4 * trick + 3);
            let after = positions.game(index, 4 * trick + 4);
            let mut dominoes = [0; 4];
            after
                .table()
                .plays()
                .skip(4 * trick)
                .zip(&mut dominoes)
                .for_each(|(domino, to)| *to = domino.id());
            let declaration = game.table().declaration().id();
            tricks.push(Trick { declaration, dominoes, held: game.held(game.mover()) });
        }
    }
    tricks
}

/// The same by the definitions.
fn reference(question: Question, trick: &Trick) -> u32 {
    use boneyard_reference::{Trick as Plain, can_follow, led_suit};
    let declaration = usize::from(trick.declaration);
    let dominoes = trick.dominoes.map(usize::from).to_vec();
    match question {
        Question::LegalSet => {
            let suit = led_suit(dominoes[0], declaration);
            let held = (0..28).filter(|&domino| trick.held >> domino & 1 == 1);
            let follows = held.clone().filter(|&domino| can_follow(domino, suit, declaration));
            let set =
                |dominoes: &mut dyn Iterator<Item = usize>| dominoes.fold(0u32, |all, id| all | 1 << id);
            match set(&mut follows.clone()) {
                0 => set(&mut held.clone()),
                following => following,
            }
        }
        Question::TrickWinner => Plain { leader: 0, dominoes }.winner(declaration) as u32,
    }
}

impl<P: Site> Entry<P> for Rule {
    fn id(&self) -> Id {
        let problem = if self.question == Question::LegalSet { "legal-set" } else { "trick-winner" };
        Id::new(problem, self.variant)
    }

    fn unit(&self) -> &'static str {
        if self.question == Question::LegalSet { "positions" } else { "tricks" }
    }

    fn check(&mut self, _: &P, size: Size) -> Result<String> {
        let tricks = tricks(size.pick(200, 2_000, 2_000));
        for trick in &tricks {
            let (got, expected) = ((self.answer)(trick), reference(self.question, trick));
            ensure!(
                got == expected && trick.held & !ALL_TILES == 0,
                "dominoes {:?} under declaration {}: {got}, expected {expected}",
                trick.dominoes,
                trick.declaration
            );
        }
        Ok(format!("{} tricks of the slow reference", tricks.len()))
    }

    fn prepare<'a>(&'a mut self, _: &'a P, size: Size) -> Result<Prepared<'a>> {
        let tricks = tricks(size.pick(400, 2_000, 2_000));
        let rounds = 200;
        let answer = self.answer;
        Ok(Prepared::Ready(Box::new(move || {
            let start = Instant::now();
            for _ in 0..rounds {
                let sum = tricks.iter().fold(0u32, |sum, trick| sum ^ answer(black_box(trick)));
                black_box(sum);
            }
            let units = (rounds * tricks.len()) as f64;
            Ok(Lap { seconds: start.elapsed().as_secs_f64(), units })
        })))
    }
}
