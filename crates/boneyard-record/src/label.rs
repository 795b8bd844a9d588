//! A label as it stands in a file: the table of its columns.

use crate::column::columns;
use crate::row::check_plays;
use boneyard_core::{ILLEGAL, SlotValues};
use boneyard_rules::{Deal, Declaration, Domino, Game, PLIES, RuleError, SLOTS, Seat, View, World, tiles_of};
use std::sync::Arc;

/// Which optional columns of labels there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LabelColumns {
    /// `tokens`.
    pub tokens: bool,
}

/// Numbers of a world's tokens: 32 of 12.
pub const TOKEN_NUMBERS: usize = 32 * 12;

/// A world of a decision and what moves are worth in it.
#[derive(Clone, Debug)]
pub struct LabelRecord<'a> {
    /// The game's seed.
    pub seed: u64,
    /// Who played the game.
    pub policy: &'a Arc<str>,
    /// What the mover saw.
    pub view: &'a View,
    /// Which of the decision's worlds.
    pub number: u32,
    /// What the others hold.
    pub world: &'a World,
    /// By slot, in points.
    pub values: &'a SlotValues,
    /// What a network reads, where it is recorded.
    pub tokens: Option<Box<[i8; TOKEN_NUMBERS]>>,
}

columns! {
    /// One world of a decision. `us` is the mover's team; a slot is a position 0–6 in the mover's hand.
    LabelRow of LabelRecord<'_>, LabelColumns, "labels", world;

    /// The game's seed: its true deal, its contract, who played it and its random numbers follow from it.
    seed: u64 => |label| label.seed;
    /// What was declared: 0–6 that suit is trump, 7 doubles are trump, 8 doubles are a suit, 9 no trump.
    declaration: Declaration => |label| label.view.table().declaration();
    /// Seat that declared and led first.
    leader: Seat, "seat" => |label| label.view.table().first_leader();
    /// The policy that played the game.
    policy: Arc<str> => |label| label.policy.clone();
    /// How many dominoes were played before: 0–27.
    ply: u8 => |label| label.view.table().ply() as u8;
    /// Who decides.
    seat: Seat, "seat" => |label| label.view.seat();
    /// Which of the decision's worlds, from 0 on.
    world: u32 => |label| label.number;
    /// What each seat was dealt in this world: seven dominoes of seat 0, ascending, then those of seats 1, 2 and 3. Seat `seat` has
    /// its true hand; what was played lies where it came from.
    hands: [u8; 4 * SLOTS], "domino id" => hands;
    /// Domino id by ply; −1 from this ply on.
    plays: [i8; PLIES], "domino id" => plays;
    /// Bit *i* where slot *i* may be played.
    legal: u8, "bits" => |label| label.view.legal_slots();
    /// What each move is worth when all hands are open and everybody then plays perfectly: what we win from here on minus what they
    /// win; exact. Null where not legal.
    q: [Option<i8>; SLOTS], "points" => |label| label.values.map(|value| (value != ILLEGAL).then_some(value as i8));
    /// With `--tokens`: what a network reads of this world, 32 tokens of 12 numbers (`boneyard tokens`); it follows from the other
    /// columns.
    tokens: Option<Box<[i8; TOKEN_NUMBERS]>>, if tokens => |label| label.tokens.clone();
}

fn hands(label: &LabelRecord<'_>) -> [u8; 4 * SLOTS] {
    let dealt = label.view.dealt(label.world).into_iter().flat_map(tiles_of);
    let mut hands = [0; 4 * SLOTS];
    hands.iter_mut().zip(dealt).for_each(|(out, domino)| *out = domino.index() as u8);
    hands
}

fn plays(label: &LabelRecord<'_>) -> [i8; PLIES] {
    let mut plays = [-1; PLIES];
    plays.iter_mut().zip(label.view.table().plays()).for_each(|(out, domino)| *out = domino.index() as i8);
    plays
}

impl LabelRow {
    /// The position with open hands that it is about.
    ///
    /// # Errors
    /// One phrase if the rules do not allow it, or seat and legal moves are others.
    pub fn position(&self) -> Result<Game, String> {
        let rule = |error: RuleError| error.to_string();
        let domino = |id: u8| Domino::new(u64::from(id)).map_err(rule);
        let (hands, _) = self.hands.as_chunks::<SLOTS>();
        let hand = |hand: &[u8; SLOTS]| hand.iter().fold(0, |hand, id| hand | 1 << id);
        let deal = Deal::new(std::array::from_fn(|seat| hand(&hands[seat]))).map_err(rule)?;
        let plays = self.plays[..usize::from(self.ply)].iter().map(|&id| domino(id as u8));
        let plays: Vec<Domino> = plays.collect::<Result<_, _>>()?;
        let game = Game::after(deal, self.declaration, self.leader, &plays).map_err(rule)?;
        if (game.mover(), game.legal_slots()) != (self.seat, self.legal) {
            return Err("its seat or its legal moves are not those of its plays".to_owned());
        }
        Ok(game)
    }
}

/// Ranges that a reader may rely on.
fn check(row: &LabelRow) -> Result<(), String> {
    let ensure = |holds: bool, what: &str| if holds { Ok(()) } else { Err(what.to_owned()) };
    ensure(usize::from(row.ply) < PLIES, "the ply is above 27")?;
    for &id in &row.hands {
        Domino::new(u64::from(id)).map_err(|error| error.to_string())?;
    }
    let (hands, _) = row.hands.as_chunks::<SLOTS>();
    ensure(hands.iter().all(|hand| hand.is_sorted_by(|a, b| a < b)), "a hand is not ascending")?;
    check_plays(&row.plays, row.ply)?;
    let valued = (0..SLOTS).fold(0, |slots, slot| slots | u8::from(row.q[slot].is_some()) << slot);
    ensure(row.legal > 0 && row.legal == valued, "the values are not those of the legal slots")?;
    ensure(row.q.iter().flatten().all(|q| (-42..=42).contains(q)), "a value is above 42 points")
}
