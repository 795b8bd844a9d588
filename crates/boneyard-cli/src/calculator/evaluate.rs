//! `boneyard evaluate`: position or view → `{"mover", "e_q", "q_var", "p_make", "worlds_total", "worlds_used",
//! "exact", "choice"}`, from what the mover knows; by slot, null where not legal. A forced move is evaluated
//! like any other.
//!
//! With the seed of a generated game and the same sampler and samples, the numbers are the ones on record.
//!
//! `--restarts R` shares the samples between R independent runs of the sampler and adds `"se"`, the standard
//! error of `e_q`: with m_r the mean of run r and m the mean of the m_r, √(Σ(m_r − m)² / (R (R − 1))). It holds
//! for every sampler, whatever the dependence between the draws of one run. For exact answers it is 0.

use super::{fields::Refusal, position};
use crate::{cli, exit::BadInput};
use boneyard::{
    core::{
        Answers, AtOnce, Backend, Coordinates, Decision, Draws, Estimate, Evaluator, Host, HostItems,
        HostValues, HostWorlds, Observation, Plan, Planner, Result as CoreResult, Sampler, Sampling,
    },
    strategies::{evaluator::Solver, policy::PolicySpec, sampler::SamplerSpec},
};
use serde::Serialize;

/// Options of the command, checked.
pub struct Evaluate {
    samples: u32,
    restarts: Option<u32>,
    sampler: SamplerSpec,
    policy: PolicySpec,
    seed: u64,
}

impl Evaluate {
    pub fn new(options: &cli::Evaluate) -> anyhow::Result<Self> {
        let &cli::Evaluate { samples, sampler, seed, restarts, policy } = options;
        if !(1..=Sampling::MOST_SAMPLES).contains(&samples) {
            let most = Sampling::MOST_SAMPLES;
            return Err(BadInput::option("--samples", format!("expected 1 to {most} worlds, got {samples}")));
        }
        if let Some(restarts) = restarts {
            if restarts < 2 {
                let what = format!("expected 2 or more, as one run has no spread, got {restarts}");
                return Err(BadInput::option("--restarts", what));
            }
            if samples % restarts != 0 {
                let what = format!("expected a number that divides the {samples} samples, got {restarts}");
                return Err(BadInput::option("--restarts", what));
            }
        }
        Ok(Self { samples, restarts, sampler, policy, seed })
    }

    pub fn answer(&self, line: &[u8]) -> Result<Answer, Refusal> {
        let (view, contracted) = position::view(line)?;
        let observe = |replicate, samples| {
            let sampling = Sampling { evaluate_forced: true, ..Sampling::new(samples) };
            let at = Coordinates { seed: self.seed, replicate, ply: view.table().ply() as u8 };
            Observation::new(view, contracted.bid, contracted.bidder, &sampling, at)
        };
        let first = observe(0, self.samples)?;
        let (worlds_total, at) = (first.worlds.count(), first.at);
        let exact = first.plan == Plan::Enumerate;
        let observations = match self.restarts {
            Some(restarts) if !exact => (0..restarts)
                .map(|replicate| observe(replicate, self.samples / restarts))
                .collect::<Result<_, _>>()?,
            _ => vec![first.clone()],
        };
        let (estimate, runs) = self.estimate(&observations)?;
        let legal = view.legal_slots();
        let by_slot = |value: &dyn Fn(usize) -> Option<f64>| {
            [0, 1, 2, 3, 4, 5, 6].map(|slot| if legal >> slot & 1 == 1 { value(slot) } else { None })
        };
        let decision = Decision { seen: &first, sums: estimate.seen() };
        let choice = self.policy.for_decisions().choice(&decision, &Draws::at(at));
        Ok(Answer {
            mover: view.seat().id(),
            e_q: by_slot(&|slot| estimate.mean(slot)),
            q_var: by_slot(&|slot| estimate.variance(slot)),
            p_make: by_slot(&|slot| estimate.p_make(slot)),
            se: self
                .restarts
                .map(|_| by_slot(&|slot| if exact { Some(0.0) } else { standard_error(&runs, slot) })),
            worlds_total,
            worlds_used: estimate.worlds,
            exact,
            choice: choice.slot,
        })
    }

    /// Of all observations together, and of each.
    fn estimate(&self, observations: &Vec<Observation>) -> CoreResult<(Estimate, Vec<Estimate>)> {
        let (mut host, mut sampler, mut solver) = (Host::default(), self.sampler.build::<Host>(), Solver);
        let (mut items, mut worlds, mut values) =
            (HostItems::default(), HostWorlds::default(), HostValues::default());
        let mut all = Estimate::new(solver.question(), false);
        let mut runs = vec![all.clone(); observations.len()];
        AtOnce.plan(&mut host, observations, &runs, &mut items)?;
        for chunk in host.chunks(observations, &items) {
            sampler.sample(&mut host, observations, &items, chunk, &mut worlds)?;
            solver.evaluate(&mut host, observations, &worlds, &mut values)?;
            host.reduce(observations, &worlds, &values, &mut runs)?;
        }
        runs.iter().for_each(|run| all.merge(run));
        Ok((all, runs))
    }
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
