//! What must not change values does not: hints, the table, the kind of processor.

#[cfg(target_arch = "x86_64")]
use super::machine::Avx2;
use super::machine::Portable;
use super::*;
use boneyard_core::{Coordinates, Purpose, Stream};
use boneyard_rules::{Deal, Declaration};
use proptest::prelude::*;

fn stream(seed: u64, ply: u8) -> Stream {
    Coordinates { seed, replicate: 0, ply }.stream(Purpose::Other, 0)
}

/// A random game before every ply up to `plies`, in order.
fn random_games(seed: u64, plies: u8) -> Vec<Game> {
    let declaration = Declaration::new(seed % 10).unwrap();
    let mut games = vec![Game::new(Deal::from_seed(seed), declaration, Seat::new(seed / 10 % 4).unwrap())];
    for ply in 0..plies {
        let mut game = games[games.len() - 1];
        let nth = stream(seed, ply).below(game.legal().count_ones()) as usize;
        game.play(tiles_of(game.legal()).nth(nth).unwrap()).unwrap();
        games.push(game);
    }
    games
}

fn root<'a>(game: &Game, scratch: &'a mut Scratch) -> Root<'a, Portable> {
    Root::new(game.table(), Seat::ALL.map(|seat| game.held(seat)), scratch)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    /// Hints full of whatever comes, and no table where that does not take long.
    #[test]
    fn hints_and_table_change_no_value(seed in 0..1_000_000u64, ply in 0..27u8) {
        let game = random_games(seed, ply).pop().unwrap();
        let values = Solver.solve(&game, &mut Scratch::default());
        let mut scratch = Scratch::default();
        let mut root = root(&game, &mut scratch);
        if ply >= 5 {
            root.search.table_from = 8;
        }
        let mut noise = stream(seed, 28);
        for domino in tiles_of(game.legal()) {
            root.search.hints.scribble(|| noise.below(256) as u8);
            let guess = noise.below(43) as i32;
            let value = 2 * root.value(root.search.ranking.bit(domino), guess) - root.open;
            let value = if root.seat & 1 == 0 { value } else { -value };
            prop_assert_eq!(value, i32::from(values[game.slot(domino)]));
        }
    }
}

/// A move and its twins, which are searched apart where they are asked for, have one value.
#[test]
fn twins_are_worth_the_same() {
    let mut scratch = Scratch::default();
    let mut n_twins = [0; 10];
    for game in (0..320).flat_map(|seed| random_games(seed, 27)).filter(|game| game.table().ply() >= 4) {
        let values = Solver.solve(&game, &mut scratch);
        let root = root(&game, &mut scratch);
        let best = root.trick.map_or(0, |trick| trick.best);
        let others = root.hands.all() & !root.hands.of(root.seat) | best;
        let ranking = root.search.ranking;
        for domino in tiles_of(game.legal()) {
            let twins = root.search.twins(ranking.bit(domino), others);
            for twin in
                tiles_of(game.legal()).filter(|&twin| twin != domino && twins & ranking.bit(twin) != 0)
            {
                assert_eq!(values[game.slot(twin)], values[game.slot(domino)]);
                n_twins[game.table().declaration().index()] += 1;
            }
        }
    }
    assert!(n_twins[..8].iter().all(|&n| n >= 50), "{n_twins:?}");
    assert_eq!(n_twins[8..], [0; 2], "no trumps, no twins");
}

/// Whichever of them are known.
#[test]
fn missing_values_are_those_of_all_moves() {
    let mut scratch = Scratch::default();
    let (mut n_missing, mut n_known) = (0, 0);
    for (nth, game) in (0..40).flat_map(|seed| random_games(seed, 27)).enumerate() {
        if game.table().ply() < 6 {
            continue;
        }
        let held = Seat::ALL.map(|seat| game.held(seat));
        let mut of = |known| {
            points::<Portable>(game.table(), game.deal().hand(game.mover()), held, &known, &mut scratch)
        };
        let values = of([ILLEGAL; 7]);
        let some = |slot: usize| if (nth >> (slot % 5)) & 1 == 1 { values[slot] } else { ILLEGAL };
        let known: SlotValues = std::array::from_fn(some);
        assert_eq!(of(known), values);
        n_known += known.iter().filter(|&&it| it != ILLEGAL).count();
        n_missing += (0..7).filter(|&slot| values[slot] != known[slot]).count();
    }
    assert!(n_missing > 500 && n_known > 500, "{n_missing}, {n_known}");
}

/// Random positions of every ply from the second trick on, on both kinds of processor.
#[cfg(target_arch = "x86_64")]
#[test]
fn every_kind_of_processor_gives_the_same_values() {
    if !Avx2::is_available() {
        eprintln!("skipped: this processor cannot run half of this test");
        return;
    }
    let mut scratch = Scratch::default();
    let mut n_compared = 0;
    for game in (0..60).flat_map(|seed| random_games(seed, 27)).filter(|game| game.table().ply() >= 6) {
        let held = Seat::ALL.map(|seat| game.held(seat));
        let dealt = game.deal().hand(game.mover());
        let portable = points::<Portable>(game.table(), dealt, held, &[ILLEGAL; 7], &mut scratch);
        assert_eq!(points::<Avx2>(game.table(), dealt, held, &[ILLEGAL; 7], &mut scratch), portable);
        n_compared += 1;
    }
    assert_eq!(n_compared, 60 * 22);
}
