//! Planners: how many worlds are enough.
//!
//! | description | planner | stops |
//! |---|---|---|
//! | `se:X` | [`Adaptive`] | when every legal move's E\[Q\] has a standard error of at most X points |
//! | `gap:C` | [`Adaptive`] | when the best move is better than every other at confidence C |
//! | `gap:C,zone:Z` | [`Adaptive`] | the same, but moves that are within Z points of the best at confidence C may stay |
//!
//! All look at so many worlds at first, and at more in each round, until they stop, or until all worlds have been seen, or the cap
//! is reached.

mod adaptive;
#[cfg(feature = "device")]
mod kernel;
mod level;
mod quantile;
mod target;

pub use adaptive::Adaptive;
#[cfg(feature = "device")]
pub use kernel::AdaptiveKernel;
pub use target::Target;
