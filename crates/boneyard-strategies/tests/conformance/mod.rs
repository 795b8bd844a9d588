//! Laws of the device backend and of every strategy's kernel, generic over the runtime: the device does what the
//! host does, to the bit.

use boneyard_core::{
    BINS, Backend, Choice, ChoiceRule, Coordinates, Deals, Draws, Error, Estimate, Evaluator, GameRecord,
    Host, ILLEGAL, Objective, Observation, Options, Pipeline, Played, Policy, Purpose, Question, Result,
    SampleReport, Sampler, Sampling, Setup, SlotValues, WorldEvaluator, WorldSampler,
};
use boneyard_device::kernels::{choose, evaluate, fixed, referee, sample, solve};
use boneyard_device::layout::{estimate, game, seen, verdict};
use boneyard_device::{
    CubeEvaluator, CubeSampler, DEFAULT_BUDGET, Device, DeviceEvaluator, DevicePolicy, DeviceSampler, Fused,
    MOST_FINE_SAMPLES, Verdict,
};
use boneyard_rules::{Bid, Declaration, Seat, World, tables, tiles_of};
use boneyard_strategies::evaluator::{Cascade, Checked, ContractSolver, Finer, Playout, Solver};
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

/// One kernel for sampling, evaluating and reducing gives the records of three, histograms and costs included.
pub fn fused_equals_staged<R: Runtime>(client: ComputeClient<R>) {
    fn both<R: Runtime, S>(client: &ComputeClient<R>, sampler: S, sampling: Sampling)
    where
        S: DeviceSampler + Sampler<Device<R>> + Copy,
    {
        let what = WorldSampler::id(&sampler);
        let policy: AnyPolicy = "mixed".parse().unwrap();
        let fused = Fused { sampler, evaluator: Playout };
        // Room for a few games at a time, unless there are histograms.
        let budget = if sampling.histogram { DEFAULT_BUDGET } else { 350_000 };
        let backend = || device(client).with_budget(budget);
        let staged = play(backend(), sampler, Playout, policy, sampling, 30).unwrap();
        let together = play(backend(), fused, fused, policy, sampling, 30).unwrap();
        assert_same(&what, &staged.games, &together.games);
        assert_eq!(staged.sampling, together.sampling, "{what}");
        let host = play(Host::default(), sampler, Playout, policy, sampling, 30).unwrap();
        assert_same(&what, &host.games, &together.games);
    }
    for draw in Draw::ALL {
        both(&client, Unrank { draw }, Sampling::new(200));
    }
    both(&client, FirstFit::default(), Sampling::new(150));
    both(&client, Unrank::default(), Sampling { samples: 40, evaluate_forced: true, histogram: true });

    let (sampler, policy, sampling) =
        (Unrank::default(), Greedy { objective: Objective::Make }, Sampling::new(50));
    let fused = Fused { sampler, evaluator: Certain };
    let together = play(device(&client), fused, fused, policy, sampling, 30).unwrap();
    let staged = play(device(&client), sampler, CubeEvaluator(Certain), policy, sampling, 30).unwrap();
    assert_same("contracts", &staged.games, &together.games);
    let host = play(Host::default(), sampler, Certain, policy, sampling, 30).unwrap();
    assert_same("contracts", &host.games, &together.games);
}

/// What is wrong is found out in one kernel as in three, and one half of it alone is refused.
pub fn fused_failures_are_errors<R: Runtime>(client: ComputeClient<R>) {
    let sampling = Sampling::new(20);
    let hasty = Fused { sampler: FirstFit { tries: 1 }, evaluator: Playout };
    let text = play(device(&client), hasty, hasty, Greedy::default(), sampling, 10).unwrap_err().to_string();
    assert!(text.starts_with("the device: sampler first-fit: "), "{text}");
    let broken = || Fused { sampler: BrokenSampler, evaluator: Playout };
    let text =
        play(device(&client), broken(), broken(), Greedy::default(), sampling, 3).unwrap_err().to_string();
    assert!(text.starts_with("the device: sampler broken: "), "{text}");
    let lazy = || Fused { sampler: Unrank::default(), evaluator: Lazy };
    let text = play(device(&client), lazy(), lazy(), Greedy::default(), sampling, 3).unwrap_err().to_string();
    assert!(text.starts_with("the device: kernel evaluate (lazy): 1 chunks were not finished"), "{text}");

    let fused = Fused { sampler: Unrank::default(), evaluator: Playout };
    let half = play(device(&client), fused, Playout, Greedy::default(), sampling, 1).unwrap_err();
    assert!(half.to_string().starts_with("a fused sampler leaves the drawing to its evaluator"), "{half}");
    let half = play(device(&client), Unrank::default(), fused, Greedy::default(), sampling, 1).unwrap_err();
    assert!(half.to_string().starts_with("a fused evaluator draws its worlds itself"), "{half}");
}

/// Every policy on made-up sums, from one world to the most there can be: ties, hopeless moves, all rates.
pub fn choices_equal_the_hosts<R: Runtime>(client: ComputeClient<R>) {
    choices_equal(&client, 1, Sampling::MOST_SAMPLES);
    choices_equal(&client, 256, MOST_FINE_SAMPLES);
}

fn choices_equal<R: Runtime>(client: &ComputeClient<R>, unit: u16, most_samples: u32) {
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
        let mut estimate = Estimate::new(Question::Points { unit }, false);
        estimate.worlds = [1, 2, 7, 50, 1024, most_samples / 3, most_samples][random.below(7) as usize];
        let spread = (1 + random.below(42)) * u32::from(unit);
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
                client,
                CubeCount::Static(N.div_ceil(choose::UNITS as usize) as u32, 1, 1),
                CubeDim::new_1d(choose::UNITS),
                ArrayArg::from_raw_parts(observations.clone(), N * seen::ROW),
                ArrayArg::from_raw_parts(sums.clone(), N * estimate::ROW),
                ArrayArg::from_raw_parts(choices.clone(), N),
                N as u32,
                unit.into(),
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
    evaluator: impl Evaluator<Host> + Evaluator<Device<R>>,
    sampling: Sampling,
    n: u64,
    first_ply: usize,
) -> usize {
    let (mut host, mut there) = (Host { chunk_worlds: 1 << 30 }, device(client));
    let mut policy: AnyPolicy = "epsilon:1".parse().unwrap();
    let (mut sampler, mut evaluator) = (sampler, evaluator);
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
                let fine = Verdict { checked: expected.len() as u64, ..Verdict::default() };
                assert_eq!(step.referee(&worlds).unwrap(), fine, "{sampler} at ply {ply}");
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

/// The same worlds from every sampler, at every ply; the referee, who does not know the host, agrees with each.
pub fn worlds_equal_the_hosts<R: Runtime>(client: ComputeClient<R>) {
    for sampler in AnySampler::all() {
        if !matches!(sampler, AnySampler::Backtracking(_)) {
            let n = walk(&client, sampler, quick(), Sampling::new(33), 20, 0);
            assert!(n > 5_000, "{n} worlds");
        }
    }
}

/// A row of the games buffer after `ply` plays, with the true world and others that are wrong in one way each; none
/// if the position has no such worlds.
fn planted(setup: &Setup, ply: usize) -> Option<(Vec<u32>, Vec<World>)> {
    let (mut played, mut row) = (setup.start(), vec![0; game::ROW]);
    row[game::HANDS..][..4].copy_from_slice(&setup.deal.hands());
    row[game::CONTRACT] = u32::from(setup.declaration.id()) | u32::from(setup.bidder.id()) << 4;
    for past in 0..ply {
        let domino = tiles_of(played.legal()).last()?;
        row[game::PLAYS + past / 4] |= u32::from(domino.id()) << (past % 4 * 8);
        played.play(domino).unwrap();
    }
    let view = played.view();
    let [left, partner, right] = view.others().map(|seat| setup.deal.hand(seat) & !view.table().played());
    let [not_left, not_partner, not_right] = view.others().map(|seat| {
        let voids = view.table().voids(seat);
        (0..8).filter(|suit| voids >> suit & 1 == 1).fold(0, |set, suit| set | setup.declaration.follow(suit))
    });
    let one_of = |set: u32| Some(set & set.wrapping_neg()).filter(|&bit| bit != 0);
    let mine = one_of(view.held() & !not_left)?;
    let (theirs, others) = (one_of(left)?, one_of(right & !not_partner)?);
    let (given, taken) = (one_of(left & not_right)?, one_of(right & !not_left)?);
    let worlds = vec![
        [left, partner, right],
        // One of the mover's dominoes in place of another: a stranger, and one lost.
        [left ^ theirs ^ mine, partner, right],
        // One that the right opponent keeps: twice, and a wrong size.
        [left, partner | others, right],
        // One lost, and a wrong size.
        [left, partner, right ^ others],
        // A swap that breaks a void and nothing else.
        [left ^ given ^ taken, partner, right ^ given ^ taken],
        // True, but for its owner.
        [left, partner, right],
        // A place that no domino has will be added: a stranger, and one lost.
        [left ^ theirs, partner, right],
    ];
    Some((row, worlds))
}

/// The referee counts each kind of violation, and nothing else.
pub fn the_referee_finds_what_is_wrong<R: Runtime>(client: ComputeClient<R>) {
    let mut n_tested = 0;
    for (setup, ply) in setups(60).iter().flat_map(|setup| [9, 10, 11, 12].map(|ply| (*setup, ply))) {
        let Some((row, worlds)) = planted(&setup, ply) else {
            continue;
        };
        n_tested += 1;
        let order = &tables::PLACE[setup.declaration.index()];
        let places = |ids: u32| tiles_of(ids).fold(0, |set, domino| set | 1u32 << order[domino.index()]);
        let mut words: Vec<u32> = worlds.iter().flatten().map(|&hand| places(hand)).collect();
        words[6 * 3] |= 1 << 30;
        let found = referee_of(&client, &row, &words, ply as u32);
        let expected =
            Verdict { checked: 7, misplaced: 1, strangers: 2, twice: 1, lost: 3, sizes: 2, voids: 1 };
        assert_eq!(found, expected, "seed {} at ply {ply}", setup.seed);
        assert_eq!(found.violations(), 10);
    }
    assert!(n_tested > 5, "{n_tested} games");
}

/// What the referee says of the worlds of one game, of which the sixth is said to be another game's.
fn referee_of<R: Runtime>(client: &ComputeClient<R>, row: &[u32], worlds: &[u32], ply: u32) -> Verdict {
    let owners = [0, 0, 0, 0, 0, 9, 0];
    let n = owners.len();
    let upload = |words: &[u32]| client.create_from_slice(u32::as_bytes(words));
    let counts = upload(&[0; verdict::WORDS]);
    // SAFETY: one game, whose `n` worlds and owners are there; one cube.
    unsafe {
        referee::referee_kernel::launch_unchecked::<R>(
            client,
            CubeCount::Static(1, 1, 1),
            CubeDim::new_1d(referee::UNITS),
            ArrayArg::from_raw_parts(upload(row), game::ROW),
            ArrayArg::from_raw_parts(upload(&[0, n as u32]), 2),
            ArrayArg::from_raw_parts(upload(worlds), 3 * n),
            ArrayArg::from_raw_parts(upload(&owners), n),
            ArrayArg::from_raw_parts(upload(&solve::orders::orders()), 10 * solve::orders::ORDER),
            ArrayArg::from_raw_parts(counts.clone(), verdict::WORDS),
            0,
            1,
            ply,
        );
    }
    client.flush().unwrap();
    Verdict::from_words(u32::from_bytes(&client.read_one(counts).unwrap()))
}

/// The solver's kernel on random positions of the last three, four and five tricks, every ply of a trick.
pub fn solved_values_equal_the_hosts<R: Runtime>(client: ComputeClient<R>) {
    for (tricks, samples, n_games, expected) in [(3, 12, 60, 4_000), (4, 6, 60, 2_000), (5, 4, 10, 400)] {
        let sampling = Sampling { evaluate_forced: true, ..Sampling::new(samples) };
        let evaluator = Cascade::new(tricks, Solver, Playout);
        let n =
            walk(&client, AnySampler::default(), evaluator, sampling, n_games, 4 * (7 - usize::from(tricks)));
        assert!(n > expected, "{n} worlds");
    }
}

/// The contract question, which needs no points: the last four tricks, and nothing before.
pub fn contracts_equal_the_hosts<R: Runtime>(client: ComputeClient<R>) {
    let evaluator = Cascade::new(4, ContractSolver, CubeEvaluator(Certain));
    let sampling = Sampling { evaluate_forced: true, ..Sampling::new(8) };
    let n = walk(&client, AnySampler::default(), evaluator, sampling, 60, 12);
    assert!(n > 3_000, "{n} worlds");
}

/// Says that every move succeeds.
#[derive(Clone, Copy)]
struct Certain;

impl WorldEvaluator for Certain {
    type Scratch = ();

    fn id(&self) -> String {
        "certain".to_owned()
    }

    fn question(&self) -> Question {
        Question::Contract
    }

    fn scratch(&self) {}

    fn evaluate(&self, seen: &Observation, _: &World, (): &mut ()) -> SlotValues {
        let legal = seen.view.legal_slots();
        std::array::from_fn(|slot| if legal >> slot & 1 == 1 { 1 } else { ILLEGAL })
    }
}

impl DeviceEvaluator for Certain {
    type Kernel = CertainKernel;

    fn blueprint(&self) {}
}

struct CertainKernel;

#[cube]
impl evaluate::EvaluatorKernel for CertainKernel {
    type Config = ();

    fn value(
        _position: &boneyard_device::kernels::position::Position,
        _orders: &Array<u32>,
        _place: u32,
        #[comptime] _config: (),
    ) -> i32 {
        1i32.runtime()
    }
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
    // Half of the budget is for worlds, of 36 bytes each.
    for (more, n_chunks) in [(0, 23), (2 * 5 * 20 * 36, 4)] {
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

/// A search that takes more turns than it may is an error, never a value.
pub fn a_capped_search_is_an_error<R: Runtime>(client: ComputeClient<R>) {
    let run = |turns| {
        let there = device(&client).with_solver_cap(turns);
        play(there, Unrank::default(), quick(), Greedy::default(), Sampling::new(20), 2)
    };
    let text = run(3).unwrap_err().to_string();
    assert!(text.starts_with("the device: kernel solve: ") && text.ends_with("the cap of 3 turns"), "{text}");
    run(10_000).unwrap();
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
    let thirds = there.estimates(&games, Question::Points { unit: 3 }).map(|_| ()).unwrap_err();
    assert_eq!(
        thirds.to_string(),
        "Points { unit: 3 } on the device: expected a unit that is a power of two"
    );
    let games = there.deal(&setups(1), &Sampling::new(MOST_FINE_SAMPLES + 1)).unwrap();
    assert!(there.estimates(&games, Question::Points { unit: 1 }).is_ok());
    let many = there.estimates(&games, Question::Points { unit: 2 }).map(|_| ()).unwrap_err();
    assert_eq!(
        many.to_string(),
        "Points { unit: 2 } on the device: expected at most 65536 samples, not 65537"
    );
}

/// Sums of fractions of points are those of the host.
pub fn fractions_equal_the_hosts<R: Runtime>(client: ComputeClient<R>) {
    let sampling = Sampling { histogram: true, ..Sampling::new(300) };
    let policy: AnyPolicy = "mixed".parse().unwrap();
    for unit in [1, 2, 256] {
        let finer = Finer { evaluator: Playout, unit };
        let host = play(Host::default(), Unrank::default(), finer, policy, sampling, 20).unwrap();
        let there = play(device(&client), Unrank::default(), finer, policy, sampling, 20).unwrap();
        assert_same("fractions", &host.games, &there.games);
    }
}

/// Which worlds are checked, what comes of it and what is chosen after it are those of the host.
pub fn checks_equal_the_hosts<R: Runtime>(client: ComputeClient<R>) {
    let sampling = Sampling { histogram: true, ..Sampling::new(60) };
    let policy: AnyPolicy = "boltzmann:3".parse().unwrap();
    for (unit, one_in, correct) in [(256, 4, true), (256, 4, false), (1, 1, true), (2, 1000, true)] {
        // Software devices solve the last tricks only; before, there is nothing to correct.
        let estimator = Finer { evaluator: Playout, unit };
        let checked = Checked { estimator, exact: quick(), one_in, correct };
        let host = play(Host::default(), Unrank::default(), checked.clone(), policy, sampling, 20).unwrap();
        let there = play(device(&client), Unrank::default(), checked.clone(), policy, sampling, 20).unwrap();
        assert_same("checks", &host.games, &there.games);
        let tight = Device::new(client.clone(), "the device").with_budget(1_560_000);
        let there = play(tight, Unrank::default(), checked, policy, sampling, 20).unwrap();
        assert_same("checks in chunks", &host.games, &there.games);
        let checks = there.games.iter().flat_map(|game| &game.decisions).filter_map(|decision| {
            decision.estimate.as_ref()?.check.as_ref().map(|check| check.sum.iter().any(|&sum| sum != 0))
        });
        let (n, apart) = checks.fold((0, 0), |(n, apart), differs| (n + 1, apart + u32::from(differs)));
        assert!(n > 200 && apart > 20, "{apart} of {n} decisions differ from their playouts");
    }
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
