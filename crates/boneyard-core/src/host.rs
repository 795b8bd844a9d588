//! The host backend: plain memory, rayon threads.

use crate::{
    Backend, Choice, ChoiceRule, Chooses, Decision, Design, Draws, EMPTY, Error, Estimate, Evaluates,
    GameRecord, ILLEGAL, InPlay, Likelihood, Observation, Plan, PlanRule, Plans, PlyLog, Question, Result,
    SampleReport, Samples, Sampling, Share, SlotValues, WorldEvaluator, WorldSampler,
};
use boneyard_rules::{World, tiles_of};
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
    begun: InPlay,
    now: InPlay,
    log: Vec<PlyLog>,
}

/// One observation a game.
pub type HostObservations = Vec<Observation>;

/// By game, the numbers of the worlds to look at next.
pub type HostItems = Vec<Range<u32>>;

/// The worlds of a chunk of games, one game after the other.
#[derive(Clone, Debug, Default)]
pub struct HostWorlds {
    /// Which games these are.
    pub games: Range<usize>,
    /// The worlds.
    pub worlds: Vec<World>,
    /// The game of each world.
    pub owners: Vec<u32>,
    /// The weight of each world in units of 1/[`ONE`](crate::ONE), if weights are carried.
    pub weights: Option<Vec<u32>>,
    /// How likely what was played was, by game of the chunk; empty if nobody looked.
    pub likelihoods: Vec<Likelihood>,
}

/// Values by world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostValues {
    /// What the values answer.
    pub question: Question,
    /// By world.
    pub slots: Vec<SlotValues>,
}

impl Default for HostValues {
    /// None, in points.
    fn default() -> Self {
        Self { question: Question::Points { unit: 1 }, slots: Vec::new() }
    }
}

/// One estimate a game; of no worlds for forced moves.
pub type HostEstimates = Vec<Estimate>;

impl Backend for Host {
    type Games = HostGames;
    type Observations = HostObservations;
    type Items = HostItems;
    type Worlds = HostWorlds;
    type Values = HostValues;
    type Estimates = HostEstimates;
    type Choices = Vec<Choice>;

    fn name(&self) -> String {
        "cpu".to_owned()
    }

    fn resume(&mut self, games: &[InPlay], sampling: &Sampling) -> Result<HostGames> {
        sampling.check()?;
        InPlay::ply_of_all(games)?;
        let play = |&begun: &InPlay| Playing { begun, now: begun, log: Vec::with_capacity(28) };
        Ok(HostGames { playing: games.iter().map(play).collect(), sampling: *sampling })
    }

    fn observe(&mut self, games: &HostGames) -> Result<HostObservations> {
        let observe = |p: &Playing| Observation::of_game(&p.now, &games.sampling);
        Ok(games.playing.par_iter().map(observe).collect())
    }

    fn items(&mut self, _: &HostGames) -> Result<HostItems> {
        Ok(Vec::new())
    }

    fn chunks(&self, _: &HostObservations, items: &HostItems) -> Vec<Range<usize>> {
        let mut chunks = Vec::new();
        let (mut start, mut n_worlds) = (0, 0);
        for (game, more) in items.iter().map(ExactSizeIterator::len).enumerate() {
            if n_worlds > 0 && n_worlds + more > self.chunk_worlds {
                chunks.push(start..game);
                (start, n_worlds) = (game, 0);
            }
            n_worlds += more;
        }
        if n_worlds > 0 {
            chunks.push(start..items.len());
        }
        chunks
    }

    fn worlds(&mut self, _: &HostGames) -> Result<HostWorlds> {
        Ok(HostWorlds::default())
    }

    fn values(&mut self, _: &HostGames) -> Result<HostValues> {
        Ok(HostValues::default())
    }

    fn estimates(&mut self, games: &HostGames, question: Question, design: Design) -> Result<HostEstimates> {
        let none = Estimate { design, ..Estimate::new(question, games.sampling.histogram) };
        Ok(vec![none; games.playing.len()])
    }

    fn reduce(
        &mut self,
        observations: &HostObservations,
        worlds: &HostWorlds,
        values: &HostValues,
        estimates: &mut HostEstimates,
    ) -> Result<()> {
        let asked = estimates.first().map_or(values.question, |estimate| estimate.question);
        if values.question.finer(asked) != Some(asked) {
            return Err(Error::Mismatch(format!("{:?} cannot be added up as {asked:?}", values.question)));
        }
        let unit = values.question.unit();
        let Some(weights) = &worlds.weights else {
            // The worlds of a game stand together.
            let mut rest = &values.slots[..];
            for owners in worlds.owners.chunk_by(|one, other| one == other) {
                let (slots, others) = rest.split_at(owners.len());
                let game = owners[0] as usize;
                estimates[game].add_all(slots, unit, observations[game].needed);
                rest = others;
            }
            return Ok(());
        };
        for ((&owner, slots), &weight) in worlds.owners.iter().zip(&values.slots).zip(weights) {
            let game = owner as usize;
            if estimates[game].worlds >= Estimate::MOST_WEIGHED {
                return Err(Error::Setting {
                    setting: "samples",
                    got: format!("more than {} with weights", Estimate::MOST_WEIGHED),
                    expected: "at most that many".to_owned(),
                });
            }
            estimates[game].add(slots, unit, weight, observations[game].needed);
        }
        for (game, likelihood) in worlds.games.clone().zip(&worlds.likelihoods) {
            estimates[game].likelihood.merge(likelihood);
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
            playing.now.play(domino.ok_or(boneyard_rules::RuleError::NoMove)?)?;
            let estimate = (estimate.worlds > 0).then(|| estimate.finished());
            let worlds_total = observation.worlds.count();
            playing.log.push(PlyLog { choice, estimate, worlds_total });
        }
        Ok(())
    }

    fn finish(&mut self, games: HostGames) -> Result<(Vec<GameRecord>, SampleReport)> {
        let records = games.playing.into_iter().map(|p| Ok(GameRecord::resumed(p.begun, p.log)?));
        Ok((records.collect::<Result<_>>()?, SampleReport::default()))
    }
}

impl<N: PlanRule> Plans<N> for Host {
    fn plan(
        &mut self,
        planner: &mut N,
        observations: &HostObservations,
        estimates: &HostEstimates,
        items: &mut HostItems,
    ) -> Result<bool> {
        items.clear();
        items.extend(observations.iter().zip(estimates).map(|(observation, estimate)| {
            let (first, most) = (estimate.worlds, observation.most_worlds());
            let left = most.saturating_sub(first);
            let more = if left == 0 { 0 } else { planner.more(observation, estimate) };
            first..first + more.min(left)
        }));
        Ok(items.iter().any(|items| !items.is_empty()))
    }
}

impl<S: WorldSampler> Samples<S> for Host {
    fn sample(
        &mut self,
        sampler: &mut S,
        observations: &HostObservations,
        items: &HostItems,
        chunk: Range<usize>,
        out: &mut HostWorlds,
    ) -> Result<SampleReport> {
        out.games = chunk.clone();
        out.weights = None;
        out.likelihoods.clear();
        out.worlds.clear();
        out.owners.clear();
        for game in chunk.clone() {
            let end = out.owners.len() + items[game].len();
            out.owners.resize(end, game as u32);
        }
        out.worlds.resize(out.owners.len(), EMPTY);

        let mut shares = Vec::with_capacity(chunk.len());
        let mut rest = out.worlds.as_mut_slice();
        for game in chunk {
            let (worlds, others) = rest.split_at_mut(items[game].len());
            let of = observations[game].most_worlds();
            shares.push((&observations[game], Share { first: items[game].start, of, worlds }));
            rest = others;
        }
        let reports: Vec<Result<SampleReport>> =
            shares.into_par_iter().map(|(observation, share)| fill(sampler, observation, share)).collect();
        let mut total = SampleReport::default();
        for report in reports {
            total += report?;
        }
        Ok(total)
    }
}

/// Enumerates or draws some of the worlds of one decision.
fn fill<S: WorldSampler>(sampler: &S, observation: &Observation, mut out: Share<'_>) -> Result<SampleReport> {
    if observation.plan == Plan::Enumerate {
        let worlds = out.worlds.iter_mut().zip(observation.worlds.iter().skip(out.first as usize));
        worlds.for_each(|(slot, world)| *slot = world);
        return Ok(SampleReport::default());
    }
    let report = sampler.draw(observation, &mut out);
    if report.missing() > 0 {
        return Err(Error::WorldsNotFound {
            sampler: sampler.id(),
            found: report.wanted - report.missing(),
            wanted: report.wanted,
            seed: observation.at.seed,
            ply: observation.at.ply,
        });
    }
    Ok(report)
}

impl<E: WorldEvaluator> Evaluates<E> for Host {
    fn evaluate(
        &mut self,
        evaluator: &mut E,
        observations: &HostObservations,
        worlds: &HostWorlds,
        out: &mut HostValues,
    ) -> Result<()> {
        out.question = evaluator.question();
        out.slots.clear();
        out.slots.resize(worlds.worlds.len(), [ILLEGAL; 7]);
        let evaluator = &*evaluator;
        // Blocks of a few worlds: long enough to reuse a thread's scratch, short enough to balance.
        let blocks = out.slots.par_chunks_mut(16).zip(worlds.worlds.par_chunks(16));
        blocks.zip(worlds.owners.par_chunks(16)).for_each_init(
            || evaluator.scratch(),
            |scratch, ((out, worlds), owners)| {
                for ((out, world), &owner) in out.iter_mut().zip(worlds).zip(owners) {
                    *out = evaluator.values(&observations[owner as usize], world, scratch);
                }
            },
        );
        Ok(())
    }
}

impl<P: ChoiceRule> Chooses<P> for Host {
    fn choose(
        &mut self,
        policy: &mut P,
        observations: &HostObservations,
        estimates: &HostEstimates,
        out: &mut Vec<Choice>,
    ) -> Result<()> {
        for ((seen, estimate), out) in observations.iter().zip(estimates).zip(out) {
            let legal = seen.view.legal_slots();
            *out = if legal.count_ones() == 1 {
                Choice::forced(legal)
            } else {
                policy.choice(&Decision::new(seen, estimate), &Draws::at(seen.at))
            };
        }
        Ok(())
    }
}
