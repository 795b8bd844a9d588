//! Whole games on software Vulkan equal the host's, bit for bit.

use boneyard_core::{Deals, Host, Pipeline, Sampling, Setup};
use boneyard_device::kernels::{choose::*, sample::*};
use boneyard_device::{CubePolicy, CubeSampler, CubeSolver, Device, DevicePolicy, DeviceSampler};
use boneyard_rules::{Bid, Declaration, Seat};
use boneyard_strategies::evaluator::Solver;
use boneyard_strategies::policy::Greedy;
use boneyard_strategies::sampler::{Draw, Unrank};
use cubecl::prelude::*;
use cubecl::wgpu::WgpuRuntime;

struct UniformKernel;

#[cube]
impl SamplerKernel for UniformKernel {
    type Config = ();
    fn prepare(_unseen: &Unseen, #[comptime] _config: ()) -> Prepared {
        Prepared { a: 0u32.runtime(), b: 0u32.runtime() }
    }
    fn world(
        unseen: &Unseen,
        completions: &SharedMemory<u32>,
        _prepared: &Prepared,
        i: u32,
        #[comptime] _config: (),
    ) -> World {
        let mut random = boneyard_device::kernels::random::stream(
            unseen.key0,
            unseen.key1,
            unseen.ply | (1u32 << 8u32),
            i,
        );
        let index = random.below(unseen.total);
        unrank(unseen, completions, index)
    }
}
struct Uniform;
impl DeviceSampler for Uniform {
    type Kernel = UniformKernel;
    fn id(&self) -> String {
        "uniform".into()
    }
    fn blueprint(&self) {}
}
struct GreedyKernel;
#[cube]
impl PolicyKernel for GreedyKernel {
    type Config = ();
    fn choose(estimates: &SlotEstimates, _draws: &Draws, #[comptime] _config: ()) -> u32 {
        let best = greedy_slot(estimates, false);
        best | (best << 8u32) | (1u32 << 16u32)
    }
}
struct DGreedy;
impl DevicePolicy for DGreedy {
    type Kernel = GreedyKernel;
    fn id(&self) -> String {
        "greedy".into()
    }
    fn blueprint(&self) {}
}

#[test]
fn records_equal_the_hosts() {
    let n: u64 = std::env::var("N").map_or(2, |n| n.parse().unwrap());
    let samples: u32 = std::env::var("M").map_or(4, |n| n.parse().unwrap());
    let setups: Vec<Setup> = (0..n)
        .map(|seed| Setup {
            game: seed,
            seed,
            deal: Deals::Python.deal(seed),
            declaration: Declaration::new(seed % 10).unwrap(),
            bidder: Seat::new(seed % 4).unwrap(),
            bid: Bid::new(30 + seed % 13).unwrap(),
        })
        .collect();
    let sampling = Sampling::new(samples);
    let host =
        Pipeline::new(Host::default(), Unrank { draw: Draw::Uniform }, Solver, Greedy::default(), sampling)
            .unwrap()
            .play(&setups)
            .unwrap();
    let client = WgpuRuntime::client(&Default::default());
    let device = Device::new(client, "wgpu:0");
    let start = std::time::Instant::now();
    let mut pipeline =
        Pipeline::new(device, CubeSampler(Uniform), CubeSolver, CubePolicy(DGreedy), sampling).unwrap();
    let played = pipeline.play(&setups).unwrap();
    println!("{:?}", start.elapsed());
    for (a, b) in host.games.iter().zip(&played.games) {
        for (a, b) in a.decisions.iter().zip(&b.decisions) {
            assert_eq!(a, b, "seed {} ply {}", a.seed, a.ply);
        }
    }
    assert_eq!(pipeline.backend.synchronisations(), 1);
}

#[test]
fn debug_values() {
    use boneyard_core::*;
    let setups = vec![Setup { game: 0, seed: 0, deal: Deals::Python.deal(0), declaration: Declaration::new(0).unwrap(), bidder: Seat::new(0).unwrap(), bid: Bid::new(30).unwrap() }];
    let mut device: Device<WgpuRuntime> = Device::new(WgpuRuntime::client(&Default::default()), "wgpu:0");
    let games = device.deal(&setups, &Sampling::new(4)).unwrap();
    let step = device.observe(&games).unwrap();
    let mut worlds = Default::default();
    CubeSampler(Uniform).sample(&step, 0..1, &mut worlds).unwrap();
    CubeSolver.evaluate(&step, &worlds, &mut ()).unwrap();
    println!("{:x?}", step.dump());
}
