//! How much memory a small run takes on a device.

use boneyard_core::Deals;
use boneyard_core::{Pipeline, Sampling, Setup};
use boneyard_device::Device;
use boneyard_rules::{Bid, Declaration, Seat};
use boneyard_runtime::{DeviceRuntime, Wgpu};
use boneyard_strategies::evaluator::{Cascade, Playout, Solver};
use boneyard_strategies::policy::Greedy;
use boneyard_strategies::sampler::Unrank;

/// 32 games of 50 samples stay under 65 MB, pools and uniforms included, batch after batch of whatever size.
#[test]
fn small_runs_take_little_memory() {
    let client = Wgpu::open(0).expect("a wgpu adapter");
    let setup = |seed: u64| Setup {
        game: seed,
        seed,
        deal: Deals::Python.deal(seed),
        declaration: Declaration::new(seed % 10).unwrap(),
        bidder: Seat::ALL[(seed % 4) as usize],
        bid: Bid::THIRTY,
    };
    for histogram in [false, true] {
        let sampling = Sampling { histogram, ..Sampling::new(50) };
        let evaluator = Cascade::new(2, Solver, Playout);
        let device = Device::new(client.clone(), "here");
        let mut pipeline =
            Pipeline::new(device, Unrank::default(), evaluator, Greedy::default(), sampling).unwrap();
        for n in [32, 7, 31, 32] {
            let played = pipeline.play(&(0..n).map(setup).collect::<Vec<_>>()).unwrap();
            assert_eq!(played.games.len() as u64, n);
            let usage = client.memory_usage().unwrap();
            println!("{n} games, histogram {histogram}: {} bytes reserved", usage.bytes_reserved);
            assert!(usage.bytes_reserved < 65_000_000, "{usage}");
        }
    }
}
