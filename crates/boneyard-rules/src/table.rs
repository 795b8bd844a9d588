//! What everybody at the table has seen.

use crate::{Declaration, Domino, PLIES, RuleError, Seat, Tiles, notation, rule};

/// The public side of a hand in play: declaration, first leader and every play, with what follows from them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Table {
    declaration: Declaration,
    first_leader: Seat,
    plays: [u8; PLIES],
    ply: u8,
    /// Leader of the current trick.
    leader: Seat,
    played: [Tiles; 4],
    voids: [u8; 4],
    banked: [u8; 2],
}

impl Table {
    /// Nothing played; `first_leader` leads.
    pub fn new(declaration: Declaration, first_leader: Seat) -> Self {
        Self {
            declaration,
            first_leader,
            plays: [0; PLIES],
            ply: 0,
            leader: first_leader,
            played: [0; 4],
            voids: [0; 4],
            banked: [0; 2],
        }
    }

    /// The declaration.
    pub fn declaration(&self) -> Declaration {
        self.declaration
    }

    /// Who led the first trick.
    pub fn first_leader(&self) -> Seat {
        self.first_leader
    }

    /// How many dominoes have been played, 0–28.
    pub fn ply(&self) -> usize {
        usize::from(self.ply)
    }

    /// True after the last play.
    pub fn is_over(&self) -> bool {
        self.ply() == PLIES
    }

    /// The plays so far, in order.
    pub fn plays(&self) -> impl ExactSizeIterator<Item = Domino> + '_ {
        self.plays[..self.ply()].iter().map(|&id| Domino::from_bit(u32::from(id)))
    }

    /// Leader of the current trick.
    pub fn leader(&self) -> Seat {
        self.leader
    }

    /// Whose turn it is; after the last play, who won the last trick.
    pub fn mover(&self) -> Seat {
        self.leader.after(self.ply() % 4)
    }

    /// The dominoes on the table in the current trick, the lead first.
    pub fn trick(&self) -> impl ExactSizeIterator<Item = Domino> + '_ {
        let in_trick = self.ply() % 4;
        self.plays().skip(self.ply() - in_trick)
    }

    /// The dominoes that follow the lead of the current trick; all when the mover leads.
    pub fn following(&self) -> Tiles {
        match self.trick().next() {
            Some(lead) => self.declaration.follow(self.declaration.led_suit(lead)),
            None => crate::ALL_TILES,
        }
    }

    /// The dominoes of `held` that may be played now.
    pub fn legal(&self, held: Tiles) -> Tiles {
        rule::legal_tiles(held, self.following())
    }

    /// What a seat has played.
    pub fn played_by(&self, seat: Seat) -> Tiles {
        self.played[seat.index()]
    }

    /// All that has been played.
    pub fn played(&self) -> Tiles {
        self.played.iter().fold(0, |all, played| all | played)
    }

    /// How many dominoes a seat still holds.
    pub fn holds(&self, seat: Seat) -> u8 {
        7 - self.played[seat.index()].count_ones() as u8
    }

    /// The suits a seat has shown it cannot follow: bit `s` for suit `s`, 7 the called suit.
    pub fn voids(&self, seat: Seat) -> u8 {
        self.voids[seat.index()]
    }

    /// The dominoes a seat cannot hold because of its voids.
    pub fn excluded(&self, seat: Seat) -> Tiles {
        let voids = self.voids(seat);
        (0..8).filter(|suit| voids >> suit & 1 == 1).fold(0, |all, suit| all | self.declaration.follow(suit))
    }

    /// Points in the bank, by team; the trick on the table is not banked yet.
    pub fn banked(&self) -> [u8; 2] {
        self.banked
    }

    /// The mover plays `domino`. Whether it holds the domino and follows suit is not public, and not checked:
    /// see [`Game::play`](crate::Game::play).
    ///
    /// # Errors
    /// [`RuleError::Over`], [`RuleError::PlayedTwice`], and [`RuleError::AfterVoid`] for a domino of a suit
    /// that this seat has failed to follow.
    pub fn play(&mut self, domino: Domino) -> Result<(), RuleError> {
        let play = self.ply() + 1;
        let (id, pips) = (domino.id(), || notation::domino(domino));
        if self.is_over() {
            return Err(RuleError::Over { play });
        }
        if self.played() & domino.bit() != 0 {
            return Err(RuleError::PlayedTwice { play, id, pips: pips() });
        }
        let seat = self.mover();
        if self.excluded(seat) & domino.bit() != 0 {
            return Err(RuleError::AfterVoid { play, seat: seat.id(), id, pips: pips() });
        }
        if self.following() & domino.bit() == 0 {
            let lead = self.trick().next().expect("a leader follows anything");
            self.voids[seat.index()] |= 1 << self.declaration.led_suit(lead);
        }
        self.plays[self.ply()] = id;
        self.played[seat.index()] |= domino.bit();
        self.ply += 1;
        if self.ply.is_multiple_of(4) {
            self.close_trick();
        }
        Ok(())
    }

    fn close_trick(&mut self) {
        let first = self.ply() - 4;
        let trick = &self.plays[first..self.ply()];
        let declaration = u32::from(self.declaration.id());
        let suit = rule::led_suit(u32::from(trick[0]), declaration);
        let strength = |place: usize| rule::strength(u32::from(trick[place]), suit, declaration);
        // The first of equals wins, but only discards are ever equal.
        let best = (1..4).fold(0, |best, place| if strength(place) > strength(best) { place } else { best });
        let tiles = trick.iter().fold(0, |all, id| all | 1 << id);
        self.leader = self.leader.after(best);
        self.banked[self.leader.team()] += 1 + rule::count_points(tiles) as u8;
    }
}
