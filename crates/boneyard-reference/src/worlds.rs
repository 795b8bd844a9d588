//! What the mover cannot see, and every way it can be.

use crate::domino::can_follow;
use crate::history::History;
use crate::state::State;

/// What the seat to play knows: its own hand and the public history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// The mover's first hand, ascending, with the dominoes it has played.
    pub hand: Vec<usize>,
    /// The declaration and the plays.
    pub history: History,
}

impl View {
    /// The seat to play, whose view this is.
    pub fn mover(&self) -> usize {
        self.history.mover()
    }

    /// The seats of opponents 0, 1 and 2: those after the mover, clockwise. (Opponent 1 is its partner.)
    pub fn opponents(&self) -> [usize; 3] {
        let mover = self.mover();
        [(mover + 1) % 4, (mover + 2) % 4, (mover + 3) % 4]
    }

    /// The dominoes neither played nor in the mover's hand, ascending.
    pub fn unseen(&self) -> Vec<usize> {
        (0..28).filter(|domino| !self.hand.contains(domino) && !self.history.plays.contains(domino)).collect()
    }

    /// How many dominoes each opponent still holds.
    pub fn sizes(&self) -> [usize; 3] {
        self.opponents().map(|seat| 7 - self.history.played_by(seat).len())
    }

    /// Whether an opponent may hold a domino: it is of no suit which that seat has shown it lacks.
    pub fn may_hold(&self, opponent: usize, domino: usize) -> bool {
        let voids = self.history.voids()[self.opponents()[opponent]];
        (0..8).all(|suit| !voids[suit] || !can_follow(domino, suit, self.history.declaration))
    }

    /// The game as it would be if the opponents held `world`.
    pub fn state(&self, world: &[Vec<usize>; 3]) -> State {
        let mut hands = [const { Vec::new() }; 4];
        hands[self.mover()] = self.hand.clone();
        for (opponent, seat) in self.opponents().into_iter().enumerate() {
            hands[seat] = self.history.played_by(seat);
            hands[seat].extend(&world[opponent]);
        }
        State::replay(hands, self.history.declaration, self.history.leader, &self.history.plays)
    }
}

/// Every assignment of the unseen dominoes to the three opponents that agrees with their hand sizes and shown voids.
///
/// Each world is the hands of opponents 0, 1 and 2, ascending. Read as the list of opponents who hold the unseen
/// dominoes by ascending id, the worlds are in ascending lexicographic order.
pub fn enumerate_worlds(view: &View) -> Vec<[Vec<usize>; 3]> {
    let unseen = view.unseen();
    let sizes = view.sizes();
    let mut worlds = Vec::new();
    let allowed: Vec<[bool; 3]> =
        unseen.iter().map(|&domino| [0, 1, 2].map(|opponent| view.may_hold(opponent, domino))).collect();
    deal_on(&unseen, &allowed, sizes, &mut [const { Vec::new() }; 3], &mut worlds);
    worlds
}

/// Gives the first of the `unseen` dominoes to each opponent in turn that may have it, and deals on.
fn deal_on(
    unseen: &[usize],
    allowed: &[[bool; 3]],
    sizes: [usize; 3],
    hands: &mut [Vec<usize>; 3],
    worlds: &mut Vec<[Vec<usize>; 3]>,
) {
    if unseen.is_empty() {
        worlds.push(hands.clone());
        return;
    }
    for opponent in 0..3 {
        if allowed[0][opponent] && hands[opponent].len() < sizes[opponent] {
            hands[opponent].push(unseen[0]);
            deal_on(&unseen[1..], &allowed[1..], sizes, hands, worlds);
            hands[opponent].pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No trump. Seat 0 has led six doubles, 6-6 to 1-1, and holds 0-0; the unseen are 4-0, 5-0 and 6-0.
    fn before_the_last_trick(plays: [usize; 24]) -> View {
        let hand = vec![0, 2, 5, 9, 14, 20, 27];
        let view = View { hand, history: History { declaration: 9, leader: 0, plays: plays.to_vec() } };
        assert_eq!(view.opponents(), [1, 2, 3]);
        assert_eq!(view.unseen(), [10, 15, 21]);
        assert_eq!(view.sizes(), [1, 1, 1]);
        view
    }

    #[test]
    fn a_world_for_every_choice_of_owner() {
        // Everybody follows every double.
        let plays = [27, 26, 25, 24, 20, 19, 18, 17, 14, 13, 12, 11, 9, 8, 7, 6, 5, 4, 3, 23, 2, 1, 16, 22];
        let view = before_the_last_trick(plays);
        assert_eq!(
            enumerate_worlds(&view),
            // The owners of 4-0, 5-0, 6-0: 012, 021, 102, 120, 201, 210.
            [
                [vec![10], vec![15], vec![21]],
                [vec![10], vec![21], vec![15]],
                [vec![15], vec![10], vec![21]],
                [vec![21], vec![10], vec![15]],
                [vec![15], vec![21], vec![10]],
                [vec![21], vec![15], vec![10]],
            ]
        );
    }

    #[test]
    fn a_void_rules_out_worlds() {
        // As above, but seat 1 throws 5-4 on the 6-6, and so does not hold the 6-0.
        let plays = [27, 19, 25, 24, 20, 18, 26, 17, 14, 13, 12, 11, 9, 8, 7, 6, 5, 4, 3, 23, 2, 1, 16, 22];
        let view = before_the_last_trick(plays);
        assert!(!view.may_hold(0, 21) && view.may_hold(1, 21) && view.may_hold(0, 15));
        assert_eq!(
            enumerate_worlds(&view),
            // The owners: 012, 021, 102, 201.
            [
                [vec![10], vec![15], vec![21]],
                [vec![10], vec![21], vec![15]],
                [vec![15], vec![10], vec![21]],
                [vec![15], vec![21], vec![10]],
            ]
        );
    }

    #[test]
    fn the_true_deal_is_one_of_the_worlds() {
        let hands = [(0..7).collect(), (7..14).collect(), (14..21).collect(), (21..28).collect()];
        let mut state = State::new(hands, 4, 0);
        let mut seen = 0;
        while !state.is_over() {
            if state.history.plays.len() >= 14 {
                let view = state.view();
                let truth = view.opponents().map(|seat| state.holding(seat));
                let worlds = enumerate_worlds(&view);
                assert!(worlds.contains(&truth));
                for world in &worlds {
                    assert_eq!(view.state(world).legal(), state.legal());
                }
                seen += 1;
            }
            let domino = *state.legal().last().unwrap();
            state.play(domino);
        }
        assert_eq!(seen, 14);
    }
}
