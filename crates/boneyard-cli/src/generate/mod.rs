//! `generate`: plays games and writes their decisions, block by block.

mod interrupt;
mod options;
mod progress;
mod report;

use crate::cli::Generate;
use crate::device;
use crate::exit::{BadInput, translated};
use anyhow::Context;
use boneyard::core::{EveryPly, Host};
use boneyard::device::Device;
use boneyard::record::{Columns, Dataset, Standing};
use boneyard::{Configuration, StandardBackend};
use boneyard_runtime::{ComputeClient, DeviceRuntime, OnDevice};
use progress::Progress;
use report::{Report, Tally};
use std::process::ExitCode;
use std::time::Instant;

/// Most threads that make sense to ask for.
const MOST_THREADS: usize = 1024;

/// Runs the command.
pub fn run(options: &Generate) -> anyhow::Result<ExitCode> {
    let configuration = options::configuration(options)?;
    let device = device::choose(&options.device, &configuration)?;
    let budget = device::memory_budget(&options.memory_budget, &device.chosen)?;
    let pool = threads(options.threads)?;
    let backend = device::recorded(&device.chosen, &configuration.evaluator)?;
    let manifest = configuration.manifest(backend.clone());
    let blocks = configuration.blocks();
    let standing =
        Dataset::check(&options.out, &manifest, &blocks).map_err(|error| BadInput::option("--out", error))?;
    let report = Report {
        options,
        configuration: &configuration,
        hash: &manifest.configuration_sha256,
        device: &device,
        backend: &backend,
        threads: pool.current_num_threads(),
        standing,
    };
    report.header();
    if options.dry_run {
        report.dry_run();
        return Ok(ExitCode::SUCCESS);
    }
    let tally = {
        interrupt::install()?;
        let dataset = {
            let _writing = interrupt::hold();
            let columns =
                Columns { histogram: options.histogram, standard_error: configuration.evaluator.corrects() };
            Dataset::open(&options.out, manifest.clone(), blocks, columns)
                .map_err(|error| BadInput::option("--out", error))?
        };
        let run = Run { configuration: &configuration, dataset: &dataset, standing, budget };
        pool.install(|| device.chosen.run(run))??
    };
    report.summary(&tally);
    Ok(ExitCode::SUCCESS)
}

/// A run that waits for its backend.
struct Run<'a> {
    configuration: &'a Configuration,
    dataset: &'a Dataset,
    standing: Standing,
    /// Bytes of device memory.
    budget: u64,
}

impl OnDevice for Run<'_> {
    type Output = anyhow::Result<Tally>;

    fn on_runtime<R: DeviceRuntime>(self, client: ComputeClient<R>) -> Self::Output {
        let name = R::name(&client);
        let device = Device::new(client, name).with_budget(self.budget);
        play(self, device)
    }

    fn on_cpu(self) -> Self::Output {
        play(self, Host::default())
    }
}

/// Plays and writes all blocks that are missing, one after the other.
fn play<B: StandardBackend>(run: Run<'_>, backend: B) -> anyhow::Result<Tally> {
    let Run { configuration, dataset, standing, .. } = run;
    let blocks = configuration.blocks();
    let there = match standing {
        Standing::New => 0,
        Standing::Begun { games, .. } => games,
    };
    let progress = Progress::new(configuration.games - there);
    let mut pipeline = configuration.pipeline(backend).map_err(translated)?;
    let mut tally = Tally::default();
    let start = Instant::now();
    for block in 0..blocks.count() {
        if dataset.missing(block).is_empty() {
            tally.skipped += 1;
            continue;
        }
        let setups = configuration.setups(blocks.games_of(block));
        progress.begin(setups.len() as u64);
        let played = pipeline.play(&setups, &mut EveryPly(|| progress.ply())).map_err(translated);
        let played = played.with_context(|| format!("cannot play block {block}"))?;
        let files = {
            let _writing = interrupt::hold();
            dataset.write(block, &played.games)?
        };
        tally.add(&played, files.len() as u64);
        progress.end(&tally, start.elapsed());
    }
    tally.seconds = start.elapsed().as_secs_f64();
    progress.finish();
    Ok(tally)
}

/// A pool of this many threads, 0 for one a core.
fn threads(n: usize) -> anyhow::Result<rayon::ThreadPool> {
    if n > MOST_THREADS {
        let expected = format_args!("expected 1 to {MOST_THREADS}, or 0 for one a core");
        return Err(BadInput::option(&format!("--threads {n}"), expected));
    }
    rayon::ThreadPoolBuilder::new().num_threads(n).build().context("cannot start threads")
}
