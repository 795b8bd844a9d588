//! The best move.

use boneyard_core::{Choice, ChoiceRule, Draws, Mode, Objective, Options};

/// Always the best slot by the objective.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Greedy {
    /// What "best" means, ties included.
    pub objective: Objective,
}

impl ChoiceRule for Greedy {
    /// `greedy` or `p-make`.
    fn id(&self) -> String {
        match self.objective {
            Objective::Mean => "greedy".to_owned(),
            Objective::Make => "p-make".to_owned(),
        }
    }

    fn needs_points(&self) -> bool {
        self.objective == Objective::Mean
    }

    fn choose(&self, options: &Options<'_>, _: &Draws) -> Choice {
        let slot = options.best(self.objective);
        Choice { slot, greedy: slot, mode: Mode::Greedy }
    }
}
