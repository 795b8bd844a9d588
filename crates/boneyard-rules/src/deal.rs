//! Deals: which seat holds what at the start.

use crate::{ALL_TILES, Domino, RuleError, SLOTS, Seat, Tiles, mersenne::PythonRandom, notation, tiles_of};

/// Four hands of seven that partition the 28 dominoes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Deal([Tiles; 4]);

impl Deal {
    /// From four sets, by seat.
    ///
    /// # Errors
    /// [`RuleError::HandSize`] or [`RuleError::Duplicate`] if they do not partition the 28 dominoes.
    pub fn new(hands: [Tiles; 4]) -> Result<Self, RuleError> {
        let mut seen = 0;
        for (seat, hand) in hands.into_iter().enumerate() {
            if hand & !ALL_TILES != 0 {
                return Err(RuleError::NoSuchDomino { id: u64::from(31 - hand.leading_zeros()) });
            }
            if let Some(domino) = tiles_of(hand & seen).next() {
                return Err(duplicate(domino));
            }
            if hand.count_ones() as usize != SLOTS {
                let whose = format!("the hand of seat {seat}");
                return Err(RuleError::HandSize { whose, got: hand.count_ones() as usize });
            }
            seen |= hand;
        }
        Ok(Self(hands))
    }

    /// From four lists, by seat, in any order.
    ///
    /// # Errors
    /// As [`Deal::new`]; a domino listed twice is found also within one hand.
    pub fn from_hands(hands: &[Vec<Domino>; 4]) -> Result<Self, RuleError> {
        let mut sets = [0; 4];
        let mut seen = 0;
        for (seat, hand) in hands.iter().enumerate() {
            sets[seat] = hand_set(hand, &format!("the hand of seat {seat}"))?;
            if let Some(domino) = tiles_of(sets[seat] & seen).next() {
                return Err(duplicate(domino));
            }
            seen |= sets[seat];
        }
        Self::new(sets)
    }

    /// The deal of a seed: `random.Random(seed).shuffle(list(range(28)))` in Python, cut in sevens.
    pub fn from_seed(seed: u64) -> Self {
        let mut order: Vec<u8> = (0..28).collect();
        PythonRandom::new(seed).shuffle(&mut order);
        Self::cut(&order)
    }

    /// Seat 0 holds `hand`; the other 21 dominoes, ascending, are shuffled with `seed` and cut in sevens.
    ///
    /// # Errors
    /// [`RuleError::HandSize`] if `hand` is not a set of 7 dominoes.
    pub fn from_seed_with_hand(seed: u64, hand: Tiles) -> Result<Self, RuleError> {
        if hand & !ALL_TILES != 0 || hand.count_ones() as usize != SLOTS {
            return Err(RuleError::HandSize {
                whose: "the fixed hand".to_owned(),
                got: hand.count_ones() as usize,
            });
        }
        let mut others: Vec<u8> = tiles_of(ALL_TILES & !hand).map(Domino::id).collect();
        PythonRandom::new(seed).shuffle(&mut others);
        let order: Vec<u8> = tiles_of(hand).map(Domino::id).chain(others).collect();
        Ok(Self::cut(&order))
    }

    /// Cuts a permutation of the 28 ids in four hands of seven.
    ///
    /// # Panics
    /// If `order` is no permutation of 0..28.
    pub fn cut(order: &[u8]) -> Self {
        let mut hands = [0; 4];
        for (position, id) in order.iter().enumerate() {
            hands[position / SLOTS] |= 1 << id;
        }
        Self::new(hands).expect("a permutation of the 28 ids")
    }

    /// The hand a seat was dealt.
    pub fn hand(&self, seat: Seat) -> Tiles {
        self.0[seat.index()]
    }

    /// All four, by seat.
    pub fn hands(&self) -> [Tiles; 4] {
        self.0
    }

    /// Who was dealt `domino`.
    pub fn owner(&self, domino: Domino) -> Seat {
        let owner = Seat::ALL.into_iter().find(|&seat| self.hand(seat) & domino.bit() != 0);
        owner.expect("a deal covers all dominoes")
    }
}

/// The set of a list of seven different dominoes.
///
/// # Errors
/// [`RuleError::HandSize`] or [`RuleError::Duplicate`].
pub(crate) fn hand_set(hand: &[Domino], whose: &str) -> Result<Tiles, RuleError> {
    let mut set = 0;
    for &domino in hand {
        if set & domino.bit() != 0 {
            return Err(duplicate(domino));
        }
        set |= domino.bit();
    }
    if hand.len() != SLOTS {
        return Err(RuleError::HandSize { whose: whose.to_owned(), got: hand.len() });
    }
    Ok(set)
}

fn duplicate(domino: Domino) -> RuleError {
    RuleError::Duplicate { id: domino.id(), pips: notation::domino(domino) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hand(text: &str) -> Tiles {
        notation::parse_list(text).unwrap().into_iter().fold(0, |set, domino| set | domino.bit())
    }

    #[test]
    fn the_deal_of_a_seed() {
        let deal = Deal::from_seed(42);
        let hands = deal.hands().map(|hand| tiles_of(hand).map(Domino::id).collect::<Vec<_>>());
        assert_eq!(
            hands,
            [
                [5, 6, 10, 16, 18, 21, 27],
                [9, 11, 12, 14, 15, 19, 24],
                [1, 2, 4, 13, 17, 25, 26],
                [0, 3, 7, 8, 20, 22, 23],
            ]
        );
        for domino in tiles_of(ALL_TILES) {
            assert_ne!(deal.hand(deal.owner(domino)) & domino.bit(), 0);
        }
    }

    #[test]
    fn a_fixed_hand_stays() {
        let fixed = hand("6-6 6-5 6-4 6-3 6-2 6-1 6-0");
        let deal = Deal::from_seed_with_hand(3, fixed).unwrap();
        assert_eq!(deal.hand(Seat::ALL[0]), fixed);
        assert_ne!(deal, Deal::from_seed_with_hand(4, fixed).unwrap());
        for wrong in [0, fixed | 1, fixed & !(1 << 27), fixed ^ (1 << 27) ^ (1 << 28)] {
            let error = Deal::from_seed_with_hand(3, wrong).unwrap_err();
            assert!(matches!(error, RuleError::HandSize { .. }), "{wrong:#x}: {error}");
        }
    }

    #[test]
    fn hands_must_partition_the_dominoes() {
        let good = Deal::from_seed(1).hands();
        assert_eq!(Deal::new(good), Ok(Deal::from_seed(1)));
        let check = |change: &dyn Fn(&mut [Tiles; 4]), message: &str| {
            let mut hands = good;
            change(&mut hands);
            assert_eq!(Deal::new(hands).unwrap_err().to_string(), message);
        };
        let first = tiles_of(good[0]).next().unwrap();
        let twice = format!("domino {} ({}) appears twice", first.id(), notation::domino(first));
        check(&|hands| hands[1] |= first.bit(), &twice);
        check(&|hands| hands[0] ^= first.bit(), "the hand of seat 0 has 6 dominoes, expected 7");
        check(&|hands| hands[2] |= 1 << 30, "30 is not a domino: ids run from 0 (0-0) to 27 (6-6)");
    }

    #[test]
    fn lists_are_read_in_any_order() {
        let deal = Deal::from_seed(9);
        let mut lists = deal.hands().map(|hand| tiles_of(hand).collect::<Vec<_>>());
        lists.iter_mut().for_each(|list| list.reverse());
        assert_eq!(Deal::from_hands(&lists), Ok(deal));

        let check = |change: &dyn Fn(&mut [Vec<Domino>; 4]), message: &str| {
            let mut lists = lists.clone();
            change(&mut lists);
            assert_eq!(Deal::from_hands(&lists).unwrap_err().to_string(), message);
        };
        let domino = lists[1][0];
        let twice = format!("domino {} ({}) appears twice", domino.id(), notation::domino(domino));
        check(&|lists| lists[1][6] = lists[1][0], &twice);
        check(&|lists| lists[2][0] = lists[1][0], &twice);
        check(&|lists| lists[3].truncate(6), "the hand of seat 3 has 6 dominoes, expected 7");
        check(&|lists| lists[0].clear(), "the hand of seat 0 has 0 dominoes, expected 7");
    }
}
