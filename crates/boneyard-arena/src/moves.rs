//! Moves by name, the best first, with what each is worth and how sure that is.

use boneyard::core::{DecisionRecord, Estimate, InPlay, Objective, Prefers};
use boneyard::rules::{Domino, notation};
use boneyard::strategies::policy::PolicySpec;
use boneyard::{Recipe, StandardBackend};
use serde::Serialize;

/// Whoever decides: gives the decisions of games that are all at the same ply.
pub type Ask = Box<dyn FnMut(&[InPlay]) -> boneyard::core::Result<Vec<DecisionRecord>>>;

/// Decisions made by a recipe on a backend.
///
/// # Errors
/// Those of building the pipeline.
pub fn ask<B: StandardBackend>(recipe: &Recipe, backend: B) -> boneyard::core::Result<Ask> {
    let mut pipeline = recipe.pipeline(backend)?;
    Ok(Box::new(move |games| pipeline.decide(games, &mut ())))
}

/// A legal move.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Move {
    /// Its pips, such as `6-4`.
    pub domino: String,
    /// Its slot in the hand as dealt.
    pub slot: u8,
    /// E\[Q\] in points; `None` where only the contract was asked about.
    pub e_q: Option<f64>,
    /// Its standard error; `None` of a single world.
    pub e_q_se: Option<f64>,
    /// The share of worlds in which the mover's team succeeds: bidders make, defenders set.
    pub p_make: f64,
    /// Its standard error.
    pub p_make_se: f64,
    /// Whether it and the best move cannot be told apart, and are two; of the best, whether there is such another.
    pub tied: bool,
}

/// The legal moves of a decision, the best by the objective first. A policy that explores may have chosen another.
///
/// Standard errors are those of independent draws: √(variance / (n − 1)) of means, and of shares with two successes and two
/// failures added (Agresti and Coull, 1998), so that a share of 1 is not certain. Samplers that spread their draws do
/// better, and moves are valued in the same worlds, so that differences are surer still: this errs on the side of ties, which
/// moves are that lie within two standard errors of the difference. Where all worlds were looked at errors are 0, and only
/// equals are tied.
pub fn ranked(hand: &[u8; 7], legal: u8, estimate: &Estimate, exact: bool, by: Objective) -> Vec<Move> {
    let n = estimate.effective_samples();
    let mut moves: Vec<Move> = (0..7u8)
        .filter(|slot| legal >> slot & 1 == 1)
        .map(|slot| {
            let at = usize::from(slot);
            let p_make = estimate.p_make(at).unwrap_or(0.0);
            let drawn = estimate.variance(at).filter(|_| n > 1.0).map(|it| (it.max(0.0) / (n - 1.0)).sqrt());
            let domino = Domino::new(hand[at].into()).expect("a hand has dominoes");
            Move {
                domino: notation::domino(domino),
                slot,
                e_q: estimate.mean(at),
                e_q_se: estimate.correction_error(at).or(if exact {
                    estimate.mean(at).map(|_| 0.0)
                } else {
                    drawn
                }),
                p_make,
                p_make_se: if exact { 0.0 } else { share_error(p_make, n) },
                tied: false,
            }
        })
        .collect();
    let worth = |it: &Move| match by {
        Objective::Mean => (it.e_q.unwrap_or(0.0), it.p_make),
        Objective::Make => (it.p_make, it.e_q.unwrap_or(0.0)),
    };
    moves.sort_by(|a, b| worth(b).partial_cmp(&worth(a)).expect("finite").then(a.slot.cmp(&b.slot)));
    let error = |it: &Move| match by {
        Objective::Mean => it.e_q_se.unwrap_or(f64::INFINITY),
        Objective::Make => it.p_make_se,
    };
    let Some((best, others)) = moves.split_first_mut() else { return moves };
    for other in others.iter_mut() {
        let gap = worth(best).0 - worth(other).0;
        other.tied = gap <= 2.0 * error(best).hypot(error(other));
    }
    best.tied = others.iter().any(|other| other.tied);
    moves
}

/// What a policy means by "best".
pub fn objective(policy: PolicySpec) -> Objective {
    if policy.needs_points() { Objective::Mean } else { Objective::Make }
}

/// The standard error of a share that was seen in n draws: see [`ranked`].
pub fn share_error(share: f64, n: f64) -> f64 {
    let nearer = (share * n + 2.0) / (n + 4.0);
    (nearer * (1.0 - nearer) / (n + 4.0)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use boneyard::core::{ILLEGAL, Question};

    fn moves(worlds: &[[i16; 2]], exact: bool, by: Objective) -> Vec<Move> {
        let mut estimate = Estimate::new(Question::Points { unit: 1 }, false);
        for &[a, b] in worlds {
            let mut values = [ILLEGAL; 7];
            (values[2], values[5]) = (a, b);
            estimate.add(&values, 1, 1, 18);
        }
        ranked(&[0, 3, 5, 9, 20, 25, 27], 0b10_0100, &estimate, exact, by)
    }

    #[test]
    fn the_best_comes_first_by_either_objective() {
        let worlds = [[42, 18], [-10, 18], [40, 18]];
        let names = |by| moves(&worlds, true, by).into_iter().map(|it| it.domino).collect::<Vec<_>>();
        assert_eq!(names(Objective::Mean), ["2-2", "6-4"]);
        assert_eq!(names(Objective::Make), ["6-4", "2-2"]);
        let best = &moves(&worlds, true, Objective::Mean)[0];
        assert_eq!(
            (best.e_q, best.e_q_se, best.p_make, best.p_make_se),
            (Some(24.0), Some(0.0), 2.0 / 3.0, 0.0)
        );
        assert!(!best.tied);
    }

    #[test]
    fn ties_are_what_errors_do_not_tell_apart() {
        let tied = |worlds: &[[i16; 2]], exact| moves(worlds, exact, Objective::Mean)[0].tied;
        let noisy = [[20, 4], [-20, 6], [20, -30], [4, 18]];
        assert!(tied(&noisy, false) && !tied(&noisy, true));
        assert!(tied(&[[6, 6], [8, 8]], true));
        let clear: Vec<[i16; 2]> = (0..50).map(|i| [20 + i % 3, -20 - i % 2]).collect();
        assert!(!tied(&clear, false));
        // One world tells nothing.
        assert!(tied(&[[20, -20]], false));
    }

    #[test]
    fn shares_are_never_certain() {
        assert!(share_error(1.0, 50.0) > 0.02 && share_error(0.0, 50.0) > 0.02);
        assert!((share_error(0.5, 1e4) - 0.005).abs() < 1e-4);
    }
}
