//! Evaluators: values of moves in worlds.
//!
//! | id | evaluator | values |
//! |---|---|---|
//! | `solver` | [`Solver`] | points under perfect play with open hands |
//! | `contract` | [`ContractSolver`] | whether the contract is made under perfect play |
//! | `playout` | [`Playout`] | points when everybody plays the strongest legal domino |
//! | `checked:N,E`, `corrected:N,E` | [`Checked`] | those of E; one world in N is compared with its exact values |
//! | `cascade:N,LATE,EARLY` | [`Cascade`] | those of LATE while at most N tricks are left, else those of EARLY |

pub mod cascade;
mod checked;
pub mod playout;
mod ranking;
pub mod solver;

pub use cascade::Cascade;
pub use checked::{Checked, Checking};
pub use playout::Playout;
pub use solver::{ContractSolver, Solver};
