//! Texas 42 written straight from its definitions: slow, short, and sharing no code with the rest of the
//! workspace. Other crates use it as a dev-dependency, to check their fast answers against these.
//!
//! Everything is recomputed from the list of dominoes played. There are no bit sets, no tables beyond the pips,
//! no pruning and no cache, so a full deal is far out of reach of [`minimax`]; four tricks are not.
//!
//! # Conventions
//! * A domino is an id `0..28` in high-major order: 0-0, 1-0, 1-1, 2-0, … 6-6.
//! * Seats are `0..4` clockwise, the team of a seat is `seat % 2`. The winner of a trick leads the next.
//! * A declaration is `0..=6` (that pip is trump), 7 (doubles are trump), 8 (doubles are a suit of their own
//!   without trump power) or 9 (no trump).
//! * A suit is `0..=6` (a pip) or 7 (the called suit: the trumps, or the doubles of declarations 7 and 8).
//! * A slot is the position `0..7` of a domino in its owner's first hand, in ascending order.
//! * A value is "to go": the points that the mover's team will still win minus those the other team will,
//!   the trick on the table included, the tricks already won not.
//!
//! Input that is not a game of 42 panics.

#![deny(missing_docs)]
#![forbid(unsafe_code)]

mod contract;
mod domino;
mod history;
mod solve;
mod state;
mod worlds;

pub use contract::{Contract, contract, needed};
pub use domino::{
    can_follow, has_trump_power, high, in_called_suit, is_double, led_suit, low, points, trick_rank,
};
pub use history::{History, Trick};
pub use solve::{expected_q, minimax, p_make, q_histogram, solve};
pub use state::State;
pub use worlds::{View, enumerate_worlds};
