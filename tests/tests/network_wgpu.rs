//! Networks on software Vulkan, or on a GPU where there is one.

use boneyard_core::{
    AtOnce, Backend, Evaluator, GameRecord, Host, Pipeline, Planner, Policy, Result, Sampler, Sampling,
};
use boneyard_device::Device;
use boneyard_net::tokenizer::folded::FoldedTokenizer;
use boneyard_net::{Architecture, Arithmetic, DealTokenizer, Forward, Neural, Reference, Weights};
use boneyard_runtime::{DeviceRuntime, Wgpu};
use boneyard_strategies::evaluator::{Cascade, Solver};
use boneyard_strategies::policy::Mixture;
use boneyard_strategies::sampler::Unrank;
use boneyard_tests::{games::setups, network};
use std::sync::Arc;

fn client() -> cubecl::prelude::ComputeClient<Wgpu> {
    Wgpu::open(0).expect("a wgpu adapter")
}

#[test]
fn golden_rows_have_their_answers() {
    let there = network::golden(client(), false).unwrap();
    assert_eq!((there.arithmetic, there.worlds), (Arithmetic::Single, 300));
}

#[test]
fn networks_of_odd_shapes_answer_as_the_reference() {
    let sizes = [(48, 3, 1, 20, 200), (12, 1, 3, 1, 50), (44, 11, 2, 70, 50), (128, 8, 2, 512, 24)];
    for (width, heads, layers, feed_forward, n_worlds) in sizes {
        let architecture = Architecture { width, heads, layers, feed_forward };
        network::random(client(), architecture, n_worlds, false).unwrap();
    }
}

/// Random games, in which what is chosen does not depend on what a network answers.
fn play<B: Backend>(backend: B, evaluator: impl Evaluator<B>, n: u64) -> Result<Vec<GameRecord>>
where
    Unrank: Sampler<B>,
    Mixture: Policy<B>,
    AtOnce: Planner<B>,
{
    let policy = Mixture::default().epsilon(1.0)?;
    let sampling = Sampling { evaluate_forced: true, ..Sampling::new(11) };
    let mut pipeline = Pipeline::new(backend, Unrank::default(), evaluator, policy, sampling)?;
    Ok(pipeline.play(&setups(n), &mut ())?.games)
}

/// Every ply of games under all declarations; the last two tricks by the exact solver, in the network's unit.
#[test]
fn whole_games_have_the_estimates_of_the_host() {
    let architecture = Architecture { width: 32, heads: 4, layers: 2, feed_forward: 64 };
    let weights = Arc::new(Weights::random(architecture, 3).unwrap());
    let on_host = Neural::new(DealTokenizer, Reference::model(&weights).unwrap());
    let host = play(Host::default(), Cascade::new(2, Solver, on_host).unwrap(), 20).unwrap();
    let forward = Forward::new(weights).unwrap();
    for budget in [8 << 20, 1 << 30] {
        let device = Device::new(client(), "here").with_budget(budget);
        let there = Neural::new(FoldedTokenizer, forward.clone());
        let there = play(device, Cascade::new(2, Solver, there).unwrap(), 20).unwrap();
        let (mut compared, mut equal) = (0, 0);
        for (host, there) in host.iter().zip(&there) {
            for (host, there) in host.decisions.iter().zip(&there.decisions) {
                assert_eq!(
                    (host.ply, host.choice.slot, host.legal),
                    (there.ply, there.choice.slot, there.legal)
                );
                let [host_sums, sums] = [host, there].map(|it| it.estimate.as_ref().unwrap());
                assert_eq!((host_sums.question, host_sums.worlds), (sums.question, sums.worlds));
                for slot in (0..7).filter(|slot| host.legal >> slot & 1 == 1) {
                    let apart = host_sums.sum[slot].abs_diff(sums.sum[slot]);
                    // Rounding to units may go the other way.
                    assert!(apart <= u64::from(sums.worlds), "ply {}: {host_sums:?}, {sums:?}", host.ply);
                    assert!(host.ply < 20 || apart == 0, "the solver is exact");
                    (compared, equal) = (compared + 1, equal + u32::from(apart == 0));
                }
            }
        }
        assert!(compared > 1000 && equal > compared * 9 / 10, "{equal} of {compared} sums are the same");
    }
}

#[test]
fn answers_that_are_no_numbers_are_errors() {
    let architecture = Architecture { width: 12, heads: 1, layers: 1, feed_forward: 4 };
    let mut file = Weights::random(architecture, 3).unwrap().to_safetensors();
    let length = file.len();
    // The heads come last: weights so large that their sum is infinite.
    for number in file[length - 4 * 2 * 13..].chunks_exact_mut(4) {
        number.copy_from_slice(&3e38f32.to_le_bytes());
    }
    let weights = Weights::read(&file, None).unwrap();
    let there = Neural::new(FoldedTokenizer, Forward::new(Arc::new(weights)).unwrap());
    let error = play(Device::new(client(), "here"), there, 2).unwrap_err().to_string();
    assert!(error.starts_with("evaluator net: "), "{error}");
    assert!(error.ends_with(" values are no numbers, expected points"), "{error}");
}
