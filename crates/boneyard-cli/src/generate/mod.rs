//! `generate`: plays games and writes their decisions, block by block.

mod interrupt;
mod options;
mod progress;
mod report;

use crate::cli::Generate;
use crate::device;
use crate::exit::{self, BadInput, say, translated};
use anyhow::Context;
use boneyard::core::{EveryPly, Host};
use boneyard::device::Device;
use boneyard::record::{Columns, Dataset, Provenance, Trust, Wanted, Work, code_version};
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
    interrupt::install()?;
    let configuration = options::configuration(options)?;
    let wanted = options::wanted(options)?;
    let device = device::choose(options.device, &configuration)?;
    let budget = device::memory_budget(options.memory_budget, &device.chosen);
    let pool = threads(options.threads)?;
    if !configuration.evaluator.networks().is_empty() {
        crate::threads::check_room_for_networks()?;
    }
    let manifest = configuration.manifest(device::arithmetic(&device.chosen, &configuration.evaluator)?);
    let trust = if options.trust { Trust::Names } else { Trust::Nothing };
    let report = |survey| Report {
        options,
        configuration: &configuration,
        wanted,
        hash: &manifest.configuration_sha256,
        device: &device,
        threads: pool.current_num_threads(),
        survey,
    };
    let records = |error| exit::of_records_in("--out", error);
    if options.dry_run {
        let survey = pool.install(|| Dataset::look(&options.out, &manifest, trust)).map_err(records)?;
        let report = report(survey.as_ref());
        report.header()?;
        report.dry_run()?;
        return Ok(ExitCode::SUCCESS);
    }
    let dataset = {
        let _writing = interrupt::hold();
        let columns =
            Columns { histogram: options.histogram, standard_error: configuration.evaluator.corrects() };
        let provenance = Provenance { code: code_version(), backend: device::recorded(&device.chosen) };
        Dataset::open(&options.out, manifest.clone(), columns, provenance).map_err(records)?
    };
    let survey = pool.install(|| exit::quiet(|| dataset.survey(trust))).map_err(records)?;
    let report = report(Some(&survey));
    report.header()?;
    if !dataset.can_lock() {
        say(
            "this file system cannot lock: runs that write here at once may make some blocks twice, with the same rows",
        );
    }
    let tally = {
        let work = dataset.work(survey.clone(), wanted, options.shard).map_err(records)?;
        let run = Run { configuration: &configuration, work, there: survey.there(wanted), wanted, budget };
        pool.install(|| device.chosen.run(run))??
    };
    dataset.close()?;
    report.summary(&tally)?;
    Ok(ExitCode::SUCCESS)
}

/// A run that waits for its backend.
struct Run<'a> {
    configuration: &'a Configuration,
    work: Work<'a>,
    /// Games that are there.
    there: u64,
    wanted: Wanted,
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
    let Run { configuration, mut work, there, wanted, .. } = run;
    let progress = Progress::new(wanted.games() - there);
    let mut pipeline = configuration.pipeline(backend).map_err(translated)?;
    let mut tally = Tally::default();
    let start = Instant::now();
    while let Some(task) = work.next(|blocks| progress.waiting(blocks))? {
        let block = task.block();
        let setups = configuration.setups(task.seeds());
        progress.begin(setups.len() as u64);
        let played = pipeline.play(&setups, &mut EveryPly(|| progress.ply())).map_err(translated);
        let played = played.with_context(|| format!("cannot play block {block}"))?;
        let files = {
            let _writing = interrupt::hold();
            work.dataset().write(task, &played.games)?
        };
        tally.add(&played, files as u64);
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
