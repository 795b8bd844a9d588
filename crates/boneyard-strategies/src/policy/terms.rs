//! The terms of a mixture, as its kernel has them.

use boneyard_core::{Mode, Objective};

/// The terms of a mixture in fixed point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MixtureBlueprint {
    /// True if "best" means P(make).
    pub make: bool,
    /// The rate of blunders as a threshold of 32-bit words, and the largest regret in units of 2⁻¹⁶ point.
    pub blunder: Option<(u64, u64)>,
    /// The rate of random moves as a threshold of 32-bit words.
    pub epsilon: Option<u64>,
    /// Draws by softmax: halvings a unit in units of 2⁻¹⁶.
    pub slope: Option<u32>,
    /// What choices by softmax are recorded as.
    pub softmax_mode: Mode,
}

impl MixtureBlueprint {
    /// Greedy by an objective.
    pub fn greedy(objective: Objective) -> Self {
        Self {
            make: objective == Objective::Make,
            blunder: None,
            epsilon: None,
            slope: None,
            softmax_mode: Mode::Boltzmann,
        }
    }
}
