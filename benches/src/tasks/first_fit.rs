//! How many worlds first-fit finds, trick by trick.

use super::{On, setups};
use anyhow::Result;
use boneyard::core::{Designed, Named, Observation, Question, SampleReport, Sampler, Share, WorldSampler};
use boneyard::device::kernels::sample::{SamplerKernel, Unseen, World};
use boneyard::device::{Device, DeviceSampler};
use boneyard::prelude::{FirstFit, Mixture, Sampling, Unrank};
use boneyard::strategies::evaluator::Playout;
use boneyard::strategies::sampler::first_fit::{FirstFitBlueprint, FirstFitKernel};
use boneyard_tests::batch::Batch;
use cubecl::prelude::*;

/// First-fit that does not look at voids: as many tries for every decision.
struct Flat(FirstFit);

/// The device face of [`Flat`].
struct FlatKernel;

impl Named for Flat {
    fn id(&self) -> String {
        "first-fit, blind".to_owned()
    }
}

impl Designed for Flat {}

/// Devices are what is measured: the host does as first-fit does.
impl WorldSampler for Flat {
    fn draw(&self, observation: &Observation, out: &mut Share<'_>) -> SampleReport {
        self.0.draw(observation, out)
    }
}

impl DeviceSampler for Flat {
    type Kernel = FlatKernel;

    fn blueprint(&self) -> FirstFitBlueprint {
        self.0.blueprint()
    }
}

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
    let mut batch = Batch::deal(on.device(), &setups(on.options.games), &sampling)?;
    let mut policy = Mixture::mixed();
    let mut found: [Found; 4] = Default::default();
    for ply in 0..24 {
        let (seen, mut estimates) = batch.observe(Question::Points { unit: 1 })?;
        for chunk in batch.chunks(&seen, &estimates)? {
            let [single, flat, adapted, ranked] = &mut found;
            // Last the one that finds all, so that its worlds are the ones that decide.
            let samplers: [(&mut Found, &mut dyn Sampler<Device<R>>); 4] = [
                (single, &mut Flat(one)),
                (flat, &mut Flat(adaptive)),
                (adapted, &mut FirstFit::default()),
                (ranked, &mut Unrank::default()),
            ];
            for (to, sampler) in samplers {
                batch.sample(sampler, &seen, chunk.clone())?;
                let drawn = batch.worlds.drawn()?.read(&batch.on, &seen)?;
                count(&drawn, sampling.samples as usize, &mut to.0[ply / 4]);
            }
            batch.evaluate(&mut Playout, &seen)?;
            batch.reduce(&seen, &mut estimates)?;
        }
        batch.choose(&mut policy, &seen, estimates)?;
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
fn count(drawn: &[(usize, boneyard::rules::World)], samples: usize, to: &mut (u64, u64)) {
    for of_game in drawn.chunk_by(|a, b| a.0 == b.0) {
        if of_game.len() == samples {
            to.0 += samples as u64;
            to.1 += of_game.iter().filter(|(_, world)| *world != [0; 3]).count() as u64;
        }
    }
}
