//! The frame of Boneyard: who samples, who evaluates, who chooses, and what is written down.
//!
//! A [`Pipeline`] plays N games in lockstep. At each of the 28 plies the [`Backend`] observes every game, a
//! [`Sampler`] fills in worlds, an [`Evaluator`] gives every legal slot a value in each world, the backend
//! reduces them to [`Estimate`]s, a [`Policy`] chooses and the backend applies the choice:
//!
//! ```text
//! observe ─▶ Sampler ─▶ Evaluator ─▶ reduce ─▶ Policy ─▶ apply      28 times, then the records come back
//! ```
//!
//! The four parts are generic over the backend, so that everything inside a step stays where it is: in host
//! memory for [`Host`], on the device for a GPU backend. On the host, most strategies implement one of the
//! smaller traits [`WorldSampler`], [`WorldEvaluator`] and [`ChoiceRule`], which see one decision at a time
//! and are lifted to batches and threads.
//!
//! Two rules hold everywhere. Random numbers are a function of [`Coordinates`], never of order. What is added
//! up is integer. Together they make records the same bytes for any batch, chunk, thread count or backend.
#![deny(missing_docs)]

mod backend;
mod check;
pub mod coordinates;
mod error;
mod estimate;
mod evaluator;
pub mod fixed;
mod host;
mod observation;
mod pipeline;
mod policy;
mod record;
mod sampler;
mod setup;
mod tokenizer;

pub use backend::Backend;
pub use check::{Agreement, Check};
pub use coordinates::{Coordinates, Purpose, Stream};
pub use error::{Error, Result};
pub use estimate::{BINS, Estimate, Histogram, Question};
pub use evaluator::{Evaluator, ILLEGAL, SlotValues, WorldEvaluator};
pub use host::{Host, HostEstimates, HostGames, HostObservations, HostValues, HostWorlds};
pub use observation::{Observation, Plan};
pub use pipeline::{Pipeline, Played, Sampling};
pub use policy::{Choice, ChoiceRule, Draws, Mode, Objective, Options, Policy};
pub use record::{DecisionRecord, GameRecord, PlyLog, RECORD_VERSION};
pub use sampler::{EMPTY, SampleReport, Sampler, WorldSampler};
pub use setup::{Deals, Setup};
pub use tokenizer::Tokenizer;
