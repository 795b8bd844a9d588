//! What strategies say of themselves, without a backend.

use crate::Question;

/// A strategy with a name.
pub trait Named {
    /// A stable id with its parameters, such as `affine` or `softmax:2`.
    fn id(&self) -> String;
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
}

/// A planner, wherever it runs.
pub trait Paces: Named {
    /// Most rounds of a decision.
    fn most_rounds(&self) -> u32 {
        1
    }
}

macro_rules! forward_to_contents {
    ($($pointer:ty),*) => {$(
        impl<T: ?Sized + Named> Named for $pointer {
            fn id(&self) -> String {
                (**self).id()
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
        }

        impl<T: ?Sized + Paces> Paces for $pointer {
            fn most_rounds(&self) -> u32 {
                (**self).most_rounds()
            }
        }
    )*};
}

forward_to_contents!(Box<T>, std::sync::Arc<T>, &mut T);
