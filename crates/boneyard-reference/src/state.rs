//! A whole game, all hands open.

use crate::contract::{Contract, contract};
use crate::domino::{can_follow, led_suit};
use crate::history::History;
use crate::worlds::View;

/// A deal and what has been played of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// The four first hands, each ascending. Dominoes stay in them when they are played.
    pub hands: [Vec<usize>; 4],
    /// The declaration and the plays.
    pub history: History,
}

impl State {
    /// A fresh deal. The hands may come in any order of dominoes.
    pub fn new(mut hands: [Vec<usize>; 4], declaration: usize, leader: usize) -> Self {
        for hand in &mut hands {
            assert_eq!(hand.len(), 7);
            hand.sort();
        }
        let mut all = hands.concat();
        all.sort();
        assert!(all.into_iter().eq(0..28), "not a deal: {hands:?}");
        Self { hands, history: History::new(declaration, leader) }
    }

    /// A deal after these plays, each of which must be legal.
    pub fn replay(hands: [Vec<usize>; 4], declaration: usize, leader: usize, plays: &[usize]) -> Self {
        let mut state = Self::new(hands, declaration, leader);
        for &domino in plays {
            state.play(domino);
        }
        state
    }

    /// The seat to play.
    pub fn mover(&self) -> usize {
        self.history.mover()
    }

    /// The dominoes a seat still holds, ascending.
    pub fn holding(&self, seat: usize) -> Vec<usize> {
        let mut hand = self.hands[seat].clone();
        hand.retain(|domino| !self.history.plays.contains(domino));
        hand
    }

    /// The dominoes the mover may play, ascending: those that follow suit if there are any, else all.
    pub fn legal(&self) -> Vec<usize> {
        let hand = self.holding(self.mover());
        let Some(table) = self.history.table() else {
            return hand;
        };
        let suit = led_suit(table.dominoes[0], self.history.declaration);
        let mut following = hand.clone();
        following.retain(|&domino| can_follow(domino, suit, self.history.declaration));
        if following.is_empty() { hand } else { following }
    }

    /// The slot of a domino in its owner's first hand.
    pub fn slot(&self, domino: usize) -> usize {
        for hand in &self.hands {
            if let Some(slot) = hand.iter().position(|&held| held == domino) {
                return slot;
            }
        }
        panic!("no such domino: {domino}")
    }

    /// Plays a domino, which must be legal.
    pub fn play(&mut self, domino: usize) {
        assert!(self.legal().contains(&domino), "domino {domino} is not legal in {self:?}");
        self.history.plays.push(domino);
    }

    /// The state after a domino, which must be legal.
    pub fn after(&self, domino: usize) -> Self {
        let mut next = self.clone();
        next.play(domino);
        next
    }

    /// The points of team 0 and team 1 from complete tricks.
    pub fn banked(&self) -> [i32; 2] {
        self.history.banked()
    }

    /// `voids[seat][suit]`: the suits each seat has shown it does not hold.
    pub fn voids(&self) -> [[bool; 8]; 4] {
        self.history.voids()
    }

    /// Whether all 28 dominoes have been played.
    pub fn is_over(&self) -> bool {
        self.history.is_over()
    }

    /// Whether a contract is decided by the points banked; `None` while it is open.
    pub fn contract(&self, bid: i32, bidder: usize) -> Option<Contract> {
        contract(self.banked(), bid, bidder)
    }

    /// What the mover knows.
    pub fn view(&self) -> View {
        View { hand: self.hands[self.mover()].clone(), history: self.history.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seat 0 has the dominoes 0..7 (0-0 to 3-0), seat 1 the next seven (3-1 to 4-3), seat 2 4-4 to 5-5, seat 3 the sixes.
    fn four_runs() -> [Vec<usize>; 4] {
        [(0..7).collect(), (7..14).collect(), (14..21).collect(), (21..28).collect()]
    }

    #[test]
    fn followers_must_follow_if_they_can() {
        // Fours are trump. Seat 0 leads 2-0 (3), a two. Seat 1 has one two that is no trump: 3-2 (8).
        let mut state = State::new(four_runs(), 4, 0);
        assert_eq!(state.legal(), [0, 1, 2, 3, 4, 5, 6]);
        state.play(3);
        assert_eq!(state.legal(), [8]);
        state.play(8);
        // Seat 2: 5-2 (17) only. Seat 3: 6-2 (23) only.
        assert_eq!(state.legal(), [17]);
        state.play(17);
        assert_eq!(state.legal(), [23]);
        state.play(23);
        assert_eq!(state.mover(), 3);
        assert_eq!(state.banked(), [0, 6]);
        assert_eq!(state.holding(3), [21, 22, 24, 25, 26, 27]);
        assert_eq!(state.slot(23), 2);
        // Seat 3 leads 6-4 (25), a trump: seat 0 has none and may play anything left.
        state.play(25);
        assert_eq!(state.legal(), [0, 1, 2, 4, 5, 6]);
        state.play(0);
        assert!(state.voids()[0][7]);
        assert_eq!(state.legal(), [10, 11, 12, 13]);
    }

    #[test]
    #[should_panic(expected = "not legal")]
    fn a_revoke_panics() {
        State::replay(four_runs(), 4, 0, &[3, 9]);
    }

    #[test]
    #[should_panic(expected = "not a deal")]
    fn a_domino_held_twice_panics() {
        let mut hands = four_runs();
        hands[0][0] = 27;
        State::new(hands, 4, 0);
    }

    #[test]
    fn the_holder_of_every_trump_wins_everything() {
        // Sixes are trump and seat 3, who has them all, leads: nobody else wins a trick.
        let mut state = State::new(four_runs(), 6, 3);
        while !state.is_over() {
            let domino = state.legal()[0];
            state.play(domino);
        }
        assert_eq!(state.banked(), [0, 42]);
        assert_eq!(state.contract(42, 1), Some(Contract::Made));
        assert_eq!(state.contract(30, 0), Some(Contract::Set));
    }
}
