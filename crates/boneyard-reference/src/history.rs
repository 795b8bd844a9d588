//! What everybody at the table has seen.

use crate::domino::{can_follow, led_suit, points, trick_rank};

/// The declaration and every domino played so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    /// The declaration, `0..=9`.
    pub declaration: usize,
    /// The seat that leads the first trick.
    pub leader: usize,
    /// The dominoes played, in order.
    pub plays: Vec<usize>,
}

/// One trick, perhaps not complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trick {
    /// The seat that leads it.
    pub leader: usize,
    /// Its dominoes in the order of play, at most four.
    pub dominoes: Vec<usize>,
}

impl Trick {
    /// The seat that plays the domino at `position`.
    pub fn seat(&self, position: usize) -> usize {
        (self.leader + position) % 4
    }

    /// Whether all four seats have played.
    pub fn is_complete(&self) -> bool {
        self.dominoes.len() == 4
    }

    /// The seat whose domino ranks highest so far.
    pub fn winner(&self, declaration: usize) -> usize {
        let suit = led_suit(self.dominoes[0], declaration);
        let mut best = 0;
        for position in 1..self.dominoes.len() {
            let challenger = trick_rank(self.dominoes[position], suit, declaration);
            if challenger > trick_rank(self.dominoes[best], suit, declaration) {
                best = position;
            }
        }
        self.seat(best)
    }

    /// What the trick is worth: one point, and the counts in it.
    pub fn points(&self) -> i32 {
        let mut sum = 1;
        for &domino in &self.dominoes {
            sum += points(domino);
        }
        sum
    }
}

impl History {
    /// A game in which nothing has been played.
    pub fn new(declaration: usize, leader: usize) -> Self {
        assert!(declaration < 10 && leader < 4);
        Self { declaration, leader, plays: Vec::new() }
    }

    /// The tricks so far. The last one is incomplete unless the number of plays is a multiple of four.
    pub fn tricks(&self) -> Vec<Trick> {
        let mut tricks = Vec::new();
        let mut leader = self.leader;
        for dominoes in self.plays.chunks(4) {
            let trick = Trick { leader, dominoes: dominoes.to_vec() };
            leader = trick.winner(self.declaration);
            tricks.push(trick);
        }
        tricks
    }

    /// The trick on the table, if a domino lies there.
    pub fn table(&self) -> Option<Trick> {
        self.tricks().pop().filter(|trick| !trick.is_complete())
    }

    /// The seat to play. After the last play: the winner of the last trick.
    pub fn mover(&self) -> usize {
        match self.tricks().last() {
            None => self.leader,
            Some(trick) if trick.is_complete() => trick.winner(self.declaration),
            Some(trick) => trick.seat(trick.dominoes.len()),
        }
    }

    /// The points of team 0 and team 1 from complete tricks.
    pub fn banked(&self) -> [i32; 2] {
        let mut banked = [0, 0];
        for trick in self.tricks() {
            if trick.is_complete() {
                banked[trick.winner(self.declaration) % 2] += trick.points();
            }
        }
        banked
    }

    /// The dominoes that a seat has played, in order.
    pub fn played_by(&self, seat: usize) -> Vec<usize> {
        let mut played = Vec::new();
        for trick in self.tricks() {
            for (position, &domino) in trick.dominoes.iter().enumerate() {
                if trick.seat(position) == seat {
                    played.push(domino);
                }
            }
        }
        played
    }

    /// `voids[seat][suit]`: whether the seat has once not followed the suit, and so holds none of it.
    pub fn voids(&self) -> [[bool; 8]; 4] {
        let mut voids = [[false; 8]; 4];
        for trick in self.tricks() {
            let suit = led_suit(trick.dominoes[0], self.declaration);
            for (position, &domino) in trick.dominoes.iter().enumerate() {
                if !can_follow(domino, suit, self.declaration) {
                    voids[trick.seat(position)][suit] = true;
                }
            }
        }
        voids
    }

    /// Whether all 28 dominoes have been played.
    pub fn is_over(&self) -> bool {
        self.plays.len() == 28
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(declaration: usize, leader: usize, plays: &[usize]) -> History {
        History { declaration, leader, plays: plays.to_vec() }
    }

    #[test]
    fn the_highest_of_the_suit_led_wins_unless_trumped() {
        // Seat 1 leads 5-0 (15) and seats 2, 3, 0 play 5-4 (19), 6-6 (27), 3-0 (6).
        let trick = Trick { leader: 1, dominoes: vec![15, 19, 27, 6] };
        assert_eq!(trick.winner(9), 2, "no trump: 5-4");
        assert_eq!(trick.winner(3), 0, "threes: 3-0 trumps");
        assert_eq!(trick.winner(7), 3, "doubles trump: 6-6 trumps");
        assert_eq!(trick.winner(8), 2, "doubles a suit: 6-6 is off suit");
        assert_eq!(trick.winner(0), 1, "blanks: 5-0 is a higher trump than 3-0");
    }

    #[test]
    fn banked_mover_and_voids() {
        // Sixes are trump. Seat 3 leads 5-5 (20); 0 follows 5-0 (15), 1 cannot and plays 4-1 (11), 2 trumps 6-4 (25).
        let game = history(6, 3, &[20, 15, 11, 25]);
        // One point for the trick, 10 + 5 + 5 + 10 for the counts.
        assert_eq!(game.banked(), [31, 0]);
        assert_eq!(game.mover(), 2);
        assert_eq!(game.table(), None);
        let mut voids = [[false; 8]; 4];
        voids[1][5] = true;
        voids[2][5] = true;
        assert_eq!(game.voids(), voids);

        // Seat 2 leads a trump, 6-0 (21), and seat 3 shows out with 0-0 (0).
        let game = history(6, 3, &[20, 15, 11, 25, 21, 0]);
        voids[3][7] = true;
        assert_eq!(game.voids(), voids);
        assert_eq!(game.banked(), [31, 0]);
        assert_eq!(game.mover(), 0);
        assert_eq!(game.table(), Some(Trick { leader: 2, dominoes: vec![21, 0] }));
        assert_eq!(game.played_by(2), [25, 21]);
        assert_eq!(game.played_by(3), [20, 0]);
    }

    #[test]
    fn nothing_played_yet() {
        let game = History::new(9, 2);
        assert_eq!(game.mover(), 2);
        assert_eq!(game.banked(), [0, 0]);
        assert_eq!(game.voids(), [[false; 8]; 4]);
        assert!(!game.is_over());
    }
}
