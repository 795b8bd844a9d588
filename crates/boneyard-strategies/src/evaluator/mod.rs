//! Evaluators: values of moves in worlds.
//!
//! | id | evaluator | values |
//! |---|---|---|
//! | `solver` | [`Solver`] | points under perfect play with open hands |
//! | `contract` | [`ContractSolver`] | whether the contract is made under perfect play; host only so far |
//! | `playout` | [`Playout`] | points when everybody plays the strongest legal domino |
//! | `cascade:N,LATE,EARLY` | [`Cascade`] | those of LATE while at most N tricks are left, else those of EARLY |

pub mod cascade;
mod finer;
mod order;
pub mod playout;
pub mod solver;

pub use cascade::{BatchCascade, Cascade};
pub use finer::Finer;
pub use playout::Playout;
pub use solver::{ContractSolver, Solver};
