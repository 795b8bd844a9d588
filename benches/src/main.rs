//! Measures samplers, the solver, the tokenizer and whole pipelines on a device, and checks them against the host.
//!
//! ```console
//! $ boneyard-bench --device cuda check stages solver
//! ```
//!
//! One binary without other needs: build it with `cargo build --release -p boneyard-bench`, carry it to a machine
//! with a GPU. Every time is taken between two synchronisations, after a first round that compiles the kernels.

mod check;
mod first_fit;
mod positions;
mod referee;
mod solver;
mod stages;
mod tokens;

use anyhow::Result;
use boneyard::prelude::*;
use boneyard_runtime::{DeviceChoice, DeviceRuntime, OnDevice, choose, probe};
use clap::{Parser, ValueEnum};
use cubecl::prelude::{ComputeClient, Runtime};

/// Measure Boneyard on a device.
#[derive(Parser)]
struct Options {
    /// `auto`, `cuda[:i]` or `wgpu[:i]`
    #[arg(long, default_value = "auto")]
    device: DeviceChoice,
    /// Games of a batch
    #[arg(long, default_value_t = 1000)]
    games: u64,
    /// Worlds a decision
    #[arg(long, default_value_t = 1024)]
    samples: u32,
    /// Device memory to stay within, in MiB
    #[arg(long, default_value_t = 1024)]
    memory: u64,
    /// First ply that the solver is measured at
    #[arg(long, default_value_t = 8)]
    from_ply: usize,
    /// Worlds that the referee checks at least
    #[arg(long, default_value_t = 100_000_000)]
    worlds: u64,
    /// What to do, in this order
    #[arg(value_enum, required = true)]
    tasks: Vec<Task>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Task {
    /// Whole games equal the host's, record by record
    Check,
    /// Samplers and everything but the evaluator, stage by stage
    Stages,
    /// The solver's values equal the host's on random positions of every ply
    Positions,
    /// The solver by ply
    Solver,
    /// Drawn worlds checked by an independent kernel, and whether draws are uniform
    Referee,
    /// How many worlds first-fit finds, by trick
    FirstFit,
    /// The tokenizer, checked against the host's, and how fast it is
    Tokens,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let here = probe();
    println!("{}", here.to_string().trim_end());
    let choice = choose(options.device, &here)?;
    println!("takes {} ({})", choice.chosen, choice.reason);
    choice.chosen.run(Bench { options })?
}

struct Bench {
    options: Options,
}

impl OnDevice for Bench {
    type Output = Result<()>;

    fn on_runtime<R: DeviceRuntime>(self, client: ComputeClient<R>) -> Result<()> {
        let bench = On { client, options: self.options };
        for task in &bench.options.tasks {
            match task {
                Task::Check => check::run(&bench)?,
                Task::Stages => stages::run(&bench)?,
                Task::Positions => positions::run(&bench)?,
                Task::Solver => solver::run(&bench)?,
                Task::Referee => referee::run(&bench)?,
                Task::FirstFit => first_fit::run(&bench)?,
                Task::Tokens => tokens::run(&bench)?,
            }
        }
        Ok(())
    }

    fn on_cpu(self) -> Result<()> {
        anyhow::bail!("--device: there is no GPU here; the examples of boneyard-strategies measure the CPU")
    }
}

/// A device under measurement.
struct On<R: Runtime> {
    client: ComputeClient<R>,
    options: Options,
}

impl<R: Runtime> On<R> {
    fn device(&self) -> boneyard::device::Device<R> {
        boneyard::device::Device::new(self.client.clone(), "device").with_budget(self.options.memory << 20)
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

/// Games over all declarations, bidders and bids.
fn setups(n: u64) -> Vec<Setup> {
    setups_from(0, n)
}

/// `n` such games from this seed on.
fn setups_from(first: u64, n: u64) -> Vec<Setup> {
    let setup = |seed| Setup {
        game: seed,
        seed,
        deal: Deals::Python.deal(seed),
        declaration: Declaration::new(seed % 10).expect("0-9"),
        bidder: Seat::ALL[(seed % 4) as usize],
        bid: Bid::new(30 + seed % 13).expect("30-42"),
    };
    (first..first + n).map(setup).collect()
}
