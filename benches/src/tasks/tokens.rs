//! Tokens: equal to the host's at every ply, and how fast they are made.

use super::{On, setups};
use anyhow::{Result, ensure};
use boneyard::core::{Question, Tokenizer};
use boneyard::net::tokenizer::{DealTokenizerKernel, WORDS, token_buffer};
use boneyard::net::{DealTokenizer, Tokens};
use boneyard::prelude::{Host, Mixture, Sampling, Unrank};
use boneyard::strategies::evaluator::Playout;
use boneyard_tests::batch::Batch;
use cubecl::prelude::Runtime;

/// Worlds tokenized at once: 96 MiB of tokens.
const PART: usize = 1 << 18;

/// Random games, then time.
pub fn run<R: Runtime>(on: &On<R>) -> Result<()> {
    check(on)?;
    measure(on)
}

/// Every world of random games under all declarations, forced moves too.
fn check<R: Runtime>(on: &On<R>) -> Result<()> {
    let sampling = Sampling { evaluate_forced: true, ..Sampling::new(24) };
    let setups = setups(200);
    let mut host = Batch::deal(Host::default(), &setups, &sampling)?;
    let mut there = Batch::deal(on.device(), &setups, &sampling)?;
    let (mut sampler, mut policy) = (Unrank::default(), Mixture::default().epsilon(1.0)?);
    let (mut n_worlds, mut different) = (0, 0);
    for _ in 0..28 {
        let question = Question::Points { unit: 1 };
        let (host_seen, mut host_estimates) = host.observe(question)?;
        let (seen, mut estimates) = there.observe(question)?;
        host.chunks(&host_seen, &host_estimates)?;
        for chunk in there.chunks(&seen, &estimates)? {
            host.sample(&mut sampler, &host_seen, chunk.clone())?;
            there.sample(&mut sampler, &seen, chunk)?;
            let n = host.worlds.worlds.len();
            let mut expected = Vec::<Tokens>::new();
            DealTokenizer.tokenize(&mut host.on, &host_seen, &host.worlds, 0..n, &mut expected)?;
            let mut tokens = token_buffer::<DealTokenizerKernel, R>(&there.on, n)?;
            DealTokenizer.tokenize(&mut there.on, &seen, &there.worlds, 0..n, &mut tokens)?;
            let read = there.on.read("the tokens", vec![tokens.handle()])?.remove(0);
            different +=
                read.chunks_exact(WORDS).zip(&expected).filter(|(row, it)| row != it.words()).count();
            n_worlds += n;
            host.evaluate(&mut Playout, &host_seen)?;
            there.evaluate(&mut Playout, &seen)?;
            host.reduce(&host_seen, &mut host_estimates)?;
            there.reduce(&seen, &mut estimates)?;
        }
        host.choose(&mut policy, &host_seen, host_estimates)?;
        there.choose(&mut policy, &seen, estimates)?;
    }
    println!("tokens: {different} of {n_worlds} worlds differ from the host's");
    ensure!(different == 0 && n_worlds > 0, "the device's tokens are not the host's");
    Ok(())
}

/// The worlds of first decisions.
fn measure<R: Runtime>(on: &On<R>) -> Result<()> {
    let sampling = Sampling::new(on.options.samples);
    let mut batch = Batch::deal(on.device(), &setups(on.options.games), &sampling)?;
    let (seen, estimates) = batch.observe(Question::Points { unit: 1 })?;
    let Some(chunk) = batch.chunks(&seen, &estimates)?.into_iter().next() else { return Ok(()) };
    batch.sample(&mut Unrank::default(), &seen, chunk)?;
    let n = batch.worlds.drawn()?.most;
    let mut tokens = token_buffer::<DealTokenizerKernel, R>(&batch.on, n.min(PART))?;
    for round in ["first, kernels compiled", "second", "third"] {
        let (seconds, ()) = on.time(|| {
            for first in (0..n).step_by(PART) {
                let part = first..n.min(first + PART);
                DealTokenizer.tokenize(&mut batch.on, &seen, &batch.worlds, part, &mut tokens)?;
            }
            Ok(())
        })?;
        println!(
            "  {round}: {n} worlds in {:.2} ms, {:.3} G worlds/s, {:.1} GB/s",
            seconds * 1e3,
            n as f64 / seconds / 1e9,
            (4 * n * WORDS) as f64 / seconds / 1e9,
        );
    }
    Ok(())
}
