//! Worlds a second of every sampler on one core: `cargo run --release -p boneyard-strategies --example sampler_speed`

use boneyard_core::{Coordinates, Deals, EMPTY, Observation, Plan, Sampling, Share};
use boneyard_rules::{Bid, Declaration, Game, Seat, tiles_of};
use boneyard_strategies::sampler::SamplerSpec;
use std::{hint::black_box, time::Instant};

const SAMPLES: u32 = 1000;
const PLIES: [usize; 6] = [0, 2, 4, 7, 10, 13];

/// Decisions of 200 games played with the lowest or highest legal domino in turn, before `ply`.
fn decisions(ply: usize) -> Vec<Observation> {
    let observe = |seed: u64| {
        let declaration = Declaration::new(seed % 10).expect("below 10");
        let mut game = Game::new(Deals::Native.deal(seed), declaration, Seat::ALL[seed as usize / 10 % 4]);
        for turn in 0..ply {
            let legal = tiles_of(game.legal());
            let domino = if turn % 2 == 0 { legal.last() } else { legal.min() };
            game.play(domino.expect("a hand is not empty")).expect("a legal play");
        }
        let at = Coordinates { seed, replicate: 0, ply: ply as u8 };
        let sampling = Sampling::new(SAMPLES);
        Observation::new(game.view(), Bid::THIRTY, game.table().first_leader(), &sampling, at)
            .expect("the true deal is a world")
    };
    (0..200).map(observe).filter(|observation| matches!(observation.plan, Plan::Draw(_))).collect()
}

fn main() {
    println!("million worlds a second, one core, {SAMPLES} worlds a decision; median of 5");
    print!("{:24}", "before ply");
    PLIES.iter().for_each(|ply| print!("{ply:>8}"));
    println!();
    let states = PLIES.map(decisions);
    for sampler in SamplerSpec::all() {
        print!("{sampler:24}");
        let sampler = sampler.for_decisions();
        for observations in &states {
            let mut rates: Vec<f64> = (0..5)
                .map(|_| {
                    let start = Instant::now();
                    for observation in observations {
                        let mut out = [EMPTY; SAMPLES as usize];
                        sampler.draw(black_box(observation), &mut Share::all(&mut out));
                        black_box(out);
                    }
                    (observations.len() * SAMPLES as usize) as f64 / start.elapsed().as_secs_f64() / 1e6
                })
                .collect();
            rates.sort_by(f64::total_cmp);
            print!("{:8.2}", rates[2]);
        }
        println!();
    }
    print!("{:24}", "decisions");
    states.iter().for_each(|observations| print!("{:>8}", observations.len()));
    println!();
}
