//! What the seat to move knows.

use crate::{ALL_TILES, Declaration, Domino, RuleError, Seat, Table, Tiles, deal, game, notation};

/// The hand a seat was dealt and the public table: its information set. It is that seat's turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct View {
    seat: Seat,
    hand: Tiles,
    table: Table,
}

impl View {
    /// Replays `plays` from the seat's side: its own plays must come from its hand and follow suit, nobody
    /// else may play its dominoes, and it must be its turn.
    ///
    /// # Errors
    /// One sentence for the first thing that is wrong; see [`RuleError`].
    pub fn new(
        seat: Seat,
        hand: &[Domino],
        declaration: Declaration,
        leader: Seat,
        plays: &[Domino],
    ) -> Result<Self, RuleError> {
        let hand = deal::hand_set(hand, "the hand")?;
        let mut table = Table::new(declaration, leader);
        for &domino in plays {
            if !table.is_over() {
                let mover = table.mover();
                if mover == seat {
                    game::check_own_play(&table, seat, hand, domino)?;
                } else if hand & domino.bit() != 0 && table.played() & domino.bit() == 0 {
                    return Err(RuleError::OutOfTurn {
                        play: table.ply() + 1,
                        seat: mover.id(),
                        id: domino.id(),
                        pips: notation::domino(domino),
                        owner: seat.id(),
                    });
                }
            }
            table.play(domino)?;
        }
        if table.is_over() {
            return Err(RuleError::NoMove);
        }
        if table.mover() != seat {
            return Err(RuleError::NotToMove { seat: seat.id(), mover: table.mover().id() });
        }
        Ok(Self { seat, hand, table })
    }

    /// For a seat of a game that is legal by construction.
    pub(crate) fn unchecked(seat: Seat, hand: Tiles, table: Table) -> Self {
        Self { seat, hand, table }
    }

    /// The seat, whose turn it is.
    pub fn seat(&self) -> Seat {
        self.seat
    }

    /// The seven dominoes it was dealt.
    pub fn hand(&self) -> Tiles {
        self.hand
    }

    /// The public side.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// What it still holds.
    pub fn held(&self) -> Tiles {
        self.hand & !self.table.played()
    }

    /// What it may play.
    pub fn legal(&self) -> Tiles {
        self.table.legal(self.held())
    }

    /// The slots it may play, bit `i` for slot `i`.
    pub fn legal_slots(&self) -> u8 {
        crate::tiles_of(self.legal()).fold(0, |slots, domino| slots | 1 << self.slot(domino))
    }

    /// The slot of one of its own dominoes.
    pub fn slot(&self, domino: Domino) -> usize {
        game::slot_in(self.hand, domino)
    }

    /// The dominoes it has not seen: neither its own nor played.
    pub fn unseen(&self) -> Tiles {
        ALL_TILES & !self.hand & !self.table.played()
    }

    /// The opponents and partner in playing order: left opponent, partner, right opponent.
    pub fn others(&self) -> [Seat; 3] {
        [self.seat.after(1), self.seat.after(2), self.seat.after(3)]
    }

    /// How many dominoes each of [`others`](Self::others) holds.
    pub fn sizes(&self) -> [u8; 3] {
        self.others().map(|seat| self.table.holds(seat))
    }

    /// The dominoes each of [`others`](Self::others) cannot hold because of shown voids.
    pub fn excluded(&self) -> [Tiles; 3] {
        self.others().map(|seat| self.table.excluded(seat))
    }
}
