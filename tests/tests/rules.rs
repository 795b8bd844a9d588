//! The rule functions and the host's tables, each answer derived again.

use boneyard_core::Stream;
use boneyard_reference as reference;
use boneyard_rules::{ALL_TILES, rule, tables};
use boneyard_tests::games::stream;

/// The set of the dominoes for which something holds.
fn set(holds: impl Fn(usize) -> bool) -> u32 {
    (0..28).filter(|&id| holds(id)).fold(0, |set, id| set | 1 << id)
}

#[test]
fn dominoes() {
    for id in 0..28 {
        let (high, low, points) = (reference::high(id), reference::low(id), reference::points(id) as usize);
        let domino = id as u32;
        assert_eq!((rule::high_pip(domino) as usize, rule::low_pip(domino) as usize), (high, low));
        assert_eq!(tables::PIPS[id], (high as u8, low as u8));
        assert_eq!(rule::is_double(domino) == 1, reference::is_double(id));
        assert_eq!(rule::count_points(1 << id) as usize, points);
        assert_eq!(usize::from(tables::POINTS[id]), points);
    }
    assert_eq!(rule::count_points(ALL_TILES), 35);
    assert_eq!(rule::DOUBLES, set(reference::is_double));
    assert_eq!(rule::FIVES, set(|id| reference::points(id) == 5));
    assert_eq!(rule::TENS, set(|id| reference::points(id) == 10));
    for pip in 0..7 {
        let shows = |id| reference::high(id) == pip || reference::low(id) == pip;
        assert_eq!(rule::tiles_with_pip(pip as u32), set(shows));
    }
}

#[test]
fn suits() {
    for declaration in 0..10 {
        let id = declaration as u32;
        let called = set(|domino| reference::in_called_suit(domino, declaration));
        let trumps = if reference::has_trump_power(declaration) { called } else { 0 };
        assert_eq!(rule::called_tiles(id), called);
        assert_eq!((rule::trump_tiles(id), tables::TRUMPS[declaration]), (trumps, trumps));
        for suit in 0..8 {
            let follow = set(|domino| reference::can_follow(domino, suit, declaration));
            assert_eq!(rule::follow_tiles(suit as u32, id), follow);
            assert_eq!(tables::FOLLOW[declaration][suit], follow);
            for domino in 0..28 {
                let rank = reference::trick_rank(domino, suit, declaration);
                assert_eq!(rule::strength(domino as u32, suit as u32, id) as i32, rank);
            }
        }
        for domino in 0..28 {
            let suit = reference::led_suit(domino, declaration);
            assert_eq!(rule::led_suit(domino as u32, id) as usize, suit);
            assert_eq!(usize::from(tables::LED_SUIT[declaration][domino]), suit);
            // Rank within the called suit: how many of it are stronger when it is led.
            let rank = |other| reference::trick_rank(other, 7, declaration);
            let stronger = (0..28).filter(|&other| called >> other & 1 == 1 && rank(other) > rank(domino));
            let expected = if called >> domino & 1 == 1 { stronger.count() } else { 7 };
            assert_eq!(rule::called_rank(domino as u32, id) as usize, expected);
        }
    }
}

#[test]
fn legal_sets() {
    let mut stream = stream(1);
    for _ in 0..100_000 {
        let hand = random_set(&mut stream, ALL_TILES, 7);
        let (declaration, suit) = (stream.below(10), stream.below(8));
        let follow = rule::follow_tiles(suit, declaration);
        let following = set(|domino| {
            hand >> domino & 1 == 1 && reference::can_follow(domino, suit as usize, declaration as usize)
        });
        let expected = if following == 0 { hand } else { following };
        assert_eq!(rule::legal_tiles(hand, follow), expected);
        assert_eq!(rule::legal_tiles(hand, ALL_TILES), hand);
    }
}

/// `n` different dominoes of `set`.
fn random_set(stream: &mut Stream, set: u32, n: u32) -> u32 {
    let mut chosen = 0u32;
    while chosen.count_ones() < n {
        chosen |= 1 << stream.below(28) & set;
    }
    chosen
}

#[test]
fn strength_orders_are_permutations() {
    for declaration in 0..10 {
        let (order, strength) = (tables::BY_STRENGTH[declaration], tables::STRENGTH[declaration]);
        assert_eq!(order.iter().fold(0, |set, id| set | 1 << id), ALL_TILES);
        for (i, &id) in order.iter().enumerate() {
            assert_eq!(usize::from(strength[usize::from(id)]), i);
        }
    }
}

/// The highest place among those that follow or are trump is the winner, for every lead.
#[test]
fn the_strength_order_finds_the_winner_of_any_trick() {
    let mut stream = stream(2);
    for declaration in 0..10 {
        for lead in 0..28 {
            let suit = reference::led_suit(lead, declaration);
            let can_win = tables::FOLLOW[declaration][suit] | tables::TRUMPS[declaration];
            for n in 0..2_000 {
                let size = 1 + n % 27;
                let played = random_set(&mut stream, ALL_TILES & !(1 << lead), size) | 1 << lead;
                let strongest = (0..28)
                    .filter(|&id| (played & can_win) >> id & 1 == 1)
                    .max_by_key(|&id| tables::STRENGTH[declaration][id])
                    .expect("the lead follows itself");
                let winner = (0..28)
                    .filter(|&id| played >> id & 1 == 1)
                    .max_by_key(|&id| reference::trick_rank(id, suit, declaration));
                assert_eq!(Some(strongest), winner, "declaration {declaration}, {lead} led, {played:#x}");
            }
        }
    }
}

#[test]
fn what_is_still_needed() {
    for bid in 30..=42 {
        for us in 0..=42 {
            for them in 0..=42 - us {
                let open = 42 - us - them;
                let needed = rule::difference_needed(bid, us, them);
                for won in 0..=open {
                    assert_eq!(us + won >= bid, won - (open - won) >= needed);
                }
            }
        }
    }
}
