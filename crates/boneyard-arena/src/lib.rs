//! Boneyard at the table: who plays, by which contracts, and who plays better.
//!
//! A [`PlayerSpec`] describes a player in one line: a pipeline of Boneyard's parts, other ones from some trick on, or any
//! program that speaks the line [`protocol`]. A [`Match`] has two of them play the same deals with seats swapped, all games
//! in lockstep; a [`Score`] says who is better, and how sure that is. [`engine`] is the other side of the protocol: a player
//! of ours as a program.
//!
//! A player's move is a function of what it sees: its random numbers come from there too, not from the deal's number, the
//! batch or the opponent. So a match is repeated by its seed, and a player gives the same answers in a match, as an engine
//! and when it is asked.
#![deny(missing_docs)]

mod advice;
pub mod bids;
mod calibration;
pub mod contracts;
pub mod engine;
mod error;
mod hands;
mod matches;
mod moves;
mod named;
mod picture;
mod player;
mod program;
pub mod protocol;
mod race;
pub mod review;
mod score;
mod spec;
pub mod statistics;
mod table;

pub use advice::{Advice, Held, Void, said, suits};
pub use calibration::{Calibration, Tenth, Tried};
pub use contracts::{Contracts, Dealt};
pub use error::{Error, Result};
pub use hands::{Played, Seating};
pub use matches::{Match, Pair, Won};
pub use moves::{Ask, Move, ask, objective, ranked, share_error};
pub use named::{NamedPlayer, PLAYERS, listed};
pub use picture::race;
pub use player::{Answer, AnyPlayer, Built, Player, Speed, key};
pub use program::{Program, Terms};
pub use race::Marks;
pub use score::{Games, Paired, Rate, Score, Spread};
pub use spec::{PlayerSpec, Stage};
pub use table::{Meeting, markdown, placed};
