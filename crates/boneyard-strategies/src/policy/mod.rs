//! Policies: choosing a move from estimates.
//!
//! | id | policy | chooses |
//! |---|---|---|
//! | `greedy` | [`Greedy`] | the highest E\[Q\] |
//! | `p-make` | [`Greedy`] | the highest P(make), then the highest E\[Q\] |
//! | `softmax:T` | [`Softmax`] | with probability ∝ exp(E\[Q\] / T), T in points |
//! | `softmax-p-make:T` | [`Softmax`] | with probability ∝ exp(P(make) / T) |
//! | `indifferent:Z` | [`Indifferent`] | the highest P(make) of those whose E\[Q\] is within Z standard errors of the highest |
//! | `indifferent-p-make:Z` | [`Indifferent`] | the highest E\[Q\] of those whose P(make) is within Z standard errors of the highest |
//! | `lower:Z`, `lower-p-make:Z` | [`Lower`] | the highest E\[Q\], or P(make), less Z of its standard errors |
//! | `epsilon:E` | [`Mixture`] | any legal move with probability E, else greedy |
//! | `boltzmann:T` | [`Mixture`] | as `softmax:T`, recorded as exploration |
//! | `blunder:R,MAX` | [`Mixture`] | with probability R an inferior move that gives up at most MAX points, else greedy |
//! | terms joined by `+` | [`Mixture`] | the first that applies, in the order blunder, epsilon, boltzmann |
//! | `mixed` | [`Mixture::mixed`] | `blunder:0.02,10+epsilon:0.05+boltzmann:1` |
//!
//! The term `p-make` at the end of a mixture makes it prefer by P(make) wherever it says "greedy", and gives its
//! `boltzmann` a temperature in probability. Ties are broken as [`Objective`](boneyard_core::Objective) says.
//! Any of them but the last of several has a place in a [`Schedule`]: `softmax:4@0-11,greedy` is one until ply 11 and another
//! after it, `mixed@25%,greedy` one in a quarter of the games.
//! [`PolicySpec`] is this list by name; [`Replay`] plays what it is told.
//!
//! Options are turned into fixed point once, when a policy is made; from there on choosing is integer
//! arithmetic on the sums of an [`Estimate`](boneyard_core::Estimate) and on [`Draws`](boneyard_core::Draws), so
//! that a device can repeat it to the bit. Every choice also carries what greedy play by the same objective would
//! have done.

mod doubt;
#[cfg(feature = "device")]
pub mod fixed;
mod greedy;
mod indifferent;
#[cfg(feature = "device")]
mod kernel;
mod lower;
mod mixture;
mod odds;
mod replay;
mod rule;
mod schedule;
mod softmax;
mod spec;
mod terms;

pub use doubt::Doubt;
pub use greedy::Greedy;
pub use indifferent::Indifferent;
#[cfg(feature = "device")]
pub use indifferent::IndifferentKernel;
#[cfg(feature = "device")]
pub use kernel::MixtureKernel;
pub use lower::Lower;
#[cfg(feature = "device")]
pub use lower::LowerKernel;
pub use mixture::{Blunder, Mixture};
pub use odds::{Rate, Temperature, pick, pick_slot};
pub use replay::Replay;
pub use rule::Rule;
pub use schedule::Schedule;
#[cfg(feature = "device")]
pub use schedule::{PartBlueprint, RuleBlueprint, ScheduleBlueprint, ScheduleKernel};
pub use softmax::{Softmax, softmax};
pub use spec::{PolicyBackend, PolicySpec};
pub use terms::MixtureBlueprint;
