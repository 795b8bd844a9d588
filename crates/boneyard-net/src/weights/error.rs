//! What can be wrong with a file of weights.

use super::names::shown;
use thiserror::Error;

/// Why a file is not taken as a network.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum WeightsError {
    /// The system does not give it to us.
    #[error("cannot read {path}: {what}")]
    Unreadable {
        /// The file.
        path: String,
        /// What the system says.
        what: String,
    },
    /// The system fails while it is read.
    #[error("reading failed: {0}")]
    Failed(String),
    /// Damaged, cut short, hostile, or something else altogether.
    #[error("not a file of weights: {0}")]
    Format(String),
    /// A tensor of another shape than the rest of the network asks for.
    #[error("tensor {name} has shape {got:?}, expected {expected:?}")]
    Shape {
        /// Its name in the network, without the prefixes of a checkpoint.
        name: String,
        /// Its shape.
        got: Vec<usize>,
        /// What would be right.
        expected: Vec<usize>,
    },
    /// A tensor that is not there.
    #[error("tensor {name} is missing, expected one of shape {expected:?}")]
    Missing {
        /// Its name.
        name: String,
        /// Its shape.
        expected: Vec<usize>,
    },
    /// A tensor that no network of this kind has.
    #[error("tensor {} of shape {got:?} is not part of the network", shown(name))]
    Unknown {
        /// Its name.
        name: String,
        /// Its shape.
        got: Vec<usize>,
    },
    /// A weight that no arithmetic survives.
    #[error("tensor {name} of shape {shape:?} holds {value} at index {index}, expected finite numbers")]
    NotFinite {
        /// Its name.
        name: String,
        /// Its shape.
        shape: Vec<usize>,
        /// `NaN`, `inf` or `-inf`.
        value: String,
        /// Which number, counted row by row.
        index: usize,
    },
    /// Attention heads that do not share the width evenly, or not those of the file.
    #[error("{got} attention heads: expected {expected}")]
    Heads {
        /// How many.
        got: usize,
        /// What would be right.
        expected: String,
    },
    /// Attention heads that nobody has said.
    #[error(
        "the file does not name its attention heads: expected n_heads, num_heads or nhead, or --heads with a number that \
         divides the width of {width}"
    )]
    HeadsUnknown {
        /// The network's width.
        width: usize,
    },
}

impl WeightsError {
    pub(super) fn format(what: impl Into<String>) -> Self {
        Self::Format(what.into())
    }
}
