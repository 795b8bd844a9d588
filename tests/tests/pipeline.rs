//! The pipeline on the host: what its records may and may not depend on.

use boneyard_core::{
    Coordinates, Design, Estimate, GameRecord, Histogram, Host, Mode, Observation, Pipeline, Question,
    Sampling, Setup, WorldEvaluator,
};
use boneyard_record::Row;
use boneyard_rules::{Bid, Deal, Declaration, Domino, Game, Seat};
use boneyard_strategies::evaluator::{ContractSolver, Solver};
use boneyard_strategies::policy::PolicySpec;
use boneyard_strategies::sampler::SamplerSpec;

fn setups(n: u64) -> Vec<Setup> {
    let setup = |game| Setup {
        seed: 1_000 + game,
        deal: Deal::from_seed(1_000 + game),
        declaration: Declaration::new(game % 10).unwrap(),
        bidder: Seat::new(game % 4).unwrap(),
        bid: Bid::new(30 + game % 13).unwrap(),
    };
    (0..n).map(setup).collect()
}

fn play(host: Host, sampler: &str, policy: &str, sampling: Sampling, setups: &[Setup]) -> Vec<GameRecord> {
    let sampler = sampler.parse::<SamplerSpec>().unwrap().build();
    let policy = policy.parse::<PolicySpec>().unwrap().build();
    Pipeline::new(host, sampler, Solver, policy, sampling).unwrap().play(setups, &mut ()).unwrap().games
}

fn default_play(host: Host, setups: &[Setup]) -> Vec<GameRecord> {
    play(host, "affine", "greedy", Sampling::new(12), setups)
}

fn in_pool<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(work)
}

#[test]
fn threads_do_not_matter() {
    let setups = setups(10);
    for (sampler, policy) in
        [("affine", "greedy"), ("first-fit+backtracking", "mixed"), ("stratified", "softmax:2")]
    {
        let sampling = Sampling { histogram: true, ..Sampling::new(9) };
        let run = || play(Host::default(), sampler, policy, sampling, &setups);
        let (one, two) = (in_pool(1, run), in_pool(2, run));
        assert!(one == two, "{sampler}, {policy}");
    }
}

#[test]
fn chunks_do_not_matter() {
    let setups = setups(10);
    let whole = default_play(Host::default(), &setups);
    for chunk_worlds in [1, 7, 12, 13, 100] {
        assert!(default_play(Host { chunk_worlds }, &setups) == whole, "chunks of {chunk_worlds} worlds");
    }
}

#[test]
fn batches_do_not_matter() {
    let setups = setups(10);
    let whole = default_play(Host::default(), &setups);
    let single: Vec<GameRecord> =
        setups.iter().flat_map(|setup| default_play(Host::default(), &[*setup])).collect();
    assert!(single == whole);
}

#[test]
fn rows_are_as_the_records() {
    for game in default_play(Host::default(), &setups(10)) {
        for record in &game.decisions {
            let row = Row::new(record, boneyard_record::Columns::default());
            assert_eq!(row.worlds_used, record.worlds_used());
            for slot in 0..7 {
                let legal = record.legal >> slot & 1 == 1 && record.estimate.is_some();
                assert_eq!(row.e_q[slot].is_some(), legal);
            }
        }
    }
}

/// One legal move: not evaluated, unless asked for. Otherwise evaluated, and exact where worlds are few.
#[test]
fn forced_moves_and_plans() {
    let setups = setups(10);
    let sampling = Sampling::new(12);
    let sparing = play(Host::default(), "affine", "greedy", sampling, &setups);
    let all =
        play(Host::default(), "affine", "greedy", Sampling { evaluate_forced: true, ..sampling }, &setups);
    let (mut forced, mut exact, mut drawn) = (0, 0, 0);
    for (game, evaluated) in sparing.iter().zip(&all) {
        assert_eq!(game.decisions.len(), 28);
        for (record, other) in game.decisions.iter().zip(&evaluated.decisions) {
            assert_eq!((record.domino, record.choice), (other.domino, other.choice));
            assert_eq!(other.worlds_used(), record.worlds_total.min(12));
            if record.legal.count_ones() == 1 {
                assert_eq!((record.choice.mode, &record.estimate), (Mode::Forced, &None));
                forced += 1;
                continue;
            }
            assert_eq!(record.estimate, other.estimate);
            assert_eq!(record.choice.mode, Mode::Greedy);
            assert_eq!(record.is_exact(), record.worlds_total <= 12);
            *if record.is_exact() { &mut exact } else { &mut drawn } += 1;
        }
    }
    // About a third of all decisions are forced; the last trick always is.
    assert!(forced >= 60 && exact >= 10 && drawn >= 60, "{forced} {exact} {drawn}");
}

/// The game before a decision.
fn game_before(record: &GameRecord, ply: usize) -> Game {
    let plays =
        record.decisions[..ply].iter().map(|decision| Domino::new(u64::from(decision.domino)).unwrap());
    let Setup { deal, declaration, bidder, .. } = record.setup;
    Game::after(deal, declaration, bidder, &plays.collect::<Vec<_>>()).unwrap()
}

/// The rows marked exact are the sums over all worlds, one after the other.
#[test]
fn exact_rows_equal_enumeration() {
    let sampling = Sampling { histogram: true, ..Sampling::new(200) };
    let mut compared = 0;
    for game in play(Host::default(), "affine", "greedy", sampling, &setups(10)) {
        for record in &game.decisions {
            let Some(estimate) = &record.estimate else { continue };
            if !record.is_exact() {
                continue;
            }
            let ply = usize::from(record.ply);
            let at = Coordinates { seed: 0, replicate: 0, ply: record.ply };
            let view = game_before(&game, ply).view();
            let observation =
                Observation::new(view, record.bid, record.bidder, &Sampling::new(1), at).unwrap();
            let none = Estimate::new(Question::Points { unit: 1 }, true);
            let mut sums = Estimate { design: Design::Distinct, ..none };
            let mut scratch = Solver.scratch();
            for world in observation.worlds.iter() {
                sums.add(&Solver.values(&observation, &world, &mut scratch), 1, 1, observation.needed);
            }
            assert_eq!(&sums, estimate);
            compared += 1;
        }
    }
    assert!(compared > 50, "{compared}");
}

/// Histograms, sums and P(make) tell the same story.
#[test]
fn estimates_are_consistent() {
    let sampling = Sampling { histogram: true, ..Sampling::new(20) };
    for game in play(Host::default(), "distinct", "p-make", sampling, &setups(10)) {
        for record in &game.decisions {
            let Some(estimate) = &record.estimate else { continue };
            let histogram: &Histogram = estimate.histogram.as_ref().unwrap();
            for slot in 0..7 {
                let bins = || histogram[slot].iter().zip(-42i64..);
                let legal = record.legal >> slot & 1 == 1;
                let worlds: u32 = histogram[slot].iter().sum();
                assert_eq!(worlds, if legal { estimate.worlds } else { 0 });
                assert_eq!(bins().map(|(&n, q)| i64::from(n) * q).sum::<i64>(), estimate.sum[slot]);
                let squares = bins().map(|(&n, q)| u64::from(n) * q.unsigned_abs().pow(2)).sum::<u64>();
                assert_eq!(squares, estimate.sum_squares[slot]);
                let open = 42 - i64::from(record.banked_us) - i64::from(record.banked_them);
                let bidders = record.seat.team() == record.bidder.team();
                let success = |q: i64| {
                    let ours = i64::from(record.banked_us) + (open + q) / 2;
                    let bidders_have = if bidders { ours } else { 42 - ours };
                    (bidders_have >= i64::from(record.bid.points())) == bidders
                };
                let made: u32 = bins().filter(|(n, q)| **n > 0 && success(*q)).map(|(n, _)| n).sum();
                assert_eq!(made, estimate.made[slot]);
            }
        }
    }
}

/// Asking only about the contract gives the same shares, and so the same choices by P(make) where nothing ties.
#[test]
fn the_contract_question_agrees_with_points() {
    let setups = setups(10);
    let sampling = Sampling::new(10);
    let policy = "p-make".parse::<PolicySpec>().unwrap().build();
    let sampler = "affine".parse::<SamplerSpec>().unwrap().build();
    let mut pipeline = Pipeline::new(Host::default(), sampler, ContractSolver, policy, sampling).unwrap();
    let contracts = pipeline.play(&setups, &mut ()).unwrap().games;
    let points = play(Host::default(), "affine", "p-make", sampling, &setups);
    let mut compared = 0;
    for (a, b) in contracts.iter().zip(&points) {
        for (a, b) in a.decisions.iter().zip(&b.decisions) {
            if a.plays != b.plays {
                break;
            }
            assert_eq!(a.estimate.as_ref().map(|e| e.made), b.estimate.as_ref().map(|e| e.made));
            compared += 1;
        }
    }
    assert!(compared >= 40, "{compared}");
}
