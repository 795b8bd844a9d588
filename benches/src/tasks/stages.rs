//! Everything but the evaluator.

use super::{On, setups};
use anyhow::{Result, anyhow, ensure};
use boneyard::core::{Backend, Evaluator, Policy, Question, Sampler};
use boneyard::device::{Device, Fused};
use boneyard::prelude::{AnyPolicy, Pipeline, Sampling, Unrank};
use boneyard::strategies::evaluator::Playout;
use boneyard::strategies::sampler::AnySampler;
use cubecl::prelude::Runtime;
use std::time::Instant;

/// Bytes of device memory that 32 games of 50 samples may take.
const SMALL: u64 = 65_000_000;

/// Whole batches with the playout evaluator, and what each stage took.
pub fn run<R: Runtime>(on: &On<R>) -> Result<()> {
    let sampling = Sampling::new(on.options.samples);
    for (games, samples) in [(32, 50), (on.options.games, on.options.samples)] {
        let sampling = Sampling { samples, ..sampling };
        let setups = setups(games);
        println!("pipeline with playouts, {games} games x {samples} samples:");
        for round in ["first, kernels compiled", "second", "third"] {
            let start = Instant::now();
            let played =
                Pipeline::new(on.device(), AnySampler::default(), Playout, AnyPolicy::default(), sampling)?
                    .play(&setups)?;
            let seconds = start.elapsed().as_secs_f64();
            println!(
                "  {round}: {:.2} ms, {:.0} games/s",
                seconds * 1e3,
                played.games.len() as f64 / seconds
            );
        }
        let reserved = on.client.memory_usage().map_err(|error| anyhow!("{error}"))?.bytes_reserved;
        println!("  device memory reserved so far: {:.1} MB", reserved as f64 / 1e6);
        ensure!(games > 32 || reserved < SMALL, "32 games x 50 samples should take less than {SMALL} bytes");
    }
    fused(on)?;
    println!(
        "stages, {} games x {} samples (ms over 28 plies; worlds/s):",
        on.options.games, sampling.samples
    );
    let setups = setups(on.options.games);
    for sampler in ["affine", "uniform", "distinct", "stratified", "first-fit", "first-fit+backtracking"] {
        let mut sampler: AnySampler = sampler.parse()?;
        // The first round compiles.
        for round in 0..2 {
            let mut backend = on.device();
            let mut games = backend.deal(&setups, &sampling)?;
            let (mut worlds, mut values) = backend.buffers(&sampling)?;
            backend.choices(&games)?;
            let mut policy = AnyPolicy::default();
            let [mut observing, mut drawing, mut playing, mut reducing, mut applying] = [0.0; 5];
            for _ in 0..28 {
                let (seconds, step) = on.time(|| Ok(backend.observe(&games)?))?;
                observing += seconds;
                let mut estimates = backend.estimates(&games, Question::Points { unit: 1 })?;
                for chunk in backend.chunks(&step) {
                    drawing += on
                        .time(|| Ok(Sampler::<Device<R>>::sample(&mut sampler, &step, chunk, &mut worlds)?))?
                        .0;
                    playing += on
                        .time(|| {
                            Ok(Evaluator::<Device<R>>::evaluate(&mut Playout, &step, &worlds, &mut values)?)
                        })?
                        .0;
                    reducing += on.time(|| Ok(backend.reduce(&step, &worlds, &values, &mut estimates)?))?.0;
                }
                applying += on
                    .time(|| {
                        Policy::<Device<R>>::choose(&mut policy, &step, &estimates, &mut ())?;
                        Ok(backend.apply(&mut games, &step, estimates, &())?)
                    })?
                    .0;
            }
            let (finishing, finished) = on.time(|| Ok(backend.finish(games)))?;
            if round == 0 {
                continue;
            }
            match finished {
                Ok((games, report)) => {
                    let worlds: u64 = games
                        .iter()
                        .flat_map(|game| &game.decisions)
                        .map(|decision| u64::from(decision.worlds_used()))
                        .sum();
                    println!(
                        "  {sampler:>12}: observe {:.2}, sample {:.2} ({:.3} G worlds/s, {:.3} G tries/s), playout {:.2} \
                         ({:.3} G worlds/s), reduce {:.2}, choose+apply {:.2}, read {:.2}",
                        observing * 1e3,
                        drawing * 1e3,
                        worlds as f64 / drawing / 1e9,
                        report.tries as f64 / drawing / 1e9,
                        playing * 1e3,
                        worlds as f64 / playing / 1e9,
                        reducing * 1e3,
                        applying * 1e3,
                        finishing * 1e3,
                    );
                }
                Err(error) => println!("  {sampler:>12}: {error}"),
            }
        }
    }
    Ok(())
}

/// Drawing, playing out and adding up in one kernel, beside three.
fn fused<R: Runtime>(on: &On<R>) -> Result<()> {
    let setups = setups(on.options.games);
    let one = Fused { sampler: Unrank::default(), evaluator: Playout };
    println!("fused, {} games x {} samples, affine and playouts:", on.options.games, on.options.samples);
    for histogram in [false, true] {
        let sampling = Sampling { histogram, ..Sampling::new(on.options.samples) };
        let (mut staged_seconds, mut fused_seconds) = (0.0, 0.0);
        // The first round compiles.
        for _ in 0..3 {
            let policy = AnyPolicy::default();
            let mut staged = Pipeline::new(on.device(), Unrank::default(), Playout, policy, sampling)?;
            let (seconds, expected) = on.time(|| Ok(staged.play(&setups)?))?;
            staged_seconds = seconds;
            let mut fused = Pipeline::new(on.device(), one, one, policy, sampling)?;
            let (seconds, played) = on.time(|| Ok(fused.play(&setups)?))?;
            fused_seconds = seconds;
            ensure!(played.games == expected.games, "the fused kernel's records are not the staged ones");
        }
        println!(
            "  histogram {histogram}: staged {:.2} ms, fused {:.2} ms",
            staged_seconds * 1e3,
            fused_seconds * 1e3
        );
    }
    Ok(())
}
