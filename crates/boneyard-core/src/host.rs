//! The host backend: plain memory, rayon threads.

use crate::{
    Backend, Choice, ChoiceRule, Draws, EMPTY, Error, Estimate, Evaluator, GameRecord, ILLEGAL, Observation,
    Options, Plan, PlyLog, Policy, Question, Result, SampleReport, Sampler, Sampling, Setup, SlotValues,
    WorldEvaluator, WorldSampler,
};
use boneyard_rules::{Game, World, tiles_of};
use rayon::prelude::*;
use std::ops::Range;

/// Runs on the threads of the current rayon pool.
#[derive(Clone, Copy, Debug)]
pub struct Host {
    /// Most worlds held at once, unless a single decision looks at more.
    pub chunk_worlds: usize,
}

impl Default for Host {
    /// A quarter of a million worlds at a time: about 8 MB.
    fn default() -> Self {
        Self { chunk_worlds: 1 << 18 }
    }
}

/// Games in play.
pub struct HostGames {
    playing: Vec<Playing>,
    sampling: Sampling,
}

struct Playing {
    setup: Setup,
    game: Game,
    log: Vec<PlyLog>,
}

/// One observation a game.
pub type HostObservations = Vec<Observation>;

/// The worlds of a chunk of games, one game after the other.
#[derive(Default)]
pub struct HostWorlds {
    /// Which games these are.
    pub games: Range<usize>,
    /// The worlds.
    pub worlds: Vec<World>,
    /// The game of each world.
    pub owners: Vec<u32>,
}

/// Values by world.
pub type HostValues = Vec<SlotValues>;

/// One estimate a game; of no worlds for forced moves.
pub type HostEstimates = Vec<Estimate>;

impl Backend for Host {
    type Games = HostGames;
    type Observations = HostObservations;
    type Worlds = HostWorlds;
    type Values = HostValues;
    type Estimates = HostEstimates;
    type Choices = Vec<Choice>;

    fn name(&self) -> String {
        "cpu".to_owned()
    }

    fn deal(&mut self, setups: &[Setup], sampling: &Sampling) -> Result<HostGames> {
        let play = |&setup: &Setup| Playing { setup, game: setup.start(), log: Vec::with_capacity(28) };
        Ok(HostGames { playing: setups.iter().map(play).collect(), sampling: *sampling })
    }

    fn observe(&mut self, games: &HostGames) -> Result<HostObservations> {
        let observe = |p: &Playing| {
            Observation::of_game(&p.game, p.setup.bid, p.setup.bidder, &games.sampling, p.setup.seed)
        };
        Ok(games.playing.par_iter().map(observe).collect())
    }

    fn chunks(&self, observations: &HostObservations) -> Vec<Range<usize>> {
        let mut chunks = Vec::new();
        let (mut start, mut n_worlds) = (0, 0);
        for (game, observation) in observations.iter().enumerate() {
            let more = observation.n_worlds();
            if n_worlds > 0 && n_worlds + more > self.chunk_worlds {
                chunks.push(start..game);
                (start, n_worlds) = (game, 0);
            }
            n_worlds += more;
        }
        if n_worlds > 0 {
            chunks.push(start..observations.len());
        }
        chunks
    }

    fn buffers(&mut self, _: &Sampling) -> Result<(HostWorlds, HostValues)> {
        Ok(Default::default())
    }

    fn estimates(&mut self, games: &HostGames, question: Question) -> Result<HostEstimates> {
        Ok(vec![Estimate::new(question, games.sampling.histogram); games.playing.len()])
    }

    fn reduce(
        &mut self,
        observations: &HostObservations,
        worlds: &HostWorlds,
        values: &HostValues,
        estimates: &mut HostEstimates,
    ) -> Result<()> {
        for (&owner, values) in worlds.owners.iter().zip(values) {
            let game = owner as usize;
            estimates[game].add(values, observations[game].needed);
        }
        Ok(())
    }

    fn choices(&mut self, games: &HostGames) -> Result<Vec<Choice>> {
        Ok(vec![Choice::forced(1); games.playing.len()])
    }

    fn apply(
        &mut self,
        games: &mut HostGames,
        observations: &HostObservations,
        estimates: HostEstimates,
        choices: &Vec<Choice>,
    ) -> Result<()> {
        let steps = games.playing.iter_mut().zip(observations).zip(estimates).zip(choices);
        for (((playing, observation), estimate), &choice) in steps {
            let domino = tiles_of(observation.view.hand()).nth(usize::from(choice.slot));
            playing.game.play(domino.ok_or(boneyard_rules::RuleError::NoMove)?)?;
            let estimate = (estimate.worlds > 0).then_some(estimate);
            let worlds_total = observation.worlds.count();
            playing.log.push(PlyLog { choice, estimate, worlds_total });
        }
        Ok(())
    }

    fn finish(&mut self, games: HostGames) -> Result<(Vec<GameRecord>, SampleReport)> {
        let records = games.playing.into_iter().map(|p| Ok(GameRecord::replay(p.setup, p.log)?));
        Ok((records.collect::<Result<_>>()?, SampleReport::default()))
    }
}

impl<S: WorldSampler> Sampler<Host> for S {
    fn id(&self) -> String {
        WorldSampler::id(self)
    }

    fn sample(
        &mut self,
        observations: &HostObservations,
        chunk: Range<usize>,
        out: &mut HostWorlds,
    ) -> Result<SampleReport> {
        out.worlds.clear();
        out.owners.clear();
        out.games = chunk.clone();
        for game in chunk.clone() {
            let end = out.owners.len() + observations[game].n_worlds();
            out.owners.resize(end, game as u32);
        }
        out.worlds.resize(out.owners.len(), EMPTY);

        let mut shares = Vec::with_capacity(chunk.len());
        let mut rest = out.worlds.as_mut_slice();
        for game in chunk {
            let (share, others) = rest.split_at_mut(observations[game].n_worlds());
            shares.push((&observations[game], share));
            rest = others;
        }
        let reports: Vec<Result<SampleReport>> =
            shares.into_par_iter().map(|(observation, share)| fill(self, observation, share)).collect();
        let mut total = SampleReport::default();
        for report in reports {
            total += report?;
        }
        Ok(total)
    }
}

/// Enumerates or draws the worlds of one decision.
fn fill<S: WorldSampler>(sampler: &S, observation: &Observation, out: &mut [World]) -> Result<SampleReport> {
    if observation.plan != Plan::Draw(out.len() as u32) {
        out.iter_mut().zip(observation.worlds.iter()).for_each(|(slot, world)| *slot = world);
        return Ok(SampleReport::default());
    }
    let report = sampler.draw(observation, out);
    if report.missing() > 0 {
        return Err(Error::GaveUp {
            sampler: sampler.id(),
            found: report.wanted - report.missing(),
            wanted: report.wanted,
            seed: observation.at.seed,
            ply: observation.at.ply,
        });
    }
    Ok(report)
}

impl<E: WorldEvaluator> Evaluator<Host> for E {
    fn id(&self) -> String {
        WorldEvaluator::id(self)
    }

    fn question(&self) -> Question {
        WorldEvaluator::question(self)
    }

    fn evaluate(
        &mut self,
        observations: &HostObservations,
        worlds: &HostWorlds,
        out: &mut HostValues,
    ) -> Result<()> {
        out.clear();
        out.resize(worlds.worlds.len(), [ILLEGAL; 7]);
        let this = &*self;
        // Blocks of a few worlds: long enough to reuse a thread's scratch, short enough to balance.
        let blocks =
            out.par_chunks_mut(16).zip(worlds.worlds.par_chunks(16)).zip(worlds.owners.par_chunks(16));
        blocks.for_each_init(
            || this.scratch(),
            |scratch, ((out, worlds), owners)| {
                for ((out, world), &owner) in out.iter_mut().zip(worlds).zip(owners) {
                    *out = WorldEvaluator::evaluate(this, &observations[owner as usize], world, scratch);
                }
            },
        );
        Ok(())
    }
}

impl<P: ChoiceRule> Policy<Host> for P {
    fn id(&self) -> String {
        ChoiceRule::id(self)
    }

    fn needs_points(&self) -> bool {
        ChoiceRule::needs_points(self)
    }

    fn choose(
        &mut self,
        observations: &HostObservations,
        estimates: &HostEstimates,
        out: &mut Vec<Choice>,
    ) -> Result<()> {
        for ((observation, estimate), out) in observations.iter().zip(estimates).zip(out) {
            let legal = observation.view.legal_slots();
            *out = if legal.count_ones() == 1 {
                Choice::forced(legal)
            } else {
                ChoiceRule::choose(self, &Options { legal, estimate }, &Draws::at(observation.at))
            };
        }
        Ok(())
    }
}
