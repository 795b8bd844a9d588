//! `boneyard evaluate`: position or view → `{"mover", "moves", "e_q", "q_var", "p_make", "worlds_total", "worlds_used",
//! "exact", "choice"}`, from what the mover knows. The moves are ranked, the best by the policy first, each `{"domino", "slot",
//! "e_q", "e_q_se", "p_make", "p_make_se", "tied"}`; the other lists are by slot, null where not legal. A forced move is evaluated
//! like any other.
//!
//! With the seed of a generated game and the same sampler and samples, the numbers are the ones on record.
//!
//! `--restarts R` shares the samples between R independent runs of the sampler and adds `"se"`, the standard
//! error of `e_q`: with m_r the mean of run r and m the mean of the m_r, √(Σ(m_r − m)² / (R (R − 1))). It holds
//! for every sampler, whatever the dependence between the draws of one run. For exact answers it is 0.

use super::{
    fields::{Fields, Refusal},
    position::{self, Contracted},
};
use crate::{asking, cli, exit::BadInput};
use boneyard::{
    Recipe,
    core::{
        Answers, AtOnce, Backend, Coordinates, Decision, Draws, Estimate, Evaluator, Host, HostItems,
        HostValues, HostWorlds, InPlay, Observation, Plan, Planner, Result as CoreResult, Sampler,
    },
    rules::View,
};
use boneyard_arena::{Ask, Move, objective, ranked};
use boneyard_runtime::Chosen;
use serde::Serialize;
use std::cell::RefCell;

/// Options of the command, checked.
pub struct Evaluate {
    recipe: Recipe,
    restarts: Option<u32>,
    seed: u64,
    ask: RefCell<Ask>,
}

pub const FIELDS: &[&str] =
    &["mover", "moves", "e_q", "q_var", "p_make", "se", "worlds_total", "worlds_used", "exact", "choice"];

impl Evaluate {
    pub fn new(options: &cli::Evaluate) -> anyhow::Result<Self> {
        let cli::Evaluate { asking, restarts, policy } = options;
        let recipe = asking::recipe(asking, *policy)?;
        let samples = asking.samples;
        if let &Some(restarts) = restarts {
            if recipe.adaptive.is_some() {
                let what = "expected --samples, which are shared between the runs, not --adaptive";
                return Err(BadInput::option("--restarts", what));
            }
            if restarts < 2 {
                let what = format!("expected 2 or more, as one run has no spread, got {restarts}");
                return Err(BadInput::option("--restarts", what));
            }
            if !samples.is_multiple_of(restarts) {
                let what = format!("expected a number that divides the {samples} samples, got {restarts}");
                return Err(BadInput::option("--restarts", what));
            }
        }
        let (ask, place) = asking::open(asking, &recipe, 1)?;
        if restarts.is_some() && place != Chosen::Cpu {
            let what = "expected --device cpu, where independent runs are made";
            return Err(BadInput::option("--restarts", what));
        }
        Ok(Self { recipe, restarts: *restarts, seed: asking.seed, ask: RefCell::new(ask) })
    }

    pub fn answer(&self, fields: &mut Fields) -> Result<Answer, Refusal> {
        let (view, contracted) = position::view(fields)?;
        match self.restarts {
            Some(restarts) => self.restarted(view, contracted, restarts),
            None => self.asked(view, contracted),
        }
    }

    /// The decision as a player at a table makes it.
    fn asked(&self, view: View, Contracted { bid, bidder }: Contracted) -> Result<Answer, Refusal> {
        let game = InPlay::as_seen(&view, bid, bidder, self.seed)?;
        let decision = self.ask.borrow_mut()(&[game])?.remove(0);
        let (worlds_total, exact, choice) =
            (decision.worlds_total, decision.is_exact(), decision.choice.slot);
        let estimate = decision.estimate.expect("forced moves are evaluated too");
        Ok(self.worded(&view, &estimate, worlds_total, exact, choice))
    }

    fn worded(&self, view: &View, estimate: &Estimate, worlds_total: u32, exact: bool, choice: u8) -> Answer {
        let legal = view.legal_slots();
        let mut hand = [0; 7];
        let ids = boneyard::rules::tiles_of(view.hand()).map(|domino| domino.id());
        hand.iter_mut().zip(ids).for_each(|(slot, id)| *slot = id);
        let by_slot = |value: &dyn Fn(usize) -> Option<f64>| slots(legal, value);
        Answer {
            mover: view.seat().id(),
            moves: ranked(&hand, legal, estimate, worlds_total, objective(self.recipe.policy)),
            e_q: by_slot(&|slot| estimate.mean(slot)),
            q_var: by_slot(&|slot| estimate.variance(slot)),
            p_make: by_slot(&|slot| estimate.p_make(slot)),
            se: None,
            worlds_total,
            worlds_used: estimate.worlds,
            exact,
            choice,
        }
    }

    /// The same in independent runs.
    fn restarted(
        &self,
        view: View,
        Contracted { bid, bidder }: Contracted,
        restarts: u32,
    ) -> Result<Answer, Refusal> {
        let mut sampling = self.recipe.sampling;
        let ply = view.table().ply() as u8;
        let observe = |replicate, sampling| {
            Observation::new(view, bid, bidder, &sampling, Coordinates { seed: self.seed, replicate, ply })
        };
        let first = observe(0, sampling)?;
        let (worlds_total, at) = (first.worlds.count(), first.at);
        let exact = first.plan == Plan::Enumerate;
        sampling.samples /= restarts;
        let observations = match exact {
            false => (0..restarts).map(|replicate| observe(replicate, sampling)).collect::<Result<_, _>>()?,
            true => vec![first.clone()],
        };
        let (estimate, runs) = self.estimate(&observations)?;
        let decision = Decision::new(&first, &estimate);
        let choice = self.recipe.policy.for_decisions().choice(&decision, &Draws::at(at));
        let mut answer = self.worded(&view, &estimate, worlds_total, exact, choice.slot);
        let error = |slot: usize| match (estimate.mean(slot), exact) {
            (Some(_), true) => Some(0.0),
            _ => standard_error(&runs, slot),
        };
        answer.se = Some(slots(view.legal_slots(), &error));
        Ok(answer)
    }

    /// Of all observations together, and of each.
    fn estimate(&self, observations: &Vec<Observation>) -> CoreResult<(Estimate, Vec<Estimate>)> {
        let mut host = Host::default();
        let mut sampler = self.recipe.posterior.build::<Host>(self.recipe.sampler, &self.recipe.evaluator)?;
        let mut evaluator = self.recipe.evaluator.build::<Host>()?;
        let (mut items, mut worlds, mut values) =
            (HostItems::default(), HostWorlds::default(), HostValues::default());
        let mut all = Estimate::new(evaluator.question(), false);
        let mut runs = vec![all.clone(); observations.len()];
        AtOnce.plan(&mut host, observations, &runs, &mut items)?;
        for chunk in host.chunks(observations, &items) {
            sampler.sample(&mut host, observations, &items, chunk, &mut worlds)?;
            evaluator.evaluate(&mut host, observations, &worlds, &mut values)?;
            host.reduce(observations, &worlds, &values, &mut runs)?;
            evaluator.amend(&mut host, observations, &worlds, &values, &mut runs)?;
        }
        runs.iter().for_each(|run| all.merge(run));
        Ok((all, runs))
    }
}

fn slots(legal: u8, value: &dyn Fn(usize) -> Option<f64>) -> [Option<f64>; 7] {
    [0, 1, 2, 3, 4, 5, 6].map(|slot| if legal >> slot & 1 == 1 { value(slot) } else { None })
}

/// Of the mean of independent runs of the same size.
fn standard_error(runs: &[Estimate], slot: usize) -> Option<f64> {
    let means: Vec<f64> = runs.iter().map(|run| run.mean(slot)).collect::<Option<_>>()?;
    let n_runs = means.len() as f64;
    let mean = means.iter().sum::<f64>() / n_runs;
    let squares: f64 = means.iter().map(|run| (run - mean).powi(2)).sum();
    Some((squares / (n_runs * (n_runs - 1.0))).sqrt())
}

#[derive(Serialize)]
pub struct Answer {
    mover: u8,
    moves: Vec<Move>,
    e_q: [Option<f64>; 7],
    q_var: [Option<f64>; 7],
    p_make: [Option<f64>; 7],
    #[serde(skip_serializing_if = "Option::is_none")]
    se: Option<[Option<f64>; 7]>,
    worlds_total: u32,
    worlds_used: u32,
    exact: bool,
    choice: u8,
}
