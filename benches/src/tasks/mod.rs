//! A closer look at a device than the catalogue takes: agreement with the host at large, and stages of a step.

mod check;
mod choices;
mod coverage;
mod first_fit;
mod laws;
mod memory;
mod network;
mod posterior;
mod referee;
mod solver;
mod stages;
mod stopping;
mod tokens;
mod values;

pub use choices::Compared;

use crate::Options;
use anyhow::{Result, bail};
use boneyard::prelude::*;
use boneyard_bench::DeviceUse;
use boneyard_runtime::{DeviceRuntime, OnDevice};
use clap::ValueEnum;
use cubecl::prelude::{ComputeClient, Runtime};

/// What can be looked at.
#[derive(Clone, Copy, ValueEnum)]
pub enum Task {
    /// What a small run takes of the device's memory; first, or alone
    Memory,
    /// Whole games equal the host's, record by record
    Check,
    /// The house of laws
    Laws,
    /// Samplers and everything but the evaluator, stage by stage
    Stages,
    /// The solver's values equal the host's on random positions of every ply
    Values,
    /// The solver by ply
    Solver,
    /// Drawn worlds checked by an independent kernel, and whether draws are uniform
    Referee,
    /// How many worlds first-fit finds, by trick
    FirstFit,
    /// Networks answer as the reference on the processor
    Network,
    /// The tokenizer's tokens equal the host's, and how fast they are made
    Tokens,
    /// What contract and plays tell about hidden hands, on the processor
    Posterior,
    /// What intervals around estimates cover, of so many decisions as --games says, on the processor
    Coverage,
    /// How many worlds adaptive rules take and what their choices give away, by decisions of so many games as --games says, on the processor
    Stopping,
    /// How often --evaluator chooses otherwise than --against in the same worlds, and what that gives away; on the processor too
    Choices,
}

/// The tasks asked for.
pub struct Tasks {
    pub options: Options,
    pub using: DeviceUse,
}

impl OnDevice for Tasks {
    type Output = Result<()>;

    fn on_runtime<R: DeviceRuntime>(self, client: ComputeClient<R>) -> Result<()> {
        let on = On { client, options: self.options, using: self.using };
        for task in &on.options.tasks {
            match task {
                Task::Memory => memory::run(&on)?,
                Task::Check => check::run(&on)?,
                Task::Laws => laws::run(&on)?,
                Task::Stages => stages::run(&on)?,
                Task::Values => values::run(&on)?,
                Task::Solver => solver::run(&on)?,
                Task::Referee => referee::run(&on)?,
                Task::FirstFit => first_fit::run(&on)?,
                Task::Network => network::run(&on)?,
                Task::Tokens => tokens::run(&on)?,
                Task::Posterior => posterior::run(on.options.games, on.options.samples)?,
                Task::Coverage => coverage::run(on.options.games),
                Task::Stopping => stopping::run(on.options.games)?,
                Task::Choices => {
                    let Options { compared, games, samples, .. } = &on.options;
                    choices::run(compared, *games, *samples, || on.device())?;
                }
            }
        }
        Ok(())
    }

    fn on_cpu(self) -> Result<()> {
        let Options { tasks, games, samples, compared, .. } = &self.options;
        for task in tasks {
            match task {
                Task::Posterior => posterior::run(*games, *samples)?,
                Task::Coverage => coverage::run(*games),
                Task::Stopping => stopping::run(*games)?,
                Task::Choices => choices::run(compared, *games, *samples, Host::default)?,
                _ => bail!(
                    "--device: there is no GPU here, and tasks look at one; the catalogue measures the CPU"
                ),
            }
        }
        Ok(())
    }
}

/// A device under measurement.
struct On<R: Runtime> {
    client: ComputeClient<R>,
    options: Options,
    using: DeviceUse,
}

impl<R: Runtime> On<R> {
    fn device(&self) -> boneyard::device::Device<R> {
        self.using.backend(&self.client, "device")
    }

    /// Waits until the device has done everything.
    fn sync(&self) {
        cubecl::future::block_on(self.client.sync()).expect("the device works");
    }

    /// Seconds that `work` takes on the device.
    fn time<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<(f64, T)> {
        self.sync();
        let start = std::time::Instant::now();
        let result = work()?;
        self.sync();
        Ok((start.elapsed().as_secs_f64(), result))
    }
}

/// The mean of numbers that were found in games, and its standard error: games are independent, the numbers of one are not. Those of a game
/// lie together.
fn mean_of_games(numbers: &[(u64, f64)]) -> (f64, f64) {
    let n = numbers.len().max(1) as f64;
    let mean = numbers.iter().map(|it| it.1).sum::<f64>() / n;
    let games = numbers.chunk_by(|one, other| one.0 == other.0);
    let squares: f64 = games.map(|game| game.iter().map(|it| it.1 - mean).sum::<f64>().powi(2)).sum();
    (mean, squares.sqrt() / n)
}

/// Games over all declarations, bidders and bids.
fn setups(n: u64) -> Vec<Setup> {
    setups_from(0, n)
}

/// `n` such games from this seed on.
fn setups_from(first: u64, n: u64) -> Vec<Setup> {
    let setup = |seed| Setup {
        seed,
        deal: Deals::Python.deal(seed),
        declaration: Declaration::new(seed % 10).expect("0-9"),
        bidder: Seat::ALL[(seed % 4) as usize],
        bid: Bid::new(30 + seed % 13).expect("30-42"),
    };
    (first..first + n).map(setup).collect()
}
