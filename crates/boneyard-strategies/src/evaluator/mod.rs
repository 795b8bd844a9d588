//! Evaluators: values of moves in worlds.

pub mod solver;

pub use solver::{ContractSolver, Solver};
