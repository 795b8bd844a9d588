//! A decision as it stands in a file: the table of its columns. Schema, encoding, decoding and the table in
//! `docs/RECORD.md` follow from it.

use crate::cell::Maybe;
use crate::column::columns;
use boneyard_core::{BINS, DecisionRecord, Estimate, Histogram, Likelihood, Mode, Stopped};
use boneyard_rules::{Bid, Declaration, Domino, PLIES, SLOTS, Seat};

/// Which optional columns of decisions there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// `q_histogram`.
    pub histogram: bool,
    /// `correction_se`.
    pub correction: bool,
    /// `weight_max` and `weight_entropy`.
    pub weights: bool,
    /// `plays_log2`, `worlds_against` and `weight_mixed`.
    pub plays: bool,
}

columns! {
    /// One decision. `us` is the mover's team; a slot is a position 0–6 in `hand`.
    Row of DecisionRecord, Columns, "decision records", ply;

    /// The game's seed, which names it: its deal and all its random numbers follow from it.
    seed: u64 => |record| record.seed;
    /// What was declared: 0–6 that suit is trump, 7 doubles are trump, 8 doubles are a suit, 9 no trump.
    declaration: Declaration => |record| record.declaration;
    /// Seat that declared and led first.
    bidder: Seat, "seat" => |record| record.bidder;
    /// What was bid: 30–42, or a multiple of 42.
    bid: Bid, "points" => |record| record.bid;
    /// How many dominoes were played before: 0–27.
    ply: u8 => |record| record.ply;
    /// Who decides.
    seat: Seat, "seat" => |record| record.seat;
    /// Domino id by slot: the seven that the mover was dealt, ascending.
    hand: [u8; SLOTS], "domino id" => |record| record.hand;
    /// Domino id by ply; −1 from this ply on.
    plays: [i8; PLIES], "domino id" => |record| record.plays;
    /// Who led the first trick.
    leader: Seat, "seat" => |record| record.leader;
    /// In our bank before this ply, this trick not counted.
    banked_us: u8, "points" => |record| record.banked_us;
    /// In their bank before this ply, this trick not counted.
    banked_them: u8, "points" => |record| record.banked_them;
    /// Bit *i* where slot *i* may be played.
    legal: u8, "bits" => |record| record.legal;
    /// E\[Q\]: the mean over worlds of what we win from here on minus what they win; null where not legal, and in rows
    /// without estimate.
    e_q: [Option<f32>; SLOTS], "points" => |record| by_slot(record, Estimate::mean);
    /// Population variance of Q over the worlds looked at.
    q_var: [Option<f32>; SLOTS], "points²" => |record| by_slot(record, Estimate::variance);
    /// Share of worlds in which we succeed: make the contract if the bidder is one of us, else set it.
    p_make: [Option<f32>; SLOTS], "share" => |record| by_slot(record, Estimate::p_make);
    /// With `--histogram`: 7 slots × 85 counts of Q = −42 … 42; zeros in rows without estimate.
    q_histogram: Option<Box<Histogram>>, "worlds", if histogram => |record| Some(counted(record));
    /// Standard error of `e_q` as an estimate of the mean over all worlds; 0 where all were looked at, null where they were
    /// too few to tell. See [ERRORS.md](ERRORS.md).
    e_q_se: [Option<f32>; SLOTS], "points" => |record| errors(record, Estimate::mean_error);
    /// Standard error of `p_make`, likewise.
    p_make_se: [Option<f32>; SLOTS], "share" => |record| errors(record, Estimate::p_make_error);
    /// Standard error of the difference between the highest `e_q` and that of this slot, over the same worlds: it is much
    /// smaller than those of the two; 0 for the slot that has the highest.
    regret_se: [Option<f32>; SLOTS], "points" => regret_errors;
    /// What the second-highest `e_q` lacks to the highest; null where there are no two.
    gap: Maybe, "points" => |record| Maybe(gap(record));
    /// Its standard error.
    gap_se: Maybe, "points" => |record| Maybe(gap_error(record));
    /// With `--evaluator corrected:…`: standard error of `e_q` as an estimate of the exact mean over the same worlds;
    /// null where the estimate was not corrected.
    correction_se: Option<[Option<f32>; SLOTS]>, "points", if correction => |record| Some(by_slot(record, Estimate::correction_error));
    /// The slot played.
    action: u8, "slot" => |record| record.choice.slot;
    /// Its domino.
    domino: u8, "domino id" => |record| record.domino;
    /// The slot that greedy play by the policy's objective would have taken.
    greedy: u8, "slot" => |record| record.choice.greedy;
    /// How the action was chosen: `forced`, `greedy`, `softmax`, `boltzmann`, `epsilon`, `blunder`; `custom` by a rule
    /// from outside.
    mode: Mode => |record| record.choice.mode;
    /// What the move played gives away: the highest `e_q` less its own. Its standard error is `regret_se` of its slot. Null in
    /// rows without estimate.
    q_gap: Maybe, "points" => |record| Maybe(given_away(record));
    /// Entropy of the policy's choice: 0 where it was sure, as greedy and forced moves are, 1 between two moves as likely as each
    /// other, log₂ 7 ≈ 2.8 at most. Null of rules from outside that do not say.
    choice_entropy: Maybe, "bits" => |record| Maybe(record.chances.map(|chances| chances.entropy() as f32));
    /// Exactly how many worlds agree with what the mover saw.
    worlds_total: u32, "worlds" => |record| record.worlds_total;
    /// How many were looked at; 0 in rows without estimate.
    worlds_used: u32, "worlds" => DecisionRecord::worlds_used;
    /// All were.
    exact: bool => DecisionRecord::is_exact;
    /// Why no more were looked at: `all` have been seen, `cap`: no more were allowed; with `--adaptive` also `se`, `gap` and
    /// `zone`, the target that was met (`gap` too where the best moves were equal in all worlds seen); `none` in rows without estimate.
    stopped_by: Stopped => |record| record.stopped;
    /// Effective sample size, (Σw)² / Σw² over the worlds' weights w; where worlds weigh the same it is `worlds_used`.
    ess: f32, "worlds" => |record| record.effective_samples() as f32;
    /// With `--posterior`: the share of all weight that the heaviest world has. Null in rows without estimate.
    weight_max: Option<Maybe>, "share", if weights => |record| Some(of_estimate(record, Estimate::largest_weight));
    /// With `--posterior`: entropy of the worlds' weights; log₂ of `worlds_used` where they weigh the same.
    weight_entropy: Option<Maybe>, "bits", if weights => |record| Some(of_estimate(record, Estimate::weight_entropy));
    /// With `--posterior plays…`: mean over the worlds looked at of log₂ of how likely the others' plays were there, against any of
    /// their legal moves alike; before anything was mixed. Null where no play says something.
    plays_log2: Option<Maybe>, "bits", if plays => |record| Some(of_estimate(record, |it| it.likelihood.mean_log2()));
    /// With `--posterior plays…`: in how many worlds the others' plays were less likely than any of their legal moves.
    worlds_against: Option<u32>, "worlds", if plays => |record| Some(likelihood(record).against);
    /// With `--posterior plays:…,ess:S`: how much of the weights was mixed with those that worlds had without plays, to have an `ess` of
    /// S of the worlds; 0 if nothing was.
    weight_mixed: Option<f32>, "share", if plays => |record| Some(likelihood(record).mixed as f32 / 16.0);
    /// What we won from here to the end minus what they won, as the game was played.
    outcome: i8, "points" => |record| record.outcome;
}

/// Ranges that a reader may rely on.
fn check(row: &Row) -> Result<(), String> {
    let ensure = |holds: bool, what: &str| if holds { Ok(()) } else { Err(what.to_owned()) };
    let domino = |id: u8| Domino::new(u64::from(id)).map(|_| ()).map_err(|error| error.to_string());
    ensure(usize::from(row.ply) < PLIES, "the ply is above 27")?;
    row.hand.iter().try_for_each(|&id| domino(id))?;
    ensure(row.hand.is_sorted_by(|a, b| a < b), "the hand is not ascending")?;
    check_plays(&row.plays, row.ply)?;
    ensure(usize::from(row.action) < SLOTS && usize::from(row.greedy) < SLOTS, "a slot is above 6")?;
    ensure(row.legal < 128 && row.legal >> row.action & 1 == 1, "the action is not legal")?;
    ensure(row.hand[usize::from(row.action)] == row.domino, "the domino is not that of the action")
}

/// Dominoes before this ply, and none from it on; the ply must be one.
pub(crate) fn check_plays(plays: &[i8; PLIES], ply: u8) -> Result<(), String> {
    let (made, to_come) = plays.split_at(usize::from(ply));
    for &id in made {
        Domino::new(u64::from(id as u8)).map_err(|error| error.to_string())?;
    }
    if to_come.iter().any(|&id| id != -1) {
        return Err("there are plays after the ply".to_owned());
    }
    Ok(())
}

/// An estimate of every legal slot.
fn by_slot(record: &DecisionRecord, value: impl Fn(&Estimate, usize) -> Option<f64>) -> [Option<f32>; SLOTS] {
    std::array::from_fn(|slot| {
        let legal = record.legal >> slot & 1 == 1;
        let estimate = record.estimate.as_ref().filter(|_| legal)?;
        value(estimate, slot).map(|value| value as f32)
    })
}

/// A standard error of every legal slot.
fn errors(record: &DecisionRecord, error: fn(&Estimate, usize, u32) -> Option<f64>) -> [Option<f32>; SLOTS] {
    by_slot(record, |estimate, slot| error(estimate, slot, record.worlds_total))
}

/// The standard error of what every legal slot lacks to the best.
fn regret_errors(record: &DecisionRecord) -> [Option<f32>; SLOTS] {
    by_slot(record, |estimate, slot| {
        let best = estimate.best(record.legal)?;
        estimate.difference_error(best, slot, record.worlds_total)
    })
}

/// What the second-best slot lacks to the best.
fn gap(record: &DecisionRecord) -> Option<f32> {
    let estimate = record.estimate.as_ref()?;
    let [best, second] = estimate.best_two(record.legal)?;
    Some((estimate.mean(best)? - estimate.mean(second)?) as f32)
}

/// What the slot played lacks to the best.
fn given_away(record: &DecisionRecord) -> Option<f32> {
    let estimate = record.estimate.as_ref()?;
    let best = estimate.mean(estimate.best(record.legal)?)?;
    Some((best - estimate.mean(usize::from(record.choice.slot))?) as f32)
}

fn gap_error(record: &DecisionRecord) -> Option<f32> {
    let estimate = record.estimate.as_ref()?;
    let [best, second] = estimate.best_two(record.legal)?;
    estimate.difference_error(best, second, record.worlds_total).map(|error| error as f32)
}

/// What an estimate says of its worlds.
fn of_estimate(record: &DecisionRecord, value: impl Fn(&Estimate) -> Option<f64>) -> Maybe {
    Maybe(record.estimate.as_ref().and_then(value).map(|value| value as f32))
}

/// How likely plays were; of no world without an estimate.
fn likelihood(record: &DecisionRecord) -> Likelihood {
    record.estimate.as_ref().map_or_else(Likelihood::default, |estimate| estimate.likelihood)
}

/// The histogram; of zeros if nothing was counted.
fn counted(record: &DecisionRecord) -> Box<Histogram> {
    let counts = record.estimate.as_ref().and_then(|estimate| estimate.histogram.clone());
    counts.unwrap_or_else(|| Box::new([[0; BINS]; SLOTS]))
}
