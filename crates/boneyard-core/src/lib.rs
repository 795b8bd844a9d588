//! The frame of Boneyard: who samples, who evaluates, who chooses, and what is written down.
//!
//! A [`Pipeline`] plays N games in lockstep. At each of the 28 plies the [`Backend`] observes every game, a [`Planner`]
//! says how many worlds each decision looks at, a [`Sampler`] fills them in, an [`Evaluator`] gives every legal slot a
//! value in each, the backend adds them up to [`Estimate`]s, round by round until the planner has enough; a [`Policy`]
//! chooses and the backend applies the choice:
//!
//! ```text
//! observe ─▶ plan ─▶ sample ─▶ evaluate ─▶ reduce ─┐    ┌─▶ choose ─▶ apply      28 times, then the records come back
//!             ▲                                    │    │
//!             └─────────── rounds, until ──────────┴────┘
//! ```
//!
//! Backends run strategies; strategies do not know backends. A strategy says what holds of it everywhere ([`Named`],
//! [`Designed`], [`Answers`], [`Prefers`], [`Paces`]), and a backend says which strategies it runs ([`Samples`], [`Evaluates`],
//! [`Chooses`], [`Plans`]): [`Host`] runs whatever looks at one decision at a time ([`WorldSampler`], [`WorldEvaluator`],
//! [`ChoiceRule`], [`PlanRule`]), a device whatever has a kernel, and a strategy with launch code of its own implements the
//! backend's side itself. Pipelines and boxes use the other side ([`Sampler`], [`Evaluator`], [`Policy`], [`Planner`]),
//! which follows.
//!
//! Two rules hold everywhere. Random numbers are a function of [`Coordinates`], never of order. What is added
//! up is integer. Together they make records the same bytes for any batch, chunk, thread count or backend.
#![deny(missing_docs)]

mod backend;
mod boxed;
mod chances;
mod check;
pub mod coordinates;
mod error;
mod errors;
mod estimate;
mod evaluator;
pub mod fixed;
mod host;
mod likelihood;
mod observation;
mod observer;
mod pipeline;
mod planner;
mod policy;
mod record;
mod sampler;
mod setup;
mod spread;
mod strategy;
mod tokenizer;

pub use backend::{Backend, Chooses, Evaluates, Plans, Samples};
pub use chances::Chances;
pub use check::{Agreement, Check};
pub use coordinates::{Coordinates, Purpose, Stream};
pub use error::{Error, Result};
pub use errors::{INTERVAL, RARE, SWING};
pub use estimate::{BINS, Estimate, GROUPS, Group, Histogram, Question, SlotSums};
pub use evaluator::{Evaluator, ILLEGAL, SlotValues, WorldEvaluator};
pub use host::{Host, HostEstimates, HostGames, HostItems, HostObservations, HostValues, HostWorlds};
pub use likelihood::Likelihood;
pub use observation::Observation;
pub use observer::{EveryPly, Observer};
pub use pipeline::{Pipeline, Played};
pub use planner::{AtOnce, Plan, PlanRule, Planner, Sampling};
pub use policy::{Choice, ChoiceRule, Decision, Draws, Mode, Objective, Policy};
pub use record::{DecisionRecord, GameRecord, PlyLog, RECORDS_VERSION, SCHEMA_VERSION};
pub use sampler::{EMPTY, ONE, SampleReport, Sampler, Share, WeightRule, WorldSampler};
pub use setup::{Deals, InPlay, Setup};
pub use spread::{ERROR, Spread};
pub use strategy::{Answers, Design, Designed, Named, Paces, Prefers, Stopped};
pub use tokenizer::Tokenizer;
