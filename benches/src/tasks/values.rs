//! The solver's values on the device equal the host's, on random positions of every ply.

use super::{On, setups};
use anyhow::{Result, ensure};
use boneyard::core::{Backend, Evaluator, Policy, Question, Sampler};
use boneyard::device::Device;
use boneyard::prelude::{AnyPolicy, ContractSolver, Host, Sampling, Solver};
use boneyard::strategies::sampler::AnySampler;
use cubecl::prelude::Runtime;
use std::time::Instant;

/// Worlds of a decision; with 1000 games and 28 plies a million positions.
const SAMPLES: u32 = 40;

/// Plays random games on both sides and compares the values of every world, points and contracts.
pub fn run<R: Runtime>(on: &On<R>) -> Result<()> {
    let n_golden = boneyard_tests::solved::on_device(on.device(), 0)?;
    println!("values: {n_golden} golden positions have their values");
    println!("values: the solver's against the host's, {} games x {SAMPLES}", on.options.games);
    let sampling = Sampling { evaluate_forced: true, ..Sampling::new(SAMPLES) };
    let (mut host, mut there) = (Host { chunk_worlds: 1 << 30 }, on.device());
    let mut policy: AnyPolicy = "epsilon:1".parse()?;
    let mut sampler = AnySampler::default();
    let setups = setups(on.options.games);
    let mut host_games = host.deal(&setups, &sampling)?;
    let mut games = there.deal(&setups, &sampling)?;
    let mut host_choices = host.choices(&host_games)?;
    let (mut compared, mut worlds_compared) = (0u64, 0u64);
    let (mut host_seconds, mut seconds) = (0.0, 0.0);
    for ply in 0..28 {
        let seen = host.observe(&host_games)?;
        let step = there.observe(&games)?;
        let points = Question::Points { unit: 1 };
        let mut host_estimates = host.estimates(&host_games, points)?;
        let mut estimates = there.estimates(&games, points)?;
        for chunk in there.chunks(&step) {
            let (mut host_worlds, mut host_values) = host.buffers(&sampling)?;
            let (mut worlds, mut values) = there.buffers(&sampling)?;
            Sampler::<Host>::sample(&mut sampler, &seen, chunk.clone(), &mut host_worlds)?;
            Sampler::<Device<R>>::sample(&mut sampler, &step, chunk.clone(), &mut worlds)?;
            Evaluator::<Host>::evaluate(&mut ContractSolver, &seen, &host_worlds, &mut host_values)?;
            Evaluator::<Device<R>>::evaluate(&mut ContractSolver, &step, &worlds, &mut values)?;
            compared += equal(&step.read_values()?, &host_values, "contract", ply)?;
            // Sampling makes the values blank again.
            Sampler::<Device<R>>::sample(&mut sampler, &step, chunk, &mut worlds)?;
            let start = Instant::now();
            Evaluator::<Host>::evaluate(&mut Solver, &seen, &host_worlds, &mut host_values)?;
            host_seconds += start.elapsed().as_secs_f64();
            let start = Instant::now();
            Evaluator::<Device<R>>::evaluate(&mut Solver, &step, &worlds, &mut values)?;
            let there_values = step.read_values()?;
            seconds += start.elapsed().as_secs_f64();
            compared += equal(&there_values, &host_values, "points", ply)?;
            worlds_compared += host_values.len() as u64;
            host.reduce(&seen, &host_worlds, &host_values, &mut host_estimates)?;
            there.reduce(&step, &worlds, &values, &mut estimates)?;
        }
        Policy::<Host>::choose(&mut policy, &seen, &host_estimates, &mut host_choices)?;
        Policy::<Device<R>>::choose(&mut policy, &step, &estimates, &mut ())?;
        host.apply(&mut host_games, &seen, host_estimates, &host_choices)?;
        there.apply(&mut games, &step, estimates, &())?;
    }
    println!(
        "  {worlds_compared} positions, {compared} values (points and contracts) of all plies are equal; \
         points: host {host_seconds:.1} s, device {seconds:.1} s"
    );
    Ok(())
}

/// How many values there are; an error if any differs.
fn equal(there: &[[i16; 7]], host: &[[i16; 7]], what: &str, ply: usize) -> Result<u64> {
    ensure!(there.len() == host.len(), "ply {ply}: {} worlds instead of {}", there.len(), host.len());
    let different = there.iter().zip(host).filter(|(there, host)| there != host).count();
    ensure!(
        different == 0,
        "ply {ply}: {what} of {different} of {} worlds differ from the host's",
        host.len()
    );
    Ok(7 * host.len() as u64)
}
