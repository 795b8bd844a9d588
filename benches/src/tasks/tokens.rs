//! Tokens: equal to the host's at every ply, and how fast they are made.

use super::{On, setups};
use anyhow::{Result, ensure};
use boneyard::core::{Backend, Evaluator, Policy, Question, Sampler, Tokenizer};
use boneyard::device::Device;
use boneyard::net::tokenizer::{DealTokenizerKernel, WORDS};
use boneyard::net::{DealTokenizer, Tokens};
use boneyard::prelude::{AnyPolicy, AnySampler, Host, Sampling};
use boneyard::strategies::evaluator::Playout;
use cubecl::prelude::{CubeElement, Runtime};

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
    let (mut host, mut device) = (Host::default(), on.device());
    let (mut sampler, mut policy) = (AnySampler::default(), "epsilon:1".parse::<AnyPolicy>()?);
    let (mut host_games, mut games) = (host.deal(&setups, &sampling)?, device.deal(&setups, &sampling)?);
    let mut host_choices = host.choices(&host_games)?;
    let (mut n_worlds, mut different) = (0, 0);
    for _ in 0..28 {
        let (seen, step) = (host.observe(&host_games)?, device.observe(&games)?);
        let question = Question::Points { unit: 1 };
        let (mut host_estimates, mut estimates) =
            (host.estimates(&host_games, question)?, device.estimates(&games, question)?);
        for chunk in device.chunks(&step) {
            let (mut host_worlds, mut host_values) = host.buffers(&sampling)?;
            let (mut worlds, mut values) = device.buffers(&sampling)?;
            Sampler::<Host>::sample(&mut sampler, &seen, chunk.clone(), &mut host_worlds)?;
            Sampler::<Device<R>>::sample(&mut sampler, &step, chunk, &mut worlds)?;
            let n = host_worlds.worlds.len();
            let mut expected = Vec::<Tokens>::new();
            Tokenizer::<Host>::tokenize(&mut DealTokenizer, &seen, &host_worlds, 0..n, &mut expected)?;
            let mut tokens = step.token_buffer::<DealTokenizerKernel>(n)?;
            Tokenizer::<Device<R>>::tokenize(&mut DealTokenizer, &step, &worlds, 0..n, &mut tokens)?;
            let read = on.client.read_one(tokens).map_err(|error| anyhow::anyhow!("{error:?}"))?;
            let rows = u32::from_bytes(&read).chunks_exact(WORDS);
            different += rows.zip(&expected).filter(|(row, tokens)| row != tokens.words()).count();
            n_worlds += n;
            Evaluator::<Host>::evaluate(&mut Playout, &seen, &host_worlds, &mut host_values)?;
            Evaluator::<Device<R>>::evaluate(&mut Playout, &step, &worlds, &mut values)?;
            host.reduce(&seen, &host_worlds, &host_values, &mut host_estimates)?;
            device.reduce(&step, &worlds, &values, &mut estimates)?;
        }
        Policy::<Host>::choose(&mut policy, &seen, &host_estimates, &mut host_choices)?;
        Policy::<Device<R>>::choose(&mut policy, &step, &estimates, &mut ())?;
        host.apply(&mut host_games, &seen, host_estimates, &host_choices)?;
        device.apply(&mut games, &step, estimates, &())?;
    }
    println!("tokens: {different} of {n_worlds} worlds differ from the host's");
    ensure!(different == 0 && n_worlds > 0, "the device's tokens are not the host's");
    Ok(())
}

/// The worlds of first decisions.
fn measure<R: Runtime>(on: &On<R>) -> Result<()> {
    let sampling = Sampling::new(on.options.samples);
    let mut device = on.device();
    let games = device.deal(&setups(on.options.games), &sampling)?;
    let step = device.observe(&games)?;
    let Some(chunk) = device.chunks(&step).into_iter().next() else { return Ok(()) };
    let (mut worlds, _) = device.buffers(&sampling)?;
    Sampler::<Device<R>>::sample(&mut AnySampler::default(), &step, chunk, &mut worlds)?;
    let n = step.most_worlds_of(&worlds);
    let mut tokens = step.token_buffer::<DealTokenizerKernel>(n.min(PART))?;
    for round in ["first, kernels compiled", "second", "third"] {
        let (seconds, ()) = on.time(|| {
            for first in (0..n).step_by(PART) {
                let part = first..n.min(first + PART);
                Tokenizer::<Device<R>>::tokenize(&mut DealTokenizer, &step, &worlds, part, &mut tokens)?;
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
