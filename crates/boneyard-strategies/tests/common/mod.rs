//! Decisions to try samplers and evaluators on.
// Not every test file uses all of it.
#![allow(dead_code)]

use boneyard_core::{Coordinates, Deals, Observation, Purpose, Sampling};
use boneyard_rules::{Bid, Deal, Declaration, Domino, Game, Seat, View, tiles_of};
use serde_json::Value;

/// The observation of the mover of a game.
pub fn observe(game: &Game, seed: u64) -> Observation {
    observe_view(game.view(), game.table().first_leader(), seed)
}

fn observe_view(view: View, bidder: Seat, seed: u64) -> Observation {
    let at = Coordinates { seed, replicate: 0, ply: view.table().ply() as u8 };
    Observation::new(view, Bid::THIRTY, bidder, &Sampling::new(50), at)
        .expect("a view of a real game has worlds")
}

/// A game of random legal plays, stopped before ply `ply`.
pub fn random_game(seed: u64, ply: usize) -> Game {
    let declaration = Declaration::new(seed % 10).unwrap();
    let mut game = Game::new(Deals::Native.deal(seed), declaration, Seat::new(seed / 10 % 4).unwrap());
    let mut stream = Coordinates { seed, replicate: 0, ply: 0 }.stream(Purpose::Other, 0);
    for _ in 0..ply {
        let legal: Vec<Domino> = tiles_of(game.legal()).collect();
        game.play(legal[stream.below(legal.len() as u32) as usize]).unwrap();
    }
    game
}

/// All states of `tests/golden/voids.json`, each checked against the file.
pub fn golden_states() -> Vec<Observation> {
    let read = |name: &str| -> Value {
        let path = format!("{}/../../tests/golden/{name}", env!("CARGO_MANIFEST_DIR"));
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    };
    let (voids, playouts) = (read("voids.json"), read("playouts.json"));
    let list = |value: &Value| value.as_array().unwrap().clone();
    let mut states = Vec::new();
    for state in list(&voids["states"]).iter().chain(&list(&voids["constrained"])) {
        let source = match state.get("playout") {
            Some(playout) => &playouts["playouts"][playout.as_u64().unwrap() as usize],
            None => state,
        };
        let slots = source.get("slot").unwrap_or(&source["slots"]);
        let game = replay(source, &list(slots)[..number(&state["ply"]) as usize]);
        let observation = observe(&game, states.len() as u64);
        assert_eq!(u64::from(observation.worlds.count()), number(&state["worlds"]));
        let mut unseen: Vec<u64> = observation.worlds.unseen().map(|domino| u64::from(domino.id())).collect();
        unseen.sort_unstable();
        assert_eq!(unseen, list(&state["pool"]).iter().map(number).collect::<Vec<u64>>());
        states.push(observation);
    }
    assert!(states.len() > 600, "{} states", states.len());
    states
}

fn replay(source: &Value, slots: &[Value]) -> Game {
    let mut hands = [0; 4];
    for (seat, hand) in source["hands"].as_array().unwrap().iter().enumerate() {
        hands[seat] = hand.as_array().unwrap().iter().fold(0, |set, id| set | 1 << number(id));
    }
    let declaration = Declaration::new(number(&source["decl"])).unwrap();
    let leader = Seat::new(number(&source["leader"])).unwrap();
    let mut game = Game::new(Deal::new(hands).unwrap(), declaration, leader);
    for slot in slots {
        let domino = tiles_of(game.deal().hand(game.mover())).nth(number(slot) as usize).unwrap();
        game.play(domino).unwrap();
    }
    game
}

fn number(value: &Value) -> u64 {
    value.as_u64().expect("a number")
}
