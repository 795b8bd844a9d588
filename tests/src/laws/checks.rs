//! Evaluators held against exact ones.

use super::{assert_same, device, play, quick};
use crate::evaluators::InFractions;
use boneyard_core::{Host, Sampling};
use boneyard_device::Device;
use boneyard_strategies::evaluator::{Checked, Checking};
use boneyard_strategies::policy::PolicySpec;
use boneyard_strategies::sampler::Unrank;
use cubecl::prelude::*;

/// Which worlds are checked, what comes of it and what is chosen after it are those of the host.
pub fn checks_equal_the_hosts<R: Runtime>(client: ComputeClient<R>) {
    let sampling = Sampling { histogram: true, ..Sampling::new(60) };
    let policy: PolicySpec = "boltzmann:3".parse().unwrap();
    for (unit, one_in, correct) in [(256, 4, true), (256, 4, false), (1, 1, true), (2, 1000, true)] {
        // Software devices solve the last tricks only; before, there is nothing to correct.
        let checked = Checked::new(Checking { one_in, correct }, InFractions(unit), quick()).unwrap();
        let host =
            play(Host::default(), Unrank::default(), checked.clone(), policy.build(), sampling, 20).unwrap();
        let there = play(device(&client), Unrank::default(), checked, policy.build(), sampling, 20).unwrap();
        assert_same("checks", &host.games, &there.games);
        let checks = there.games.iter().flat_map(|game| &game.decisions).filter_map(|decision| {
            decision.estimate.as_ref()?.check.as_ref().map(|check| check.sum.iter().any(|&sum| sum != 0))
        });
        let (n, apart) = checks.fold((0, 0), |(n, apart), differs| (n + 1, apart + u32::from(differs)));
        assert!(n > 200 && apart > 20, "{apart} of {n} decisions differ from their playouts");
    }
    // Choices that look at errors look at those of corrections too, of all worlds and of some.
    for (policy, unit, one_in) in [
        ("indifferent:1", 256, 4),
        ("lower:2", 1, 3),
        ("indifferent-p-make:1", 1, 2),
        ("lower-p-make:1", 256, 30),
    ] {
        let (sampling, policy) = (Sampling::new(60), policy.parse::<PolicySpec>().unwrap());
        let checked =
            |correct| Checked::new(Checking { one_in, correct }, InFractions(unit), quick()).unwrap();
        let [corrected, plain] = [true, false].map(|correct| {
            let host =
                play(Host::default(), Unrank::default(), checked(correct), policy.build(), sampling, 20);
            let there =
                play(device(&client), Unrank::default(), checked(correct), policy.build(), sampling, 20);
            let (host, there) = (host.unwrap(), there.unwrap());
            assert_same(&policy.to_string(), &host.games, &there.games);
            host
        });
        assert_ne!(corrected.games, plain.games);
    }
    // In chunks: of eight games, whose comparisons take half of what their worlds leave.
    let sampling = Sampling::new(400);
    let checked = Checked::new(Checking { one_in: 4, correct: true }, InFractions(2), quick()).unwrap();
    let host =
        play(Host::default(), Unrank::default(), checked.clone(), policy.build(), sampling, 8).unwrap();
    let tight = Device::new(client, "the device").with_budget(757_952);
    let there = play(tight, Unrank::default(), checked, policy.build(), sampling, 8).unwrap();
    assert_same("checks in chunks", &host.games, &there.games);
}
