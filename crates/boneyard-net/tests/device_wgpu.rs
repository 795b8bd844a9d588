//! Tokens on wgpu against tokens on the host: software Vulkan where there is no GPU.

use boneyard_core::{
    Backend, Deals, Evaluator, Host, HostObservations, HostWorlds, Policy, Sampler, Sampling, Setup,
    Tokenizer,
};
use boneyard_device::{Device, DeviceStep, DeviceWorlds, Fused};
use boneyard_net::tokenizer::{DealTokenizerKernel, WORDS};
use boneyard_net::{DealTokenizer, Tokens};
use boneyard_rules::{Bid, Declaration, Seat};
use boneyard_strategies::evaluator::Playout;
use boneyard_strategies::policy::AnyPolicy;
use boneyard_strategies::sampler::Unrank;
use cubecl::prelude::*;
use cubecl::wgpu::WgpuRuntime;

/// What no token is.
const SENTINEL: u32 = 0xdead_beef;

/// Worlds of a part: not a divisor of anything.
const PART: usize = 37;

fn setups() -> Vec<Setup> {
    let setup = |seed: u64| Setup {
        game: seed,
        seed,
        deal: Deals::Python.deal(seed),
        declaration: Declaration::new(seed % 10).unwrap(),
        bidder: Seat::new(seed / 10 % 4).unwrap(),
        bid: Bid::THIRTY,
    };
    (0..40).map(setup).collect()
}

/// Compares one part of a chunk; what the part has beyond the chunk's end must be left alone. Returns how many tokens
/// of the trick under way there were.
fn compare_part<R: Runtime>(
    client: &ComputeClient<R>,
    (seen, host_worlds): (&HostObservations, &HostWorlds),
    (step, worlds): (&DeviceStep<R>, &DeviceWorlds),
    first: usize,
) -> usize {
    let mut tokenizer = DealTokenizer;
    let part = first..first + PART;
    let mut expected = Vec::<Tokens>::new();
    Tokenizer::<Host>::tokenize(&mut tokenizer, seen, host_worlds, part.clone(), &mut expected).unwrap();
    let mut buffer = client.create_from_slice(u32::as_bytes(&[SENTINEL; PART * WORDS]));
    Tokenizer::<Device<R>>::tokenize(&mut tokenizer, step, worlds, part, &mut buffer).unwrap();
    client.flush().unwrap();
    let read = client.read_one(buffer).unwrap();
    let (rows, rest) = u32::from_bytes(&read).split_at(expected.len() * WORDS);
    for (i, (row, expected)) in rows.chunks_exact(WORDS).zip(&expected).enumerate() {
        assert_eq!(row, expected.words(), "ply {}, world {}", step.ply(), first + i);
    }
    assert!(rest.iter().all(|&word| word == SENTINEL), "ply {}: tokens of what is not there", step.ply());
    expected.iter().map(|tokens| tokens.present()[29..].iter().filter(|&&present| present).count()).sum()
}

/// A device with memory for a few games a chunk.
fn tight<R: Runtime>(client: &ComputeClient<R>, sampling: &Sampling) -> Device<R> {
    let with = |budget| Device::new(client.clone(), "the device").with_budget(budget);
    let fits = |budget: &u64| with(*budget).deal(&setups(), sampling).is_ok();
    let least = (1 << 16..1 << 24).step_by(4096).find(fits).expect("16 MiB are enough");
    with(least + 2048)
}

/// Random games under all declarations, every ply, forced moves too.
#[test]
fn tokens_equal_the_hosts() {
    let client = WgpuRuntime::client(&Default::default());
    let mut host = Host::default();
    let (mut sampler, mut evaluator) = (Unrank::default(), Playout);
    let mut policy: AnyPolicy = "epsilon:1".parse().unwrap();
    let sampling = Sampling { evaluate_forced: true, ..Sampling::new(11) };
    let mut there = tight(&client, &sampling);
    let mut host_games = host.deal(&setups(), &sampling).unwrap();
    let mut games = there.deal(&setups(), &sampling).unwrap();
    let mut host_choices = host.choices(&host_games).unwrap();
    let (mut n_worlds, mut on_table) = (0, 0);
    for _ in 0..28 {
        let seen = host.observe(&host_games).unwrap();
        let step = there.observe(&games).unwrap();
        let question = Evaluator::<Host>::question(&evaluator);
        let mut host_estimates = host.estimates(&host_games, question).unwrap();
        let mut estimates = there.estimates(&games, question).unwrap();
        let chunks = there.chunks(&step);
        assert!(
            chunks.len() > 1 && chunks[0].len() * 11 > PART,
            "chunks in a batch, parts in a chunk: {chunks:?}"
        );
        for chunk in chunks {
            let (mut host_worlds, mut host_values) = host.buffers(&sampling).unwrap();
            let (mut worlds, mut values) = there.buffers(&sampling).unwrap();
            Sampler::<Host>::sample(&mut sampler, &seen, chunk.clone(), &mut host_worlds).unwrap();
            Sampler::<Device<_>>::sample(&mut sampler, &step, chunk, &mut worlds).unwrap();
            for first in (0..step.most_worlds_of(&worlds)).step_by(PART) {
                on_table += compare_part(&client, (&seen, &host_worlds), (&step, &worlds), first);
            }
            n_worlds += host_worlds.worlds.len();
            Evaluator::<Host>::evaluate(&mut evaluator, &seen, &host_worlds, &mut host_values).unwrap();
            Evaluator::<Device<_>>::evaluate(&mut evaluator, &step, &worlds, &mut values).unwrap();
            host.reduce(&seen, &host_worlds, &host_values, &mut host_estimates).unwrap();
            there.reduce(&step, &worlds, &values, &mut estimates).unwrap();
        }
        Policy::<Host>::choose(&mut policy, &seen, &host_estimates, &mut host_choices).unwrap();
        Policy::<Device<_>>::choose(&mut policy, &step, &estimates, &mut ()).unwrap();
        host.apply(&mut host_games, &seen, host_estimates, &host_choices).unwrap();
        there.apply(&mut games, &step, estimates, &()).unwrap();
    }
    assert_eq!(host.finish(host_games).unwrap().0, there.finish(games).unwrap().0);
    assert!(n_worlds > 9_000 && on_table > 9_000, "{n_worlds} worlds, {on_table} dominoes on the table");
}

/// A fused sampler has no worlds to make tokens of.
#[test]
fn worlds_that_are_drawn_later_are_refused() {
    let client = WgpuRuntime::client(&Default::default());
    let mut there = Device::new(client, "the device");
    let games = there.deal(&setups()[..2], &Sampling::new(10)).unwrap();
    let step = there.observe(&games).unwrap();
    let mut worlds = DeviceWorlds::default();
    let mut fused = Fused { sampler: Unrank::default(), evaluator: Playout };
    Sampler::<Device<_>>::sample(&mut fused, &step, 0..2, &mut worlds).unwrap();
    let mut buffer = step.token_buffer::<DealTokenizerKernel>(20).unwrap();
    let refused = Tokenizer::<Device<_>>::tokenize(&mut DealTokenizer, &step, &worlds, 0..20, &mut buffer);
    let text = refused.unwrap_err().to_string();
    assert!(text.starts_with("a fused sampler leaves the drawing to its evaluator"), "{text}");
}

/// A buffer that is too small is an error, never written beyond.
#[test]
fn a_buffer_has_room_or_is_refused() {
    let client = WgpuRuntime::client(&Default::default());
    let mut there = Device::new(client, "the device");
    let sampling = Sampling::new(10);
    let games = there.deal(&setups()[..2], &sampling).unwrap();
    let step = there.observe(&games).unwrap();
    let mut worlds = DeviceWorlds::default();
    Sampler::<Device<_>>::sample(&mut Unrank::default(), &step, 0..2, &mut worlds).unwrap();
    let mut buffer = step.token_buffer::<DealTokenizerKernel>(19).unwrap();
    let mut tokenize =
        |part| Tokenizer::<Device<_>>::tokenize(&mut DealTokenizer, &step, &worlds, part, &mut buffer);
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
