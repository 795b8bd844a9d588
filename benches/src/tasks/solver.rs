//! The exact solver, ply by ply, on the decisions of real games.

use super::{On, setups};
use anyhow::Result;
use boneyard::core::Question;
use boneyard::prelude::{Greedy, Sampling, Solver, Unrank};
use boneyard::strategies::evaluator::Playout;
use boneyard_tests::batch::Batch;
use cubecl::prelude::Runtime;

/// Games that follow playouts until the first measured ply and the solver from there.
pub fn run<R: Runtime>(on: &On<R>) -> Result<()> {
    let (games_n, sampling) = (on.options.games, Sampling::new(on.options.samples));
    println!("solver, {games_n} games x {} samples, from ply {}:", sampling.samples, on.options.from_ply);
    println!("{:>4} {:>12} {:>12} {:>14}", "ply", "worlds", "ms", "worlds/s");
    let setups = setups(games_n);
    let mut batch = Batch::deal(on.device(), &setups, &sampling)?;
    let (mut sampler, mut policy) = (Unrank::default(), Greedy::default());
    let mut seconds = [0.0; 28];
    for ply in 0..28 {
        let (seen, mut estimates) = batch.observe(Question::Points { unit: 1 })?;
        for chunk in batch.chunks(&seen, &estimates)? {
            batch.sample(&mut sampler, &seen, chunk)?;
            if ply < on.options.from_ply {
                batch.evaluate(&mut Playout, &seen)?;
            } else {
                seconds[ply] += on.time(|| Ok(batch.evaluate(&mut Solver, &seen)?))?.0;
            }
            batch.reduce(&seen, &mut estimates)?;
        }
        batch.choose(&mut policy, &seen, estimates)?;
    }
    let report = batch.on.report();
    let games = batch.finish()?;
    let mut total = 0.0;
    for ply in on.options.from_ply..24 {
        let looked: u64 = games.iter().map(|game| u64::from(game.decisions[ply].worlds_used())).sum();
        total += seconds[ply];
        println!("{ply:>4} {looked:>12} {:>12.3} {:>14.0}", seconds[ply] * 1e3, looked as f64 / seconds[ply]);
    }
    println!("     longest launch {:.1} ms", report.longest_launch.as_secs_f64() * 1e3);
    if report.shared > 0 {
        println!("     threads of the CPU solved {} of {} worlds", report.on_host, report.shared);
    }
    println!("     {total:.3} s: {:.1} games/s from ply {} on", games_n as f64 / total, on.options.from_ply);
    Ok(())
}
