//! Perfect play with open hands, and its mean over every world.

use std::collections::BTreeMap;

use crate::contract::needed;
use crate::state::State;
use crate::worlds::{View, enumerate_worlds};

/// The value to go for the mover's team when all four seats play perfectly and see every hand; 0 when it is over.
pub fn minimax(state: &State) -> i32 {
    if state.is_over() {
        return 0;
    }
    let values = state.legal().into_iter().map(|domino| value_of(state, domino));
    values.max().expect("the mover has a domino")
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

/// `E[Q]`: the mean value of every legal move over all worlds, each with the same weight, by slot.
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
        // Seat 3 leads 6-0 to 6-4, and nobody else has a six.
        for domino in [21, 0, 7, 14, 22, 1, 8, 15, 23, 2, 9, 16, 24, 3, 10, 17, 25, 4, 11, 18] {
            state.play(domino);
        }
        state
    }

    #[test]
    fn two_sure_tricks() {
        let state = two_tricks_left();
        // Five tricks with 3-2, 4-1, 5-0 and 6-4 in them. Seat 2 has to throw its 5-5 on one of the two sixes left.
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

    /// No trump. Seat 0 leads and wins five tricks: 6-4, 4-4, 2-2, 1-1 and 5-4. Then it holds 5-5 and 6-5, seat 1
    /// 6-6 and 2-1, seat 2 4-1 and 2-0, seat 3 3-0 and 3-1.
    fn one_right_lead() -> State {
        let hands = [
            vec![2, 5, 14, 19, 20, 25, 26],
            vec![1, 4, 8, 13, 18, 24, 27],
            vec![3, 9, 11, 12, 16, 17, 21],
            vec![0, 6, 7, 10, 15, 22, 23],
        ];
        let plays = [25, 24, 21, 23, 14, 13, 12, 10, 5, 8, 17, 0, 2, 1, 16, 22, 19, 18, 9, 15];
        State::replay(hands, 9, 0, &plays)
    }

    #[test]
    fn a_choice_that_matters() {
        let state = one_right_lead();
        assert_eq!(state.mover(), 0);
        assert_eq!(state.banked(), [25, 0]);
        // 5-5 wins and its partner throws 4-1: 1 + 10 + 5. Then 6-5 loses to 6-6: 1. In all 16 - 1.
        // 6-5 loses to 6-6 at once, and 5-5 and 4-1 fall to the 2-1 or go with the 6-6: 17 lost.
        let mut values = [None; 7];
        values[state.slot(20)] = Some(15);
        values[state.slot(26)] = Some(-17);
        assert_eq!(solve(&state), values);
        assert_eq!(minimax(&state), 15);
        // Seat 1 to play on the 5-5: 2-1 keeps the 6-6 (-15); throwing the 6-6 loses the last trick too (-17).
        let led = state.after(20);
        assert_eq!(solve(&led), [None, Some(-15), None, None, None, None, Some(-17)]);
        // On the 6-5 its 6-6 is forced.
        assert_eq!(solve(&state.after(26)), [None, None, None, None, None, None, Some(17)]);
    }

    /// Whether the bidder's side makes the contract with perfect play *for the contract*.
    fn can_make(state: &State, bid: i32, bidder: usize) -> bool {
        if let Some(outcome) = state.contract(bid, bidder) {
            return outcome == crate::Contract::Made;
        }
        let mut outcomes =
            state.legal().into_iter().map(|domino| can_make(&state.after(domino), bid, bidder));
        if state.mover() % 2 == bidder % 2 { outcomes.any(|made| made) } else { outcomes.all(|made| made) }
    }

    #[test]
    fn p_make_agrees_with_play_for_the_contract() {
        let state = one_right_lead();
        let view = state.view();
        let worlds = enumerate_worlds(&view);
        for bid in [30, 31, 34, 36, 40, 41, 42, 84] {
            for bidder in 0..4 {
                let shares = p_make(&view, bid, bidder);
                for domino in state.legal() {
                    let successes = worlds.iter().filter(|world| {
                        let made = can_make(&view.state(world).after(domino), bid, bidder);
                        made == (bidder % 2 == view.mover() % 2)
                    });
                    let share = successes.count() as f64 / worlds.len() as f64;
                    assert_eq!(
                        shares[state.slot(domino)],
                        Some(share),
                        "bid {bid} by {bidder}, domino {domino}"
                    );
                }
            }
        }
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
        // The other side's 42 is set already, which is what the mover's side wants.
        assert_eq!(p_make(&view, 42, 1), expected);
    }
}
