//! Worlds as the small integers that a network reads.

use crate::{Backend, Named, Result};
use std::ops::Range;

/// Turns worlds into tokens.
///
/// Law: the tokens of a world depend on the observation and the world only, not on the batch around it.
pub trait Tokenizer<B: Backend>: Named {
    /// The tokens of some worlds, where the backend keeps its data; reused from call to call.
    type Tokens;

    /// Fills `out` with the tokens of the worlds `part` of a chunk, in their order, from the beginning of `out` on.
    ///
    /// Tokens take several times the memory of worlds, so a chunk is tokenized part by part. A part may reach beyond
    /// the end of the chunk, which a device knows and the host does not: there are no tokens of what is not there.
    ///
    /// # Errors
    /// If `out` has no room for the part; device errors.
    fn tokenize(
        &mut self,
        on: &mut B,
        observations: &B::Observations,
        worlds: &B::Worlds,
        part: Range<usize>,
        out: &mut Self::Tokens,
    ) -> Result<()>;
}
