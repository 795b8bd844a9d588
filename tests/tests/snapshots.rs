//! Three whole games, decision by decision, as text in `tests/snapshots`.

use boneyard_core::{Deals, Host, Objective, Pipeline, Sampling, Setup};
use boneyard_rules::{Bid, Declaration, Seat};
use boneyard_strategies::evaluator::Solver;
use boneyard_strategies::policy::Greedy;
use boneyard_strategies::sampler::Unrank;
use boneyard_tests::transcript;

/// Seed and declaration are the same number, as in a run from seed 0.
fn check(seed: u64) {
    let setup = Setup {
        game: seed,
        seed,
        deal: Deals::Python.deal(seed),
        declaration: Declaration::new(seed).unwrap(),
        bidder: Seat::ALL[0],
        bid: Bid::THIRTY,
    };
    let policy = Greedy { objective: Objective::Mean };
    let mut pipeline =
        Pipeline::new(Host::default(), Unrank::default(), Solver, policy, Sampling::new(20)).unwrap();
    let game = pipeline.play(&[setup]).unwrap().games.remove(0);
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(setup.declaration.name(), transcript::game(&game)));
}

#[test]
fn fives() {
    check(5);
}

#[test]
fn doubles_trump() {
    check(7);
}

#[test]
fn no_trump() {
    check(9);
}
