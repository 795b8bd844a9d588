//! Players at work.

use crate::error::Result;
use crate::program::{Program, Terms};
use crate::spec::{PlayerSpec, Stage};
use boneyard::core::coordinates::philox;
use boneyard::core::{DecisionRecord, InPlay};
use boneyard::rules::{Bid, Domino, Seat, View};
use boneyard::{AnyPipeline, StandardBackend};
use std::time::{Duration, Instant};

/// What a player answers: a move, or the sentence that says why it loses the hand.
pub type Answer = Result<Domino, String>;

/// Decides moves.
///
/// Law: an answer depends on what the mover sees only, not on the games around it.
pub trait Player {
    /// The next moves of games that are all at the same ply, in their order.
    ///
    /// # Errors
    /// Those of the backend; what a program does wrong is an answer.
    fn decide(&mut self, games: &[InPlay]) -> Result<Vec<Answer>>;

    /// What it took so far.
    fn speed(&self) -> Speed;
}

/// A player whose type is known at run time only.
pub type AnyPlayer = Box<dyn Player>;

/// How long decisions took.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Speed {
    /// How many there were, forced ones included.
    pub decisions: u64,
    /// For all of them.
    pub time: Duration,
}

impl Speed {
    /// Decisions a second.
    pub fn per_second(&self) -> f64 {
        self.decisions as f64 / self.time.as_secs_f64().max(1e-9)
    }
}

/// A player made of pipelines.
pub struct Built<B: StandardBackend> {
    stages: Vec<(u8, AnyPipeline<B>)>,
    speed: Speed,
}

impl<B: StandardBackend> Built<B> {
    /// Builds the stages of a description, each on a backend of its own.
    ///
    /// # Errors
    /// Those of building pipelines.
    pub fn new(stages: &[Stage], mut backend: impl FnMut() -> B) -> Result<Self> {
        let build = |stage: &Stage| Ok((stage.from, stage.recipe.pipeline(backend())?));
        Ok(Self { stages: stages.iter().map(build).collect::<Result<_>>()?, speed: Speed::default() })
    }

    /// The same as [`Player::decide`], with all that is known of each decision.
    ///
    /// # Errors
    /// As there.
    pub fn decisions(&mut self, games: &[InPlay]) -> Result<Vec<DecisionRecord>> {
        let begun = Instant::now();
        let trick = InPlay::ply_of_all(games)? / 4 + 1;
        let stage = self.stages.iter_mut().rev().find(|(from, _)| usize::from(*from) <= trick);
        let (_, pipeline) = stage.expect("the first stage begins at trick 1");
        let keyed: Vec<InPlay> = games.iter().map(keyed).collect();
        let decided = pipeline.decide(&keyed, &mut ())?;
        self.speed.decisions += games.len() as u64;
        self.speed.time += begun.elapsed();
        Ok(decided)
    }
}

impl<B: StandardBackend> Player for Built<B> {
    fn decide(&mut self, games: &[InPlay]) -> Result<Vec<Answer>> {
        let decided = self.decisions(games)?;
        Ok(decided.iter().map(|it| Ok(Domino::new(it.domino.into()).expect("a recorded domino"))).collect())
    }

    fn speed(&self) -> Speed {
        self.speed
    }
}

impl PlayerSpec {
    /// The player; `backend` makes what its pipelines run on, `terms` hold for programs.
    ///
    /// # Errors
    /// Those of building pipelines; a program that cannot be started.
    pub fn build<B: StandardBackend>(&self, backend: impl FnMut() -> B, terms: Terms) -> Result<AnyPlayer> {
        Ok(match self {
            Self::Built(stages) => Box::new(Built::new(stages, backend)?),
            Self::Program(path) => Box::new(Program::start(path, terms)?),
        })
    }
}

/// The game with the random numbers of its mover.
fn keyed(game: &InPlay) -> InPlay {
    let (view, setup) = (game.game().view(), game.setup());
    game.with_seed(key(&view, setup.bid, setup.bidder))
}

/// Names what a seat was dealt and under which contract: the seed of all its random numbers in this hand.
pub fn key(view: &View, bid: Bid, bidder: Seat) -> u64 {
    let (seat, declaration) = (u32::from(view.seat().id()), u32::from(view.table().declaration().id()));
    let contract = seat | u32::from(bidder.id()) << 2 | declaration << 4 | u32::from(bid.value()) << 8;
    let leader = u32::from(view.table().first_leader().id());
    let [low, high, ..] = philox([view.hand(), contract, leader, 0], [0x426f_6e65, 0x7961_7264]);
    u64::from(low) | u64::from(high) << 32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contracts::Contracts;
    use boneyard::core::Host;
    use std::collections::BTreeSet;

    #[test]
    fn keys_name_what_a_seat_begins_with() {
        let mut keys = BTreeSet::new();
        for deal in 0..200 {
            let mut game = Contracts::Dropped30.setup(deal).in_play();
            let mut by_seat = [None; 4];
            while !game.game().table().is_over() {
                let (view, setup) = (game.game().view(), *game.setup());
                let key = key(&view, setup.bid, setup.bidder);
                // The same through the whole hand, and for any deal that agrees with it.
                assert_eq!(*by_seat[view.seat().index()].get_or_insert(key), key);
                let domino = boneyard::rules::tiles_of(view.legal()).next().unwrap();
                game.play(domino).unwrap();
            }
            keys.extend(by_seat);
        }
        assert_eq!(keys.len(), 800);
    }

    /// Neither the hidden hands nor the other games of the batch matter.
    #[test]
    fn answers_depend_on_what_is_seen() {
        let spec: PlayerSpec =
            "p-make 7 evaluator=cascade:3 from=3 greedy 9 evaluator=cascade:2".parse().unwrap();
        let mut player = spec.build(Host::default, Terms::default()).unwrap();
        let mut games: Vec<InPlay> = (0..30).map(|deal| Contracts::Dropped30.setup(deal).in_play()).collect();
        for _ in 0..28 {
            let together = player.decide(&games).unwrap();
            for (game, answer) in games.iter_mut().zip(together) {
                let setup = game.setup();
                let seen = InPlay::as_seen(&game.game().view(), setup.bid, setup.bidder, 99).unwrap();
                assert_eq!(player.decide(&[seen]).unwrap(), std::slice::from_ref(&answer));
                game.play(answer.unwrap()).unwrap();
            }
        }
        assert_eq!(player.speed().decisions, 2 * 28 * 30);
    }
}
