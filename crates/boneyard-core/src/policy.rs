//! Choosing a move from estimates.

use crate::{
    Backend, Chooses, Coordinates, Estimate, Observation, Prefers, Purpose, Result, SlotSums, Spread,
};
use boneyard_rules::{Domino, tiles_of};
use rand_core::RngCore;

/// Which rule made a choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Mode {
    /// There was only one legal move.
    Forced = 0,
    /// The best move.
    Greedy = 1,
    /// Drawn by softmax.
    Softmax = 2,
    /// Drawn by softmax as the exploring part of a mixture.
    Boltzmann = 3,
    /// Drawn uniformly from the legal moves.
    Epsilon = 4,
    /// Drawn uniformly from the inferior moves within a bounded regret.
    Blunder = 5,
    /// Chosen by a rule that is none of these.
    Custom = 6,
}

impl Mode {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Forced,
        Self::Greedy,
        Self::Softmax,
        Self::Boltzmann,
        Self::Epsilon,
        Self::Blunder,
        Self::Custom,
    ];

    /// As written in records.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Forced => "forced",
            Mode::Greedy => "greedy",
            Mode::Softmax => "softmax",
            Mode::Boltzmann => "boltzmann",
            Mode::Epsilon => "epsilon",
            Mode::Blunder => "blunder",
            Mode::Custom => "custom",
        }
    }

    /// The mode of a discriminant, as device code writes it.
    pub fn from_code(code: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|&mode| mode as u32 == code)
    }
}

/// What "best" means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Objective {
    /// E\[Q\]; ties go to the lowest slot.
    #[default]
    Mean,
    /// P(make) (for defenders: of setting), at the true score and bid; ties go to the higher E\[Q\], then to
    /// the lowest slot.
    Make,
}

/// A move chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Choice {
    /// The slot played.
    pub slot: u8,
    /// The slot that greedy play by the policy's objective would have taken.
    pub greedy: u8,
    /// Which rule chose.
    pub mode: Mode,
}

/// Chooses a slot in every game.
///
/// Law: a choice depends on what its mover sees, on its estimates and on the decision's random words only.
pub trait Policy<B: Backend>: Prefers {
    /// Fills `out` with one choice a game; forced moves are chosen as such.
    ///
    /// # Errors
    /// If the device fails.
    fn choose(
        &mut self,
        on: &mut B,
        observations: &B::Observations,
        estimates: &B::Estimates,
        out: &mut B::Choices,
    ) -> Result<()>;
}

impl<B: Chooses<P>, P: Prefers> Policy<B> for P {
    fn choose(
        &mut self,
        on: &mut B,
        observations: &B::Observations,
        estimates: &B::Estimates,
        out: &mut B::Choices,
    ) -> Result<()> {
        on.choose(self, observations, estimates, out)
    }
}

/// A decision to be made: what the mover sees, and what the worlds say.
#[derive(Clone, Copy, Debug)]
pub struct Decision<'a> {
    /// Hand, table, legal moves, score and contract as the mover knows them.
    pub seen: &'a Observation,
    /// What the worlds say.
    pub sums: SlotSums,
    /// How far that may be off.
    pub spread: Spread,
}

impl<'a> Decision<'a> {
    /// What is to be decided by an estimate.
    pub fn new(seen: &'a Observation, estimate: &Estimate) -> Self {
        Self { seen, sums: estimate.seen(), spread: estimate.spread(seen.worlds.count()) }
    }

    /// Bit `i` where slot `i` may be played; never zero.
    pub fn legal(&self) -> u8 {
        self.seen.view.legal_slots()
    }

    /// The legal slots, ascending.
    pub fn slots(&self) -> impl Iterator<Item = usize> + Clone + use<> {
        let legal = self.legal();
        (0..7).filter(move |slot| legal >> slot & 1 == 1)
    }

    /// The domino of a slot of the mover's hand.
    ///
    /// # Panics
    /// From slot 7 on.
    pub fn domino(&self, slot: usize) -> Domino {
        tiles_of(self.seen.view.hand()).nth(slot).expect("a hand has seven slots")
    }

    /// The best slot by an objective, with its documented tie-breaks.
    pub fn best(&self, objective: Objective) -> u8 {
        self.sums.best(self.legal(), objective).expect("a decision has a legal move")
    }
}

impl SlotSums {
    /// The best of some slots by an objective, with its documented tie-breaks; `None` of none.
    pub fn best(&self, slots: u8, objective: Objective) -> Option<u8> {
        let key = |slot: u8| {
            let (sum, made) = (self.sum[usize::from(slot)], self.made[usize::from(slot)]);
            match objective {
                Objective::Mean => (0, sum),
                Objective::Make => (made, sum),
            }
        };
        // On equal keys `max_by_key` takes the last, which reversed is the lowest slot.
        (0..7).rev().filter(|slot| slots >> slot & 1 == 1).max_by_key(|&slot| key(slot))
    }
}

/// The random words of one choice: fixed places, so that one rule's draw does not depend on another's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draws {
    /// Is this a blunder?
    pub blunder: u32,
    /// Which blunder.
    pub blunder_pick: u32,
    /// Is this an ε move?
    pub epsilon: u32,
    /// Which ε move.
    pub epsilon_pick: u32,
    /// Which move by softmax.
    pub softmax: u32,
    /// Free for other rules.
    pub other: [u32; 3],
    /// Which game this is, among those that a schedule treats differently: the same at all decisions of a game.
    pub game: u32,
}

impl Draws {
    /// The words for a decision: the first two blocks of its choice stream; and that of its game, item 1 of ply 0.
    pub fn at(at: Coordinates) -> Self {
        let mut stream = at.stream(Purpose::Choice, 0);
        let words: [u32; 8] = std::array::from_fn(|_| stream.next_u32());
        let [blunder, blunder_pick, epsilon, epsilon_pick, softmax, a, b, c] = words;
        let game = Coordinates { ply: 0, ..at }.stream(Purpose::Choice, 1).next_u32();
        Self { blunder, blunder_pick, epsilon, epsilon_pick, softmax, other: [a, b, c], game }
    }
}

/// A policy that looks at one decision at a time on the host; lifted to batches.
pub trait ChoiceRule: Prefers + Sync {
    /// Chooses a legal slot. Never called for forced moves.
    fn choice(&self, decision: &Decision<'_>, draws: &Draws) -> Choice;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_come_back_from_their_codes_and_have_names_of_their_own() {
        let names: std::collections::BTreeSet<_> = Mode::ALL.map(Mode::name).into();
        assert_eq!(names.len(), 7);
        for (code, mode) in (0..).zip(Mode::ALL) {
            assert_eq!(Mode::from_code(code), Some(mode));
        }
        assert_eq!(Mode::from_code(7), None);
    }
}
