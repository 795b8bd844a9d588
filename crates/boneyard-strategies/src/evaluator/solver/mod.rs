//! The exact solver: perfect play with open hands.

use boneyard_core::{ILLEGAL, Observation, Question, SlotValues, WorldEvaluator};
use boneyard_rules::{Deal, Declaration, Game, World};

/// Exact values of every legal move, in whole points.
#[derive(Clone, Copy, Debug, Default)]
pub struct Solver;

/// Exact answers to "does the mover's team reach its goal?" (bidders: make, defenders: set); much cheaper
/// than the points.
#[derive(Clone, Copy, Debug, Default)]
pub struct ContractSolver;

/// Working memory.
#[derive(Debug, Default)]
pub struct Scratch;

impl Solver {
    /// The value of every slot of the mover, in points still to be won, its team minus the other; [`ILLEGAL`]
    /// where not legal.
    pub fn solve(&self, game: &Game, scratch: &mut Scratch) -> SlotValues {
        let _ = (game, scratch);
        todo!()
    }
}

impl WorldEvaluator for Solver {
    type Scratch = Scratch;
    fn id(&self) -> String {
        "solver".to_owned()
    }
    fn scratch(&self) -> Scratch {
        Scratch
    }
    fn evaluate(&self, _: &Observation, _: &World, _: &mut Scratch) -> SlotValues {
        [ILLEGAL; 7]
    }
}

impl WorldEvaluator for ContractSolver {
    type Scratch = Scratch;
    fn id(&self) -> String {
        "contract".to_owned()
    }
    fn question(&self) -> Question {
        Question::Contract
    }
    fn scratch(&self) -> Scratch {
        Scratch
    }
    fn evaluate(&self, _: &Observation, _: &World, _: &mut Scratch) -> SlotValues {
        [ILLEGAL; 7]
    }
}
