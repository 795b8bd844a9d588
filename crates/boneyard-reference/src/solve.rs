//! Perfect play with open hands, and its mean over every world.

use std::collections::BTreeMap;

use crate::contract::needed;
use crate::state::State;
use crate::worlds::{View, enumerate_worlds};

/// The value to go for the mover's team when all four seats play perfectly and see every hand; 0 when it is over.
pub fn minimax(state: &State) -> i32 {
    state.legal().into_iter().map(|domino| value_of(state, domino)).max().unwrap_or(0)
}

/// The value to go for the mover's team when it plays `domino` first.
fn value_of(state: &State, domino: usize) -> i32 {
    let us = state.mover() % 2;
    let them = 1 - us;
    let next = state.after(domino);
    let before = state.banked();
    let after = next.banked();
    let won = (after[us] - before[us]) - (after[them] - before[them]);
    let to_go = minimax(&next);
    if next.mover() % 2 == us { won + to_go } else { won - to_go }
}

/// The value of every legal move, by the slot of its domino in the mover's first hand.
pub fn solve(state: &State) -> [Option<i32>; 7] {
    let mut values = [None; 7];
    for domino in state.legal() {
        values[state.slot(domino)] = Some(value_of(state, domino));
    }
    values
}

/// For every legal move, by slot: each value it has in some world, and the number of worlds where it has it.
pub fn q_histogram(view: &View) -> [Option<BTreeMap<i32, u64>>; 7] {
    let mut histogram = [const { None::<BTreeMap<i32, u64>> }; 7];
    for world in enumerate_worlds(view) {
        for (slot, value) in solve(&view.state(&world)).into_iter().enumerate() {
            if let Some(value) = value {
                *histogram[slot].get_or_insert_default().entry(value).or_insert(0) += 1;
            }
        }
    }
    histogram
}

/// E[Q]: the mean value of every legal move over all worlds, each with the same weight, by slot.
pub fn expected_q(view: &View) -> [Option<f64>; 7] {
    mean(view, |value| value)
}

/// P(make): the share of worlds in which the mover's side gets its way with the contract, by slot of the move.
///
/// The bidder's side wants to make it, the other side to set it. Play after the move is perfect *for points*, which
/// is also perfect for every bid: the points that a side can force are its value.
pub fn p_make(view: &View, bid: i32, bidder: usize) -> [Option<f64>; 7] {
    let us = view.mover() % 2;
    let banked = view.history.banked();
    let to_go = 42 - banked[0] - banked[1];
    mean(view, |value| {
        let ours = banked[us] + (to_go + value) / 2;
        let theirs = 42 - ours;
        let success = if bidder % 2 == us { ours >= needed(bid) } else { theirs < needed(bid) };
        success as i32
    })
}

/// The mean over all worlds of a number made of the value.
fn mean(view: &View, number: impl Fn(i32) -> i32) -> [Option<f64>; 7] {
    q_histogram(view).map(|histogram| {
        let histogram = histogram?;
        let worlds: u64 = histogram.values().sum();
        let sum: i64 = histogram.iter().map(|(&value, &count)| i64::from(number(value)) * count as i64).sum();
        Some(sum as f64 / worlds as f64)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seat 0 has 0..7, seat 1 7..14, seat 2 14..21, seat 3 21..28, and 20 plays bring the game to its last two tricks.
    fn two_tricks_left() -> State {
        let hands = [(0..7).collect(), (7..14).collect(), (14..21).collect(), (21..28).collect()];
        let mut state = State::new(hands, 9, 3);
        // Seat 3 leads sixes from below: only 6-0 to 6-4 fall, nobody else has one.
        for domino in [21, 0, 7, 14, 22, 1, 8, 15, 23, 2, 9, 16, 24, 3, 10, 17, 25, 4, 11, 18] {
            state.play(domino);
        }
        state
    }

    #[test]
    fn two_sure_tricks() {
        let state = two_tricks_left();
        // Counts gone: 3-2, 5-0, 4-1 and 6-4, all with seat 3. Left: 5-5, which seat 2 must throw on a six.
        assert_eq!(state.banked(), [0, 30]);
        assert_eq!(state.mover(), 3);
        assert_eq!(state.legal(), [26, 27]);
        assert_eq!(minimax(&state), 12);
        assert_eq!(solve(&state), [None, None, None, None, None, Some(12), Some(12)]);
        assert_eq!(minimax(&state.after(26)), -12);
    }

    #[test]
    fn nothing_to_go_at_the_end() {
        let mut state = two_tricks_left();
        for domino in [27, 5, 12, 20, 26, 6, 13, 19] {
            state.play(domino);
        }
        assert!(state.is_over());
        assert_eq!(minimax(&state), 0);
        assert_eq!(solve(&state), [None; 7]);
    }

    #[test]
    fn a_choice_that_matters() {
        // Seat 3 leads 6-5, and then only seat 2 is interesting: throw 5-5 now or later, the sixes take both.
        // Give seat 3 the 5-5 and seat 2 the 6-6 instead, and the order matters: see the values.
        let hands = [
            (0..7).collect(),
            (7..14).collect(),
            vec![14, 15, 16, 17, 18, 19, 27],
            vec![20, 21, 22, 23, 24, 25, 26],
        ];
        // No trump. Seat 2 leads 4-4 (14), won by it; then it leads the fives 5-0 (15) … and so on down to 5-4 (19)
        // and 6-6 (27). Seat 3 wins nothing until it follows the first five with a five that is higher.
        let state = State::replay(hands, 9, 2, &[14, 25, 0, 10]);
        assert_eq!(state.banked(), [11, 0]);
        assert_eq!(state.mover(), 2);
        let mut state = state.after(15);
        assert_eq!(state.legal(), [20, 26], "5-5 and 6-5 follow a five");
        state.play(26);
        assert_eq!(state.mover(), 0);
    }

    #[test]
    fn means_over_six_worlds() {
        // The last trick: seat 0 leads 0-0 and the others hold 4-0, 5-0 and 6-0. 0-0 is the highest blank.
        let plays = [27, 26, 25, 24, 20, 19, 18, 17, 14, 13, 12, 11, 9, 8, 7, 6, 5, 4, 3, 23, 2, 1, 16, 22];
        let view = View {
            hand: vec![0, 2, 5, 9, 14, 20, 27],
            history: crate::History { declaration: 9, leader: 0, plays: plays.to_vec() },
        };
        assert_eq!(view.history.banked(), [36, 0]);
        let mut expected = [None; 7];
        expected[0] = Some(6.0);
        assert_eq!(expected_q(&view), expected);
        assert_eq!(q_histogram(&view)[0], Some(BTreeMap::from([(6, 6)])));
        expected[0] = Some(1.0);
        assert_eq!(p_make(&view, 42, 0), expected);
        expected[0] = Some(0.0);
        assert_eq!(p_make(&view, 42, 1), [Some(1.0), None, None, None, None, None, None]);
    }
}
