//! The best move.

use boneyard_core::{
    Chances, Choice, ChoiceRule, Decision, DecisionRecord, Draws, Mode, Named, Objective, Prefers,
};

/// Always the best slot by the objective.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Greedy {
    /// What "best" means, ties included.
    pub objective: Objective,
}

impl Named for Greedy {
    /// `greedy` or `p-make`.
    fn id(&self) -> String {
        match self.objective {
            Objective::Mean => "greedy".to_owned(),
            Objective::Make => "p-make".to_owned(),
        }
    }
}

impl Prefers for Greedy {
    fn needs_points(&self) -> bool {
        self.objective == Objective::Mean
    }

    fn chances(&self, decision: &DecisionRecord) -> Option<Chances> {
        Some(Chances::sure(decision.choice.slot))
    }
}

impl ChoiceRule for Greedy {
    fn choice(&self, decision: &Decision<'_>, _: &Draws) -> Choice {
        let slot = decision.best(self.objective);
        Choice { slot, greedy: slot, mode: Mode::Greedy }
    }
}
