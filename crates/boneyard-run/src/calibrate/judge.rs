//! Games are played out, and every decision is held against what came of it.

use crate::{Error, Result, Run, Watch, Watched};
use boneyard::core::{self, DecisionRecord, Host, InPlay, Observation, Observer, Setup, WorldEvaluator};
use boneyard::prelude::Solver;
use boneyard::record::{Split, Wanted};
use boneyard::rules::{Contract, Domino, PLIES, World};
use boneyard::{AnyPipeline, StandardBackend};
use boneyard_runtime::{Choice, ComputeClient, DeviceRuntime, OnDevice, Uses};
use rayon::prelude::*;
use std::sync::{Mutex, PoisonError};

/// What a decision promises of its move, and what came of it; of E\[Q\] in points, of P(make) from 0 to 1. Always of the mover's
/// team: for defenders P(make) is that of setting the contract.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Forecast {
    /// By the worlds by which the move was chosen.
    pub said: f64,
    /// By other worlds, drawn anew; the same where all were looked at.
    pub again: f64,
    /// In the true deal, if everybody saw all hands from there on.
    pub dealt: f64,
    /// As the game went.
    pub came: f64,
}

/// A decision with an estimate, held against its game.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judged {
    /// The game.
    pub seed: u64,
    /// 0–27.
    pub ply: u8,
    /// The mover's team bid.
    pub bidders: bool,
    /// The contract was neither made nor set by then.
    pub open: bool,
    /// P(make).
    pub make: Forecast,
    /// E\[Q\], if the evaluator answers in points.
    pub points: Option<Forecast>,
}

impl Run<'_> {
    /// Plays the wanted games, and judges their decisions: by seed and ply. Nothing is written.
    ///
    /// # Errors
    /// Those of devices and of strategies; [`core::Error::Stopped`] if the watch ends the run.
    pub fn judge(&self, watch: &impl Watch) -> Result<Vec<Judged>> {
        let Wanted { span, split } = self.wanted;
        let of_split = |&seed: &u64| split.is_none_or(|split| Split::of_seed(seed) == split);
        let seeds: Vec<u64> = (span.first..=span.last).filter(of_split).collect();
        let size = (self.batch as usize).min(seeds.len().div_ceil(self.devices.len())).max(1);
        let batches = Mutex::new(seeds.chunks(size));
        let judging = |choice: &Choice| Judging { batches: &batches, watch, run: self, uses: choice.uses() };
        let parts = self.on_each_device(|choice| choice.chosen.run(judging(choice))?)?;
        let mut judged: Vec<Judged> = parts.into_iter().flatten().collect();
        judged.sort_by_key(|it| (it.seed, it.ply));
        Ok(judged)
    }
}

/// A device's part, which waits for its backend.
struct Judging<'a, W> {
    batches: &'a Mutex<std::slice::Chunks<'a, u64>>,
    watch: &'a W,
    run: &'a Run<'a>,
    uses: Uses,
}

impl<W: Watch> OnDevice for Judging<'_, W> {
    type Output = Result<Vec<Judged>>;

    fn on_runtime<R: DeviceRuntime>(self, client: ComputeClient<R>) -> Self::Output {
        let device = self.run.device(client, self.uses);
        self.judge(device)
    }

    fn on_cpu(self) -> Self::Output {
        let host: Host = self.run.host;
        self.judge(host)
    }
}

impl<W: Watch> Judging<'_, W> {
    fn judge<B: StandardBackend>(self, backend: B) -> Result<Vec<Judged>> {
        let mut pipeline = self.run.configuration.pipeline(backend)?;
        let mut judged = Vec::new();
        loop {
            let next = self.batches.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some(seeds) = next else { return Ok(judged) };
            let setups = self.run.configuration.setups(seeds.iter().copied());
            let mut observer = Watched { watch: self.watch, games: setups.len() };
            let played = pipeline.play(&setups, &mut observer)?;
            self.watch.played(&played);
            // Plies are counted once.
            let mut observer = Watched { watch: self.watch, games: 0 };
            let games: Vec<Vec<DecisionRecord>> = played.games.into_iter().map(|it| it.decisions).collect();
            judged.extend(judge(&mut pipeline, &setups, &games, &mut observer).map_err(Error::from)?);
        }
    }
}

/// Judges the decisions of games that were played, ply by ply.
fn judge<B: StandardBackend>(
    pipeline: &mut AnyPipeline<B>,
    setups: &[Setup],
    games: &[Vec<DecisionRecord>],
    observer: &mut impl Observer<B>,
) -> core::Result<Vec<Judged>> {
    let mut now: Vec<InPlay> = setups.iter().map(|setup| setup.in_play()).collect();
    let mut judged = Vec::new();
    for ply in 0..PLIES {
        let decisions: Vec<&DecisionRecord> = games.iter().map(|game| &game[ply]).collect();
        // Where all worlds were looked at, others are the same.
        let drawn = |it: &DecisionRecord| it.estimate.is_some() && !it.is_exact();
        let redrawn: Vec<InPlay> = now
            .iter()
            .zip(&decisions)
            .filter(|(_, it)| drawn(it))
            .map(|(game, it)| game.with_seed(!it.seed))
            .collect();
        let others = if redrawn.is_empty() { Vec::new() } else { pipeline.decide(&redrawn, observer)? };
        let mut others = others.into_iter();
        let with_others: Vec<(&InPlay, &DecisionRecord, Option<DecisionRecord>)> = now
            .iter()
            .zip(&decisions)
            .map(|(game, &it)| (game, it, if drawn(it) { others.next() } else { None }))
            .collect();
        judged.par_extend(
            with_others
                .par_iter()
                .filter_map(|(game, decision, other)| of(game, decision, other.as_ref().unwrap_or(decision))),
        );
        for (game, decision) in now.iter_mut().zip(&decisions) {
            game.play(Domino::new(decision.domino.into())?)?;
        }
    }
    Ok(judged)
}

/// A decision of a game that stands there, with the same looked at in other worlds; `None` without an estimate.
fn of(game: &InPlay, decision: &DecisionRecord, other: &DecisionRecord) -> Option<Judged> {
    let estimates = [decision.estimate.as_ref()?, other.estimate.as_ref()?];
    let slot = usize::from(decision.choice.slot);
    let seen = Observation::of_game(game, &core::Sampling::new(1));
    let deal: World = seen.view.others().map(|seat| game.game().held(seat));
    let dealt = i32::from(Solver.values(&seen, &deal, &mut Solver.scratch())[slot]);
    let came = i32::from(decision.outcome);
    let succeeds = |points: i32| f64::from(u8::from(points >= seen.needed));
    let [said, again] = estimates.map(|it| it.p_make(slot));
    let make = Forecast { said: said?, again: again?, dealt: succeeds(dealt), came: succeeds(came) };
    let points = match estimates.map(|it| it.mean(slot)) {
        [Some(said), Some(again)] => Some(Forecast { said, again, dealt: dealt.into(), came: came.into() }),
        _ => None,
    };
    let (setup, banked) = (game.setup(), game.game().table().banked());
    let [us, them] = [setup.bidder.team(), 1 - setup.bidder.team()].map(|team| banked[team]);
    Some(Judged {
        seed: decision.seed,
        ply: decision.ply,
        bidders: decision.seat.team() == setup.bidder.team(),
        open: setup.bid.contract(us, them) == Contract::Open,
        make,
        points,
    })
}
