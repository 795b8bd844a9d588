//! How often one evaluator chooses otherwise than another in the same worlds, and what that gives away.

use super::mean_of_games;
use anyhow::{Result, ensure};
use boneyard::core::{DecisionRecord, InPlay, Question, Sampling};
use boneyard::prelude::*;
use boneyard::record::Split;
use boneyard::rules::{Domino, PLIES};
use boneyard::strategies::policy::PolicySpec;
use boneyard::{Configuration, ContractRule, EvaluatorSpec, StandardBackend};
use clap::Args;

/// Games in lockstep.
const GAMES_AT_ONCE: usize = 256;

/// What is compared.
#[derive(Clone, Debug, Args)]
pub struct Compared {
    /// Task `choices`: the evaluator whose choices are looked at; it plays the games
    #[arg(long, default_value = "cascade:standard")]
    evaluator: String,
    /// Task `choices`: the evaluator that says what they give away, in the same worlds
    #[arg(long, default_value = "solver")]
    against: String,
    /// Task `choices`: what makes the choice, of both
    #[arg(long, default_value = "greedy")]
    policy: PolicySpec,
    /// Task `choices`: how a game gets its contract, as in `generate`
    #[arg(long, default_value = "fixed")]
    contract: ContractRule,
}

/// Plays games of the test split by one evaluator, and prints what the other says of every decision that was not forced.
pub fn run<B: StandardBackend>(
    compared: &Compared,
    games: u64,
    samples: u32,
    backend: impl Fn() -> B,
) -> Result<()> {
    let Compared { evaluator, against, policy, contract } = compared;
    println!(
        "choices of {evaluator} against {against}: {games} games, {samples} worlds a decision, policy {policy}, contracts {contract}"
    );
    println!("trick  decisions  other choice  worse  E[Q] given away   P(make) given away");
    let decisions = compare(compared, games, samples, backend)?;
    for trick in 1..=PLIES / 4 {
        let of: Vec<&Compare> = decisions.iter().filter(|it| it.trick == trick).collect();
        if !of.is_empty() {
            println!("{}", line(&trick.to_string(), &of));
        }
    }
    println!("{}", line("all", &decisions.iter().collect::<Vec<_>>()));
    Ok(())
}

/// One decision, seen by both.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Compare {
    game: u64,
    trick: usize,
    /// They choose different moves.
    differs: bool,
    /// E\[Q\] that the choice of the one gives away against that of the other, by the other, in points.
    points: f64,
    /// The same of P(make).
    make: f64,
}

fn compare<B: StandardBackend>(
    compared: &Compared,
    games: u64,
    samples: u32,
    backend: impl Fn() -> B,
) -> Result<Vec<Compare>> {
    let Compared { evaluator, against, policy, contract } = compared;
    // Which reads files of networks.
    let (evaluator, against): (EvaluatorSpec, EvaluatorSpec) = (evaluator.parse()?, against.parse()?);
    let in_points = matches!(against.question(), Question::Points { .. });
    ensure!(in_points, "--against {against}: expected an evaluator that answers in points");
    let of = |evaluator: &EvaluatorSpec| Configuration {
        evaluator: evaluator.clone(),
        policy: *policy,
        contract: *contract,
        sampling: Sampling::new(samples),
        ..Configuration::default()
    };
    of(&evaluator).check()?;
    of(&against).check()?;
    let (mut one, mut other) = (of(&evaluator).pipeline(backend())?, of(&against).pipeline(backend())?);
    let seeds = (0..).filter(|&seed| Split::of_seed(seed) == Split::Test).take(games as usize);
    let mut decisions = Vec::new();
    for seeds in seeds.collect::<Vec<u64>>().chunks(GAMES_AT_ONCE) {
        let setups = of(&evaluator).setups(seeds.iter().copied());
        let mut now: Vec<InPlay> = setups.into_iter().map(Setup::in_play).collect();
        for _ in 0..PLIES {
            // The same coordinates, and so the same worlds.
            let (chosen, right) = (one.decide(&now, &mut ())?, other.decide(&now, &mut ())?);
            decisions.extend(chosen.iter().zip(&right).filter_map(|(one, other)| seen(one, other)));
            for (game, chosen) in now.iter_mut().zip(&chosen) {
                game.play(Domino::new(chosen.domino.into())?)?;
            }
        }
    }
    Ok(decisions)
}

/// What `other` says of the choice of `one`; nothing of forced moves.
fn seen(one: &DecisionRecord, other: &DecisionRecord) -> Option<Compare> {
    let estimate = other.estimate.as_ref().filter(|_| other.legal.count_ones() > 1)?;
    let [chosen, right] = [one, other].map(|it| usize::from(it.choice.slot));
    let points = |slot: usize| estimate.mean(slot).unwrap_or_default();
    let make = |slot: usize| estimate.p_make(slot).unwrap_or_default();
    Some(Compare {
        game: one.seed,
        trick: usize::from(one.ply) / 4 + 1,
        differs: chosen != right,
        points: points(right) - points(chosen),
        make: make(right) - make(chosen),
    })
}

fn line(name: &str, decisions: &[&Compare]) -> String {
    let n = decisions.len().max(1) as f64;
    let share =
        |holds: fn(&Compare) -> bool| 100.0 * decisions.iter().filter(|it| holds(it)).count() as f64 / n;
    let (points, points_error) = mean(decisions, |it| it.points);
    let (make, make_error) = mean(decisions, |it| it.make);
    format!(
        "{name:>5}  {:>9}  {:>10.2} %  {:>4.2} %  {points:.4} ± {points_error:.4}  {make:.5} ± {make_error:.5}",
        decisions.len(),
        share(|it| it.differs),
        share(|it| it.points > 0.0),
    )
}

/// The mean over decisions, and its standard error.
fn mean(decisions: &[&Compare], number: impl Fn(&Compare) -> f64) -> (f64, f64) {
    let mut sorted: Vec<(u64, f64)> = decisions.iter().map(|it| (it.game, number(it))).collect();
    sorted.sort_by_key(|it| it.0);
    mean_of_games(&sorted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(evaluator: &str) -> Compared {
        Compared {
            evaluator: evaluator.to_owned(),
            against: "solver".to_owned(),
            policy: PolicySpec::default(),
            contract: ContractRule::Fixed,
        }
    }

    fn compared(evaluator: &str) -> Vec<Compare> {
        compare(&terms(evaluator), 2, 6, Host::default).unwrap()
    }

    /// The solver is its own equal; what plays one quick game a world is not, and gives points away.
    #[test]
    fn what_is_exact_gives_nothing_away() {
        let exact = compared("solver");
        assert!(exact.len() > 20 && exact.iter().all(|it| it.trick <= 7));
        assert!(exact.iter().all(|it| !it.differs && (it.points, it.make) == (0.0, 0.0)));
        let quick = compared("playout");
        assert!(quick.iter().any(|it| it.differs) && quick.iter().all(|it| it.points >= 0.0));
        let all: Vec<&Compare> = quick.iter().collect();
        let (points, error) = mean(&all, |it| it.points);
        assert!(points > 0.0 && error > 0.0);
        assert!(line("all", &all).contains(&format!("{points:.4} ± {error:.4}")));
        let contract = Compared { against: "contract".to_owned(), ..terms("solver") };
        assert!(compare(&contract, 1, 2, Host::default).is_err());
    }

    /// Two decisions of one game that go together say as much as one.
    #[test]
    fn errors_are_those_of_games() {
        let at = |game, points| Compare { game, trick: 1, differs: true, points, make: 0.0 };
        let all = [at(0, 1.0), at(0, 1.0), at(1, 0.0), at(1, 0.0)];
        let (mean, error) = mean(&all.iter().collect::<Vec<_>>(), |it| it.points);
        assert_eq!((mean, error), (0.5, 2f64.sqrt() / 4.0));
    }
}
