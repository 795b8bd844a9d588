//! The exact solver, ply by ply, on the decisions of real games.

use super::{On, setups};
use anyhow::Result;
use boneyard::core::{Backend, Evaluator, Policy, Question, Sampler};
use boneyard::device::Device;
use boneyard::prelude::{AnyPolicy, Sampling, Solver};
use boneyard::strategies::evaluator::Playout;
use boneyard::strategies::sampler::AnySampler;
use cubecl::prelude::Runtime;

/// Games that follow playouts until the first measured ply and the solver from there.
pub fn run<R: Runtime>(on: &On<R>) -> Result<()> {
    let (games_n, sampling) = (on.options.games, Sampling::new(on.options.samples));
    println!("solver, {games_n} games x {} samples, from ply {}:", sampling.samples, on.options.from_ply);
    println!("{:>4} {:>12} {:>12} {:>14}", "ply", "worlds", "ms", "worlds/s");
    let setups = setups(games_n);
    let mut backend = on.device();
    let mut games = backend.deal(&setups, &sampling)?;
    let (mut worlds, mut values) = backend.buffers(&sampling)?;
    backend.choices(&games)?;
    let (mut sampler, mut policy) = (AnySampler::default(), AnyPolicy::default());
    let mut seconds = [0.0; 28];
    for ply in 0..28 {
        let step = backend.observe(&games)?;
        let mut estimates = backend.estimates(&games, Question::Points { unit: 1 })?;
        for chunk in backend.chunks(&step) {
            Sampler::<Device<R>>::sample(&mut sampler, &step, chunk, &mut worlds)?;
            if ply < on.options.from_ply {
                Evaluator::<Device<R>>::evaluate(&mut Playout, &step, &worlds, &mut values)?;
            } else {
                seconds[ply] += on
                    .time(|| Ok(Evaluator::<Device<R>>::evaluate(&mut Solver, &step, &worlds, &mut values)?))?
                    .0;
            }
            backend.reduce(&step, &worlds, &values, &mut estimates)?;
        }
        Policy::<Device<R>>::choose(&mut policy, &step, &estimates, &mut ())?;
        backend.apply(&mut games, &step, estimates, &())?;
    }
    let (games, _) = backend.finish(games)?;
    let mut total = 0.0;
    for ply in on.options.from_ply..24 {
        let looked: u64 = games.iter().map(|game| u64::from(game.decisions[ply].worlds_used())).sum();
        total += seconds[ply];
        println!("{ply:>4} {looked:>12} {:>12.3} {:>14.0}", seconds[ply] * 1e3, looked as f64 / seconds[ply]);
    }
    println!("     {total:.3} s: {:.1} games/s from ply {} on", games_n as f64 / total, on.options.from_ply);
    Ok(())
}
