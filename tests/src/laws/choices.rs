//! Choices by sums.
// The macro `cube` adds modules and types beside each item, without documentation.
#![allow(missing_docs)]

use crate::games::{observe, random_game};
use boneyard_core::{
    Choice, Coordinates, Decision, Design, Draws, Estimate, GROUPS, Observation, Purpose, Question, Sampling,
};
use boneyard_device::kernels::choose;
use boneyard_device::layout::{estimate, game, seen};
use boneyard_device::{DevicePolicy, MOST_FINE_SAMPLES};
use boneyard_strategies::policy::{PolicySpec, Rule, fixed};
use cubecl::prelude::*;
use cubecl::server::Handle;
use rand_core::RngCore;

/// Every policy on made-up sums, from one world to the most there can be: ties, hopeless moves, all rates.
pub fn choices_equal_the_hosts<R: Runtime>(client: ComputeClient<R>) {
    choices_equal(&client, 1, Sampling::MOST_SAMPLES, Design::Independent);
    choices_equal(&client, 256, MOST_FINE_SAMPLES, Design::Sliced);
}

fn choices_equal<R: Runtime>(client: &ComputeClient<R>, unit: u16, most_samples: u32, design: Design) {
    const N: usize = 20_000;
    let mut random = Coordinates { seed: 42, replicate: 0, ply: 0 }.stream(Purpose::Other, 1);
    let mut rows = vec![0u32; N * seen::ROW];
    let mut sums = vec![0u32; N * estimate::ROW];
    // A real observation for each legal set; choices by sums look at nothing else of it.
    let mut observations: Vec<Option<Observation>> = vec![None; 128];
    for seed in 0.. {
        let game = random_game(seed, 1 + seed as usize % 24);
        let seen = observe(&game, seed);
        let legal = usize::from(seen.view.legal_slots());
        observations[legal].get_or_insert(seen);
        if seed > 20_000 {
            break;
        }
    }
    let known: Vec<Observation> = observations.into_iter().flatten().collect();
    assert!(known.len() > 60, "{} legal sets", known.len());
    let mut decisions = Vec::new();
    for (row, sums) in rows.chunks_exact_mut(seen::ROW).zip(sums.chunks_exact_mut(estimate::ROW)) {
        let at = Coordinates { seed: random.next_u64(), replicate: 0, ply: random.below(28) as u8 };
        let seen = Observation { at, ..known[random.below(known.len() as u32) as usize].clone() };
        let legal = u32::from(seen.view.legal_slots());
        row[seen::SEED] = at.seed as u32;
        row[seen::SEED + 1] = (at.seed >> 32) as u32;
        row[seen::PLY] = u32::from(at.ply);
        row[seen::SLOTS] = legal;
        let mut estimate = Estimate { design, ..Estimate::new(Question::Points { unit }, false) };
        estimate.worlds = [1, 2, 7, 50, 1024, most_samples / 3, most_samples][random.below(7) as usize];
        estimate.weight = estimate.worlds;
        let spread = (1 + random.below(42)) * u32::from(unit);
        for slot in (0..7).filter(|slot| legal >> slot & 1 == 1) {
            let most = estimate.worlds * spread;
            estimate.sum[slot] = i64::from(random.below(2 * most + 1)) - i64::from(most);
            estimate.made[slot] = random.below(estimate.worlds + 1);
            sums[estimate::SUM + slot] = estimate.sum[slot] as i32 as u32;
            sums[estimate::MADE + slot] = estimate.made[slot];
        }
        sums[estimate::WORLDS] = estimate.worlds;
        sums[estimate::WEIGHT] = estimate.worlds;
        row[seen::TOTAL] = seen.worlds.count();
        for (i, group) in estimate.groups.iter_mut().enumerate() {
            let groups = GROUPS as u32;
            group.weight = (estimate.worlds + groups - 1 - i as u32) / groups;
            sums[estimate::GROUP_WEIGHT + i] = group.weight;
            let most = group.weight * spread;
            for slot in (0..7).filter(|slot| legal >> slot & 1 == 1) {
                // About as far apart as those of independent worlds; sometimes not at all.
                let even = estimate.sum[slot] * i64::from(group.weight) / i64::from(estimate.worlds);
                let apart = most.isqrt() * random.below(3);
                group.sum[slot] = even + i64::from(random.below(2 * apart + 1)) - i64::from(apart);
                group.made[slot] = random.below(group.weight + 1);
                sums[estimate::GROUP_SUM + 7 * i + slot] = group.sum[slot] as i32 as u32;
                sums[estimate::GROUP_MADE + 7 * i + slot] = group.made[slot];
            }
        }
        decisions.push((seen, estimate));
    }
    let games = vec![0u32; N * game::ROW];
    let [games, rows, sums] = [games, rows, sums].map(|it| client.create_from_slice(u32::as_bytes(&it)));
    let there = There { client, games, rows, sums, unit, design, decisions };
    for text in [
        "greedy",
        "p-make",
        "softmax:0.0001",
        "softmax:0.7",
        "softmax:3",
        "softmax:1000",
        "softmax-p-make:0.02",
        "softmax-p-make:1",
        "indifferent:1",
        "indifferent-p-make:2.5",
        "lower:1",
        "lower-p-make:2.5",
        "softmax:2@0-11,greedy",
        "epsilon:0.5@5-20@50%,lower-p-make:1@21-27,indifferent:1@30%,blunder:0.5,7@0%,p-make",
        "epsilon:1",
        "epsilon:0.5+p-make",
        "blunder:1,84",
        "blunder:1,0.5+boltzmann:0.3",
        "blunder:0.5,7+epsilon:0.1+p-make",
        "mixed",
    ] {
        match text.parse().unwrap() {
            PolicySpec::Rule(Rule::Greedy(policy)) => there.compare(text, &policy),
            PolicySpec::Rule(Rule::Softmax(policy)) => there.compare(text, &policy),
            PolicySpec::Rule(Rule::Indifferent(policy)) => there.compare(text, &policy),
            PolicySpec::Rule(Rule::Lower(policy)) => there.compare(text, &policy),
            PolicySpec::Rule(Rule::Mixture(policy)) => there.compare(text, &policy),
            PolicySpec::Schedule(policy) => there.compare(text, &policy),
        }
    }
}

/// Decisions, and the same on a device.
struct There<'a, R: Runtime> {
    client: &'a ComputeClient<R>,
    games: Handle,
    rows: Handle,
    sums: Handle,
    unit: u16,
    design: Design,
    decisions: Vec<(Observation, Estimate)>,
}

impl<R: Runtime> There<'_, R> {
    fn compare<P: DevicePolicy>(&self, text: &str, policy: &P) {
        let n = self.decisions.len();
        let choices = self.client.create_from_slice(u32::as_bytes(&vec![u32::MAX; n]));
        // SAFETY: the buffers have `n` rows, and units beyond them do nothing.
        unsafe {
            choose::choose_kernel::launch_unchecked::<P::Kernel, R>(
                self.client,
                CubeCount::Static(n.div_ceil(choose::UNITS as usize) as u32, 1, 1),
                CubeDim::new_1d(choose::UNITS),
                ArrayArg::from_raw_parts(self.games.clone(), n * game::ROW),
                ArrayArg::from_raw_parts(self.rows.clone(), n * seen::ROW),
                ArrayArg::from_raw_parts(self.sums.clone(), n * estimate::ROW),
                ArrayArg::from_raw_parts(self.sums.clone(), n * estimate::ROW),
                ArrayArg::from_raw_parts(choices.clone(), n),
                n as u32,
                self.unit.into(),
                0,
                self.design as u32,
                policy.blueprint(),
                false,
                policy.looks_at_errors(),
                false,
            );
        }
        self.client.flush().unwrap();
        let read = self.client.read_one(choices).unwrap();
        for ((seen, estimate), &there) in self.decisions.iter().zip(u32::from_bytes(&read)) {
            let legal = seen.view.legal_slots();
            let host = if legal.count_ones() == 1 {
                Choice::forced(legal)
            } else {
                policy.choice(&Decision::new(seen, estimate), &Draws::at(seen.at))
            };
            let code = u32::from(host.slot) | u32::from(host.greedy) << 8 | (host.mode as u32) << 16;
            assert_eq!(there, code, "{text}: {host:?} of {legal:#b} with {estimate:?}");
        }
    }
}

#[cube(launch_unchecked)]
fn exponentials_kernel(out: &mut Array<u32>, step: u32) {
    if ABSOLUTE_POS < out.len() {
        out[ABSOLUTE_POS] = fixed::weight((ABSOLUTE_POS as u64) * (step as u64));
    }
}

/// The exponential that softmax rests on.
pub fn exponentials_equal_the_hosts<R: Runtime>(client: ComputeClient<R>) {
    const N: usize = 1 << 14;
    for step in [1u32, 127, 1 << 20] {
        let weights = client.create_from_slice(u32::as_bytes(&[u32::MAX; N]));
        // SAFETY: units beyond the buffer's length do nothing.
        unsafe {
            exponentials_kernel::launch_unchecked::<R>(
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
