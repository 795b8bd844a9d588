//! Tokens of worlds.

use super::device;
use crate::batch::Batch;
use crate::games::setups;
use boneyard_core::{Answers, Host, HostObservations, HostWorlds, Question, Sampling, Tokenizer};
use boneyard_device::{Device, DeviceObservations, DeviceWorlds, Fused};
use boneyard_net::tokenizer::{DealTokenizerKernel, WORDS, token_buffer};
use boneyard_net::{DealTokenizer, Tokens};
use boneyard_strategies::evaluator::Playout;
use boneyard_strategies::policy::Mixture;
use boneyard_strategies::sampler::Unrank;
use cubecl::prelude::*;

/// What no token is.
const SENTINEL: u32 = 0xdead_beef;

/// Worlds of a part: not a divisor of anything.
const PART: usize = 37;

/// Compares one part of a chunk; what the part has beyond the chunk's end must be left alone. Returns how many tokens
/// of the trick under way there were.
fn compare_part<R: Runtime>(
    on: &mut Device<R>,
    (host_seen, host_worlds): (&HostObservations, &HostWorlds),
    (seen, worlds): (&DeviceObservations, &DeviceWorlds),
    first: usize,
) -> usize {
    let part = first..first + PART;
    let mut expected = Vec::<Tokens>::new();
    let host = &mut Host::default();
    DealTokenizer.tokenize(host, host_seen, host_worlds, part.clone(), &mut expected).unwrap();
    let mut buffer = on.upload("the tokens", &[SENTINEL; PART * WORDS]).unwrap();
    DealTokenizer.tokenize(on, seen, worlds, part, &mut buffer).unwrap();
    let read = on.read("the tokens", vec![buffer.handle()]).unwrap().remove(0);
    let (rows, rest) = read.split_at(expected.len() * WORDS);
    for (i, (row, expected)) in rows.chunks_exact(WORDS).zip(&expected).enumerate() {
        assert_eq!(row, expected.words(), "ply {}, world {}", seen.ply(), first + i);
    }
    assert!(rest.iter().all(|&word| word == SENTINEL), "ply {}: tokens of what is not there", seen.ply());
    expected.iter().map(|tokens| tokens.present()[29..].iter().filter(|&&present| present).count()).sum()
}

/// A device with memory for most of 40 games a chunk, and for the tokens of a part beside them.
fn tight<R: Runtime>(client: &ComputeClient<R>, sampling: &Sampling) -> Device<R> {
    use boneyard_core::Backend;
    let fits = |budget: &u64| device(client).with_budget(*budget).deal(&setups(40), sampling).is_ok();
    let least = (1 << 16..1 << 24).step_by(1024).find(fits).expect("16 MiB are enough");
    device(client).with_budget(least + 2 * (4 * PART * WORDS) as u64)
}

/// Random games under all declarations, every ply, forced moves too.
pub fn tokens_equal_the_hosts<R: Runtime>(client: ComputeClient<R>) {
    let sampling = Sampling { evaluate_forced: true, ..Sampling::new(11) };
    let mut host = Batch::deal(Host::default(), &setups(40), &sampling).unwrap();
    let mut there = Batch::deal(tight(&client, &sampling), &setups(40), &sampling).unwrap();
    let (mut sampler, mut policy) = (Unrank::default(), Mixture::default().epsilon(1.0).expect("a rate"));
    let (mut n_worlds, mut on_table) = (0, 0);
    for _ in 0..28 {
        let (host_seen, mut host_estimates) = host.observe(Playout.question()).unwrap();
        let (seen, mut estimates) = there.observe(Playout.question()).unwrap();
        host.chunks(&host_seen, &host_estimates).unwrap();
        let chunks = there.chunks(&seen, &estimates).unwrap();
        assert!(
            chunks.len() > 1 && chunks[0].len() * 11 > PART,
            "chunks in a batch, parts in a chunk: {chunks:?}"
        );
        for chunk in chunks {
            host.sample(&mut sampler, &host_seen, chunk.clone()).unwrap();
            there.sample(&mut sampler, &seen, chunk).unwrap();
            for first in (0..there.worlds.drawn().unwrap().most).step_by(PART) {
                let (on, worlds) = (&mut there.on, &there.worlds);
                on_table += compare_part(on, (&host_seen, &host.worlds), (&seen, worlds), first);
            }
            n_worlds += host.worlds.worlds.len();
            host.evaluate(&mut Playout, &host_seen).unwrap();
            there.evaluate(&mut Playout, &seen).unwrap();
            host.reduce(&host_seen, &mut host_estimates).unwrap();
            there.reduce(&seen, &mut estimates).unwrap();
        }
        host.choose(&mut policy, &host_seen, host_estimates).unwrap();
        there.choose(&mut policy, &seen, estimates).unwrap();
    }
    assert_eq!(host.finish().unwrap(), there.finish().unwrap());
    assert!(n_worlds > 9_000 && on_table > 9_000, "{n_worlds} worlds, {on_table} dominoes on the table");
}

/// Worlds that are drawn later have no tokens, and a buffer that is too small is an error, never written beyond.
pub fn tokens_need_worlds_and_room<R: Runtime>(client: ComputeClient<R>) {
    let mut batch = Batch::deal(device(&client), &setups(2), &Sampling::new(10)).unwrap();
    let (seen, estimates) = batch.observe(Question::Points { unit: 1 }).unwrap();
    batch.chunks(&seen, &estimates).unwrap();
    batch.sample(&mut Fused { sampler: Unrank::default(), evaluator: Playout }, &seen, 0..2).unwrap();
    let mut buffer = token_buffer::<DealTokenizerKernel, R>(&batch.on, 20).unwrap();
    let refused = DealTokenizer.tokenize(&mut batch.on, &seen, &batch.worlds, 0..20, &mut buffer);
    let text = refused.unwrap_err().to_string();
    assert!(text.starts_with("a fused sampler leaves the drawing to its evaluator"), "{text}");

    batch.sample(&mut Unrank::default(), &seen, 0..2).unwrap();
    let mut buffer = token_buffer::<DealTokenizerKernel, R>(&batch.on, 19).unwrap();
    let (on, worlds) = (&mut batch.on, &batch.worlds);
    let mut tokenize = |part| DealTokenizer.tokenize(on, &seen, worlds, part, &mut buffer);
    assert_eq!(
        tokenize(0..20).unwrap_err().to_string(),
        "the device: kernel tokenize: a buffer for 19 worlds, expected 20"
    );
    tokenize(0..19).unwrap();
    // The chunk has 20 worlds at most, whatever is asked for.
    tokenize(1..1000).unwrap();
    tokenize(20..1000).unwrap();
    tokenize(30..40).unwrap();
}
