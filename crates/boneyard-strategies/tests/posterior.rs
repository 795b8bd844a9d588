//! What makes some worlds likelier than others.

use boneyard_core::{
    Coordinates, Deals, EMPTY, Host, HostWorlds, ONE, Observation, Plan, Purpose, Sampler, Sampling, Share,
    WeightRule, WorldEvaluator, WorldSampler,
};
use boneyard_rules::{Bid, Deal, Declaring, Game, Seat, Table, World, tiles_of};
use boneyard_strategies::evaluator::Solver;
use boneyard_strategies::sampler::declared::MOST_TRIES;
use boneyard_strategies::sampler::{Declared, Draw, Evidence, Played, Plays, Unrank};

const HARD: Evidence = Evidence { rule: Declaring::Longest, beta: 0 };

/// A deal whose bidder declared its longest suit, after so many random plays.
fn declared_game(seed: u64, ply: usize) -> (Game, Seat) {
    let deal = Deals::Native.deal(seed);
    let bidder = Seat::ALL[seed as usize % 4];
    let mut game = Game::new(deal, Declaring::Longest.declares(deal.hand(bidder)), bidder);
    let mut stream = Coordinates { seed, replicate: 0, ply: 0 }.stream(Purpose::Other, 0);
    for _ in 0..ply {
        let legal: Vec<_> = tiles_of(game.legal()).collect();
        game.play(legal[stream.below(legal.len() as u32) as usize]).unwrap();
    }
    (game, bidder)
}

fn observe(game: &Game, bidder: Seat, samples: u32, seed: u64) -> Observation {
    let at = Coordinates { seed, replicate: 0, ply: game.table().ply() as u8 };
    Observation::new(game.view(), Bid::THIRTY, bidder, &Sampling::new(samples), at).unwrap()
}

fn draw(sampler: &impl WorldSampler, observation: &Observation, n: usize) -> Vec<World> {
    let mut out = vec![EMPTY; n];
    let report = sampler.draw(observation, &mut Share::all(&mut out));
    assert_eq!((report.wanted, report.found), (n as u64, n as u64));
    assert!(report.tries >= report.wanted && report.tries <= u64::from(MOST_TRIES) * report.wanted);
    out
}

/// By hand: the longest suit, then its double, then the highest.
fn would_declare(observation: &Observation, world: &World) -> bool {
    let view = &observation.view;
    let Some(other) = view.others().into_iter().position(|seat| seat == observation.bidder) else {
        return true;
    };
    let hand = world[other] | view.table().played_by(observation.bidder);
    let suits = (0..7u8).map(|pip| {
        let held = tiles_of(hand).filter(|it| it.high() == pip || it.low() == pip);
        let double = tiles_of(hand).any(|it| it.high() == pip && it.low() == pip);
        (held.count(), double, pip)
    });
    suits.max().unwrap().2 == view.table().declaration().id()
}

#[test]
fn worlds_agree_with_the_declaration_and_are_uniform_among_those_that_do() {
    let mut decisions = 0;
    for seed in 0..400 {
        let (game, bidder) = declared_game(seed, 14 + seed as usize % 5);
        let observation = observe(&game, bidder, 1, seed);
        let agreeing: Vec<World> =
            observation.worlds.iter().filter(|world| would_declare(&observation, world)).collect();
        let share = agreeing.len() as f64 / f64::from(observation.worlds.count());
        if game.mover() == bidder
            || agreeing.len() < 10
            || agreeing.len() > 60
            || !(0.3..0.9).contains(&share)
        {
            continue;
        }
        decisions += 1;
        for draws in Draw::ALL {
            let n = 40 * agreeing.len();
            // Of many starts, as the affine walk has one a decision.
            let mut counts = vec![0.0; agreeing.len()];
            for part in 0..40 {
                let at = Coordinates { seed: seed * 1000 + part, ..observation.at };
                let observation = Observation { at, ..observation.clone() };
                let sampler = Declared { sampler: Unrank { draw: draws }, evidence: HARD };
                for world in draw(&sampler, &observation, agreeing.len()) {
                    let found = agreeing.iter().position(|it| *it == world);
                    counts[found.expect("a world that agrees")] += 1.0;
                }
            }
            let expected = n as f64 / agreeing.len() as f64;
            let chi: f64 = counts.iter().map(|count: &f64| (count - expected).powi(2) / expected).sum();
            let freedom = agreeing.len() as f64 - 1.0;
            // Five standard deviations; even draws are below.
            assert!(
                chi < freedom + 5.0 * (2.0 * freedom).sqrt(),
                "{draws:?}, seed {seed}: {chi} of {freedom}"
            );
        }
    }
    assert!(decisions >= 15, "{decisions}");
}

#[test]
fn doubt_lets_other_worlds_pass() {
    let (game, bidder) = declared_game(2, 4);
    assert_ne!(game.mover(), bidder);
    let observation = observe(&game, bidder, 1, 2);
    let share = |worlds: &[World]| {
        worlds.iter().filter(|world| would_declare(&observation, world)).count() as f64 / worlds.len() as f64
    };
    let plain = share(&draw(&Unrank { draw: Draw::Uniform }, &observation, 20_000));
    for beta in [0.0, 0.1, 0.5, 1.0] {
        let evidence = Evidence { beta: (beta * f64::from(ONE)) as u32, ..HARD };
        let sampler = Declared { sampler: Unrank { draw: Draw::Uniform }, evidence };
        let expected = plain / (plain + beta * (1.0 - plain));
        let found = share(&draw(&sampler, &observation, 20_000));
        assert!((found - expected).abs() < 0.02, "beta {beta}: {found} for {expected}");
    }
    // At most every world is as it was.
    let evidence = Evidence { beta: ONE, ..HARD };
    for draws in Draw::ALL {
        let sampler = Unrank { draw: draws };
        assert_eq!(draw(&Declared { sampler, evidence }, &observation, 99), draw(&sampler, &observation, 99));
    }
}

#[test]
fn the_bidder_learns_nothing_and_enumerated_worlds_have_weights() {
    let evidence = Evidence { beta: ONE / 4, ..HARD };
    let (mut agreed, mut others) = (0, 0);
    for seed in 0..80 {
        let (game, bidder) = declared_game(seed, 17 + seed as usize % 4);
        let observation = observe(&game, bidder, 1000, seed);
        assert_eq!(observation.plan == Plan::Forced, game.legal().count_ones() == 1);
        for world in observation.worlds.iter().filter(|_| observation.plan == Plan::Enumerate) {
            let agrees = would_declare(&observation, &world);
            assert_eq!(evidence.agrees(&observation, &world), agrees);
            let expected = if agrees { ONE } else { ONE / 4 };
            assert_eq!(evidence.weight(&observation, &world), expected);
            assert!(HARD.weight(&observation, &world) > 0);
            *(if agrees { &mut agreed } else { &mut others }) += 1;
            assert!(game.mover() != bidder || agrees);
        }
    }
    assert!(agreed > 500 && others > 500, "{agreed} {others}");
}

/// What plays were worth in a world, by the solver, and how likely they were, in plain floating point.
fn slow_likelihood(observation: &Observation, world: &World, tau: f64, beta: f64, last: usize) -> f64 {
    let view = &observation.view;
    let table = view.table();
    let mut hands = [0; 4];
    hands[view.seat().index()] = view.hand();
    for (seat, held) in view.others().into_iter().zip(world) {
        hands[seat.index()] = held | table.played_by(seat);
    }
    let deal = Deal::new(hands).unwrap();
    let mut game = Game::new(deal, table.declaration(), table.first_leader());
    let mut ratios = Vec::new();
    let mut scratch = Solver.scratch();
    for domino in table.plays() {
        if game.mover() != view.seat() {
            let values = Solver.solve(&game, &mut scratch);
            let then = game.view();
            let legal =
                (0..7).filter(|slot| then.legal_slots() >> slot & 1 == 1).map(|slot| f64::from(values[slot]));
            let legal: Vec<f64> = legal.collect();
            let best = legal.iter().copied().fold(f64::MIN, f64::max);
            let sum: f64 = legal.iter().map(|q| ((q - best) / tau).exp()).sum();
            let odds = ((f64::from(values[then.slot(domino)]) - best) / tau).exp() / sum;
            let n = legal.len() as f64;
            ratios.push(n * ((1.0 - beta) * odds + beta / n));
        }
        game.play(domino).unwrap();
    }
    ratios.iter().rev().take(last).product()
}

#[test]
fn plays_are_weighed_as_plain_floating_point_does() {
    let check = |tau, beta, last: u32| {
        let mut compared = 0;
        for seed in 0..12 {
            let (game, bidder) = declared_game(seed, 12 + seed as usize % 5);
            let observation = observe(&game, bidder, 40, seed);
            let (n, mut near) = (observation.most_worlds(), 0);
            if n == 0 {
                continue;
            }
            let seen = vec![observation.clone()];
            let mut sampler = Played {
                sampler: Unrank::default(),
                evaluator: Solver,
                plays: Plays::new(tau, beta, last).unwrap(),
            };
            let mut worlds = Default::default();
            sampler
                .sample(&mut Host::default(), &seen, &std::iter::once(0..n).collect(), 0..1, &mut worlds)
                .unwrap();
            let worlds: HostWorlds = worlds;
            let (mut against, mut logs) = (0, 0.0);
            for (world, &weight) in worlds.worlds.iter().zip(worlds.weights.as_ref().unwrap()) {
                let likely = slow_likelihood(&observation, world, tau, beta, last as usize);
                let expected = likely.min(256.0) / 256.0;
                let found = f64::from(weight) / f64::from(ONE);
                // Within a unit of the weight and the rounding of each factor.
                let tolerance = 1.5 / f64::from(ONE) + 1e-3 * expected;
                assert!((found - expected).abs() < tolerance, "seed {seed}: {found} for {expected}");
                compared += 1;
                against += u32::from(likely < 1.0 - 1e-3);
                logs += likely.min(256.0).log2() / f64::from(n);
                near += u32::from((likely - 1.0).abs() <= 1e-3);
            }
            let said = worlds.likelihoods[0];
            assert_eq!((said.worlds, said.mixed), (n, 0));
            assert!(said.against.abs_diff(against) <= near, "{} for {against}", said.against);
            let mean = said.mean_log2().unwrap();
            assert!((mean - logs).abs() < 2e-3, "seed {seed}: {mean} for {logs}");
        }
        assert!(compared > 100, "{compared}");
    };
    check(4.0, 0.1, 4);
    check(1.0, 0.01, 2);
    check(10.0, 0.5, 27);
}

#[test]
fn plays_that_could_be_any_say_nothing() {
    let (game, bidder) = declared_game(5, 14);
    let seen = vec![observe(&game, bidder, 30, 5)];
    let n = seen[0].most_worlds();
    let sample = |sampler: &mut dyn Sampler<Host>| {
        let mut worlds = Default::default();
        sampler
            .sample(&mut Host::default(), &seen, &std::iter::once(0..n).collect(), 0..1, &mut worlds)
            .unwrap();
        worlds
    };
    let plain = sample(&mut Unrank::default());
    let plays = Plays::new(4.0, 1.0, 4).unwrap();
    let weighed = sample(&mut Played { sampler: Unrank::default(), evaluator: Solver, plays });
    assert_eq!(weighed.worlds, plain.worlds);
    assert!(weighed.weights.unwrap().iter().all(|&weight| weight == ONE));
    // The first ply has no plays behind it.
    let (game, bidder) = declared_game(5, 0);
    assert_eq!(Table::new(game.table().declaration(), bidder).ply(), 0);
    let seen = vec![observe(&game, bidder, 5, 5)];
    let plays = Plays::new(4.0, 0.1, 4).unwrap();
    let mut worlds = Default::default();
    let mut sampler = Played { sampler: Unrank::default(), evaluator: Solver, plays };
    sampler.sample(&mut Host::default(), &seen, &std::iter::once(0..5).collect(), 0..1, &mut worlds).unwrap();
    let weights = worlds.weights.unwrap();
    assert!(weights.iter().all(|&weight| weight == weights[0]));
}
