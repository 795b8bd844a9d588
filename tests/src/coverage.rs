//! Standard errors against the truth: how often an interval around an estimate covers what all worlds say.

use crate::games::{random_game, random_move, stream};
use boneyard_core::{
    Answers, Backend, Coordinates, Estimate, Evaluator, Host, HostItems, HostValues, HostWorlds, INTERVAL,
    Named, Observation, Plan, Sampler, Sampling, SlotValues, WorldEvaluator,
};
use boneyard_rules::{Bid, PLIES, World};
use boneyard_strategies::evaluator::{Checked, Checking, Playout, Solver};
use boneyard_strategies::sampler::SamplerSpec;
use rayon::prelude::*;
use std::collections::HashMap;
use std::fmt;

/// Decisions of random games after some tricks, with more than one move and so many worlds that they can all be looked at.
fn decisions(n: usize) -> Vec<Observation> {
    let mut found = Vec::new();
    for seed in 0.. {
        let (mut game, mut random) = (random_game(seed, 8), stream(seed));
        for ply in 8..PLIES as u8 {
            let at = Coordinates { seed, replicate: 0, ply };
            let bidder = game.table().first_leader();
            let seen = Observation::new(game.view(), Bid::THIRTY, bidder, &Sampling::new(1), at).unwrap();
            if seen.view.legal().count_ones() > 1 && (600..12_000).contains(&seen.worlds.count()) {
                found.push(seen);
                break;
            }
            let domino = random_move(&game, &mut random);
            game.play(domino).unwrap();
        }
        if found.len() == n {
            return found;
        }
    }
    unreachable!("there are enough games")
}

/// The values of all worlds of some decisions, by seed, so that each world is valued once.
#[derive(Clone, Copy)]
struct Looked<'a>(&'a HashMap<u64, Vec<SlotValues>>);

/// The values of all worlds of a decision, by index.
pub fn values_of_all_worlds(seen: &Observation, evaluator: &impl WorldEvaluator) -> Vec<SlotValues> {
    let mut scratch = evaluator.scratch();
    seen.worlds.iter().map(|world| evaluator.values(seen, &world, &mut scratch)).collect()
}

fn values_of_all<E: WorldEvaluator>(seen: &[Observation], evaluator: &E) -> HashMap<u64, Vec<SlotValues>> {
    seen.par_iter().map(|seen| (seen.at.seed, values_of_all_worlds(seen, evaluator))).collect()
}

impl Named for Looked<'_> {
    fn id(&self) -> String {
        "looked".to_owned()
    }
}

impl Answers for Looked<'_> {}

impl WorldEvaluator for Looked<'_> {
    type Scratch = ();

    fn scratch(&self) {}

    fn values(&self, seen: &Observation, world: &World, (): &mut ()) -> SlotValues {
        self.0[&seen.at.seed][seen.worlds.rank(world).expect("a world of it") as usize]
    }
}

/// The estimates of these decisions.
fn estimates<E: Evaluator<Host>>(
    observations: &Vec<Observation>,
    mut sampler: impl Sampler<Host>,
    mut evaluator: E,
) -> Vec<Estimate> {
    let mut host = Host::default();
    let (mut worlds, mut values) = (HostWorlds::default(), HostValues::default());
    let none = Estimate { design: sampler.design(), ..Estimate::new(evaluator.question(), false) };
    let mut estimates = vec![none; observations.len()];
    let items: HostItems = observations.iter().map(|seen| 0..seen.most_worlds()).collect();
    for chunk in host.chunks(observations, &items) {
        sampler.sample(&mut host, observations, &items, chunk, &mut worlds).unwrap();
        evaluator.evaluate(&mut host, observations, &worlds, &mut values).unwrap();
        host.reduce(observations, &worlds, &values, &mut estimates).unwrap();
        evaluator.amend(&mut host, observations, &worlds, &values, &mut estimates).unwrap();
    }
    estimates
}

/// How often intervals cover what they should, and how long they are beside the errors.
#[derive(Default)]
struct Score {
    n: f64,
    covered: f64,
    errors: f64,
    squares: f64,
}

impl Score {
    fn add(&mut self, found: f64, truth: f64, error: Option<f64>) {
        let (off, error) = ((found - truth).abs(), error.unwrap());
        self.n += 1.0;
        self.covered += f64::from(u8::from(off <= INTERVAL * error + 1e-9));
        self.errors += error * error;
        self.squares += off * off;
    }

    fn coverage(&self) -> f64 {
        self.covered / self.n
    }

    fn percentage(&self) -> String {
        format!("{:.1}", 100.0 * self.coverage())
    }
}

/// E\[Q\] of all moves, P(make) of all moves, P(make) of those that neither make it always nor never, and what moves lack to the best in both;
/// of estimates with `n` worlds against `truth`.
fn scores(
    observations: &[Observation],
    truth: &[Estimate],
    sampler: SamplerSpec,
    n: u32,
    replicates: u32,
    evaluator: impl Evaluator<Host> + Clone,
) -> [Score; 5] {
    let mut scores = <[Score; 5]>::default();
    for replicate in 1..=replicates {
        let again = |seen: &Observation| Observation {
            at: Coordinates { replicate, ..seen.at },
            plan: Plan::Draw(n),
            ..seen.clone()
        };
        let again: Vec<Observation> = observations.iter().map(again).collect();
        let found = estimates(&again, sampler.build::<Host>(), evaluator.clone());
        for ((seen, found), truth) in again.iter().zip(&found).zip(truth) {
            let (legal, total) = (seen.view.legal_slots(), seen.worlds.count());
            let best = found.best(legal).unwrap();
            for slot in (0..7).filter(|slot| legal >> slot & 1 == 1) {
                let mean = |estimate: &Estimate, slot| estimate.mean(slot).unwrap();
                scores[0].add(mean(found, slot), mean(truth, slot), found.mean_error(slot, total));
                let p = |estimate: &Estimate, slot| estimate.p_make(slot).unwrap();
                scores[1].add(p(found, slot), p(truth, slot), found.p_make_error(slot, total));
                // Of a move that makes it always or never all worlds say so, whichever are looked at.
                let is_undecided = |slot| p(truth, slot) > 0.0 && p(truth, slot) < 1.0;
                if is_undecided(slot) {
                    scores[2].add(p(found, slot), p(truth, slot), found.p_make_error(slot, total));
                }
                if slot != best {
                    let behind = |estimate: &Estimate| mean(estimate, best) - mean(estimate, slot);
                    scores[3].add(behind(found), behind(truth), found.difference_error(best, slot, total));
                    let behind = |estimate: &Estimate| p(estimate, best) - p(estimate, slot);
                    if is_undecided(slot) || is_undecided(best) {
                        let error = found.p_make_difference_error(best, slot, total);
                        scores[4].add(behind(found), behind(truth), error);
                    }
                }
            }
        }
    }
    scores
}

/// The score of a sampler and an evaluator with so many worlds a decision.
pub struct Coverage {
    /// Worlds drawn.
    pub worlds: u32,
    /// What valued them.
    pub evaluator: &'static str,
    /// What drew them.
    pub sampler: SamplerSpec,
    scores: [Score; 5],
}

impl Coverage {
    /// The share of intervals of E\[Q\] that cover.
    pub fn of_means(&self) -> f64 {
        self.scores[0].coverage()
    }

    /// The share of intervals of P(make) that cover, of moves that neither make it always nor never.
    pub fn of_makes(&self) -> f64 {
        self.scores[2].coverage()
    }

    /// The share of intervals of what moves lack to the best that cover, of E\[Q\] and of P(make).
    pub fn of_lacks(&self) -> [f64; 2] {
        [self.scores[3].coverage(), self.scores[4].coverage()]
    }

    /// What the columns of its line are.
    pub const HEADING: &str = "| worlds | evaluator | sampler | error of E\\[Q\\], points | E\\[Q\\] | P(make) | undecided | lack | lack of P(make) | se / error | lack |\n\
                               |---|---|---|---|---|---|---|---|---|---|---|";
}

/// A line of the table of docs/ERRORS.md.
impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { worlds, evaluator, sampler, scores: [mean, make, undecided, lack, lack_of_make] } = self;
        let ratio = |score: &Score| (score.errors / score.squares).sqrt();
        write!(
            f,
            "| {worlds} | {evaluator} | `{sampler}` | {:.3} | {} | {} | {} | {} | {} | {:.2} | {:.2} |",
            (mean.squares / mean.n).sqrt(),
            mean.percentage(),
            make.percentage(),
            undecided.percentage(),
            lack.percentage(),
            lack_of_make.percentage(),
            ratio(mean),
            ratio(lack),
        )
    }
}

/// Draws each of so many decisions four times by every sampler, with every number of worlds, for every evaluator, and calls
/// `each` with what comes of it.
pub fn coverage(n_decisions: usize, worlds: &[u32], mut each: impl FnMut(&Coverage)) {
    const REPLICATES: u32 = 4;
    let observations = decisions(n_decisions);
    let [exact, quick] = [values_of_all(&observations, &Solver), values_of_all(&observations, &Playout)];
    let (exact, quick) = (Looked(&exact), Looked(&quick));
    let all = |seen: &Observation| Observation { plan: Plan::Enumerate, ..seen.clone() };
    let all: Vec<Observation> = observations.iter().map(all).collect();
    let [solved, played] =
        [exact, quick].map(|it| estimates(&all, SamplerSpec::default().build::<Host>(), it));
    assert!(solved.iter().all(|it| it.mean_error(0, it.worlds) == Some(0.0)));
    let corrected = Checked::new(Checking { one_in: 4, correct: true }, quick, exact).expect("they fit");
    for &n in worlds {
        for name in ["affine", "uniform", "distinct", "stratified", "first-fit+backtracking"] {
            let sampler: SamplerSpec = name.parse().expect("a sampler");
            let mut add = |evaluator, scores| each(&Coverage { worlds: n, evaluator, sampler, scores });
            add("solver", scores(&observations, &solved, sampler, n, REPLICATES, exact));
            add("playout", scores(&observations, &played, sampler, n, REPLICATES, quick));
            add(
                "corrected:4,playout",
                scores(&observations, &solved, sampler, n, REPLICATES, corrected.clone()),
            );
        }
    }
}
