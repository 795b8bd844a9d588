//! Records from the device equal the host's, and the recorded games.

use super::{On, setups};
use anyhow::{Result, ensure};
use boneyard::choice::AnyEvaluator;
use boneyard::prelude::*;
use boneyard_tests::snapshots::{CASCADES, SOLVED};
use cubecl::prelude::Runtime;
use std::time::Instant;

/// Games of every kind: declarations, bids, samplers, policies; the solver for the last five tricks.
pub fn run<R: Runtime>(on: &On<R>) -> Result<()> {
    println!("check: recorded games");
    for snapshot in CASCADES.iter().chain(&SOLVED) {
        let same = snapshot.transcript(on.device())?.trim_end() == snapshot.recorded();
        println!("  {:>24}: {}", snapshot.name, if same { "the same" } else { "another game" });
        ensure!(same, "the device does not play the recorded game {}", snapshot.name);
    }
    println!("check: whole games against the host");
    let samplers = ["affine", "uniform", "distinct", "stratified", "first-fit+backtracking"];
    let policies = ["greedy", "p-make", "softmax:3", "softmax-p-make:0.1", "mixed"];
    let setups = setups(200);
    for k in 0..5 {
        for policy in [policies[k], policies[(k + 1) % 5]] {
            let configuration = Configuration {
                sampler: samplers[k].parse()?,
                policy: policy.parse()?,
                evaluator: AnyEvaluator::Cascade(5),
                sampling: Sampling { samples: 24, evaluate_forced: k == 1, histogram: k == 2 },
                ..Configuration::default()
            };
            let start = Instant::now();
            let host = configuration.pipeline(Host::default(), || ())?.play(&setups)?;
            let host_seconds = start.elapsed().as_secs_f64();
            let start = Instant::now();
            let device = configuration.pipeline(on.device(), || ())?.play(&setups)?;
            let seconds = start.elapsed().as_secs_f64();
            let records = |played: &Played| -> Vec<DecisionRecord> {
                played.games.iter().flat_map(|game| game.decisions.clone()).collect()
            };
            let (ours, theirs) = (records(&device), records(&host));
            let different = ours.iter().zip(&theirs).filter(|(a, b)| a != b).count();
            println!(
                "  {:>24} {policy:>18}: {different} of {} records differ; device {seconds:.2} s, host {host_seconds:.2} s",
                samplers[k],
                theirs.len()
            );
            ensure!(different == 0 && ours.len() == theirs.len(), "the device's records are not the host's");
        }
    }
    Ok(())
}
