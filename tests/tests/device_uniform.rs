//! Worlds drawn on a device are uniform, as on the host.

use boneyard_core::{Designed, Named, Observation, SampleReport, Share, WorldSampler};
use boneyard_device::kernels::sample::{self, SamplerKernel, Unseen};
use boneyard_device::{Device, DeviceSampler};
use boneyard_runtime::{DeviceRuntime, Wgpu};
use boneyard_strategies::sampler::{Draw, SamplerSpec, Unrank};
use boneyard_tests::uniform::{self, Uniform};
use cubecl::prelude::*;

#[test]
fn every_sampler_draws_uniformly() {
    let client = Wgpu::open(0).expect("a wgpu adapter");
    for sampler in ["uniform", "distinct", "affine", "stratified", "first-fit"] {
        let sampler: SamplerSpec = sampler.parse().unwrap();
        let tested =
            uniform::check(&client, sampler.build::<Device<Wgpu>>(), Uniform::of(sampler), 1000).unwrap();
        println!("{sampler}: {tested:?}");
        assert!(tested.states >= 4 && tested.worlds >= 4000, "{sampler}: {tested:?}");
    }
}

/// Uniform on the host; its kernel draws some worlds a little more often than others.
struct Biased;

struct BiasedKernel;

#[cube]
impl SamplerKernel for BiasedKernel {
    type Config = ();

    fn prepare(_unseen: &mut Unseen, #[comptime] _config: ()) {}

    fn world(unseen: &Unseen, i: u32, #[comptime] _config: ()) -> sample::World {
        let mut random = unseen.stream(i);
        let mut index = random.below(unseen.total);
        if random.next_word() < 1u32 << 29u32 {
            index /= 2u32;
        }
        unseen.unrank(index)
    }
}

impl Designed for Biased {}

impl Named for Biased {
    fn id(&self) -> String {
        "biased".to_owned()
    }
}

impl WorldSampler for Biased {
    fn draw(&self, observation: &Observation, out: &mut Share<'_>) -> SampleReport {
        Unrank { draw: Draw::Uniform }.draw(observation, out)
    }
}

impl DeviceSampler for Biased {
    type Kernel = BiasedKernel;

    fn blueprint(&self) {}
}

#[test]
fn a_biased_sampler_is_found_out() {
    let client = Wgpu::open(0).expect("a wgpu adapter");
    let error = uniform::check(&client, Biased, Uniform::Each, 1000).unwrap_err().to_string();
    assert!(error.starts_with("biased: χ² ") || error.starts_with("biased: z = "), "{error}");
}
