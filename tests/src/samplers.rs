//! Samplers for tests.
// The macro `cube` adds modules and types beside each item, without documentation.
#![allow(missing_docs)]

use boneyard_core::{Designed, Named, Observation, SampleReport, Share, WorldSampler};
use boneyard_device::DeviceSampler;
use boneyard_device::kernels::sample::{self, SamplerKernel};
use boneyard_strategies::sampler::Unrank;
use cubecl::prelude::*;

/// Its kernel gives two seats the same dominoes in one world of a decision.
#[derive(Clone, Copy, Debug)]
pub struct BrokenSampler;

/// The device face of [`BrokenSampler`].
pub struct BrokenSamplerKernel;

#[cube]
impl SamplerKernel for BrokenSamplerKernel {
    type Config = ();

    fn prepare(_unseen: &mut sample::Unseen, #[comptime] _config: ()) {}

    fn world(unseen: &sample::Unseen, i: u32, #[comptime] _config: ()) -> sample::World {
        let mut world = unseen.unrank(i);
        if i == 3u32 {
            world.partner = world.left;
        }
        world
    }
}

impl Designed for BrokenSampler {}

impl Named for BrokenSampler {
    fn id(&self) -> String {
        "broken".to_owned()
    }
}

impl WorldSampler for BrokenSampler {
    fn draw(&self, observation: &Observation, out: &mut Share<'_>) -> SampleReport {
        Unrank::default().draw(observation, out)
    }
}

impl DeviceSampler for BrokenSampler {
    type Kernel = BrokenSamplerKernel;

    fn blueprint(&self) {}
}
