//! Worlds drawn on the device, checked by the independent referee; and whether they are uniform.

use super::{On, setups_from};
use anyhow::{Result, ensure};
use boneyard::core::{Backend, Evaluator, Policy, Question, Sampler};
use boneyard::device::{Device, Verdict};
use boneyard::prelude::{AnyPolicy, AnySampler, Sampling};
use boneyard::strategies::evaluator::Playout;
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
        let sampler: AnySampler = name.parse()?;
        let tested =
            uniform::check(&on.client, sampler, Uniform::of(sampler), SEEDS_A_GAME * on.options.games)?;
        println!(
            "  {name:>24}: uniform over {} states by {} worlds, z = {:+.2}",
            tested.states, tested.worlds, tested.z
        );
    }
    Ok(())
}

fn round<R: Runtime>(
    on: &On<R>,
    mut sampler: AnySampler,
    sampling: &Sampling,
    first: u64,
) -> Result<Verdict> {
    let mut backend = on.device();
    let mut games = backend.deal(&setups_from(first, on.options.games), sampling)?;
    let (mut worlds, mut values) = backend.buffers(sampling)?;
    let mut policy: AnyPolicy = "epsilon:1".parse()?;
    let mut verdict = Verdict::default();
    for _ in 0..28 {
        let step = backend.observe(&games)?;
        let mut estimates = backend.estimates(&games, Question::Points { unit: 1 })?;
        for chunk in backend.chunks(&step) {
            Sampler::<Device<R>>::sample(&mut sampler, &step, chunk, &mut worlds)?;
            verdict += step.referee(&worlds)?;
            Evaluator::<Device<R>>::evaluate(&mut Playout, &step, &worlds, &mut values)?;
            backend.reduce(&step, &worlds, &values, &mut estimates)?;
        }
        Policy::<Device<R>>::choose(&mut policy, &step, &estimates, &mut ())?;
        backend.apply(&mut games, &step, estimates, &())?;
    }
    backend.finish(games)?;
    Ok(verdict)
}
