//! Laws of the device backend and of every strategy's kernel, generic over the runtime: the device does what the
//! host does, to the bit.

use boneyard_core::{
    BINS, Backend, Choice, ChoiceRule, Coordinates, Deals, Draws, Error, Estimate, Evaluator, GameRecord,
    Host, ILLEGAL, Observation, Options, Pipeline, Played, Policy, Purpose, Question, Result, SampleReport,
    Sampler, Sampling, Setup, SlotValues, WorldEvaluator, WorldSampler,
};
use boneyard_device::kernels::{choose, evaluate, fixed, sample};
use boneyard_device::layout::{estimate, seen};
use boneyard_device::{
    CubeEvaluator, CubeSampler, DEFAULT_BUDGET, Device, DeviceEvaluator, DevicePolicy, DeviceSampler,
};
use boneyard_rules::{Bid, Declaration, Seat, World};
use boneyard_strategies::evaluator::{Cascade, ContractSolver, Playout, Solver};
use boneyard_strategies::policy::{AnyPolicy, Greedy};
use boneyard_strategies::sampler::{AnySampler, Backtracking, Draw, FirstFit, SamplerExt, Unrank};
use cubecl::prelude::*;
use rand_core::RngCore;

/// Games over all declarations, bidders and bids.
pub fn setups(n: u64) -> Vec<Setup> {
    let setup = |seed: u64| Setup {
        game: seed,
        seed,
        deal: Deals::Python.deal(seed),
        declaration: Declaration::new(seed % 10).unwrap(),
        bidder: Seat::new(seed / 3 % 4).unwrap(),
        bid: Bid::new(30 + seed % 13).unwrap(),
    };
    (1000..1000 + n).map(setup).collect()
}

/// The solver for the last three tricks, playouts before: quick, exact, and within what software Vulkan allows.
fn quick() -> Cascade<Solver, Playout> {
    Cascade::new(3, Solver, Playout)
}

fn device<R: Runtime>(client: &ComputeClient<R>) -> Device<R> {
    Device::new(client.clone(), "the device")
}

fn play<B, S, E, P>(
    backend: B,
    sampler: S,
    evaluator: E,
    policy: P,
    sampling: Sampling,
    n: u64,
) -> Result<Played>
where
    B: Backend,
    S: Sampler<B>,
    E: Evaluator<B>,
    P: Policy<B>,
{
    Pipeline::new(backend, sampler, evaluator, policy, sampling)?.play(&setups(n))
}

fn assert_same(what: &str, host: &[GameRecord], device: &[GameRecord]) {
    assert_eq!(host.len(), device.len(), "{what}");
    for (a, b) in host.iter().zip(device) {
        for (a, b) in a.decisions.iter().zip(&b.decisions) {
            assert_eq!(a, b, "{what}: seed {} at ply {}", a.seed, a.ply);
        }
        assert_eq!(a, b, "{what}");
    }
}

/// Every sampler with every policy, whole games: the same records, the same cost of sampling.
pub fn records_equal_the_hosts<R: Runtime>(client: ComputeClient<R>) {
    let policies = [
        "greedy",
        "p-make",
        "softmax:2",
        "softmax-p-make:0.1",
        "epsilon:0.3",
        "boltzmann:1.5+p-make",
        "blunder:0.5,10",
        "blunder:1,4+epsilon:0.5+boltzmann:0.5",
        "mixed",
    ];
    let mut modes = std::collections::BTreeMap::new();
    for sampler in AnySampler::all() {
        if matches!(sampler, AnySampler::Backtracking(_)) {
            continue;
        }
        for policy in policies {
            let what = format!("{sampler}, {policy}");
            let policy: AnyPolicy = policy.parse().unwrap();
            let sampling = Sampling::new(7);
            let host = play(Host::default(), sampler, quick(), policy, sampling, 40).unwrap();
            let there = play(device(&client), sampler, quick(), policy, sampling, 40).expect(&what);
            assert_same(&what, &host.games, &there.games);
            assert_eq!(host.sampling, there.sampling, "{what}");
            for decision in there.games.iter().flat_map(|game| &game.decisions) {
                *modes.entry(decision.choice.mode.name()).or_insert(0) += 1;
            }
        }
    }
    assert_eq!(modes.len(), 6, "every way to choose was used: {modes:?}");
}

/// More worlds than a cube samples at once, histograms, and forced moves evaluated too.
pub fn options_change_the_same_things<R: Runtime>(client: ComputeClient<R>) {
    let sampling = Sampling { samples: 700, evaluate_forced: true, histogram: true };
    let policy: AnyPolicy = "softmax:3".parse().unwrap();
    let evaluator = Cascade::new(2, Solver, Playout);
    for draw in Draw::ALL {
        let sampler = Unrank { draw };
        let host = play(Host::default(), sampler, evaluator, policy, sampling, 10).unwrap();
        let there = play(device(&client), sampler, evaluator, policy, sampling, 10).unwrap();
        assert_same(draw.name(), &host.games, &there.games);
        assert_eq!(host.sampling, there.sampling);
        let estimates = there.games.iter().flat_map(|game| &game.decisions).map(|it| it.estimate.as_ref());
        for estimate in estimates {
            let estimate = estimate.expect("forced moves are evaluated too");
            let histogram = estimate.histogram.as_ref().expect("a histogram was asked for");
            let n: u32 = histogram.iter().map(|bins: &[u32; BINS]| bins.iter().sum::<u32>()).max().unwrap();
            assert_eq!(n, estimate.worlds);
        }
    }
}

/// Every policy on made-up sums, from one world to the most there can be: ties, hopeless moves, all rates.
pub fn choices_equal_the_hosts<R: Runtime>(client: ComputeClient<R>) {
    const N: usize = 20_000;
    let mut random = Coordinates { seed: 42, replicate: 0, ply: 0 }.stream(Purpose::Other, 1);
    let mut observations = vec![0u32; N * seen::ROW];
    let mut sums = vec![0u32; N * estimate::ROW];
    let mut decisions = Vec::new();
    for (row, sums) in observations.chunks_exact_mut(seen::ROW).zip(sums.chunks_exact_mut(estimate::ROW)) {
        let at = Coordinates { seed: random.next_u64(), replicate: 0, ply: random.below(28) as u8 };
        let legal = 1 + random.below(127);
        row[seen::SEED] = at.seed as u32;
        row[seen::SEED + 1] = (at.seed >> 32) as u32;
        row[seen::PLY] = u32::from(at.ply);
        row[seen::SLOTS] = legal;
        let mut estimate = Estimate::new(Question::Points { unit: 1 }, false);
        estimate.worlds = [1, 2, 7, 50, 1024, 1_000_003, Sampling::MOST_SAMPLES][random.below(7) as usize];
        let spread = 1 + random.below(42);
        for slot in (0..7).filter(|slot| legal >> slot & 1 == 1) {
            let most = estimate.worlds * spread;
            estimate.sum[slot] = i64::from(random.below(2 * most + 1)) - i64::from(most);
            estimate.made[slot] = random.below(estimate.worlds + 1);
            sums[estimate::SUM + slot] = estimate.sum[slot] as i32 as u32;
            sums[estimate::MADE + slot] = estimate.made[slot];
        }
        sums[estimate::WORLDS] = estimate.worlds;
        decisions.push((at, legal as u8, estimate));
    }
    let [observations, sums] = [observations, sums].map(|it| client.create_from_slice(u32::as_bytes(&it)));
    let policies = [
        "greedy",
        "p-make",
        "softmax:0.0001",
        "softmax:0.7",
        "softmax:3",
        "softmax:1000",
        "softmax-p-make:0.02",
        "softmax-p-make:1",
        "epsilon:1",
        "epsilon:0.5+p-make",
        "blunder:1,84",
        "blunder:1,0.5+boltzmann:0.3",
        "blunder:0.5,7+epsilon:0.1+p-make",
        "mixed",
    ];
    for text in policies {
        let policy: AnyPolicy = text.parse().unwrap();
        let choices = client.create_from_slice(u32::as_bytes(&[u32::MAX; N]));
        // SAFETY: the buffers have `N` rows, and units beyond them do nothing.
        unsafe {
            choose::choose_kernel::launch_unchecked::<<AnyPolicy as DevicePolicy>::Kernel, R>(
                &client,
                CubeCount::Static(N.div_ceil(choose::UNITS as usize) as u32, 1, 1),
                CubeDim::new_1d(choose::UNITS),
                ArrayArg::from_raw_parts(observations.clone(), N * seen::ROW),
                ArrayArg::from_raw_parts(sums.clone(), N * estimate::ROW),
                ArrayArg::from_raw_parts(choices.clone(), N),
                N as u32,
                DevicePolicy::blueprint(&policy),
            );
        }
        client.flush().unwrap();
        let read = client.read_one(choices).unwrap();
        for ((at, legal, estimate), &there) in decisions.iter().zip(u32::from_bytes(&read)) {
            let host = if legal.count_ones() == 1 {
                Choice::forced(*legal)
            } else {
                let options = Options { legal: *legal, estimate };
                ChoiceRule::choose(&policy, &options, &Draws::at(*at))
            };
            let code = u32::from(host.slot) | u32::from(host.greedy) << 8 | (host.mode as u32) << 16;
            assert_eq!(there, code, "{text}: {host:?} of {legal:#b} with {estimate:?}");
        }
    }
}

#[cube(launch_unchecked)]
fn weights_kernel(out: &mut Array<u32>, step: u32) {
    if ABSOLUTE_POS < out.len() {
        out[ABSOLUTE_POS] = fixed::weight((ABSOLUTE_POS as u64) * (step as u64));
    }
}

/// The exponential that softmax rests on.
pub fn weights_equal_the_hosts<R: Runtime>(client: ComputeClient<R>) {
    const N: usize = 1 << 14;
    for step in [1u32, 127, 1 << 20] {
        let weights = client.create_from_slice(u32::as_bytes(&[u32::MAX; N]));
        // SAFETY: units beyond the buffer's length do nothing.
        unsafe {
            weights_kernel::launch_unchecked::<R>(
                &client,
                CubeCount::Static((N / 64) as u32, 1, 1),
                CubeDim::new_1d(64),
                ArrayArg::from_raw_parts(weights.clone(), N),
                step,
            );
        }
        client.flush().unwrap();
        let read = client.read_one(weights).unwrap();
        for (i, &there) in u32::from_bytes(&read).iter().enumerate() {
            let z = i as u64 * u64::from(step);
            assert_eq!(there, boneyard_core::fixed::weight(z), "{z}");
        }
    }
}

/// Walks a host and a device through the same random games and compares the worlds and values of every step.
/// Returns how many worlds there were.
fn walk<R: Runtime>(
    client: &ComputeClient<R>,
    sampler: AnySampler,
    sampling: Sampling,
    n: u64,
    first_ply: usize,
) -> usize {
    let (mut host, mut there) = (Host { chunk_worlds: 1 << 30 }, device(client));
    let mut policy: AnyPolicy = "epsilon:1".parse().unwrap();
    let (mut sampler, mut evaluator) = (sampler, quick());
    let setups = setups(n);
    let mut host_games = host.deal(&setups, &sampling).unwrap();
    let mut games = there.deal(&setups, &sampling).unwrap();
    let mut host_choices = host.choices(&host_games).unwrap();
    let mut n_worlds = 0;
    for ply in 0..28 {
        let seen = host.observe(&host_games).unwrap();
        let step = there.observe(&games).unwrap();
        let question = Evaluator::<Host>::question(&evaluator);
        let mut host_estimates = host.estimates(&host_games, question).unwrap();
        let mut estimates = there.estimates(&games, question).unwrap();
        for chunk in there.chunks(&step) {
            let (mut host_worlds, mut host_values) = host.buffers(&sampling).unwrap();
            let (mut worlds, mut values) = there.buffers(&sampling).unwrap();
            Sampler::<Host>::sample(&mut sampler, &seen, chunk.clone(), &mut host_worlds).unwrap();
            Sampler::<Device<R>>::sample(&mut sampler, &step, chunk, &mut worlds).unwrap();
            if ply >= first_ply {
                let expected: Vec<(usize, World)> = host_worlds
                    .owners
                    .iter()
                    .map(|&it| it as usize)
                    .zip(host_worlds.worlds.clone())
                    .collect();
                assert_eq!(step.read_worlds().unwrap(), expected, "{sampler} at ply {ply}");
                n_worlds += expected.len();
            }
            Evaluator::<Host>::evaluate(&mut evaluator, &seen, &host_worlds, &mut host_values).unwrap();
            Evaluator::<Device<R>>::evaluate(&mut evaluator, &step, &worlds, &mut values).unwrap();
            if ply >= first_ply {
                for (i, (value, expected)) in step.read_values().unwrap().iter().zip(&host_values).enumerate()
                {
                    assert_eq!(value, expected, "{sampler} at ply {ply}, world {i}");
                }
            }
            host.reduce(&seen, &host_worlds, &host_values, &mut host_estimates).unwrap();
            there.reduce(&step, &worlds, &values, &mut estimates).unwrap();
        }
        Policy::<Host>::choose(&mut policy, &seen, &host_estimates, &mut host_choices).unwrap();
        Policy::<Device<R>>::choose(&mut policy, &step, &estimates, &mut ()).unwrap();
        host.apply(&mut host_games, &seen, host_estimates, &host_choices).unwrap();
        there.apply(&mut games, &step, estimates, &()).unwrap();
    }
    let (host_records, _) = host.finish(host_games).unwrap();
    let (records, _) = there.finish(games).unwrap();
    assert_same(&sampler.to_string(), &host_records, &records);
    n_worlds
}

/// The same worlds from every sampler, at every ply.
pub fn worlds_equal_the_hosts<R: Runtime>(client: ComputeClient<R>) {
    for sampler in AnySampler::all() {
        if !matches!(sampler, AnySampler::Backtracking(_)) {
            let n = walk(&client, sampler, Sampling::new(33), 20, 0);
            assert!(n > 5_000, "{n} worlds");
        }
    }
}

/// The solver kernel on random positions of the last three tricks, every ply of a trick.
pub fn solved_values_equal_the_hosts<R: Runtime>(client: ComputeClient<R>) {
    let sampling = Sampling { evaluate_forced: true, ..Sampling::new(12) };
    let n = walk(&client, AnySampler::default(), sampling, 60, 16);
    assert!(n > 4_000, "{n} worlds");
}

/// The same bytes for every memory budget, and an error for one that is too small.
pub fn budgets_do_not_matter<R: Runtime>(client: ComputeClient<R>) {
    let (n, sampling) = (23, Sampling { histogram: true, ..Sampling::new(20) });
    let policy: AnyPolicy = "mixed".parse().unwrap();
    let with = |budget| {
        let mut there = device(&client).with_budget(budget);
        let games = there.deal(&setups(n), &sampling)?;
        let step = there.observe(&games)?;
        let n_chunks = there.chunks(&step).len();
        let sampler: AnySampler = FirstFit { tries: 2 }.or_else(Backtracking).into_any();
        Ok((n_chunks, play(there, sampler, quick(), policy, sampling, n)?))
    };
    let refused = |budget| match with(budget) {
        Err(error @ Error::Option { option: "--memory-budget", .. }) => error.to_string(),
        other => panic!("{other:?}"),
    };
    let text = refused(1000);
    let least = text.split("at least ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap();
    let least: u64 = least.parse().unwrap();
    refused(least - 1);
    let (one, whole) = with(DEFAULT_BUDGET).unwrap();
    assert_eq!(one, 1);
    for (more, n_chunks) in [(0, 23), (5 * 20 * 36, 4)] {
        let (chunks, played) = with(least + more).unwrap();
        assert_eq!(chunks, n_chunks);
        assert_same("in chunks", &whole.games, &played.games);
        assert_eq!(whole.sampling, played.sampling);
    }
}

/// One wait a batch; with rescues, one more a chunk and one more for each chunk with something to rescue.
pub fn waits_are_counted<R: Runtime>(client: ComputeClient<R>) {
    let sampling = Sampling::new(50);
    let mut pipeline =
        Pipeline::new(device(&client), Unrank::default(), quick(), Greedy::default(), sampling).unwrap();
    for batch in 1..=2 {
        pipeline.play(&setups(5)).unwrap();
        assert_eq!(pipeline.backend.synchronisations(), batch);
    }
    let mut rescued = SampleReport::default();
    for setup in setups(6) {
        let sampler = FirstFit { tries: 1 }.or_else(Backtracking);
        let mut pipeline =
            Pipeline::new(device(&client), sampler, quick(), Greedy::default(), sampling).unwrap();
        let played = pipeline.play(&[setup]).unwrap();
        let host = Pipeline::new(Host::default(), sampler, quick(), Greedy::default(), sampling);
        let host = host.unwrap().play(&[setup]).unwrap();
        assert_same("rescued", &host.games, &played.games);
        assert_eq!(host.sampling, played.sampling);
        assert_eq!(pipeline.backend.synchronisations(), 1 + 24 + played.sampling.rescued_decisions);
        rescued += played.sampling;
    }
    assert!(rescued.rescued > 20 && rescued.rescued_decisions > 2, "{rescued:?}");
}

/// A device that cuts long searches short says so; one that does not gives the host's values.
pub fn a_cut_search_is_an_error<R: Runtime>(client: ComputeClient<R>) {
    let sampling = Sampling::new(2);
    let run = |backend| play(backend, Unrank::default(), Solver, Greedy::default(), sampling, 1);
    match run(device(&client)) {
        Err(Error::Device { runtime, what }) => {
            assert_eq!(runtime, "the device");
            assert!(what.starts_with("kernel evaluate (solver):"), "{what}");
            assert!(what.contains("the device has cut a loop short"), "{what}");
        }
        Ok(played) => {
            let host = play(Host::default(), Unrank::default(), Solver, Greedy::default(), sampling, 1);
            assert_same("solver", &host.unwrap().games, &played.games);
        }
        Err(other) => panic!("{other}"),
    }
}

/// Worlds that were not found are an error with names and numbers.
pub fn missing_worlds_are_an_error<R: Runtime>(client: ComputeClient<R>) {
    let hasty = FirstFit { tries: 1 };
    let error = play(device(&client), hasty, quick(), Greedy::default(), Sampling::new(50), 10).unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with("the device: sampler first-fit: "), "{text}");
    let host = play(Host::default(), hasty, quick(), Greedy::default(), Sampling::new(50), 10).unwrap_err();
    let Error::GaveUp { seed, ply, .. } = host else { panic!("{host}") };
    assert!(
        text.contains(&format!("the first in the game with seed {seed} at ply {ply}: ")),
        "{text}, {host}"
    );
}

struct BrokenSampler;

struct BrokenSamplerKernel;

#[cube]
impl sample::SamplerKernel for BrokenSamplerKernel {
    type Config = ();

    fn prepare(_unseen: &mut sample::Unseen, #[comptime] _config: ()) {}

    fn world(unseen: &sample::Unseen, i: u32, #[comptime] _config: ()) -> sample::World {
        let mut world = unseen.unrank(i);
        if i == 3u32 {
            world.partner = world.left;
        }
        world
    }
}

impl WorldSampler for BrokenSampler {
    fn id(&self) -> String {
        "broken".to_owned()
    }

    fn draw(&self, observation: &Observation, out: &mut [World]) -> SampleReport {
        Unrank::default().draw(observation, out)
    }
}

impl DeviceSampler for BrokenSampler {
    type Kernel = BrokenSamplerKernel;

    fn blueprint(&self) {}
}

struct Lazy;

struct LazyKernel;

#[cube]
impl evaluate::EvaluatorKernel for LazyKernel {
    type Config = ();

    fn value(
        position: &boneyard_device::kernels::position::Position,
        _orders: &Array<u32>,
        place: u32,
        #[comptime] _config: (),
    ) -> i32 {
        let mut value = place as i32;
        if position.ply == 5u32 {
            value = evaluate::UNFINISHED.runtime();
        }
        value
    }
}

impl WorldEvaluator for Lazy {
    type Scratch = ();

    fn id(&self) -> String {
        "lazy".to_owned()
    }

    fn scratch(&self) {}

    fn evaluate(&self, observation: &Observation, world: &World, (): &mut ()) -> SlotValues {
        WorldEvaluator::evaluate(&Playout, observation, world, &mut ())
    }
}

impl DeviceEvaluator for Lazy {
    type Kernel = LazyKernel;

    fn blueprint(&self) {}
}

/// Kernels that break their laws are found out.
pub fn broken_kernels_are_found_out<R: Runtime>(client: ComputeClient<R>) {
    let sampling = Sampling::new(20);
    let run = |sampler: AnyOf| match sampler {
        AnyOf::Sampler => {
            play(device(&client), CubeSampler(BrokenSampler), quick(), Greedy::default(), sampling, 3)
        }
        AnyOf::Evaluator => {
            play(device(&client), Unrank::default(), CubeEvaluator(Lazy), Greedy::default(), sampling, 3)
        }
    };
    let text = run(AnyOf::Sampler).unwrap_err().to_string();
    assert!(text.starts_with("the device: sampler broken: "), "{text}");
    let text = run(AnyOf::Evaluator).unwrap_err().to_string();
    assert!(text.starts_with("the device: kernel evaluate (lazy): 1 chunks were not finished"), "{text}");
}

enum AnyOf {
    Sampler,
    Evaluator,
}

/// What a device does not do is refused.
pub fn what_is_not_there_is_refused<R: Runtime>(client: ComputeClient<R>) {
    let sampling = Sampling::new(20);
    let backtracking =
        play(device(&client), Backtracking, quick(), Greedy::default(), sampling, 1).unwrap_err();
    assert!(backtracking.to_string().starts_with("--sampler backtracking on a device"), "{backtracking}");
    let mut there = device(&client);
    let games = there.deal(&setups(1), &sampling).unwrap();
    let question = Evaluator::<Host>::question(&ContractSolver);
    let contract = there.estimates(&games, question).map(|_| ()).unwrap_err();
    assert!(contract.to_string().contains("Contract"), "{contract}");
}

/// No games are no work.
pub fn nothing_comes_of_nothing<R: Runtime>(client: ComputeClient<R>) {
    let played = play(device(&client), Unrank::default(), quick(), Greedy::default(), Sampling::new(5), 0);
    assert!(played.unwrap().games.is_empty());
    assert_eq!(ILLEGAL as u16, boneyard_device::layout::ILLEGAL as u16);
}

/// Short cuts of this file.
trait IntoAny {
    fn into_any(self) -> AnySampler;
}

impl IntoAny for boneyard_strategies::sampler::OrElse<FirstFit, Backtracking> {
    fn into_any(self) -> AnySampler {
        AnySampler::Rescued(self)
    }
}
