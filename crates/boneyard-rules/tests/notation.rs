//! The text notation under random text, damaged positions and round trips.
//!
//! 2,000 cases a test; the environment variable `BONEYARD_FUZZ_CASES` sets another number, 100,000 in the
//! nightly-sized suite.

use boneyard_rules::{Deal, Declaration, Game, Seat, notation, tiles_of};
use proptest::{collection::vec, prelude::*, sample::Index};

fn config() -> ProptestConfig {
    let cases = std::env::var("BONEYARD_FUZZ_CASES").map_or(2_000, |cases| cases.parse().expect("a number"));
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

fn game() -> impl Strategy<Value = Game> {
    (any::<u64>(), 0..10u64, 0..4u64, 0..=28usize, vec(any::<Index>(), 28)).prop_map(
        |(seed, declaration, leader, n_plays, picks)| {
            let declaration = Declaration::new(declaration).unwrap();
            let mut game = Game::new(Deal::from_seed(seed), declaration, Seat::new(leader).unwrap());
            for pick in &picks[..n_plays] {
                let legal = game.legal();
                let pick = pick.index(legal.count_ones() as usize);
                game.play(tiles_of(legal).nth(pick).unwrap()).unwrap();
            }
            game
        },
    )
}

/// Either a position that comes back from its own text, or one sentence of bounded length.
fn check(text: &str) {
    match notation::parse_position(text) {
        Ok(game) => assert_eq!(notation::parse_position(&notation::position(&game)), Ok(game)),
        Err(error) => assert!((10..500).contains(&error.to_string().chars().count()), "{error}"),
    }
}

/// A word of the notation, or nearly one.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => (0..8u8, 0..8u8).prop_map(|(high, low)| format!("{high}-{low}")),
        2 => Just("|".to_owned()),
        1 => proptest::sample::select(vec!["leader", "sixes", "notrump", "5", "-1", "", "6-", "6-4-1"])
            .prop_map(String::from),
        1 => ".{0,6}",
    ]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn positions_come_back(game in game()) {
        prop_assert_eq!(notation::parse_position(&notation::position(&game)), Ok(game));
    }

    #[test]
    fn random_text(text in ".{0,200}") {
        check(&text);
    }

    #[test]
    fn random_words(words in vec(word(), 0..60)) {
        check(&words.join(" "));
    }

    #[test]
    fn damaged_positions(game in game(), damages in vec((any::<Index>(), any::<Index>(), 0..5, word()), 1..4)) {
        let text = notation::position(&game);
        let mut words: Vec<&str> = text.split(' ').collect();
        for (i, j, kind, word) in &damages {
            let (i, j) = (i.index(words.len()), j.index(words.len()));
            match kind {
                0 => words.swap(i, j),
                1 => words[i] = words[j],
                2 => words[i] = word.as_str(),
                3 => words.insert(i, word.as_str()),
                _ if words.len() > 1 => drop(words.remove(i)),
                _ => {}
            }
        }
        check(&words.join(" "));
    }

    #[test]
    fn cut_positions(game in game(), end in any::<Index>()) {
        let text = notation::position(&game);
        check(&text[..end.index(text.len() + 1)]);
    }
}
