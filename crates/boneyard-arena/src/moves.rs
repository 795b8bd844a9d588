//! Moves by name, the best first, with what each is worth and how sure that is.

use boneyard::core::{DecisionRecord, Estimate, INTERVAL, InPlay, Objective, Prefers};
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
    /// Its standard error; `None` where too few worlds were looked at to tell.
    pub e_q_se: Option<f64>,
    /// The share of worlds in which the mover's team succeeds: bidders make, defenders set.
    pub p_make: f64,
    /// Its standard error; `None` likewise.
    pub p_make_se: Option<f64>,
    /// Whether it and the best move cannot be told apart, and are two; of the best, whether there is such another.
    pub tied: bool,
}

/// The legal moves of a decision, the best by the objective first; `total` worlds agree with what its mover sees. A policy that
/// explores may have chosen another.
///
/// Standard errors are those of records, from groups of worlds (`docs/ERRORS.md`): 0 where all worlds were looked at. Moves are
/// tied that lie within [`INTERVAL`] standard errors of the difference over the same worlds, or where there is no telling.
pub fn ranked(hand: &[u8; 7], legal: u8, estimate: &Estimate, total: u32, by: Objective) -> Vec<Move> {
    let mut moves: Vec<Move> = (0..7u8)
        .filter(|slot| legal >> slot & 1 == 1)
        .map(|slot| {
            let at = usize::from(slot);
            let domino = Domino::new(hand[at].into()).expect("a hand has dominoes");
            Move {
                domino: notation::domino(domino),
                slot,
                e_q: estimate.mean(at),
                e_q_se: estimate.mean_error(at, total),
                p_make: estimate.p_make(at).unwrap_or(0.0),
                p_make_se: estimate.p_make_error(at, total),
                tied: false,
            }
        })
        .collect();
    let worth = |it: &Move| match by {
        Objective::Mean => (it.e_q.unwrap_or(0.0), it.p_make),
        Objective::Make => (it.p_make, it.e_q.unwrap_or(0.0)),
    };
    moves.sort_by(|a, b| worth(b).partial_cmp(&worth(a)).expect("finite").then(a.slot.cmp(&b.slot)));
    let Some((best, others)) = moves.split_first_mut() else { return moves };
    for other in others.iter_mut() {
        let (one, two) = (usize::from(best.slot), usize::from(other.slot));
        let error = match by {
            Objective::Mean => estimate.difference_error(one, two, total),
            Objective::Make => estimate.p_make_difference_error(one, two, total),
        };
        let gap = worth(best).0 - worth(other).0;
        other.tied = error.is_none_or(|error| gap <= INTERVAL * error);
    }
    best.tied = others.iter().any(|other| other.tied);
    moves
}

/// What a policy means by "best".
pub fn objective(policy: PolicySpec) -> Objective {
    if policy.needs_points() { Objective::Mean } else { Objective::Make }
}

/// The standard error of a share that was seen in n independent draws, with two successes and two failures added (Agresti and
/// Coull, 1998), so that a share of 1 is not certain.
pub fn share_error(share: f64, n: f64) -> f64 {
    let nearer = (share * n + 2.0) / (n + 4.0);
    (nearer * (1.0 - nearer) / (n + 4.0)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use boneyard::core::{ILLEGAL, Question};

    /// Two legal moves, in so many of `total` worlds.
    fn moves(worlds: &[[i16; 2]], total: usize, by: Objective) -> Vec<Move> {
        let mut estimate = Estimate::new(Question::Points { unit: 1 }, false);
        for &[a, b] in worlds {
            let mut values = [ILLEGAL; 7];
            (values[2], values[5]) = (a, b);
            estimate.add(&values, 1, 1, 18);
        }
        ranked(&[0, 3, 5, 9, 20, 25, 27], 0b10_0100, &estimate, total as u32, by)
    }

    #[test]
    fn the_best_comes_first_by_either_objective() {
        let worlds = [[42, 18], [-10, 18], [40, 18]];
        let names = |by| moves(&worlds, 3, by).into_iter().map(|it| it.domino).collect::<Vec<_>>();
        assert_eq!(names(Objective::Mean), ["2-2", "6-4"]);
        assert_eq!(names(Objective::Make), ["6-4", "2-2"]);
        let best = &moves(&worlds, 3, Objective::Mean)[0];
        assert_eq!(
            (best.e_q, best.e_q_se, best.p_make, best.p_make_se),
            (Some(24.0), Some(0.0), 2.0 / 3.0, Some(0.0))
        );
        assert!(!best.tied);
    }

    /// By the textbook: the spread of the means of twelve groups of two worlds, over the root of twelve.
    #[test]
    fn errors_are_those_of_twelve_groups() {
        let worlds: Vec<[i16; 2]> = (0..24).map(|i| [i * i % 31, 40 - 3 * i]).collect();
        let textbook = |value: &dyn Fn([i16; 2]) -> f64| {
            let means: Vec<f64> = (0..12).map(|g| (value(worlds[g]) + value(worlds[g + 12])) / 2.0).collect();
            let mean = means.iter().sum::<f64>() / 12.0;
            (means.iter().map(|it| (it - mean).powi(2)).sum::<f64>() / 11.0 / 12.0).sqrt()
        };
        let near = |found: Option<f64>, expected: f64| {
            let found = found.unwrap();
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        };
        for it in moves(&worlds, 1 << 20, Objective::Mean) {
            let which = usize::from(it.slot == 5);
            near(it.e_q_se, textbook(&|world| world[which].into()));
            // And a third of a world more that was not seen.
            let unseen = (12.0 / 11.0 / 3.0f64).sqrt() / 24.0;
            let seen = textbook(&|world| f64::from(u8::from(world[which] >= 18)));
            near(it.p_make_se, seen.hypot(unseen));
        }
    }

    #[test]
    fn ties_are_what_errors_do_not_tell_apart() {
        let tied = |worlds: &[[i16; 2]], total| moves(worlds, total, Objective::Mean)[0].tied;
        let noisy = [[20, 4], [-20, 6], [20, -30], [4, 18]];
        assert!(tied(&noisy, 100) && !tied(&noisy, 4));
        assert!(tied(&[[6, 6], [8, 8]], 2));
        // Far apart in every world, but always by as much.
        let alike: Vec<[i16; 2]> = (0..50).map(|i| [i % 40, i % 40 - 1]).collect();
        assert!(!tied(&alike, 1 << 20));
        // One world tells nothing.
        assert!(tied(&[[20, -20]], 100));
        // 30 of 48 worlds make it against 18: with P(make) it is the worlds that make it that count.
        let shares: Vec<[i16; 2]> =
            (0..48).map(|i| [if i < 30 { 18 } else { 16 }, if i < 18 { 18 } else { 16 }]).collect();
        assert!(!moves(&shares, 1 << 20, Objective::Make)[0].tied);
    }

    /// How far a P(make) may be off that is corrected by fewer than two worlds is not known: nothing is told apart by it.
    #[test]
    fn what_has_no_error_is_not_told_apart() {
        let mut estimate = Estimate::new(Question::Points { unit: 1 }, false);
        for i in 0..48 {
            let mut values = [ILLEGAL; 7];
            (values[0], values[1]) = (42 - i % 2, -42);
            estimate.add(&values, 1, 1, 18);
        }
        let told = |estimate: &Estimate| {
            let best = ranked(&[0, 1, 2, 3, 4, 5, 6], 0b11, estimate, 1 << 20, Objective::Make).remove(0);
            (best.p_make_se.is_some(), best.tied)
        };
        assert_eq!(told(&estimate), (true, false));
        estimate.check = Some(Box::new(boneyard::core::Check { corrected: true, ..Default::default() }));
        assert_eq!(told(&estimate), (false, true));
    }

    #[test]
    fn shares_are_never_certain() {
        assert!(share_error(1.0, 50.0) > 0.02 && share_error(0.0, 50.0) > 0.02);
        assert!((share_error(0.5, 1e4) - 0.005).abs() < 1e-4);
    }
}
