//! What the mover of one game sees, and which worlds it may look at.

use crate::{Coordinates, InPlay, Plan, Sampling};
use boneyard_rules::{Bid, Completions, RuleError, Seat, View};

/// One decision, as the mover knows it.
#[derive(Clone, Debug)]
pub struct Observation {
    /// The information set.
    pub view: View,
    /// Its worlds, counted.
    pub worlds: Completions,
    /// What was bid.
    pub bid: Bid,
    /// Who bid, and led the first trick.
    pub bidder: Seat,
    /// Where random numbers for this decision come from.
    pub at: Coordinates,
    /// A value is a success for the mover's team (bidders: made, defenders: set) if it is at least this many
    /// points.
    pub needed: i32,
    /// The worlds that it may look at.
    pub plan: Plan,
}

impl Observation {
    /// Observes a view under a contract.
    ///
    /// # Errors
    /// [`RuleError::NoWorld`] if no world agrees with the view.
    pub fn new(
        view: View,
        bid: Bid,
        bidder: Seat,
        sampling: &Sampling,
        at: Coordinates,
    ) -> Result<Self, RuleError> {
        let worlds = Completions::of(&view);
        if worlds.count() == 0 {
            return Err(RuleError::NoWorld);
        }
        let banked = view.table().banked();
        let bidders_need = bid.difference_needed(banked[bidder.team()], banked[1 - bidder.team()]);
        let needed = if view.seat().team() == bidder.team() { bidders_need } else { 1 - bidders_need };
        let plan = if view.legal().count_ones() == 1 && !sampling.evaluate_forced {
            Plan::Forced
        } else if worlds.count() <= sampling.enumerated() {
            Plan::Enumerate
        } else {
            Plan::Draw(sampling.samples.min(worlds.count()))
        };
        Ok(Self { view, worlds, bid, bidder, at, needed, plan })
    }

    /// The decision at hand in a game.
    pub fn of_game(game: &InPlay, sampling: &Sampling) -> Self {
        let (setup, game) = (game.setup(), game.game());
        let at = Coordinates { seed: setup.seed, replicate: 0, ply: game.table().ply() as u8 };
        let seen = Self::new(game.view(), setup.bid, setup.bidder, sampling, at);
        seen.expect("the true deal is a world of every view")
    }

    /// How many worlds it may look at.
    pub fn most_worlds(&self) -> u32 {
        match self.plan {
            Plan::Forced => 0,
            Plan::Enumerate => self.worlds.count(),
            Plan::Draw(samples) => samples,
        }
    }
}
