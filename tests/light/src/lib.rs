//! Boneyard without devices, networks and files, as WebAssembly: what a page needs. `run.mjs` beside this solves the
//! golden positions with it; nothing but numbers crosses the border.
#![deny(missing_docs)]

use boneyard::core::WorldEvaluator;
use boneyard::prelude::*;
use boneyard::rules::tiles_of;
use serde_json::Value;

const POSITIONS: &str = include_str!("../../golden/solver.json");

/// How many golden positions there are.
// SAFETY: no other function of this crate or of what it links has this name.
#[unsafe(no_mangle)]
pub extern "C" fn positions() -> u32 {
    records().len() as u32
}

/// How many positions the solver values otherwise than the golden data plus `shift` points a move.
///
/// # Panics
/// If the golden data is not what it should be; WebAssembly traps.
// SAFETY: as above.
#[unsafe(no_mangle)]
pub extern "C" fn differing(shift: i32) -> u32 {
    let mut scratch = Solver.scratch();
    let differs = |record: &Value| {
        let game = position(record);
        let values = Solver.solve(&game, &mut scratch);
        let golden = record["q_mover"].as_array().expect("seven values");
        (0..7).any(|slot| match golden[slot].as_i64() {
            Some(golden) => i64::from(values[slot]) != golden + i64::from(shift),
            None => game.legal_slots() >> slot & 1 == 1,
        })
    };
    records().iter().map(differs).map(u32::from).sum()
}

fn records() -> Vec<Value> {
    let mut file: Value = serde_json::from_str(POSITIONS).expect("JSON");
    serde_json::from_value(file["positions"].take()).expect("positions")
}

fn position(record: &Value) -> Game {
    let number = |value: &Value| value.as_u64().expect("a number");
    let list = |value: &Value| value.as_array().expect("a list").iter().map(number).collect::<Vec<u64>>();
    let hand = |ids: &Value| list(ids).into_iter().fold(0, |set: Tiles, id| set | 1 << id);
    let hands: Vec<Tiles> = record["hands"].as_array().expect("hands").iter().map(hand).collect();
    let deal = Deal::new(hands.try_into().expect("four hands")).expect("a deal");
    let declaration = Declaration::new(number(&record["decl"])).expect("a declaration");
    let leader = Seat::new(number(&record["first_leader"])).expect("a seat");
    let mut game = Game::new(deal, declaration, leader);
    for slot in list(&record["slots"]) {
        let domino = tiles_of(game.deal().hand(game.mover())).nth(slot as usize).expect("a slot");
        game.play(domino).expect("a legal move");
    }
    game
}

#[cfg(test)]
mod tests {
    #[test]
    fn golden_positions_are_solved() {
        assert!(super::positions() >= 300);
        assert_eq!(super::differing(0), 0);
        assert_eq!(super::differing(1), super::positions(), "a wrong value is noticed");
    }
}
