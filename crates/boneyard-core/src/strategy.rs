//! What strategies say of themselves, without a backend.

use crate::{Chances, DecisionRecord, Estimate, Question};

/// A strategy with a name.
pub trait Named {
    /// A stable id with its parameters, such as `affine` or `softmax:2`.
    fn id(&self) -> String;
}

/// A sampler, wherever it runs.
pub trait Designed: Named {
    /// How the worlds of a decision hang together.
    fn design(&self) -> Design {
        Design::Independent
    }
}

/// How the worlds that are drawn for a decision hang together; where all worlds are enumerated it does not matter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum Design {
    /// Each is drawn for itself, and may come again.
    #[default]
    Independent = 1,
    /// None comes again before all have come, and any stretch of the numbers 0, 1, 2 … is as fair a sample as another.
    Distinct = 0,
    /// Each stands for its part of all worlds, and neighbours for neighbouring parts: they are a fair sample only together.
    Sliced = 2,
}

impl Design {
    /// What is left of the variance of a mean over `worlds` of `total` worlds: nothing when all have been seen, and less where
    /// none comes twice, by the finite-population correction.
    pub fn left(self, worlds: u32, total: u32) -> f64 {
        match self {
            Design::Independent => f64::from(u8::from(worlds < total)),
            Design::Distinct | Design::Sliced => {
                f64::from(total.saturating_sub(worlds)) / f64::from(total.max(1))
            }
        }
    }

    /// The same in units of 2⁻³², rounded down.
    pub(crate) fn left_of(self, worlds: u32, total: u32) -> u64 {
        match self {
            Design::Independent => u64::from(worlds < total) << 32,
            Design::Distinct | Design::Sliced => {
                (u64::from(total.saturating_sub(worlds)) << 32) / u64::from(total.max(1))
            }
        }
    }
}

/// An evaluator, wherever it runs.
pub trait Answers: Named {
    /// What its values mean.
    fn question(&self) -> Question {
        Question::Points { unit: 1 }
    }
}

/// A policy, wherever it runs.
pub trait Prefers: Named {
    /// False if it is content with [`Question::Contract`].
    fn needs_points(&self) -> bool {
        true
    }

    /// How likely each slot was in a decision that it made, of several legal moves; `None` of a rule that does not say.
    fn chances(&self, _decision: &DecisionRecord) -> Option<Chances> {
        None
    }
}

/// A planner, wherever it runs.
pub trait Paces: Named {
    /// Most rounds of a decision.
    fn most_rounds(&self) -> u32 {
        1
    }

    /// Why a decision with these legal slots stopped at an estimate, where `total` worlds agree with what was seen.
    fn stopped(&self, _legal: u8, total: u32, estimate: &Estimate) -> Stopped {
        if estimate.worlds >= total { Stopped::All } else { Stopped::Cap }
    }
}

/// Why a decision looked at no more worlds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Stopped {
    /// It looked at none.
    #[default]
    Unlooked,
    /// It has seen all.
    All,
    /// No more were allowed.
    Cap,
    /// Every legal move's standard error is small enough.
    Error,
    /// The best move is separated from all others.
    Gap,
    /// The best move is separated from all that are not near it.
    Zone,
}

impl Stopped {
    /// All of them.
    pub const EVERY: [Self; 6] = [Self::Unlooked, Self::All, Self::Cap, Self::Error, Self::Gap, Self::Zone];

    /// As written in records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unlooked => "none",
            Self::All => "all",
            Self::Cap => "cap",
            Self::Error => "se",
            Self::Gap => "gap",
            Self::Zone => "zone",
        }
    }
}

macro_rules! forward_to_contents {
    ($($pointer:ty),*) => {$(
        impl<T: ?Sized + Named> Named for $pointer {
            fn id(&self) -> String {
                (**self).id()
            }
        }

        impl<T: ?Sized + Designed> Designed for $pointer {
            fn design(&self) -> Design {
                (**self).design()
            }
        }

        impl<T: ?Sized + Answers> Answers for $pointer {
            fn question(&self) -> Question {
                (**self).question()
            }
        }

        impl<T: ?Sized + Prefers> Prefers for $pointer {
            fn needs_points(&self) -> bool {
                (**self).needs_points()
            }

            fn chances(&self, decision: &DecisionRecord) -> Option<Chances> {
                (**self).chances(decision)
            }
        }

        impl<T: ?Sized + Paces> Paces for $pointer {
            fn most_rounds(&self) -> u32 {
                (**self).most_rounds()
            }

            fn stopped(&self, legal: u8, total: u32, estimate: &Estimate) -> Stopped {
                (**self).stopped(legal, total, estimate)
            }
        }
    )*};
}

forward_to_contents!(Box<T>, std::sync::Arc<T>, &mut T);
