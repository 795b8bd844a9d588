//! The loop.

use crate::{
    AtOnce, Backend, Chances, DecisionRecord, Evaluator, GameRecord, InPlay, Observer, Planner, Policy,
    Result, SampleReport, Sampler, Sampling, Setup,
};
use boneyard_rules::{PLIES, RuleError};

/// What was played of a batch of games.
#[derive(Clone, Debug)]
pub struct Played {
    /// In the order of the setups.
    pub games: Vec<GameRecord>,
    /// What sampling cost.
    pub sampling: SampleReport,
}

/// A backend with a sampler, an evaluator, a policy and a planner for it.
#[derive(Clone, Debug)]
pub struct Pipeline<B, S, E, P, N = AtOnce> {
    /// Where it runs.
    pub backend: B,
    /// Fills in hidden hands.
    pub sampler: S,
    /// Gives moves values.
    pub evaluator: E,
    /// Chooses.
    pub policy: P,
    /// Says how many worlds are enough.
    pub planner: N,
    /// How decisions are looked at.
    pub sampling: Sampling,
}

impl<B, S, E, P> Pipeline<B, S, E, P>
where
    B: Backend,
    S: Sampler<B>,
    E: Evaluator<B>,
    P: Policy<B>,
{
    /// Puts the parts together; decisions look at all their worlds at once.
    ///
    /// # Errors
    /// [`Error::Setting`](crate::Error::Setting) for a number of samples out of range, [`Error::Mismatch`](crate::Error::Mismatch) if the policy needs points
    /// and the evaluator only answers whether the contract is made.
    pub fn new(backend: B, sampler: S, evaluator: E, policy: P, sampling: Sampling) -> Result<Self> {
        sampling.fits(&evaluator, &policy)?;
        Ok(Self { backend, sampler, evaluator, policy, planner: AtOnce, sampling })
    }

    /// The same with another planner.
    pub fn paced<N>(self, planner: N) -> Pipeline<B, S, E, P, N> {
        let Self { backend, sampler, evaluator, policy, sampling, .. } = self;
        Pipeline { backend, sampler, evaluator, policy, planner, sampling }
    }
}

impl<B, S, E, P, N> Pipeline<B, S, E, P, N>
where
    B: Backend,
    S: Sampler<B>,
    E: Evaluator<B>,
    P: Policy<B>,
    N: Planner<B>,
{
    /// Plays the games to the end, in lockstep; `observer` is told how it goes, `&mut ()` is nobody.
    ///
    /// # Errors
    /// [`Error::WorldsNotFound`](crate::Error::WorldsNotFound) if the sampler could not find its worlds; device errors; those of the observer.
    pub fn play(&mut self, setups: &[Setup], observer: &mut impl Observer<B>) -> Result<Played> {
        let games = self.backend.deal(setups, &self.sampling)?;
        self.advance(games, PLIES, observer)
    }

    /// Plays games that are in play, all at the same ply, to the end.
    ///
    /// # Errors
    /// As [`Pipeline::play`]; [`Error::Mismatch`](crate::Error::Mismatch) for games at different plies.
    pub fn play_on(&mut self, games: &[InPlay], observer: &mut impl Observer<B>) -> Result<Played> {
        let plies = PLIES - InPlay::ply_of_all(games)?;
        let games = self.backend.resume(games, &self.sampling)?;
        self.advance(games, plies, observer)
    }

    /// Decides the next move of games that are in play, all at the same ply: one decision a game comes back, and nothing
    /// after it is played.
    ///
    /// # Errors
    /// As [`Pipeline::play_on`]; [`RuleError::NoMove`](boneyard_rules::RuleError::NoMove) for games that are over.
    pub fn decide(
        &mut self,
        games: &[InPlay],
        observer: &mut impl Observer<B>,
    ) -> Result<Vec<DecisionRecord>> {
        if InPlay::ply_of_all(games)? == PLIES {
            return Err(RuleError::NoMove.into());
        }
        let games = self.backend.resume(games, &self.sampling)?;
        let played = self.advance(games, 1, observer)?;
        Ok(played.games.into_iter().flat_map(|game| game.decisions).collect())
    }

    fn advance(
        &mut self,
        mut games: B::Games,
        plies: usize,
        observer: &mut impl Observer<B>,
    ) -> Result<Played> {
        let Self { backend: on, sampler, evaluator, policy, planner, sampling: _ } = self;
        let mut report = SampleReport::default();
        let mut items = on.items(&games)?;
        let mut worlds = on.worlds(&games)?;
        let mut values = on.values(&games)?;
        let mut choices = on.choices(&games)?;
        for _ in 0..plies {
            let seen = on.observe(&games)?;
            let mut estimates = on.estimates(&games, evaluator.question(), sampler.design())?;
            for _ in 0..planner.most_rounds() {
                if !planner.plan(on, &seen, &estimates, &mut items)? {
                    break;
                }
                for chunk in on.chunks(&seen, &items) {
                    report += sampler.sample(on, &seen, &items, chunk, &mut worlds)?;
                    evaluator.evaluate(on, &seen, &worlds, &mut values)?;
                    on.reduce(&seen, &worlds, &values, &mut estimates)?;
                    evaluator.amend(on, &seen, &worlds, &values, &mut estimates)?;
                    observer.valued(on, &seen, &worlds, &values)?;
                }
            }
            observer.estimated();
            policy.choose(on, &seen, &estimates, &mut choices)?;
            on.apply(&mut games, &seen, estimates, &choices)?;
        }
        let (mut games, last) = on.finish(games)?;
        for decision in games.iter_mut().flat_map(|game| &mut game.decisions) {
            let forced = decision.legal.count_ones() == 1;
            let slot = decision.choice.slot;
            decision.chances = if forced { Some(Chances::sure(slot)) } else { policy.chances(decision) };
            if let Some(estimate) = &decision.estimate {
                decision.stopped = planner.stopped(decision.legal, decision.worlds_total, estimate);
            }
        }
        report += last;
        Ok(Played { games, sampling: report })
    }
}
