//! Mean cost of the exact solve of all moves, by ply, on one core: `cargo run --release --example solver_speed`.
//!
//! Positions come from mixed play: at each ply the best move with probability 0.6, else a random legal one.
//! Forced moves count as 0, like everywhere else.

use boneyard_core::{Coordinates, Purpose, WorldEvaluator};
use boneyard_rules::{Deal, Declaration, Game, Seat, tiles_of};
use boneyard_strategies::evaluator::Solver;
use std::time::Instant;

fn main() {
    let deals: u64 = std::env::args().nth(1).map_or(300, |n| n.parse().expect("a number of deals"));
    let mut scratch = Solver.scratch();
    let mut micros = [0.0; 28];
    let mut nodes = [0u64; 28];
    for seed in 0..deals {
        let declaration = Declaration::new(seed % 10).expect("0-9");
        let mut game =
            Game::new(Deal::from_seed(1_000 + seed), declaration, Seat::new(seed / 10 % 4).expect("0-3"));
        for ply in 0..28 {
            let legal: Vec<_> = tiles_of(game.legal()).collect();
            let mut best = legal[0];
            if legal.len() > 1 {
                let start = Instant::now();
                #[cfg(feature = "count-nodes")]
                let before = scratch.nodes;
                let values = Solver.solve(&game, &mut scratch);
                micros[ply] += start.elapsed().as_secs_f64() * 1e6;
                #[cfg(feature = "count-nodes")]
                {
                    nodes[ply] += scratch.nodes - before;
                }
                best = *legal.iter().max_by_key(|&&domino| values[game.slot(domino)]).expect("a legal move");
            }
            let mut stream = Coordinates { seed, replicate: 0, ply: ply as u8 }.stream(Purpose::Other, 0);
            if stream.below(10) >= 6 {
                best = legal[stream.below(legal.len() as u32) as usize];
            }
            game.play(best).expect("a legal move");
        }
    }
    println!("{:>4} {:>12} {:>12}", "ply", "µs", "tricks");
    let mut total = 0.0;
    for ply in 0..28 {
        let mean = micros[ply] / deals as f64;
        total += mean;
        println!("{ply:>4} {mean:>12.2} {:>12}", std::mem::take(&mut nodes[ply]) / deals);
    }
    println!("a whole game: {total:.1} µs a world");
}
