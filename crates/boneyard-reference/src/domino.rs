//! One domino under one declaration.

/// The pips of the 28 dominoes, the higher first.
const PIPS: [(usize, usize); 28] = [
    (0, 0),
    (1, 0),
    (1, 1),
    (2, 0),
    (2, 1),
    (2, 2),
    (3, 0),
    (3, 1),
    (3, 2),
    (3, 3),
    (4, 0),
    (4, 1),
    (4, 2),
    (4, 3),
    (4, 4),
    (5, 0),
    (5, 1),
    (5, 2),
    (5, 3),
    (5, 4),
    (5, 5),
    (6, 0),
    (6, 1),
    (6, 2),
    (6, 3),
    (6, 4),
    (6, 5),
    (6, 6),
];

/// The higher pip.
pub fn high(domino: usize) -> usize {
    PIPS[domino].0
}

/// The lower pip.
pub fn low(domino: usize) -> usize {
    PIPS[domino].1
}

/// Whether both pips are the same.
pub fn is_double(domino: usize) -> bool {
    high(domino) == low(domino)
}

/// The count points of a domino: 10, 5 or 0. The trick's own point is not in it.
pub fn points(domino: usize) -> i32 {
    match PIPS[domino] {
        (5, 5) | (6, 4) => 10,
        (5, 0) | (4, 1) | (3, 2) => 5,
        _ => 0,
    }
}

/// Whether the called suit beats the others: a pip trump or doubles as trump.
pub fn has_trump_power(declaration: usize) -> bool {
    match declaration {
        0..=7 => true,
        8 | 9 => false,
        _ => panic!("no such declaration: {declaration}"),
    }
}

/// Whether a domino belongs to the called suit, and so to no pip suit.
pub fn in_called_suit(domino: usize, declaration: usize) -> bool {
    match declaration {
        0..=6 => high(domino) == declaration || low(domino) == declaration,
        7 | 8 => is_double(domino),
        9 => false,
        _ => panic!("no such declaration: {declaration}"),
    }
}

/// The suit that a domino asks for when it is led: the called suit if it is in it, else its higher pip.
pub fn led_suit(domino: usize, declaration: usize) -> usize {
    if in_called_suit(domino, declaration) { 7 } else { high(domino) }
}

/// Whether a domino is of the suit, so that a seat holding it must not play off that suit.
pub fn can_follow(domino: usize, suit: usize, declaration: usize) -> bool {
    match suit {
        0..=6 => (high(domino) == suit || low(domino) == suit) && !in_called_suit(domino, declaration),
        7 => in_called_suit(domino, declaration),
        _ => panic!("no such suit: {suit}"),
    }
}

/// The rank of a domino in a trick of the suit: the highest wins, and a rank of 0 cannot win.
///
/// 32 and up are trumps, 16 and up follow the suit led. Within a pip suit the double is highest and the others
/// go by their other pip, which is the order of their pip sums; doubles among themselves go by their pip.
pub fn trick_rank(domino: usize, suit: usize, declaration: usize) -> i32 {
    let doubles_are_a_suit = declaration == 7 || declaration == 8;
    let rank = if doubles_are_a_suit && is_double(domino) {
        high(domino)
    } else if is_double(domino) {
        14
    } else {
        high(domino) + low(domino)
    };
    if has_trump_power(declaration) && in_called_suit(domino, declaration) {
        32 + rank as i32
    } else if can_follow(domino, suit, declaration) {
        16 + rank as i32
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The id of a domino named by its pips.
    fn id(high: usize, low: usize) -> usize {
        PIPS.iter().position(|&pips| pips == (high, low)).unwrap()
    }

    /// The dominoes of a suit, by ascending id.
    fn suit(suit: usize, declaration: usize) -> Vec<usize> {
        (0..28).filter(|&domino| can_follow(domino, suit, declaration)).collect()
    }

    #[test]
    fn ids_are_high_major() {
        let mut next = 0;
        for high in 0..7 {
            for low in 0..=high {
                assert_eq!(id(high, low), next);
                next += 1;
            }
        }
        assert_eq!(next, 28);
    }

    #[test]
    fn the_counts_are_the_dominoes_whose_pips_add_up_to_five_or_ten() {
        for domino in 0..28 {
            let sum = (high(domino) + low(domino)) as i32;
            assert_eq!(points(domino), if sum == 5 || sum == 10 { sum } else { 0 });
        }
        assert_eq!((0..28).map(points).sum::<i32>() + 7, 42);
    }

    #[test]
    fn a_trump_leaves_its_other_suit() {
        // Threes are trump: 6-3 is a three, not a six.
        assert_eq!(led_suit(id(6, 3), 3), 7);
        assert!(!can_follow(id(6, 3), 6, 3));
        assert_eq!(suit(6, 3), [id(6, 0), id(6, 1), id(6, 2), id(6, 4), id(6, 5), id(6, 6)]);
        assert_eq!(suit(3, 3), []);
        assert_eq!(suit(7, 3), [id(3, 0), id(3, 1), id(3, 2), id(3, 3), id(4, 3), id(5, 3), id(6, 3)]);
    }

    #[test]
    fn doubles_leave_their_pip_suits_when_they_are_called() {
        for declaration in [7, 8] {
            assert_eq!(suit(7, declaration), [0, 2, 5, 9, 14, 20, 27]);
            assert_eq!(suit(6, declaration), [21, 22, 23, 24, 25, 26]);
            assert_eq!(led_suit(id(6, 6), declaration), 7);
        }
        assert_eq!(suit(7, 9), []);
        assert_eq!(suit(6, 9), [21, 22, 23, 24, 25, 26, 27]);
        assert_eq!(led_suit(id(6, 6), 9), 6);
    }

    #[test]
    fn ranks_of_a_pip_trump() {
        // Threes are trump and fives are led: trumps from 3-3 down, then fives from 5-5 down, then nothing.
        let order = [(3, 3), (6, 3), (5, 3), (4, 3), (3, 2), (3, 1), (3, 0)];
        let fives = [(5, 5), (6, 5), (5, 4), (5, 2), (5, 1), (5, 0)];
        let ranks: Vec<i32> = order.iter().chain(&fives).map(|&(h, l)| trick_rank(id(h, l), 5, 3)).collect();
        assert_eq!(ranks, [46, 41, 40, 39, 37, 36, 35, 30, 27, 25, 23, 22, 21]);
        assert_eq!(trick_rank(id(6, 6), 5, 3), 0);
    }

    #[test]
    fn ranks_of_called_doubles() {
        assert_eq!(trick_rank(id(0, 0), 6, 7), 32);
        assert_eq!(trick_rank(id(6, 6), 6, 7), 38);
        assert_eq!(trick_rank(id(6, 5), 6, 7), 27);
        // As a suit without power, doubles win only when a double was led.
        assert_eq!(trick_rank(id(6, 6), 6, 8), 0);
        assert_eq!(trick_rank(id(6, 6), 7, 8), 22);
        assert_eq!(trick_rank(id(0, 0), 7, 8), 16);
        assert_eq!(trick_rank(id(6, 5), 7, 8), 0);
        // Without trumps, a double is the best of its pip.
        assert_eq!(trick_rank(id(6, 6), 6, 9), 30);
    }

    #[test]
    fn no_two_dominoes_of_one_trick_share_a_winning_rank() {
        for declaration in 0..10 {
            for led in 0..28 {
                let suit = led_suit(led, declaration);
                let mut ranks: Vec<i32> =
                    (0..28).map(|domino| trick_rank(domino, suit, declaration)).collect();
                ranks.retain(|&rank| rank > 0);
                let count = ranks.len();
                ranks.sort();
                ranks.dedup();
                assert_eq!(ranks.len(), count, "declaration {declaration}, led {led}");
                assert!(trick_rank(led, suit, declaration) > 0);
            }
        }
    }
}
