//! Worlds as indices against worlds listed one by one.

use boneyard_reference::enumerate_worlds;
use boneyard_rules::{ALL_TILES, Completions, World, tiles_of};
use boneyard_tests::games::{ids, random_game, reference_state, stream};
use std::collections::HashSet;

fn sets(world: &[Vec<usize>; 3]) -> World {
    [0, 1, 2].map(|o| world[o].iter().fold(0, |set, id| set | 1 << id))
}

#[test]
fn small_states_have_exactly_the_worlds_of_the_reference() {
    let (mut states, mut n_worlds) = (0, 0);
    for seed in 0..1_500 {
        let game = random_game(seed, 10 + seed as usize % 18);
        let worlds = Completions::of(&game.view());
        if worlds.count() > 3_000 {
            continue;
        }
        let expected: HashSet<World> =
            enumerate_worlds(&reference_state(&game).view()).iter().map(sets).collect();
        assert_eq!(worlds.count() as usize, expected.len());
        for (index, world) in worlds.iter().enumerate() {
            assert!(expected.contains(&world));
            assert_eq!(worlds.rank(&world), Some(index as u32));
        }
        states += 1;
        n_worlds += expected.len();
    }
    assert!(states > 1_000 && n_worlds > 100_000, "{states} states, {n_worlds} worlds");
}

/// In the order of ids, the worlds come in the very order of the reference.
#[test]
fn worlds_by_id_are_in_lexicographic_order() {
    for seed in 0..100 {
        let view = random_game(seed, 16 + seed as usize % 8).view();
        let worlds = Completions::new(view.unseen(), view.sizes(), view.excluded());
        let listed = enumerate_worlds(&reference_state(&random_game(seed, view.table().ply())).view());
        assert!(worlds.iter().eq(listed.iter().map(sets)));
    }
}

/// At any ply: any index unranks to a world of that rank that agrees with what was seen.
#[test]
fn unranking_is_the_inverse_of_ranking() {
    let mut stream = stream(3);
    for seed in 0..2_800 {
        let game = random_game(seed, seed as usize % 28);
        let (view, worlds) = (game.view(), Completions::of(&game.view()));
        let truth = view.others().map(|seat| game.held(seat));
        assert_eq!(worlds.rank(&truth).map(|rank| worlds.unrank(rank)), Some(truth));
        for _ in 0..40 {
            let index = stream.below(worlds.count());
            let world = worlds.unrank(index);
            assert_eq!(worlds.rank(&world), Some(index));
            assert_eq!(world.iter().fold(0, |all, hand| all | hand), view.unseen());
            for (opponent, hand) in world.into_iter().enumerate() {
                assert_eq!(hand.count_ones(), u32::from(view.sizes()[opponent]));
                assert_eq!(hand & view.excluded()[opponent], 0);
            }
        }
    }
}

#[test]
fn what_is_no_world_has_no_rank() {
    let mut stream = stream(4);
    let mut void_broken = 0;
    for seed in 0..600 {
        let game = random_game(seed, 1 + seed as usize % 24);
        let (view, worlds) = (game.view(), Completions::of(&game.view()));
        let world = worlds.unrank(stream.below(worlds.count()));
        let change = |change: &dyn Fn(&mut World)| {
            let mut other = world;
            change(&mut other);
            worlds.rank(&other)
        };
        let any = |set| 1u32 << ids(set)[0];
        assert_eq!(change(&|w| w[0] ^= any(w[0])), None, "a domino is missing");
        assert_eq!(change(&|w| w[1] |= any(w[0])), None, "a domino is held twice");
        assert_eq!(change(&|w| w[2] |= any(ALL_TILES & !view.unseen())), None, "a seen domino is held");
        let shifted = any(world[0]);
        assert_eq!(change(&|w| (w[0], w[1]) = (w[0] ^ shifted, w[1] | shifted)), None, "sizes are wrong");
        // Swap an excluded domino into the hand of the seat that cannot hold it.
        for o in 0..3 {
            let banned = view.excluded()[o] & view.unseen();
            for domino in tiles_of(banned) {
                let owner = (0..3).find(|&p| world[p] & domino.bit() != 0).expect("it is dealt");
                let swap = any(world[o]) | domino.bit();
                assert_eq!(change(&|w| (w[o], w[owner]) = (w[o] ^ swap, w[owner] ^ swap)), None);
                void_broken += 1;
            }
        }
    }
    assert!(void_broken > 500, "{void_broken}");
}

#[test]
fn impossible_sizes_have_no_worlds() {
    let set = 0b1111;
    assert_eq!(Completions::new(set, [1, 1, 1], [0; 3]).count(), 0);
    assert_eq!(Completions::new(set, [2, 1, 1], [set, 0, 0]).count(), 0);
    assert_eq!(Completions::new(set, [2, 1, 1], [0; 3]).count(), 12);
    assert_eq!(Completions::new(0, [0; 3], [0; 3]).count(), 1);
}
