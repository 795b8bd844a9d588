//! One kernel for several stages.

use super::{assert_same, device, play};
use crate::evaluators::{Certain, Lazy};
use crate::samplers::BrokenSampler;
use boneyard_core::{Host, Objective, Sampler, Sampling};
use boneyard_device::{DEFAULT_BUDGET, Device, DeviceSampler, Fused};
use boneyard_strategies::evaluator::Playout;
use boneyard_strategies::policy::{Greedy, PolicySpec};
use boneyard_strategies::sampler::{Draw, FirstFit, Unrank};
use cubecl::prelude::*;

/// One kernel for sampling, evaluating and reducing gives the records of three, histograms and costs included.
pub fn fused_equals_staged<R: Runtime>(client: ComputeClient<R>) {
    fn both<R: Runtime, S>(client: &ComputeClient<R>, sampler: S, sampling: Sampling)
    where
        S: DeviceSampler + Sampler<Device<R>> + Copy,
    {
        let what = sampler.id();
        let policy: PolicySpec = "mixed".parse().unwrap();
        let fused = Fused { sampler, evaluator: Playout };
        // Room for a few games at a time, unless there are histograms.
        let budget = if sampling.histogram { DEFAULT_BUDGET } else { 1_296_560 };
        let backend = || device(client).with_budget(budget);
        let staged = play(backend(), sampler, Playout, policy.build(), sampling, 30).unwrap();
        let together = play(backend(), fused, fused, policy.build(), sampling, 30).unwrap();
        assert_same(&what, &staged.games, &together.games);
        assert_eq!(staged.sampling, together.sampling, "{what}");
        let host = play(Host::default(), sampler, Playout, policy.build(), sampling, 30).unwrap();
        assert_same(&what, &host.games, &together.games);
    }
    for draw in Draw::ALL {
        both(&client, Unrank { draw }, Sampling::new(200));
    }
    both(&client, FirstFit::default(), Sampling::new(150));
    both(
        &client,
        Unrank::default(),
        Sampling { evaluate_forced: true, histogram: true, ..Sampling::new(40) },
    );

    let (sampler, policy, sampling) =
        (Unrank::default(), Greedy { objective: Objective::Make }, Sampling::new(50));
    let fused = Fused { sampler, evaluator: Certain };
    let together = play(device(&client), fused, fused, policy, sampling, 30).unwrap();
    let staged = play(device(&client), sampler, Certain, policy, sampling, 30).unwrap();
    assert_same("contracts", &staged.games, &together.games);
    let host = play(Host::default(), sampler, Certain, policy, sampling, 30).unwrap();
    assert_same("contracts", &host.games, &together.games);
}

/// What is wrong is found out in one kernel as in three, and one half of it alone is refused.
pub fn fused_failures_are_errors<R: Runtime>(client: ComputeClient<R>) {
    let sampling = Sampling::new(20);
    let hasty = Fused { sampler: FirstFit { tries: 1 }, evaluator: Playout };
    let text = play(device(&client), hasty, hasty, Greedy::default(), sampling, 10).unwrap_err().to_string();
    assert!(text.starts_with("sampler first-fit found "), "{text}");
    let broken = || Fused { sampler: BrokenSampler, evaluator: Playout };
    let text =
        play(device(&client), broken(), broken(), Greedy::default(), sampling, 3).unwrap_err().to_string();
    assert!(text.starts_with("sampler broken found "), "{text}");
    let lazy = || Fused { sampler: Unrank::default(), evaluator: Lazy };
    let text = play(device(&client), lazy(), lazy(), Greedy::default(), sampling, 3).unwrap_err().to_string();
    assert!(text.starts_with("the device: kernel evaluate (lazy): 1 chunks were not finished"), "{text}");

    let fused = Fused { sampler: Unrank::default(), evaluator: Playout };
    let half = play(device(&client), fused, Playout, Greedy::default(), sampling, 1).unwrap_err();
    assert!(half.to_string().starts_with("a fused sampler leaves the drawing to its evaluator"), "{half}");
    let half = play(device(&client), Unrank::default(), fused, Greedy::default(), sampling, 1).unwrap_err();
    assert!(half.to_string().starts_with("a fused evaluator draws its worlds itself"), "{half}");
}
