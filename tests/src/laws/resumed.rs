//! Games in play are gone on with as if they had never been left.

use super::{device, play, quick};
use crate::games::setups;
use boneyard_core::{
    AtOnce, Backend, DecisionRecord, Error, Evaluator, Host, InPlay, Pipeline, Planner, Policy, Sampler,
    Sampling,
};
use boneyard_device::Device;
use boneyard_rules::{Domino, PLIES, RuleError};
use boneyard_strategies::policy::{Greedy, PolicySpec};
use boneyard_strategies::sampler::{Backtracking, FirstFit, SamplerExt};
use cubecl::prelude::*;

/// From any ply on, on any backend, games go on to the same decisions; one decision is the first of them.
pub fn resumed_games_go_on_alike<R: Runtime>(client: ComputeClient<R>) {
    const GAMES: u64 = 8;
    let policy: PolicySpec = "mixed".parse().unwrap();
    let sampler = FirstFit { tries: 2 }.or_else(Backtracking);
    let sampling = Sampling { evaluate_forced: false, histogram: true, ..Sampling::new(9) };
    let whole = play(Host::default(), sampler, quick(), policy.build(), sampling, GAMES).unwrap().games;
    let at = |ply: usize| -> Vec<InPlay> {
        let games = setups(GAMES).into_iter().zip(&whole).map(|(setup, record)| {
            let mut game = setup.in_play();
            for decision in &record.decisions[..ply] {
                game.play(Domino::new(decision.domino.into()).unwrap()).unwrap();
            }
            game
        });
        games.collect()
    };
    let host = Pipeline::new(Host::default(), sampler, quick(), policy.build::<Host>(), sampling);
    let mut host = host.unwrap();
    let there = Pipeline::new(device(&client), sampler, quick(), policy.build::<Device<R>>(), sampling);
    let mut there = there.unwrap();
    for ply in 0..PLIES {
        let games = at(ply);
        goes_on(&mut host, &games, ply, whole.iter().map(|game| &game.decisions[..]));
        goes_on(&mut there, &games, ply, whole.iter().map(|game| &game.decisions[..]));
    }
    let mixed = [at(3)[0], at(5)[0]];
    for refused in [host.decide(&mixed, &mut ()), there.decide(&mixed, &mut ())] {
        let Err(Error::Mismatch(text)) = refused else { panic!("{refused:?}") };
        assert!(text.starts_with("games at plies 3 and 5"), "{text}");
    }
    assert!(matches!(there.decide(&at(28), &mut ()), Err(Error::Rule(RuleError::NoMove))));
    assert!(there.decide(&[], &mut ()).unwrap().is_empty());
}

/// Who leads first need not have bid: questions are asked about such games.
pub fn the_bidder_need_not_lead<R: Runtime>(client: ComputeClient<R>) {
    let sampler = FirstFit { tries: 1 }.or_else(Backtracking);
    let sampling = Sampling { evaluate_forced: true, ..Sampling::new(9) };
    let mut host = Pipeline::new(Host::default(), sampler, quick(), Greedy::default(), sampling).unwrap();
    let mut there = Pipeline::new(device(&client), sampler, quick(), Greedy::default(), sampling).unwrap();
    let mut games: Vec<InPlay> = setups(12)
        .into_iter()
        .map(|setup| {
            let view = setup.start().view();
            InPlay::as_seen(&view, setup.bid, setup.bidder.after(1), setup.seed).unwrap()
        })
        .collect();
    for ply in 0..PLIES {
        let decided = host.decide(&games, &mut ()).unwrap();
        assert_eq!(there.decide(&games, &mut ()).unwrap(), decided, "ply {ply}");
        for (game, decision) in games.iter_mut().zip(&decided) {
            game.play(Domino::new(decision.domino.into()).unwrap()).unwrap();
        }
    }
}

fn goes_on<'a, B, S, E, P>(
    pipeline: &mut Pipeline<B, S, E, P>,
    games: &[InPlay],
    ply: usize,
    whole: impl Iterator<Item = &'a [DecisionRecord]> + Clone,
) where
    B: Backend,
    S: Sampler<B>,
    E: Evaluator<B>,
    P: Policy<B>,
    AtOnce: Planner<B>,
{
    let decided = pipeline.decide(games, &mut ()).unwrap();
    assert_eq!(decided.len(), games.len());
    for (decision, whole) in decided.into_iter().zip(whole.clone()) {
        // What is played afterwards is not known yet.
        let expected = DecisionRecord { outcome: decision.outcome, ..whole[ply].clone() };
        assert_eq!(decision, expected, "ply {ply}");
    }
    let played = pipeline.play_on(games, &mut ()).unwrap().games;
    for (game, whole) in played.iter().zip(whole) {
        assert_eq!(game.decisions, whole[ply..], "from ply {ply} on");
        assert_eq!(game.points().iter().sum::<u8>(), 42);
    }
}
