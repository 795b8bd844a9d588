//! A device that has no room for what the memory budget allows: smaller chunks, then an error, never other records.
//!
//! In a process of its own: CubeCL is configured once, here to refuse every allocation above 1 MiB. Like CUDA's
//! allocator, and unlike the checks before it, the pool says so on the device's own thread.

use boneyard_core::{Backend, Host, Pipeline, Played, Result, Sampling};
use boneyard_device::Device;
use boneyard_strategies::evaluator::Playout;
use boneyard_strategies::policy::Greedy;
use boneyard_strategies::sampler::Unrank;
use boneyard_tests::games::setups;
use cubecl::client::ComputeClient;
use cubecl::config::{CubeClRuntimeConfig, RuntimeConfig, memory::PersistentMemory};
use cubecl::prelude::Runtime;
use cubecl::wgpu::{
    AutoGraphicsApi, MemoryConfiguration, RuntimeOptions, WgpuDevice, WgpuRuntime, init_setup,
};
use cubecl_runtime::memory_management::{MemoryPoolOptions, PoolType};

const LARGEST: u64 = 1 << 20;

/// A device on which no buffer can be larger than [`LARGEST`] bytes.
fn cramped() -> ComputeClient<WgpuRuntime> {
    let mut config = CubeClRuntimeConfig::default();
    config.memory.persistent_memory = PersistentMemory::Disabled;
    CubeClRuntimeConfig::set(config);
    let pool = MemoryPoolOptions {
        pool_type: PoolType::ExclusivePages { max_alloc_size: LARGEST },
        dealloc_period: None,
    };
    let memory_config = MemoryConfiguration::Custom { pool_options: vec![pool] };
    let device = WgpuDevice::default();
    init_setup::<AutoGraphicsApi>(&device, RuntimeOptions { memory_config, ..RuntimeOptions::default() });
    WgpuRuntime::client(&device)
}

#[test]
fn smaller_chunks_and_then_an_error() {
    let client = cramped();
    let device = || Device::new(client.clone(), "cramped").with_budget(u64::MAX);
    let on_device = |samples: u32, n: u64| -> Result<Played> {
        let (sampler, policy) = (Unrank::default(), Greedy::default());
        Pipeline::new(device(), sampler, Playout, policy, Sampling::new(samples))?.play(&setups(n), &mut ())
    };

    // The values of 20 games take 1,120,000 bytes, those of 10 fit.
    let mut there = device();
    let games = there.deal(&setups(20), &Sampling::new(3500)).unwrap();
    let (seen, items) = (there.observe(&games).unwrap(), there.items(&games).unwrap());
    assert_eq!(there.chunks(&seen, &items), [0..10, 10..20]);
    drop((games, seen, items));
    let played = on_device(3500, 20).unwrap();
    let (sampler, policy) = (Unrank::default(), Greedy::default());
    let host = Pipeline::new(Host::default(), sampler, Playout, policy, Sampling::new(3500)).unwrap();
    let host = { host }.play(&setups(20), &mut ()).unwrap();
    assert_eq!(played.games, host.games);
    assert_eq!(played.sampling, host.sampling);

    // Not even one game fits.
    let error = on_device(70_000, 4).unwrap_err().to_string();
    let expected = "cramped: out of memory: there is no room for the values, 1120000 bytes, of ";
    assert!(error.starts_with(expected) && error.ends_with(" bytes wanted together"), "{error}");

    // And the device works on.
    assert_eq!(on_device(3500, 20).unwrap().games, host.games);
}
