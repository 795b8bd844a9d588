//! Worlds drawn on the device, checked by the independent referee; and whether they are uniform.

use super::{On, setups_from};
use anyhow::{Result, ensure};
use boneyard::core::Question;
use boneyard::device::Device;
use boneyard::prelude::{Mixture, SamplerSpec, Sampling};
use boneyard::strategies::evaluator::Playout;
use boneyard_tests::batch::Batch;
use boneyard_tests::referee::{Verdict, referee};
use boneyard_tests::uniform::{self, Uniform};
use cubecl::prelude::Runtime;

const SAMPLERS: [&str; 5] = ["affine", "uniform", "distinct", "stratified", "first-fit+backtracking"];

/// Seeds under which each small state is drawn from, for each game of a batch.
const SEEDS_A_GAME: u64 = 20;

/// Games of random plays, every ply.
pub fn run<R: Runtime>(on: &On<R>) -> Result<()> {
    let sampling = Sampling::new(on.options.samples);
    println!("referee, {} games x {} samples a round:", on.options.games, sampling.samples);
    let mut all = Verdict::default();
    for name in SAMPLERS {
        let (mut verdict, mut rounds) = (Verdict::default(), 0);
        while verdict.checked < on.options.worlds.div_ceil(SAMPLERS.len() as u64) {
            verdict += round(on, name.parse()?, &sampling, rounds * on.options.games)?;
            rounds += 1;
        }
        let violations = verdict.violations();
        println!(
            "  {name:>24}: {} worlds checked, {violations} violations, {rounds} rounds",
            verdict.checked
        );
        all += verdict;
    }
    println!("  {} worlds checked, {} violations: {all:?}", all.checked, all.violations());
    ensure!(all.violations() == 0, "the referee has found worlds that cannot be");
    for name in ["affine", "uniform", "distinct", "stratified", "first-fit"] {
        let spec: SamplerSpec = name.parse()?;
        let tested = uniform::check(
            &on.client,
            spec.build::<Device<R>>(),
            Uniform::of(spec),
            SEEDS_A_GAME * on.options.games,
        )?;
        println!(
            "  {name:>24}: uniform over {} states by {} worlds, z = {:+.2}",
            tested.states, tested.worlds, tested.z
        );
    }
    Ok(())
}

fn round<R: Runtime>(on: &On<R>, sampler: SamplerSpec, sampling: &Sampling, first: u64) -> Result<Verdict> {
    let mut batch = Batch::deal(on.device(), &setups_from(first, on.options.games), sampling)?;
    let (mut sampler, mut policy) = (sampler.build(), Mixture::default().epsilon(1.0)?);
    let mut verdict = Verdict::default();
    for _ in 0..28 {
        let (seen, mut estimates) = batch.observe(Question::Points { unit: 1 })?;
        for chunk in batch.chunks(&seen, &estimates)? {
            batch.sample(&mut sampler, &seen, chunk)?;
            verdict += referee(&batch.on, &seen, batch.worlds.drawn()?)?;
            batch.evaluate(&mut Playout, &seen)?;
            batch.reduce(&seen, &mut estimates)?;
        }
        batch.choose(&mut policy, &seen, estimates)?;
    }
    batch.finish()?;
    Ok(verdict)
}
