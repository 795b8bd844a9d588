//! The solver's values on the device equal the host's, on random positions of every ply.

use super::{On, setups};
use anyhow::{Result, ensure};
use boneyard::core::Question;
use boneyard::prelude::{ContractSolver, Host, Mixture, Sampling, Solver, Unrank};
use boneyard_tests::batch::Batch;
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
    let setups = setups(on.options.games);
    let mut host = Batch::deal(Host { chunk_worlds: 1 << 30 }, &setups, &sampling)?;
    let mut there = Batch::deal(on.device(), &setups, &sampling)?;
    let (mut sampler, mut policy) = (Unrank::default(), Mixture::default().epsilon(1.0)?);
    let (mut compared, mut worlds_compared) = (0u64, 0u64);
    let (mut host_seconds, mut seconds) = (0.0, 0.0);
    for ply in 0..28 {
        let points = Question::Points { unit: 1 };
        let (host_seen, mut host_estimates) = host.observe(points)?;
        let (seen, mut estimates) = there.observe(points)?;
        host.chunks(&host_seen, &host_estimates)?;
        for chunk in there.chunks(&seen, &estimates)? {
            host.sample(&mut sampler, &host_seen, chunk.clone())?;
            there.sample(&mut sampler, &seen, chunk)?;
            host.evaluate(&mut ContractSolver, &host_seen)?;
            there.evaluate(&mut ContractSolver, &seen)?;
            compared += equal(&there.values.read(&there.on, &seen)?, &host.values.slots, "contract", ply)?;
            let start = Instant::now();
            host.evaluate(&mut Solver, &host_seen)?;
            host_seconds += start.elapsed().as_secs_f64();
            let start = Instant::now();
            there.evaluate(&mut Solver, &seen)?;
            let values = there.values.read(&there.on, &seen)?;
            seconds += start.elapsed().as_secs_f64();
            compared += equal(&values, &host.values.slots, "points", ply)?;
            worlds_compared += values.len() as u64;
            host.reduce(&host_seen, &mut host_estimates)?;
            there.reduce(&seen, &mut estimates)?;
        }
        host.choose(&mut policy, &host_seen, host_estimates)?;
        there.choose(&mut policy, &seen, estimates)?;
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
