//! Laws of the samplers.

mod common;

use boneyard_core::{Coordinates, EMPTY, Observation, Purpose, SampleReport, Share, WorldSampler};
use boneyard_reference as reference;
use boneyard_rules::{Completions, Game, World, tiles_of};
use boneyard_strategies::sampler::{Backtracking, Draw, FirstFit, SamplerExt, SamplerSpec, Unrank};
use common::{golden_states, observe, random_game};

fn draw(
    sampler: &(impl WorldSampler + ?Sized),
    observation: &Observation,
    n: usize,
) -> (Vec<World>, SampleReport) {
    let mut out = vec![EMPTY; n];
    let report = sampler.draw(observation, &mut Share::all(&mut out));
    assert_eq!(report.wanted, n as u64);
    (out, report)
}

fn ranks(sampler: &(impl WorldSampler + ?Sized), observation: &Observation, n: usize) -> Vec<u32> {
    let (worlds, _) = draw(sampler, observation, n);
    worlds.iter().map(|world| observation.worlds.rank(world).expect("a world of the view")).collect()
}

fn reseed(observation: &Observation, seed: u64) -> Observation {
    Observation { at: Coordinates { seed, ..observation.at }, ..observation.clone() }
}

/// What the reference says of a game's mover: the unseen dominoes, sizes, and who may hold what.
struct SlowCheck {
    unseen: Vec<usize>,
    sizes: [usize; 3],
    may_hold: Vec<[bool; 3]>,
}

impl SlowCheck {
    fn of(game: &Game) -> Self {
        let table = game.table();
        let ids = |set| tiles_of(set).map(|domino| domino.index()).collect::<Vec<usize>>();
        let history = reference::History {
            declaration: usize::from(table.declaration().id()),
            leader: table.first_leader().index(),
            plays: table.plays().map(|domino| domino.index()).collect(),
        };
        let view = reference::View { hand: ids(game.deal().hand(game.mover())), history };
        let unseen = view.unseen();
        let may_hold = unseen.iter().map(|&id| [0, 1, 2].map(|other| view.may_hold(other, id))).collect();
        Self { unseen, sizes: view.sizes(), may_hold }
    }

    fn accepts(&self, world: &World) -> bool {
        let mut held = 0;
        for other in 0..3 {
            let takes =
                self.unseen.iter().zip(&self.may_hold).filter(|(id, _)| world[other] >> **id & 1 == 1);
            let n_fitting = takes.filter(|(_, may_hold)| may_hold[other]).count();
            if n_fitting != self.sizes[other] || world[other].count_ones() as usize != n_fitting {
                return false;
            }
            held += n_fitting;
        }
        held == self.unseen.len() && world[0] | world[1] | world[2] == world[0] ^ world[1] ^ world[2]
    }
}

#[test]
fn a_million_worlds_break_no_void() {
    let mut checked = 0;
    for sampler in SamplerSpec::all() {
        for state in 0..600u64 {
            let game = random_game(state, state as usize % 27);
            let (observation, slow) = (observe(&game, state), SlowCheck::of(&game));
            let (worlds, report) = draw(&*sampler.for_decisions(), &observation, 256);
            let found = worlds.iter().filter(|world| **world != EMPTY).count() as u64;
            assert_eq!(found, report.found + report.rescued, "{sampler}, state {state}");
            if !matches!(sampler, SamplerSpec::FirstFit(_)) {
                assert_eq!(report.missing(), 0, "{sampler}, state {state}");
            }
            for world in worlds.iter().filter(|world| **world != EMPTY) {
                assert!(observation.worlds.rank(world).is_some(), "{sampler}, state {state}: {world:?}");
                assert!(slow.accepts(world), "{sampler}, state {state}: {world:?}");
                checked += 1;
            }
        }
    }
    assert!(checked >= 1_000_000, "{checked} worlds");
}

/// The upper bound of χ² that chance exceeds once in a million states (Wilson and Hilferty, 1931).
fn bound(degrees: f64) -> f64 {
    let spread = 2.0 / (9.0 * degrees);
    degrees * (1.0 - spread + 4.75 * spread.sqrt()).powi(3)
}

fn chi_squared(counts: &[u32]) -> f64 {
    let expected = f64::from(counts.iter().sum::<u32>()) / counts.len() as f64;
    counts.iter().map(|&n| (f64::from(n) - expected).powi(2) / expected).sum()
}

/// Tests uniformity on every golden state of at most 2,000 worlds. `sample(observation, n)` gives about `n`
/// draws. Independent draws have a χ² that is neither too large nor, over all states together, too small.
fn check_uniform(what: &str, independent: bool, sample: impl Fn(&Observation, usize) -> Vec<u32>) {
    let (mut sum, mut degrees, mut n_states) = (0.0, 0.0, 0);
    for observation in golden_states().iter().filter(|it| (2..=2000).contains(&it.worlds.count())) {
        let count = observation.worlds.count() as usize;
        let mut counts = vec![0; count];
        for rank in sample(observation, 10 * count) {
            counts[rank as usize] += 1;
        }
        let (chi2, free) = (chi_squared(&counts), count as f64 - 1.0);
        assert!(chi2 < bound(free), "{what}: χ² {chi2} for {observation:?}");
        (sum, degrees, n_states) = (sum + chi2, degrees + free, n_states + 1);
    }
    assert!(n_states > 300, "{n_states} states");
    let z = (sum - degrees) / (2.0 * degrees).sqrt();
    assert!(z < 4.75 && (!independent || z > -4.75), "{what}: z = {z} over {n_states} states");
}

#[test]
fn independent_draws_are_uniform() {
    check_uniform("uniform", true, |observation, n| ranks(&Unrank { draw: Draw::Uniform }, observation, n));
    // The most constrained states have one fit in thousands of deals.
    let patient = FirstFit { tries: 1 << 20 };
    check_uniform("first-fit", true, |observation, n| ranks(&patient, observation, n));
}

/// The test has teeth: a complete search favours some worlds, and is found out.
#[test]
#[should_panic(expected = "backtracking: χ²")]
fn backtracking_is_not_uniform() {
    check_uniform("backtracking", true, |observation, n| ranks(&Backtracking, observation, n));
}

/// One position of each of many short draws, under as many seeds.
fn single_draws(draw: Draw, observation: &Observation, n: usize, positions: usize) -> Vec<u32> {
    let draw_one =
        |seed: usize| ranks(&Unrank { draw }, &reseed(observation, seed as u64), positions)[seed % positions];
    (0..n.next_multiple_of(positions)).map(draw_one).collect()
}

#[test]
fn each_dependent_draw_is_uniform_by_itself() {
    for draw in [Draw::Affine, Draw::Distinct] {
        check_uniform(draw.name(), true, |observation, n| single_draws(draw, observation, n, 3));
    }
    // Its positions are uniform only together, and more even than chance.
    check_uniform("stratified", false, |observation, n| single_draws(Draw::Stratified, observation, n, 3));
}

#[test]
fn pairs_of_distinct_draws_are_uniform() {
    let observation =
        &golden_states().into_iter().find(|it| it.worlds.count() == 30).expect("a state of 30 worlds");
    let mut counts = vec![0; 30 * 30];
    for seed in 0..30_000 {
        let ranks = ranks(&Unrank { draw: Draw::Distinct }, &reseed(observation, seed), 2);
        counts[(ranks[0] * 30 + ranks[1]) as usize] += 1;
    }
    let off_diagonal: Vec<u32> = (0..900).filter(|cell| cell % 31 != 0).map(|cell| counts[cell]).collect();
    assert_eq!(off_diagonal.iter().sum::<u32>(), 30_000, "no draw repeats");
    let chi2 = chi_squared(&off_diagonal);
    assert!(chi2 < bound(869.0), "χ² {chi2} of 870 pairs");
}

#[test]
fn distinct_and_affine_do_not_repeat_and_then_begin_again() {
    for draw in [Draw::Distinct, Draw::Affine] {
        for observation in golden_states().iter().filter(|it| it.worlds.count() <= 2000) {
            let count = observation.worlds.count() as usize;
            let drawn = ranks(&Unrank { draw }, observation, count + 2);
            let mut once: Vec<u32> = drawn[..count].to_vec();
            once.sort_unstable();
            assert!(once.into_iter().eq(0..count as u32), "{draw:?} on {observation:?}");
            assert_eq!(drawn[count..], drawn[..2.min(count)].repeat(2)[..2], "{draw:?} on {observation:?}");
        }
        for ply in 0..8 {
            let mut drawn = ranks(&Unrank { draw }, &observe(&random_game(7, ply), 7), 4000);
            drawn.sort_unstable();
            drawn.dedup();
            assert_eq!(drawn.len(), 4000, "{draw:?} at ply {ply}");
        }
    }
}

#[test]
fn stratified_draws_one_world_a_slice() {
    let observation = observe(&random_game(3, 4), 3);
    let count = u64::from(observation.worlds.count());
    for (i, rank) in ranks(&Unrank { draw: Draw::Stratified }, &observation, 1000).into_iter().enumerate() {
        let (rank, i) = (u64::from(rank), i as u64);
        assert!(
            (i * count / 1000..=((i + 1) * count - 1) / 1000).contains(&rank),
            "draw {i}: {rank} of {count}"
        );
    }
}

#[test]
fn backtracking_finds_a_world_wherever_there_is_one() {
    for observation in golden_states() {
        assert_eq!(draw(&Backtracking, &observation, 50).1.found, 50, "{observation:?}");
    }
    // Puzzles that no game leads to: random classes for random dominoes. The view is not looked at.
    let base = observe(&random_game(0, 0), 0);
    let mut stream = base.at.stream(Purpose::Other, 9);
    let mut solvable = [0; 2];
    for _ in 0..20_000 {
        let sizes = [0; 3].map(|_| stream.below(5) as u8);
        let n: u8 = sizes.iter().sum();
        let mut excluded = [0; 3];
        for id in 0..n {
            let class = 1 + stream.below(7);
            (0..3).filter(|seat| class >> seat & 1 == 0).for_each(|seat| excluded[seat] |= 1 << id);
        }
        let observation =
            Observation { worlds: Completions::new((1 << n) - 1, sizes, excluded), ..base.clone() };
        let (worlds, report) = draw(&Backtracking, &observation, 2);
        let possible = observation.worlds.count() > 0;
        solvable[usize::from(possible)] += 1;
        assert_eq!(report.found, if possible { 2 } else { 0 }, "{observation:?}");
        for world in worlds {
            assert_eq!(observation.worlds.rank(&world).is_some(), possible, "{observation:?}");
        }
    }
    assert!(solvable.iter().all(|&n| n > 2000), "{solvable:?}");
}

#[test]
fn backtracking_reaches_every_world() {
    for observation in golden_states().iter().filter(|it| (2..=60).contains(&it.worlds.count())) {
        let mut seen = ranks(&Backtracking, observation, 4000);
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), observation.worlds.count() as usize, "{observation:?}");
    }
}

#[test]
fn no_worlds_leave_everything_empty() {
    let base = observe(&random_game(5, 10), 5);
    let unseen = base.view.unseen();
    let nobody = Observation { worlds: Completions::new(unseen, base.view.sizes(), [unseen; 3]), ..base };
    for sampler in SamplerSpec::all() {
        let (worlds, report) = draw(&*sampler.for_decisions(), &nobody, 5);
        assert_eq!((report.missing(), worlds), (5, vec![EMPTY; 5]), "{sampler}");
    }
}

#[test]
fn first_fit_gives_up_and_is_rescued_only_where_it_failed() {
    let hasty = FirstFit { tries: 1 };
    let (mut failed, mut rescued_decisions, mut total) = (0, 0, SampleReport::default());
    for observation in golden_states() {
        let (alone, report) = draw(&hasty, &observation, 40);
        let (both, rescued) = draw(&hasty.or_else(Backtracking), &observation, 40);
        let (second, _) = draw(&Backtracking, &observation, 40);
        for i in 0..40 {
            let missing = alone[i] == EMPTY;
            assert_eq!(both[i], if missing { second[i] } else { alone[i] }, "world {i} of {observation:?}");
        }
        assert!(report.tries <= 40 * u64::from(hasty.limit(&observation)));
        assert_eq!((rescued.found, rescued.rescued), (report.found, report.missing()), "{observation:?}");
        assert_eq!(rescued.rescued_decisions, u64::from(report.missing() > 0));
        assert_eq!(rescued.missing(), 0);
        failed += report.missing();
        rescued_decisions += u64::from(report.missing() > 0);
        total += rescued;
    }
    assert!(failed > 1000 && rescued_decisions > 100, "{failed} worlds of {rescued_decisions} decisions");
    assert_eq!((total.rescued, total.rescued_decisions), (failed, rescued_decisions));
}

#[test]
fn the_limit_of_first_fit_follows_the_voids() {
    let limits = |seed: u64| -> Vec<u32> {
        (0..20).map(|ply| FirstFit { tries: 3 }.limit(&observe(&random_game(seed, ply), seed))).collect()
    };
    assert_eq!(limits(0)[0], 3, "nothing shown");
    let all: Vec<u32> = (0..40).flat_map(limits).collect();
    let expected = [3, 12, 48, 192, 768];
    assert!(all.iter().all(|limit| expected.contains(limit)));
    assert!(expected.iter().all(|limit| all.contains(limit)));
    assert_eq!(FirstFit { tries: u32::MAX }.limit(&observe(&random_game(0, 19), 0)), u32::MAX, "saturates");
}

#[test]
fn worlds_already_there_stay_and_do_not_change_the_others() {
    let observation = observe(&random_game(11, 9), 11);
    for sampler in SamplerSpec::all() {
        let (fresh, _) = draw(&*sampler.for_decisions(), &observation, 20);
        let other = observation.worlds.unrank(0);
        let mut out: Vec<World> = (0..20).map(|i| if i % 3 == 0 { other } else { EMPTY }).collect();
        let report = sampler.for_decisions().draw(&observation, &mut Share::all(&mut out));
        assert_eq!((report.wanted, report.missing()), (13, 0), "{sampler}");
        for i in 0..20 {
            assert_eq!(out[i], if i % 3 == 0 { other } else { fresh[i] }, "{sampler}, world {i}");
        }
    }
}

#[test]
fn with_nothing_unseen_the_only_world_is_found() {
    let observation = observe(&random_game(2, 27), 2);
    for sampler in SamplerSpec::all() {
        let (worlds, report) = draw(&*sampler.for_decisions(), &observation, 1);
        assert_eq!((worlds[0], report.found, report.rescued), (EMPTY, 1, 0), "{sampler}");
    }
}

/// Variance of the mean of 64 draws, over 400 seeds.
fn variance_of_mean(draw: Draw, observation: &Observation, value: &dyn Fn(&World) -> f64) -> f64 {
    let mean_of = |seed| {
        // Other seeds for every state: states of the same number of worlds would draw the same indices.
        let seed = observation.at.seed << 32 | seed;
        let (worlds, _) = self::draw(&Unrank { draw }, &reseed(observation, seed), 64);
        worlds.iter().map(value).sum::<f64>() / 64.0
    };
    let means: Vec<f64> = (0..400).map(mean_of).collect();
    let mean = means.iter().sum::<f64>() / 400.0;
    means.iter().map(|it| (it - mean).powi(2)).sum::<f64>() / 399.0
}

#[test]
fn spread_draws_cut_the_variance_of_a_mean() {
    let (mut by_rank, mut by_play) = ([0.0; 3], [0.0; 3]);
    let states: Vec<(u64, usize)> = (0..8).flat_map(|seed| [1, 4, 7].map(|ply| (seed, ply))).collect();
    for &(seed, ply) in &states {
        let game = random_game(seed, ply);
        let observation = observe(&game, seed);
        let trumps = game.table().declaration().trumps();
        // What spreading is made for: a value that changes smoothly with the index.
        let smooth = |world: &World| {
            let rank = observation.worlds.rank(world).expect("a world of the view");
            (3.0 * f64::from(rank) / f64::from(observation.worlds.count())).sin()
        };
        // More like a Q: trumps and counts in the right hands, with some interplay.
        let playful = |world: &World| {
            let points = |hand| tiles_of(hand).map(|domino| f64::from(domino.points())).sum::<f64>();
            let length = world.map(|hand| f64::from((hand & trumps).count_ones()));
            points(world[1]) - 0.5 * points(world[0])
                + (length[1] - length[0]).abs() * 3.0
                + length[1] * length[2]
        };
        let values: [&dyn Fn(&World) -> f64; 2] = [&smooth, &playful];
        for (value, ratio) in values.into_iter().zip([&mut by_rank, &mut by_play]) {
            let independent = variance_of_mean(Draw::Uniform, &observation, value);
            for (k, draw) in [Draw::Distinct, Draw::Stratified, Draw::Affine].into_iter().enumerate() {
                ratio[k] += variance_of_mean(draw, &observation, value) / independent / states.len() as f64;
            }
        }
    }
    println!("variance relative to independent draws [distinct, stratified, affine]:");
    println!("smooth in the index {by_rank:.3?}, like a Q {by_play:.3?}");
    for ratio in [by_rank, by_play] {
        assert!(
            (0.9..1.1).contains(&ratio[0]),
            "distinct draws from many worlds are as independent ones: {ratio:?}"
        );
    }
    assert!(by_rank[1] < 0.01 && by_rank[2] < 0.05, "{by_rank:?}");
    assert!(by_play[1] < 1.0 && by_play[2] < 1.0, "{by_play:?}");
}

/// The same numbers for ever: records and other devices rely on them.
#[test]
fn draws_are_pinned() {
    let names = ["affine", "uniform", "distinct", "stratified", "first-fit", "backtracking"];
    let check = |ply, pinned: [[u32; 4]; 6]| {
        let observation = observe(&random_game(42, ply), 42);
        let drawn =
            names.map(|name| ranks(&*name.parse::<SamplerSpec>().unwrap().for_decisions(), &observation, 4));
        assert_eq!(drawn, pinned.map(Vec::from), "{names:?} at ply {ply}");
    };
    check(
        1,
        [
            [33778001, 115991554, 65180787, 14370020],
            [33778001, 78687554, 105329002, 29523825],
            [4000650, 122435111, 22745317, 38694842],
            [8444500, 52927968, 92844410, 107149196],
            [79953619, 16212093, 128657507, 50771577],
            [74103191, 76440310, 11143107, 84767582],
        ],
    );
    check(
        10,
        [
            [40154, 24273, 8392, 34091],
            [40154, 14252, 7303, 22185],
            [40358, 891, 30010, 27506],
            [10038, 13958, 22615, 36731],
            [8762, 36783, 24699, 30997],
            [20827, 5821, 13253, 35975],
        ],
    );
}
