//! Worlds, stage by stage.

use super::{assert_same, device, quick};
use crate::batch::Batch;
use crate::games::setups;
use crate::referee::{Verdict, referee};
use boneyard_core::{Evaluator, Host, Sampling};
use boneyard_device::Device;
use boneyard_rules::World;
use boneyard_strategies::policy::Mixture;
use boneyard_strategies::sampler::SamplerSpec;
use cubecl::prelude::*;

/// Walks a host and a device through the same random games and compares the worlds and values of every step.
/// Returns how many worlds there were.
pub(super) fn walk<R: Runtime>(
    there: Device<R>,
    sampler: SamplerSpec,
    evaluator: impl Evaluator<Host> + Evaluator<Device<R>>,
    sampling: Sampling,
    n: u64,
    first_ply: usize,
) -> usize {
    let mut policy = Mixture::default().epsilon(1.0).expect("a rate");
    let (mut host_sampler, mut sampler) = (sampler.build::<Host>(), sampler.build::<Device<R>>());
    let (mut evaluator, setups) = (evaluator, setups(n));
    let question = evaluator.question();
    let mut host = Batch::deal(Host { chunk_worlds: 1 << 30 }, &setups, &sampling).unwrap();
    let mut there = Batch::deal(there, &setups, &sampling).unwrap();
    let mut n_worlds = 0;
    for ply in 0..28 {
        let what = format!("{} at ply {ply}", sampler.id());
        let (host_seen, mut host_estimates) = host.observe(question).unwrap();
        let (seen, mut estimates) = there.observe(question).unwrap();
        host.chunks(&host_seen, &host_estimates).unwrap();
        for chunk in there.chunks(&seen, &estimates).unwrap() {
            host.sample(&mut host_sampler, &host_seen, chunk.clone()).unwrap();
            there.sample(&mut sampler, &seen, chunk).unwrap();
            if ply >= first_ply {
                let drawn = there.worlds.drawn().unwrap();
                let owners = host.worlds.owners.iter().map(|&owner| owner as usize);
                let expected: Vec<(usize, World)> = owners.zip(host.worlds.worlds.clone()).collect();
                assert_eq!(drawn.read(&there.on, &seen).unwrap(), expected, "{what}");
                let fine = Verdict { checked: expected.len() as u64, ..Verdict::default() };
                assert_eq!(referee(&there.on, &seen, drawn).unwrap(), fine, "{what}");
                n_worlds += expected.len();
            }
            host.evaluate(&mut evaluator, &host_seen).unwrap();
            there.evaluate(&mut evaluator, &seen).unwrap();
            if ply >= first_ply {
                let read = there.values.read(&there.on, &seen).unwrap();
                for (i, (value, expected)) in read.iter().zip(&host.values.slots).enumerate() {
                    assert_eq!(value, expected, "{what}, world {i}");
                }
            }
            host.reduce(&host_seen, &mut host_estimates).unwrap();
            there.reduce(&seen, &mut estimates).unwrap();
        }
        host.choose(&mut policy, &host_seen, host_estimates).unwrap();
        there.choose(&mut policy, &seen, estimates).unwrap();
    }
    assert_same(&sampler.id(), &host.finish().unwrap(), &there.finish().unwrap());
    n_worlds
}

/// The same worlds from every sampler, at every ply; the referee, who does not know the host, agrees with each.
pub fn worlds_equal_the_hosts<R: Runtime>(client: ComputeClient<R>) {
    for sampler in SamplerSpec::all() {
        if sampler.has_kernel() {
            let n = walk(device(&client), sampler, quick(), Sampling::new(33), 20, 0);
            assert!(n > 5_000, "{n} worlds");
        }
    }
}
