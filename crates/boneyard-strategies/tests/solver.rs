//! The solver against the golden positions, against a plain minimax, and against itself asked otherwise.

use boneyard_core::{Coordinates, ILLEGAL, Observation, Purpose, Sampling, Stream, WorldEvaluator};
use boneyard_reference::{State, solve};
use boneyard_rules::{Bid, Deal, Declaration, Domino, Game, Seat, notation, tiles_of};
use boneyard_strategies::evaluator::{ContractSolver, Solver};
use serde_json::Value;

fn ids(list: &Value) -> Vec<u64> {
    list.as_array().expect("a list").iter().map(|id| id.as_u64().expect("an id")).collect()
}

fn dominoes(ids: &[u64]) -> Vec<Domino> {
    ids.iter().map(|&id| Domino::new(id).expect("an id")).collect()
}

fn stream(seed: u64) -> Stream {
    Coordinates { seed, replicate: 0, ply: 0 }.stream(Purpose::Other, 0)
}

/// A random legal game up to `plies`.
fn random_game(seed: u64, plies: usize) -> Game {
    let mut stream = stream(seed);
    let declaration = Declaration::new(seed % 10).unwrap();
    let mut game =
        Game::new(Deal::from_seed(seed), declaration, Seat::new(u64::from(stream.below(4))).unwrap());
    for _ in 0..plies {
        let n = game.legal().count_ones();
        let domino = tiles_of(game.legal()).nth(stream.below(n) as usize).unwrap();
        game.play(domino).unwrap();
    }
    game
}

#[test]
fn equals_the_golden_positions() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/solver.json");
    let golden: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let mut scratch = Solver.scratch();
    let mut compared = 0;
    for position in golden["positions"].as_array().unwrap() {
        let hands: Vec<Vec<Domino>> = (0..4).map(|seat| dominoes(&ids(&position["hands"][seat]))).collect();
        let deal = Deal::from_hands(&hands.clone().try_into().unwrap()).unwrap();
        let declaration = Declaration::new(position["decl"].as_u64().unwrap()).unwrap();
        let leader = Seat::new(position["first_leader"].as_u64().unwrap()).unwrap();
        let mut game = Game::new(deal, declaration, leader);
        for slot in ids(&position["slots"]) {
            let hand = deal.hand(game.mover());
            game.play(tiles_of(hand).nth(slot as usize).unwrap()).unwrap();
        }
        let q = Solver.solve(&game, &mut scratch);
        for slot in 0..7 {
            let expected = position["q_mover"][slot].as_i64().map_or(ILLEGAL, |q| q as i16);
            assert_eq!(q[slot], expected, "{} slot {slot}: {}", position["id"], notation::position(&game));
            compared += 1;
        }
    }
    assert_eq!(compared, 2170);
}

/// Four tricks left and fewer: every ply, every declaration.
#[test]
fn equals_plain_minimax_on_2100_late_positions() {
    let mut scratch = Solver.scratch();
    for case in 0..2_100u64 {
        // Full four-trick trees are dear for the plain search: one case in 64 is among them.
        let plies = if case % 64 == 0 { 12 + case / 64 % 3 } else { 15 + case % 12 } as usize;
        let game = random_game(50_000 + case, plies);
        let hands = game.deal().hands().map(|hand| tiles_of(hand).map(|d| d.index()).collect());
        let plays: Vec<usize> = game.table().plays().map(|d| d.index()).collect();
        let table = game.table();
        let (declaration, leader) = (table.declaration().index(), table.first_leader().index());
        let expected = solve(&State::replay(hands, declaration, leader, &plays));
        let q = Solver.solve(&game, &mut scratch).map(|q| (q != ILLEGAL).then_some(i32::from(q)));
        assert_eq!(q, expected, "{}", notation::position(&game));
    }
}

/// "Does the mover's team reach its goal?" must agree with the points, for bidders and defenders at any bid.
#[test]
fn contracts_agree_with_points() {
    let (mut points, mut contract) = (Solver.scratch(), ContractSolver.scratch());
    for case in 0..1_500u64 {
        let game = random_game(90_000 + case, 2 + (case % 22) as usize);
        let mut stream = stream(case);
        let bid = Bid::new(30 + u64::from(stream.below(13))).unwrap();
        let bidder = game.table().first_leader();
        let at = Coordinates { seed: case, replicate: 0, ply: game.table().ply() as u8 };
        let observation = Observation::new(game.view(), bid, bidder, &Sampling::new(1), at).unwrap();
        let world = observation.worlds.unrank(stream.below(observation.worlds.count()));
        let q = Solver.values(&observation, &world, &mut points);
        let success = ContractSolver.values(&observation, &world, &mut contract);
        let banked = game.table().banked();
        for slot in 0..7 {
            if q[slot] == ILLEGAL {
                assert_eq!(success[slot], ILLEGAL);
                continue;
            }
            // By the final score, not by the threshold that the code under test uses.
            let team = game.mover().team();
            let open = 42 - i32::from(banked[0]) - i32::from(banked[1]);
            let mine = i32::from(banked[team]) + (open + i32::from(q[slot])) / 2;
            let bidders = if team == bidder.team() { mine } else { 42 - mine };
            let made = bidders >= i32::from(bid.points());
            let expected = made == (team == bidder.team());
            assert_eq!(success[slot], i16::from(expected), "bid {bid}, {}", notation::position(&game));
        }
    }
}
