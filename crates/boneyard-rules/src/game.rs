//! A hand in play with open hands.

use crate::{
    Bid, Contract, Deal, Declaration, Domino, PLIES, RuleError, SLOTS, Seat, Table, Tiles, View, notation,
    tiles_of,
};

/// A deal and what has been played of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Game {
    deal: Deal,
    table: Table,
}

impl Game {
    /// A fresh game; `leader`, the bidder, leads the first trick.
    pub fn new(deal: Deal, declaration: Declaration, leader: Seat) -> Self {
        Self { deal, table: Table::new(declaration, leader) }
    }

    /// A game in which `plays` have been made.
    ///
    /// # Errors
    /// As [`Game::play`], for the first play that is wrong.
    pub fn after(
        deal: Deal,
        declaration: Declaration,
        leader: Seat,
        plays: &[Domino],
    ) -> Result<Self, RuleError> {
        let mut game = Self::new(deal, declaration, leader);
        plays.iter().try_for_each(|&domino| game.play(domino))?;
        Ok(game)
    }

    /// The deal.
    pub fn deal(&self) -> &Deal {
        &self.deal
    }

    /// The public side.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// Whose turn it is.
    pub fn mover(&self) -> Seat {
        self.table.mover()
    }

    /// What a seat still holds.
    pub fn held(&self, seat: Seat) -> Tiles {
        self.deal.hand(seat) & !self.table.played_by(seat)
    }

    /// What the mover may play; empty after the last play.
    pub fn legal(&self) -> Tiles {
        self.table.legal(self.held(self.mover()))
    }

    /// The mover plays `domino`.
    ///
    /// # Errors
    /// As [`Table::play`], and [`RuleError::NotHeld`], [`RuleError::Revoke`]. Nothing changes on an error.
    pub fn play(&mut self, domino: Domino) -> Result<(), RuleError> {
        if !self.table.is_over() {
            let seat = self.mover();
            check_own_play(&self.table, seat, self.deal.hand(seat), domino)?;
        }
        self.table.play(domino)
    }

    /// What the mover knows.
    pub fn view(&self) -> View {
        let seat = self.mover();
        View::unchecked(seat, self.deal.hand(seat), self.table)
    }

    /// Where a contract of this bid and bidder stands.
    pub fn contract(&self, bid: Bid, bidder: Seat) -> Contract {
        let banked = self.table.banked();
        bid.contract(banked[bidder.team()], banked[1 - bidder.team()])
    }
}

/// `seat`, dealt `hand`, is about to play `domino`: does it hold it, and does it follow suit?
pub(crate) fn check_own_play(
    table: &Table,
    seat: Seat,
    hand: Tiles,
    domino: Domino,
) -> Result<(), RuleError> {
    let play = table.ply() + 1;
    let (seat_id, id, pips) = (seat.id(), domino.id(), || notation::domino(domino));
    if table.played() & domino.bit() != 0 {
        return Err(RuleError::PlayedTwice { play, id, pips: pips() });
    }
    let held = hand & !table.played_by(seat);
    if held & domino.bit() == 0 {
        return Err(RuleError::NotHeld { play, seat: seat_id, id, pips: pips() });
    }
    let legal = table.legal(held);
    if legal & domino.bit() == 0 {
        let could = notation::domino(tiles_of(legal).next().expect("a non-empty hand has a legal play"));
        return Err(RuleError::Revoke { play, seat: seat_id, id, pips: pips(), could });
    }
    Ok(())
}

/// The slot 0–6 of `domino` in the hand its owner was dealt, counted by ascending id.
pub(crate) fn slot_in(hand: Tiles, domino: Domino) -> usize {
    (hand & (domino.bit() - 1)).count_ones() as usize
}

impl Game {
    /// The slot 0–6 of `domino` in its owner's initial hand, by ascending id.
    pub fn slot(&self, domino: Domino) -> usize {
        slot_in(self.deal.hand(self.deal.owner(domino)), domino)
    }

    /// The slots the mover may play, bit `i` for slot `i`.
    pub fn legal_slots(&self) -> u8 {
        tiles_of(self.legal()).fold(0, |slots, domino| slots | 1 << self.slot(domino))
    }

    /// The ids of the plays by ply, −1 where not yet played.
    pub fn plays(&self) -> [i8; PLIES] {
        let mut plays = [-1; PLIES];
        for (ply, domino) in self.table.plays().enumerate() {
            plays[ply] = domino.id() as i8;
        }
        plays
    }
}

const _: () = assert!(PLIES == 4 * SLOTS);
