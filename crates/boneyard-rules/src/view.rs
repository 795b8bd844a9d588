//! What the seat to move knows.

use crate::{ALL_TILES, Declaration, Domino, RuleError, Seat, Table, Tiles, World, deal, game, notation};

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

    /// What each seat was dealt in a world that agrees with the view: by seat.
    pub fn dealt(&self, world: &World) -> [Tiles; 4] {
        let mut hands = [0; 4];
        hands[self.seat.index()] = self.hand;
        for (seat, held) in self.others().into_iter().zip(world) {
            hands[seat.index()] = held | self.table.played_by(seat);
        }
        hands
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Seat 0 holds 0-0 to 3-0, seat 1 3-1 to 4-3, seat 2 4-4 to 5-5, seat 3 the sixes, which are trump.
    fn view(seat: u64, hand: &str, leader: u64, plays: &str) -> Result<View, RuleError> {
        View::new(
            Seat::new(seat).unwrap(),
            &notation::parse_list(hand).unwrap(),
            Declaration::SIXES,
            Seat::new(leader).unwrap(),
            &notation::parse_list(plays).unwrap(),
        )
    }

    const ZERO: &str = "0-0 1-0 1-1 2-0 2-1 2-2 3-0";

    #[test]
    fn what_a_seat_knows() {
        let view = view(0, ZERO, 0, "2-0 3-2 5-2 6-2 6-6").unwrap();
        assert_eq!(notation::tiles(view.held()), "0-0 1-0 1-1 2-1 2-2 3-0");
        assert_eq!(view.legal(), view.held());
        assert_eq!(view.legal_slots(), 0b111_0111);
        assert_eq!(view.slot(notation::parse_domino("2-1").unwrap()), 4);
        assert_eq!(view.others().map(Seat::id), [1, 2, 3]);
        assert_eq!(view.sizes(), [6, 6, 5]);
        assert_eq!(view.unseen().count_ones(), 17);
        // 6-2 is a trump, not a two: seat 3 has no two.
        assert_eq!(view.excluded(), [0, 0, Declaration::SIXES.follow(2)]);
    }

    #[test]
    fn what_is_refused() {
        let check = |seat, hand, plays, message: &str| {
            assert_eq!(view(seat, hand, 0, plays).unwrap_err().to_string(), message);
        };
        check(0, "0-0 1-0", "", "the hand has 2 dominoes, expected 7");
        check(0, "0-0 0-0 1-1 2-0 2-1 2-2 3-0", "", "domino 0 (0-0) appears twice");
        check(1, ZERO, "", "seat 1 is given, but it is the turn of seat 0");
        check(0, ZERO, "2-0 3-2", "seat 0 is given, but it is the turn of seat 2");
        check(0, ZERO, "5-5", "play 1: seat 0 is to play and does not hold domino 20 (5-5)");
        check(0, ZERO, "2-0 1-1", "play 2: seat 1 is to play, but domino 2 (1-1) is in the hand of seat 0");
        check(0, ZERO, "2-0 3-2 3-2", "play 3: domino 8 (3-2) has been played already");
        check(0, ZERO, "2-0 2-0", "play 2: domino 3 (2-0) has been played already");
        check(
            0,
            ZERO,
            "2-0 3-2 5-2 6-2 3-1 0-0",
            "play 6: seat 0 revokes with domino 0 (0-0): it holds 3-0, which follows suit",
        );
        check(
            0,
            ZERO,
            "2-0 3-2 5-2 6-2 4-2",
            "play 5: seat 3 plays domino 12 (4-2) although it failed to follow that suit before: one of the two \
             plays is wrong",
        );
    }

    #[test]
    fn after_the_last_play_there_is_no_view() {
        let mut game = crate::Game::new(crate::Deal::from_seed(1), Declaration::NO_TRUMP, Seat::ALL[2]);
        while !game.table().is_over() {
            let domino = crate::tiles_of(game.legal()).next().unwrap();
            game.play(domino).unwrap();
        }
        let (seat, plays) = (game.mover(), game.table().plays().collect::<Vec<_>>());
        let hand: Vec<Domino> = crate::tiles_of(game.deal().hand(seat)).collect();
        let after = |plays: &[Domino]| View::new(seat, &hand, Declaration::NO_TRUMP, Seat::ALL[2], plays);
        assert_eq!(after(&plays), Err(RuleError::NoMove));
        let more: Vec<Domino> = plays.iter().copied().chain([plays[0]]).collect();
        assert_eq!(after(&more), Err(RuleError::Over { play: 29 }));
    }
}
