//! Are the worlds that a device draws uniform? χ² on states with few worlds, each drawn from under many seeds.

use crate::batch::Batch;
use anyhow::{Context, Result, ensure};
use boneyard_core::{Coordinates, Deals, Observation, Question, Sampler, Sampling, Setup};
use boneyard_device::Device;
use boneyard_rules::{Bid, Declaration, Seat, tiles_of};
use boneyard_strategies::policy::Replay;
use boneyard_strategies::sampler::{Draw, SamplerSpec, Unrank};
use cubecl::prelude::{ComputeClient, Runtime};

/// Which draws of a sampler are uniform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Uniform {
    /// All, each on its own.
    Each,
    /// One a decision: draws of the same decision depend on each other.
    OneADecision,
    /// All together, and more evenly than chance.
    Together,
}

impl Uniform {
    /// What is known of a sampler.
    pub fn of(sampler: SamplerSpec) -> Self {
        match sampler {
            SamplerSpec::Unrank(Unrank { draw: Draw::Affine | Draw::Distinct }) => Self::OneADecision,
            SamplerSpec::Unrank(Unrank { draw: Draw::Stratified }) => Self::Together,
            _ => Self::Each,
        }
    }
}

/// What was tested.
#[derive(Clone, Copy, Debug)]
pub struct Tested {
    /// States.
    pub states: usize,
    /// Worlds drawn.
    pub worlds: usize,
    /// How far χ² over all states is from what is expected, in standard deviations.
    pub z: f64,
}

/// Worlds a decision; states must have more than these.
const SAMPLES: usize = 8;

/// The upper bound of χ² that chance exceeds once in a million states (Wilson and Hilferty, 1931).
fn bound(degrees: f64) -> f64 {
    let spread = 2.0 / (9.0 * degrees);
    degrees * (1.0 - spread + 4.75 * spread.sqrt()).powi(3)
}

fn chi_squared(counts: &[u32]) -> f64 {
    let expected = f64::from(counts.iter().sum::<u32>()) / counts.len() as f64;
    counts.iter().map(|&n| (f64::from(n) - expected).powi(2) / expected).sum()
}

/// Draws worlds of small states of a few games, each state under `seeds` seeds.
///
/// # Errors
/// Device errors; draws that are not uniform.
pub fn check<R: Runtime>(
    client: &ComputeClient<R>,
    mut sampler: impl Sampler<Device<R>>,
    uniform: Uniform,
    seeds: u64,
) -> Result<Tested> {
    let name = sampler.id();
    let one_a_decision = uniform == Uniform::OneADecision;
    let draws_a_seed = if one_a_decision { 1 } else { SAMPLES };
    let most = (seeds as usize * draws_a_seed / 8).min(2000);
    let sampling = Sampling::new(SAMPLES as u32);
    let (mut sum, mut degrees, mut tested) = (0.0, 0.0, Tested { states: 0, worlds: 0, z: 0.0 });
    for deal in 0..3 {
        // The same deal under many seeds: the seed is all that draws depend on.
        let setup = |seed: u64| Setup {
            seed: deal << 32 | seed,
            deal: Deals::Python.deal(deal),
            declaration: Declaration::new(4 * deal).expect("0-9"),
            bidder: Seat::ALL[(deal % 4) as usize],
            bid: Bid::THIRTY,
        };
        let setups: Vec<Setup> = (0..seeds).map(setup).collect();
        let mut played = setup(0).start();
        let mut batch = Batch::deal(Device::new(client.clone(), "device"), &setups, &sampling)?;
        // The lowest legal slot at every ply, whatever the seed.
        let mut lowest = Replay { slots: vec![[0; 28]; setups.len()] };
        for ply in 0..24 {
            let (seen_there, estimates) = batch.observe(Question::Points { unit: 1 })?;
            let at = Coordinates { seed: 0, replicate: 0, ply };
            let seen = Observation::new(played.view(), Bid::THIRTY, setup(0).bidder, &sampling, at)?;
            let count = seen.worlds.count() as usize;
            if played.legal().count_ones() > 1 && (SAMPLES + 1..=most).contains(&count) {
                let mut counts = vec![0; count];
                for chunk in batch.chunks(&seen_there, &estimates)? {
                    batch.sample(&mut sampler, &seen_there, chunk)?;
                    let drawn = batch.worlds.drawn()?.read(&batch.on, &seen_there)?;
                    for (i, (game, world)) in drawn.into_iter().enumerate() {
                        if !one_a_decision || i % SAMPLES == game % SAMPLES {
                            let rank = seen.worlds.rank(&world).context("a world of another view")?;
                            counts[rank as usize] += 1;
                        }
                    }
                }
                let (chi2, free) = (chi_squared(&counts), count as f64 - 1.0);
                ensure!(chi2 < bound(free), "{name}: χ² {chi2} over {count} worlds, deal {deal}, ply {ply}");
                (sum, degrees) = (sum + chi2, degrees + free);
                tested.states += 1;
                tested.worlds += counts.iter().sum::<u32>() as usize;
            }
            let slot = played.legal_slots().trailing_zeros() as u8;
            lowest.slots.iter_mut().for_each(|slots| slots[usize::from(ply)] = slot);
            batch.choose(&mut lowest, &seen_there, estimates)?;
            played.play(tiles_of(played.legal()).next().context("a legal move")?)?;
        }
    }
    tested.z = (sum - degrees) / (2.0 * degrees).sqrt();
    ensure!(
        tested.z < 4.75 && (uniform == Uniform::Together || tested.z > -4.75),
        "{name}: z = {} over {} states",
        tested.z,
        tested.states
    );
    Ok(tested)
}
