//! How many worlds first-fit finds, trick by trick.

use super::{On, setups};
use anyhow::Result;
use boneyard::core::{Backend, Evaluator, Policy, Question, Sampler};
use boneyard::device::kernels::sample::{SamplerKernel, Unseen, World};
use boneyard::device::{Device, DeviceSampler, DeviceStep};
use boneyard::prelude::{AnyPolicy, FirstFit, Sampling, Unrank};
use boneyard::strategies::evaluator::Playout;
use boneyard::strategies::sampler::first_fit::{FirstFitBlueprint, FirstFitKernel};
use cubecl::prelude::*;

/// First-fit that does not look at voids: as many tries for every decision.
struct FlatKernel;

#[cube]
impl SamplerKernel for FlatKernel {
    type Config = FirstFitBlueprint;

    fn prepare(unseen: &mut Unseen, #[comptime] config: FirstFitBlueprint) {
        FirstFitKernel::prepare(unseen, config);
    }

    fn world(unseen: &Unseen, i: u32, #[comptime] config: FirstFitBlueprint) -> World {
        let mut blind = unseen.clone();
        blind.voids = 0u32.runtime();
        FirstFitKernel::world(&blind, i, config)
    }
}

/// Worlds drawn and found, by trick.
#[derive(Default)]
struct Found([(u64, u64); 7]);

impl Found {
    fn share(&self, trick: usize) -> String {
        let (drawn, found) = self.0[trick];
        if drawn == 0 { "-".to_owned() } else { format!("{:.4} %", 100.0 * found as f64 / drawn as f64) }
    }
}

/// Mixed games; only decisions with more worlds than are looked at are drawn from.
pub fn run<R: Runtime>(on: &On<R>) -> Result<()> {
    let sampling = Sampling::new(on.options.samples);
    let one = FirstFit { tries: 1 };
    let adaptive = FirstFit::default();
    let mut backend = on.device();
    let mut games = backend.deal(&setups(on.options.games), &sampling)?;
    let (mut worlds, mut values) = backend.buffers(&sampling)?;
    let mut policy: AnyPolicy = "mixed".parse()?;
    let mut found: [Found; 4] = Default::default();
    for ply in 0..24 {
        let step = backend.observe(&games)?;
        let mut estimates = backend.estimates(&games, Question::Points { unit: 1 })?;
        for chunk in backend.chunks(&step) {
            let tally = |to: &mut Found| count(&step, sampling.samples as usize, &mut to.0[ply / 4]);
            let [single, flat, adapted, ranked] = &mut found;
            step.sample::<FlatKernel>("first-fit, one try", one.blueprint(), &chunk)?;
            tally(single)?;
            step.sample::<FlatKernel>("first-fit, not adaptive", adaptive.blueprint(), &chunk)?;
            tally(flat)?;
            step.sample::<FirstFitKernel>("first-fit", adaptive.blueprint(), &chunk)?;
            tally(adapted)?;
            // Last, so that its worlds are the ones that decide.
            Sampler::<Device<R>>::sample(&mut Unrank::default(), &step, chunk, &mut worlds)?;
            tally(ranked)?;
            Evaluator::<Device<R>>::evaluate(&mut Playout, &step, &worlds, &mut values)?;
            backend.reduce(&step, &worlds, &values, &mut estimates)?;
        }
        Policy::<Device<R>>::choose(&mut policy, &step, &estimates, &mut ())?;
        backend.apply(&mut games, &step, estimates, &())?;
    }
    let tries = adaptive.tries;
    println!(
        "first-fit, {} mixed games x {} samples, share of worlds found:",
        on.options.games, sampling.samples
    );
    println!(
        "{:>6} {:>12} {:>12} {:>12} {:>22} {:>12}",
        "trick",
        "drawn",
        "1 try",
        format!("{tries} tries"),
        format!("{tries}, more with voids"),
        "affine"
    );
    for trick in 0..6 {
        let [single, flat, adapted, ranked] = [0, 1, 2, 3].map(|i| found[i].share(trick));
        let drawn = found[3].0[trick].0;
        println!("{:>6} {drawn:>12} {single:>12} {flat:>12} {adapted:>22} {ranked:>12}", trick + 1);
    }
    Ok(())
}

/// Adds up the games that have as many worlds as were asked for: fewer are enumerated, and all found.
fn count<R: Runtime>(step: &DeviceStep<R>, samples: usize, to: &mut (u64, u64)) -> Result<()> {
    for of_game in step.read_worlds()?.chunk_by(|a, b| a.0 == b.0) {
        if of_game.len() == samples {
            to.0 += samples as u64;
            to.1 += of_game.iter().filter(|(_, world)| *world != [0; 3]).count() as u64;
        }
    }
    Ok(())
}
