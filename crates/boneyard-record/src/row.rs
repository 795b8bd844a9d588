//! A decision as it stands in a file.

use boneyard_core::{DecisionRecord, Histogram, Mode};
use boneyard_rules::{Bid, Declaration, PLIES, Seat};

/// Which optional columns there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// `q_histogram`.
    pub histogram: bool,
    /// `e_q_se`.
    pub standard_error: bool,
}

/// One row. `us` is the mover's team; a slot is a position 0–6 in `hand`.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Number of the game in the run.
    pub game: u64,
    /// The game's seed.
    pub seed: u64,
    /// What was declared.
    pub declaration: Declaration,
    /// Who declared.
    pub bidder: Seat,
    /// What was bid.
    pub bid: Bid,
    /// 0–27.
    pub ply: u8,
    /// Who decides.
    pub seat: Seat,
    /// Domino id by slot: the seven that the mover was dealt, ascending.
    pub hand: [u8; 7],
    /// Domino id by ply; −1 from this ply on.
    pub plays: [i8; PLIES],
    /// Who led the first trick.
    pub leader: Seat,
    /// Points in our bank before this ply.
    pub banked_us: u8,
    /// Points in their bank before this ply.
    pub banked_them: u8,
    /// Bit `i` where slot `i` may be played.
    pub legal: u8,
    /// Mean over worlds of the points that we win from here on minus theirs; `None` where not legal or not
    /// evaluated.
    pub e_q: [Option<f32>; 7],
    /// Population variance of the same, in points².
    pub q_var: [Option<f32>; 7],
    /// Share of worlds in which we succeed: make the contract if the bidder is one of us, else set it.
    pub p_make: [Option<f32>; 7],
    /// `[slot][points + 42]`: worlds with this value, if the run recorded them.
    pub q_histogram: Option<Box<Histogram>>,
    /// Standard error of `e_q` as an estimate of the exact mean over the same worlds, in points, if the run recorded it;
    /// `None` where the estimate was not corrected.
    pub e_q_se: Option<[Option<f32>; 7]>,
    /// The slot played.
    pub action: u8,
    /// Its domino.
    pub domino: u8,
    /// The slot that greedy play would have taken.
    pub greedy: u8,
    /// Which rule chose.
    pub mode: Mode,
    /// How many worlds agree with what the mover saw.
    pub worlds_total: u32,
    /// How many were looked at; 0 if not evaluated.
    pub worlds_used: u32,
    /// All were.
    pub exact: bool,
    /// Effective sample size.
    pub ess: f32,
    /// Points that we won from here on minus theirs, as the game was played.
    pub outcome: i8,
}

impl Row {
    /// Encodes a record; a histogram is of zeros if nothing was counted.
    pub fn new(record: &DecisionRecord, columns: Columns) -> Self {
        let estimate = record.estimate.as_ref();
        let by_slot = |value: &dyn Fn(usize) -> Option<f64>| {
            std::array::from_fn(|slot| {
                let legal = record.legal >> slot & 1 == 1;
                value(slot).filter(|_| legal).map(|value| value as f32)
            })
        };
        let counted = || estimate.and_then(|e| e.histogram.clone()).unwrap_or_else(empty_histogram);
        Self {
            game: record.game,
            seed: record.seed,
            declaration: record.declaration,
            bidder: record.bidder,
            bid: record.bid,
            ply: record.ply,
            seat: record.seat,
            hand: record.hand,
            plays: record.plays,
            leader: record.leader,
            banked_us: record.banked_us,
            banked_them: record.banked_them,
            legal: record.legal,
            e_q: by_slot(&|slot| estimate?.mean(slot)),
            q_var: by_slot(&|slot| estimate?.variance(slot)),
            p_make: by_slot(&|slot| estimate?.p_make(slot)),
            q_histogram: columns.histogram.then(counted),
            e_q_se: columns.standard_error.then(|| by_slot(&|slot| estimate?.standard_error(slot))),
            action: record.choice.slot,
            domino: record.domino,
            greedy: record.choice.greedy,
            mode: record.choice.mode,
            worlds_total: record.worlds_total,
            worlds_used: record.worlds_used(),
            exact: record.is_exact(),
            ess: record.effective_samples() as f32,
            outcome: record.outcome,
        }
    }
}

/// Of no world.
pub(crate) fn empty_histogram() -> Box<Histogram> {
    Box::new([[0; boneyard_core::BINS]; 7])
}
