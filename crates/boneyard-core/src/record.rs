//! What is written down of a game.

use crate::{Chances, Choice, Estimate, InPlay, Mode, Setup, Stopped};
use boneyard_rules::{Bid, Declaration, Game, PLIES, RuleError, Seat, tiles_of};

/// Changes when the columns of a record or their meaning change.
pub const SCHEMA_VERSION: u32 = 5;

/// Changes when the values of a record change: the same configuration then gives other rows.
pub const RECORDS_VERSION: u32 = 4;

/// What a backend logs at one ply of one game; the rest follows from the deal and the choices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlyLog {
    /// The move.
    pub choice: Choice,
    /// The sums, unless the move was forced and not evaluated.
    pub estimate: Option<Estimate>,
    /// How many worlds agree with what the mover saw.
    pub worlds_total: u32,
}

/// One decision, self-contained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionRecord {
    /// The game's seed, which names it.
    pub seed: u64,
    /// What was declared.
    pub declaration: Declaration,
    /// Who declared and led first.
    pub bidder: Seat,
    /// What was bid.
    pub bid: Bid,
    /// 0–27.
    pub ply: u8,
    /// Who decides.
    pub seat: Seat,
    /// The seven dominoes the mover was dealt, ascending: domino id by slot.
    pub hand: [u8; 7],
    /// Domino id by ply; −1 from this ply on.
    pub plays: [i8; PLIES],
    /// Who led the first trick.
    pub leader: Seat,
    /// Points in the bank of the mover's team, before this ply.
    pub banked_us: u8,
    /// Points in the bank of the other team.
    pub banked_them: u8,
    /// Bit `i` where slot `i` may be played.
    pub legal: u8,
    /// The sums over worlds; `None` for forced moves that were not evaluated.
    pub estimate: Option<Estimate>,
    /// The move.
    pub choice: Choice,
    /// How likely each slot was to be chosen, if the policy says so; pipelines fill it in.
    pub chances: Option<Chances>,
    /// The domino played.
    pub domino: u8,
    /// How many worlds agree with what the mover saw.
    pub worlds_total: u32,
    /// Why no more were looked at; pipelines fill it in by their planners.
    pub stopped: Stopped,
    /// What the mover's team won from here to the end, minus what the others won, as the game was played.
    pub outcome: i8,
}

impl DecisionRecord {
    /// Worlds looked at, 0 if none.
    pub fn worlds_used(&self) -> u32 {
        self.estimate.as_ref().map_or(0, |estimate| estimate.worlds)
    }

    /// True if all worlds were looked at.
    pub fn is_exact(&self) -> bool {
        self.worlds_used() == self.worlds_total
    }

    /// Effective sample size: (Σw)² / Σw² over the worlds looked at; 0 if none.
    pub fn effective_samples(&self) -> f64 {
        self.estimate.as_ref().map_or(0.0, Estimate::effective_samples)
    }
}

/// The decisions of a game: all 28, or those that were made since it was gone on with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GameRecord {
    /// How it began.
    pub setup: Setup,
    /// By ply, without gaps.
    pub decisions: Vec<DecisionRecord>,
}

impl GameRecord {
    /// Replays a backend's log by the rules and fills in all that follows from it.
    ///
    /// # Errors
    /// If the log breaks the rules, which would be a backend's bug.
    pub fn replay(setup: Setup, log: Vec<PlyLog>) -> Result<Self, RuleError> {
        Self::resumed(setup.in_play(), log)
    }

    /// The same of a game that was in play: the log begins there. Outcomes are those up to its end.
    ///
    /// # Errors
    /// As [`GameRecord::replay`].
    pub fn resumed(begun: InPlay, log: Vec<PlyLog>) -> Result<Self, RuleError> {
        let (setup, mut game): (Setup, Game) = (*begun.setup(), *begun.game());
        let mut decisions = Vec::with_capacity(log.len());
        for PlyLog { choice, estimate, worlds_total } in log {
            let view = game.view();
            let (seat, hand, table) = (view.seat(), view.hand(), view.table());
            let mut dominoes = tiles_of(hand);
            let domino = dominoes.nth(usize::from(choice.slot)).ok_or(RuleError::NoMove)?;
            let banked = table.banked();
            decisions.push(DecisionRecord {
                seed: setup.seed,
                declaration: setup.declaration,
                bidder: setup.bidder,
                bid: setup.bid,
                ply: table.ply() as u8,
                seat,
                hand: ids(hand),
                plays: game.plays(),
                leader: table.first_leader(),
                banked_us: banked[seat.team()],
                banked_them: banked[1 - seat.team()],
                legal: view.legal_slots(),
                estimate,
                choice,
                chances: None,
                domino: domino.id(),
                worlds_total,
                stopped: Stopped::default(),
                outcome: 0,
            });
            game.play(domino)?;
        }
        let last = game.table().banked();
        for decision in &mut decisions {
            let team = decision.seat.team();
            let won = last[team] - decision.banked_us;
            let lost = last[1 - team] - decision.banked_them;
            decision.outcome = won as i8 - lost as i8;
        }
        Ok(Self { setup, decisions })
    }

    /// Points of each team at the end of a game that was played to the end.
    pub fn points(&self) -> [u8; 2] {
        let Some(first) = self.decisions.first() else { return [0; 2] };
        let mut points = [first.banked_us, first.banked_them].map(i32::from);
        let open = 42 - points[0] - points[1];
        points[0] += (open + i32::from(first.outcome)) / 2;
        points[1] = 42 - points[0];
        if first.seat.team() == 1 {
            points.reverse();
        }
        points.map(|it| it as u8)
    }
}

/// Seven ids, ascending.
fn ids(hand: u32) -> [u8; 7] {
    let mut ids = [0; 7];
    for (slot, domino) in tiles_of(hand).enumerate() {
        ids[slot] = domino.id();
    }
    ids
}

impl Choice {
    /// The only legal slot.
    pub fn forced(legal: u8) -> Self {
        let slot = legal.trailing_zeros() as u8;
        Self { slot, greedy: slot, mode: Mode::Forced }
    }
}
