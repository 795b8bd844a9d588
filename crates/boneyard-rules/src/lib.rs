//! The rules of Texas 42, once, for hosts and kernels.
//!
//! A set of dominoes is a 28-bit mask ([`Tiles`]), bit `i` standing for domino id `i`. The pure functions of
//! [`rule`] work on such masks and small integers without tables, so that with the feature `cube` the very
//! same text is also compiled into GPU kernels. [`tables`] holds the same answers precomputed for the host,
//! and the tests hold the two against each other and against a slow independent reference.
//!
//! From there: [`Table`] is what everybody has seen, [`Hand`](Game) positions with open hands are [`Game`]s,
//! what one seat knows is a [`View`], and [`Completions`] numbers the worlds a view leaves open.
//!
//! ```
//! use boneyard_rules::{Completions, Deal, Declaration, Game, Seat};
//!
//! let game = Game::new(Deal::from_seed(7), Declaration::SIXES, Seat::new(0).unwrap());
//! let view = game.view();
//! let worlds = Completions::of(&view);
//! assert_eq!(worlds.count(), 399_072_960); // 21! / (7!)³: nothing has been seen yet
//! let world = worlds.unrank(123_456_789);
//! assert_eq!(worlds.rank(&world), Some(123_456_789));
//! ```
#![deny(missing_docs)]

mod auction;
mod bid;
mod completions;
mod deal;
mod declaration;
mod declaring;
mod domino;
mod error;
mod game;
pub mod mersenne;
pub mod notation;
pub mod rule;
mod table;
pub mod tables;
mod view;
pub mod words;

pub use auction::{Auction, Call, Passed, Won};
pub use bid::{Bid, Contract};
pub use completions::{Completions, World};
pub use deal::Deal;
pub use declaration::Declaration;
pub use declaring::Declaring;
pub use domino::{ALL_TILES, Domino, Seat, Tiles, tiles_of};
pub use error::RuleError;
pub use game::Game;
pub use table::Table;
pub use view::View;

/// Plies of a hand: 7 tricks of 4.
pub const PLIES: usize = 28;
/// Dominoes a seat is dealt, and thereby slots a move can name.
pub const SLOTS: usize = 7;
/// Changes when, and only when, the behaviour of the rules changes.
pub const RULES_VERSION: u32 = 1;
