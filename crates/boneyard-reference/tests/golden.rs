//! The reference against the numbers in `tests/golden`, which other programs computed.

use std::collections::BTreeMap;

use boneyard_reference::*;
use serde_json::Value;

/// Reads one file of `tests/golden`.
fn read(name: &str) -> Value {
    let path = format!("{}/../../tests/golden/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap()
}

fn number(value: &Value) -> usize {
    value.as_u64().unwrap() as usize
}

fn numbers(value: &Value) -> Vec<usize> {
    value.as_array().unwrap().iter().map(number).collect()
}

fn hands(value: &Value) -> [Vec<usize>; 4] {
    [0, 1, 2, 3].map(|seat| numbers(&value[seat]))
}

/// The state of a record that has hands, a declaration, a first leader and the slots played.
fn state(record: &Value, leader: &str) -> State {
    let mut state = State::new(hands(&record["hands"]), number(&record["decl"]), number(&record[leader]));
    for slot in numbers(&record["slots"]) {
        state.play(state.hands[state.mover()][slot]);
    }
    state
}

#[test]
fn rules() {
    let file = read("rules.json");
    for domino in 0..28 {
        assert_eq!(numbers(&file["dominoes"][domino]), [high(domino), low(domino)]);
        assert_eq!(file["count_points"][domino], points(domino));
    }
    let declarations = file["decls"].as_array().unwrap();
    assert_eq!(declarations.len(), 10);
    for table in declarations {
        let declaration = number(&table["decl"]);
        assert_eq!(table["has_trump_power"], has_trump_power(declaration) as i32);
        for domino in 0..28 {
            assert_eq!(table["called"][domino], in_called_suit(domino, declaration) as i32);
            assert_eq!(table["led_suit"][domino], led_suit(domino, declaration));
            for suit in 0..8 {
                assert_eq!(table["can_follow"][suit][domino], can_follow(domino, suit, declaration) as i32);
                assert_eq!(table["trick_rank"][suit][domino], trick_rank(domino, suit, declaration));
            }
        }
    }
}

#[test]
fn playouts() {
    let file = read("playouts.json");
    let playouts = file["playouts"].as_array().unwrap();
    assert!(!playouts.is_empty());
    for playout in playouts {
        let mut state =
            State::new(hands(&playout["hands"]), number(&playout["decl"]), number(&playout["leader"]));
        for ply in 0..28 {
            assert_eq!(playout["player"][ply], state.mover());
            let slots: usize = state.legal().into_iter().map(|domino| 1 << state.slot(domino)).sum();
            assert_eq!(playout["legal"][ply], slots);
            let domino = number(&playout["domino"][ply]);
            assert_eq!(playout["slot"][ply], state.slot(domino));
            state.play(domino);
        }
        for (trick, golden) in state.history.tricks().iter().zip(playout["tricks"].as_array().unwrap()) {
            assert_eq!(golden[0], trick.winner(state.history.declaration));
            assert_eq!(golden[1], trick.points());
        }
        assert_eq!(playout["final"], Value::from(state.banked().to_vec()));
    }
}

/// Compares what the mover knows, and the number of worlds where there are at most 20,000.
fn check_view(state: &State, record: &Value) {
    let view = state.view();
    assert_eq!(record["player"], view.mover());
    assert_eq!(numbers(&record["my_hand"]), state.holding(view.mover()));
    assert_eq!(numbers(&record["pool"]), view.unseen());
    assert_eq!(numbers(&record["sizes"]), view.sizes());
    for (opponent, seat) in view.opponents().into_iter().enumerate() {
        for suit in 0..8 {
            assert_eq!(record["voids"][opponent][suit], state.voids()[seat][suit] as i32);
        }
    }
    if number(&record["worlds"]) <= 20_000 {
        let worlds = enumerate_worlds(&view);
        assert_eq!(record["worlds"], worlds.len());
        assert!(worlds.contains(&view.opponents().map(|seat| state.holding(seat))));
    }
}

#[test]
fn voids() {
    let file = read("voids.json");
    let playouts = read("playouts.json");
    let states = file["states"].as_array().unwrap();
    let constrained = file["constrained"].as_array().unwrap();
    assert!(!states.is_empty() && !constrained.is_empty());
    for record in states {
        let playout = &playouts["playouts"][number(&record["playout"])];
        let plays = &numbers(&playout["domino"])[..number(&record["ply"])];
        let (declaration, leader) = (number(&playout["decl"]), number(&playout["leader"]));
        check_view(&State::replay(hands(&playout["hands"]), declaration, leader, plays), record);
    }
    for record in constrained {
        check_view(&state(record, "leader"), record);
    }
}

#[test]
fn solver() {
    let file = read("solver.json");
    let mut compared = 0;
    for record in file["positions"].as_array().unwrap() {
        let state = state(record, "first_leader");
        assert_eq!(record["player"], state.mover());
        assert_eq!(record["won"], Value::from(state.banked().to_vec()));
        // Plain minimax: from ply 15 on it takes milliseconds, at ply 12 a second.
        if number(&record["ply"]) >= 15 {
            let values = solve(&state);
            assert_eq!(record["q_mover"], Value::from(values.map(Value::from).to_vec()), "{}", record["id"]);
            assert_eq!(record["v_mover"], minimax(&state));
            compared += 1;
        }
    }
    assert!(compared > 0);
}

#[test]
fn expectations() {
    let file = read("eq_exact.json");
    let mut compared = 0;
    for record in file["states"].as_array().unwrap() {
        let view = state(record, "first_leader").view();
        assert_eq!(numbers(&record["pool"]), view.unseen());
        assert_eq!(numbers(&record["sizes"]), view.sizes());
        // Enumerating is cheap, solving every world is not: ply 18 and later.
        assert_eq!(record["worlds"], enumerate_worlds(&view).len());
        if number(&record["ply"]) < 18 {
            continue;
        }
        let histogram = q_histogram(&view);
        let means = expected_q(&view);
        let slots = numbers(&record["legal_slots"]);
        assert_eq!(histogram.iter().flatten().count(), slots.len());
        for (index, &slot) in slots.iter().enumerate() {
            let golden: BTreeMap<i32, u64> = record["hist"][index]
                .as_object()
                .unwrap()
                .iter()
                .map(|(value, count)| (value.parse().unwrap(), count.as_u64().unwrap()))
                .collect();
            assert_eq!(histogram[slot].as_ref(), Some(&golden));
            let sum = record["sum_q"][index].as_i64().unwrap();
            assert_eq!(means[slot], Some(sum as f64 / record["worlds"].as_f64().unwrap()));
        }
        compared += 1;
    }
    assert!(compared > 0);
}
