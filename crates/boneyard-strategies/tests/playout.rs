//! The law of playouts, against a game played by the rules.

mod common;

use boneyard_core::{ILLEGAL, Observation, WorldEvaluator};
use boneyard_rules::{Game, Seat, World, tables::STRENGTH, tiles_of};
use boneyard_strategies::evaluator::Playout;
use common::{observe, random_game};

/// Plays `slot`, then everybody the strongest legal domino; points of the mover's team minus the others'.
fn by_the_rules(game: &Game, slot: usize) -> i16 {
    let mut game = *game;
    let team = game.mover().team();
    let before = game.table().banked();
    game.play(tiles_of(game.deal().hand(game.mover())).nth(slot).unwrap()).unwrap();
    while !game.table().is_over() {
        let strength = |id: usize| STRENGTH[game.table().declaration().index()][id];
        let strongest = tiles_of(game.legal()).max_by_key(|domino| strength(domino.index())).unwrap();
        game.play(strongest).unwrap();
    }
    let won = |team: usize| i16::from(game.table().banked()[team]) - i16::from(before[team]);
    won(team) - won(1 - team)
}

fn true_world(game: &Game, observation: &Observation) -> World {
    observation.view.others().map(|seat: Seat| game.held(seat))
}

#[test]
fn a_playout_follows_the_rules() {
    for state in 0..1400u64 {
        let game = random_game(state, state as usize % 28);
        let observation = observe(&game, state);
        let values = Playout.values(&observation, &true_world(&game, &observation), &mut ());
        let legal = game.legal_slots();
        for slot in 0..7 {
            let expected = if legal >> slot & 1 == 1 { by_the_rules(&game, slot) } else { ILLEGAL };
            assert_eq!(values[slot], expected, "state {state}, slot {slot}");
        }
    }
}
