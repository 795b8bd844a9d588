//! Boneyard computes E\[Q\] for the domino game Texas 42: how many points each legal move is worth on average
//! over all hands the other three players may hold, each played out perfectly.
//!
//! This crate gathers the parts under one roof. Compose a pipeline from a sampler, an evaluator and a policy:
//!
//! ```
//! use boneyard::prelude::*;
//!
//! # fn main() -> Result<(), boneyard::core::Error> {
//! let mut pipeline = Pipeline::new(
//!     Host::default(),                         // threads of this machine
//!     Unrank { draw: Draw::Affine },           // worlds by index: uniform, never fails
//!     Solver,                                  // exact points of every move in every world
//!     Greedy { objective: Objective::Mean },   // plays the highest E[Q]
//!     Sampling::new(20),                       // worlds a decision
//! )?;
//! let setup = Setup {
//!     seed: 7, deal: Deals::Python.deal(7), declaration: Declaration::SIXES,
//!     bidder: Seat::ALL[0], bid: Bid::THIRTY,
//! };
//! let game = pipeline.play(&[setup], &mut ())?.games.remove(0);
//! let first = game.decisions[0].estimate.as_ref().expect("seven legal moves to choose from");
//! println!("slot 0 is worth {:+.1} points", first.mean(0).expect("points were asked for"));
//! assert_eq!(game.points().iter().sum::<u8>(), 42);
//! # Ok(())
//! # }
//! ```
//!
//! Or describe a whole run with a [`Configuration`], parts chosen by name, as the command line does.
//! [`presets`] names pipelines that make sense, [`record`] writes and reads Parquet, [`runtime`] finds and opens
//! devices, and [`kernels`] is what a strategy of your own needs to run on them: `examples/custom-pipeline` of the
//! repository has a policy and a sampler that do.
#![deny(missing_docs)]

#[cfg(feature = "net")]
pub mod assess;
mod configuration;
mod contracts;
mod declarations;
mod evaluators;
#[cfg(feature = "device")]
pub mod kernels;
#[cfg(feature = "net")]
mod network;
#[cfg(feature = "net")]
mod on_tokens;
mod outside;
mod posterior;
pub mod presets;
pub mod prospects;
mod recipe;

pub use boneyard_core as core;
#[cfg(feature = "device")]
pub use boneyard_device as device;
#[cfg(feature = "net")]
pub use boneyard_net as net;
#[cfg(feature = "record")]
pub use boneyard_record as record;
pub use boneyard_rules as rules;
#[cfg(feature = "device")]
pub use boneyard_runtime as runtime;
pub use boneyard_strategies as strategies;

pub use configuration::{AnyPipeline, Configuration, MOST_GAMES_A_BLOCK, StandardBackend};
pub use contracts::ContractRule;
pub use declarations::Declarations;
pub use evaluators::{AnyEvaluator, EvaluatorBackend, EvaluatorSpec, NetworkBackend};
#[cfg(feature = "net")]
pub use network::Network;
#[cfg(feature = "net")]
pub use on_tokens::OnTokens;
pub use outside::{FromOutside, Outside, OutsideBackend, OutsidePart, OutsidePolicy, OutsideSampler};
pub use posterior::{AnySampler, Posterior, PosteriorBackend};
pub use recipe::Recipe;

/// What composing a pipeline needs.
pub mod prelude {
    pub use crate::{Configuration, Declarations, EvaluatorSpec};
    pub use boneyard_core::{
        Answers, ChoiceRule, Deals, DecisionRecord, Designed, EveryPly, GameRecord, Host, Named, Objective,
        Pipeline, Played, Prefers, Sampling, Setup, WorldEvaluator, WorldSampler,
    };
    pub use boneyard_rules::{Bid, Deal, Declaration, Domino, Game, Seat, Tiles, View};
    pub use boneyard_strategies::evaluator::{ContractSolver, Solver};
    pub use boneyard_strategies::policy::{Greedy, Mixture, PolicySpec, Softmax};
    pub use boneyard_strategies::sampler::{Backtracking, Draw, FirstFit, SamplerExt, SamplerSpec, Unrank};
}
