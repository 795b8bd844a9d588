//! Records from the device equal the host's, and the recorded games.

use super::{On, setups};
use anyhow::{Result, ensure};
use boneyard::prelude::*;
use boneyard_tests::snapshots::{CASCADES, SOLVED};
use cubecl::prelude::Runtime;
use std::time::Instant;

const SAMPLERS: [&str; 5] = ["affine", "uniform", "distinct", "stratified", "first-fit+backtracking"];
const POLICIES: [&str; 8] = [
    "greedy",
    "p-make",
    "softmax:3",
    "softmax-p-make:0.1",
    "epsilon:0.2",
    "boltzmann:2",
    "blunder:0.1,5",
    "mixed",
];

/// The recorded games; then games of every kind, all samplers × all policies, solved from the first ply to the last.
pub fn run<R: Runtime>(on: &On<R>) -> Result<()> {
    println!("check: recorded games");
    for snapshot in CASCADES.iter().chain(&SOLVED) {
        let same = snapshot.transcript(on.device())?.trim_end() == snapshot.recorded();
        println!("  {:>24}: {}", snapshot.name, if same { "the same" } else { "another game" });
        ensure!(same, "the device does not play the recorded game {}", snapshot.name);
    }
    println!("check: whole games against the host, 200 a line");
    let setups = setups(200);
    let mut n_records = 0;
    for (k, sampler) in SAMPLERS.into_iter().enumerate() {
        let (mut host_seconds, mut seconds) = (0.0, 0.0);
        for policy in POLICIES {
            let configuration = Configuration {
                sampler: sampler.parse()?,
                policy: policy.parse()?,
                evaluator: EvaluatorSpec::Solver,
                sampling: Sampling { evaluate_forced: k == 1, histogram: k == 2, ..Sampling::new(10) },
                ..Configuration::default()
            };
            let start = Instant::now();
            let host = configuration.pipeline(Host::default())?.play(&setups, &mut ())?;
            host_seconds += start.elapsed().as_secs_f64();
            let start = Instant::now();
            let device = configuration.pipeline(on.device())?.play(&setups, &mut ())?;
            seconds += start.elapsed().as_secs_f64();
            let records = |played: &Played| -> Vec<DecisionRecord> {
                played.games.iter().flat_map(|game| game.decisions.clone()).collect()
            };
            let (ours, theirs) = (records(&device), records(&host));
            let different = ours.iter().zip(&theirs).filter(|(a, b)| a != b).count();
            ensure!(
                different == 0 && ours.len() == theirs.len(),
                "{sampler} and {policy}: {different} of {} records are not the host's",
                theirs.len()
            );
            n_records += theirs.len();
        }
        println!(
            "  {sampler:>24}, {} policies: the same; device {seconds:.1} s, host {host_seconds:.1} s",
            POLICIES.len()
        );
    }
    println!("  {n_records} records are equal");
    Ok(())
}
