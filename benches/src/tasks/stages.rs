//! Everything but the evaluator.

use super::{On, setups};
use anyhow::{Result, ensure};
use boneyard::core::{Backend, Question};
use boneyard::device::Fused;
use boneyard::prelude::{Greedy, Pipeline, SamplerSpec, Sampling, Unrank};
use boneyard::strategies::evaluator::Playout;
use boneyard_tests::batch::Batch;
use cubecl::prelude::Runtime;
use std::time::Instant;

/// Whole batches with the playout evaluator, and what each stage took.
pub fn run<R: Runtime>(on: &On<R>) -> Result<()> {
    let sampling = Sampling::new(on.options.samples);
    for (games, samples) in [(32, 50), (on.options.games, on.options.samples)] {
        let sampling = Sampling { samples, ..sampling };
        let setups = setups(games);
        println!("pipeline with playouts, {games} games x {samples} samples:");
        for round in ["first, kernels compiled", "second", "third"] {
            let start = Instant::now();
            let played = Pipeline::new(on.device(), Unrank::default(), Playout, Greedy::default(), sampling)?
                .play(&setups, &mut ())?;
            let seconds = start.elapsed().as_secs_f64();
            println!(
                "  {round}: {:.2} ms, {:.0} games/s",
                seconds * 1e3,
                played.games.len() as f64 / seconds
            );
        }
    }
    fused(on)?;
    println!(
        "stages, {} games x {} samples (ms over 28 plies; worlds/s):",
        on.options.games, sampling.samples
    );
    let setups = setups(on.options.games);
    for sampler in ["affine", "uniform", "distinct", "stratified", "first-fit", "first-fit+backtracking"] {
        let spec: SamplerSpec = sampler.parse()?;
        let mut sampler = spec.build();
        // The first round compiles.
        for round in 0..2 {
            let mut batch = Batch::deal(on.device(), &setups, &sampling)?;
            let mut policy = Greedy::default();
            let [mut observing, mut drawing, mut playing, mut reducing, mut applying] = [0.0; 5];
            for _ in 0..28 {
                let (seconds, (seen, mut estimates)) =
                    on.time(|| Ok(batch.observe(Question::Points { unit: 1 })?))?;
                observing += seconds;
                for chunk in batch.chunks(&seen, &estimates)? {
                    drawing += on.time(|| Ok(batch.sample(&mut sampler, &seen, chunk)?))?.0;
                    playing += on.time(|| Ok(batch.evaluate(&mut Playout, &seen)?))?.0;
                    reducing += on.time(|| Ok(batch.reduce(&seen, &mut estimates)?))?.0;
                }
                applying += on.time(|| Ok(batch.choose(&mut policy, &seen, estimates)?))?.0;
            }
            let (finishing, finished) = on.time(|| Ok(batch.on.finish(batch.games)))?;
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
                        "  {spec:>12}: observe {:.2}, sample {:.2} ({:.3} G worlds/s, {:.3} G tries/s), playout {:.2} \
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
                Err(error) => println!("  {spec:>12}: {error}"),
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
            let policy = Greedy::default();
            let mut staged = Pipeline::new(on.device(), Unrank::default(), Playout, policy, sampling)?;
            let (seconds, expected) = on.time(|| Ok(staged.play(&setups, &mut ())?))?;
            staged_seconds = seconds;
            let mut fused = Pipeline::new(on.device(), one, one, policy, sampling)?;
            let (seconds, played) = on.time(|| Ok(fused.play(&setups, &mut ())?))?;
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
