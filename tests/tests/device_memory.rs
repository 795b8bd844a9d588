//! How much memory a small run takes on a device.

use boneyard_core::{Pipeline, Sampling};
use boneyard_device::Device;
use boneyard_runtime::{DeviceRuntime, Wgpu};
use boneyard_strategies::evaluator::{Cascade, Playout, Solver};
use boneyard_strategies::policy::Greedy;
use boneyard_strategies::sampler::Unrank;
use boneyard_tests::games::setups;

/// 32 games of 50 samples stay under 65 MB, pools and uniforms included, batch after batch of whatever size.
#[test]
fn small_runs_take_little_memory() {
    let client = Wgpu::open(0).expect("a wgpu adapter");
    for histogram in [false, true] {
        let sampling = Sampling { histogram, ..Sampling::new(50) };
        let evaluator = Cascade::new(2, Solver, Playout).unwrap();
        let device = Device::new(client.clone(), "here");
        let mut pipeline =
            Pipeline::new(device, Unrank::default(), evaluator, Greedy::default(), sampling).unwrap();
        for n in [32, 7, 31, 32] {
            let played = pipeline.play(&setups(n), &mut ()).unwrap();
            assert_eq!(played.games.len() as u64, n);
            let usage = client.memory_usage().unwrap();
            println!("{n} games, histogram {histogram}: {} bytes reserved", usage.bytes_reserved);
            assert!(usage.bytes_reserved < 65_000_000, "{usage}");
        }
    }
}
