//! `generate`: plays games and writes their decisions, block by block.

mod batches;
mod interrupt;
mod options;
mod progress;
mod report;

use crate::cli::Generate;
use crate::device;
use crate::exit::{self, BadInput, say};
use anyhow::Context;
use batches::Run;
use boneyard::record::{Columns, Dataset, Provenance, Trust, code_version};
use boneyard_runtime::Choice;
use progress::Board;
use report::Report;
use std::panic::resume_unwind;
use std::process::ExitCode;

/// Most threads that make sense to ask for.
const MOST_THREADS: usize = 1024;

/// Runs the command.
pub fn run(options: &Generate) -> anyhow::Result<ExitCode> {
    interrupt::install()?;
    let configuration = options::configuration(options)?;
    let wanted = options::wanted(options)?;
    let batch = options::batch(options)?;
    let devices = device::choose(&options.device, &configuration, wanted.games())?;
    let kernels = device::kernel_cache(&devices, !options.no_kernel_cache);
    let budget = device::memory_budget(options.memory_budget, &devices);
    let pool = threads(options.threads)?;
    if !configuration.evaluator.networks().is_empty() {
        crate::threads::check_room_for_networks()?;
    }
    let manifest = configuration.manifest(device::arithmetic(&devices[0].chosen, &configuration.evaluator)?);
    let trust = if options.trust { Trust::Names } else { Trust::Nothing };
    let report = |survey| Report {
        options,
        configuration: &configuration,
        wanted,
        hash: &manifest.configuration_sha256,
        devices: &devices,
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
        let provenance = Provenance { code: code_version(), backend: device::recorded(&devices[0].chosen) };
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
    let batch = batch.unwrap_or_else(|| device::batch(&devices, &configuration, budget));
    let missing = wanted.games() - survey.there(wanted);
    let board = Board::new(missing, kernels);
    let run = |choice: &Choice| {
        let work = dataset.work(survey.clone(), wanted, options.shard).map_err(records)?;
        // Each device gets something to do.
        let batch = batch.min(missing.div_ceil(devices.len() as u64)).max(1) as usize;
        let run = Run { configuration: &configuration, work, batch, board: &board, budget };
        if devices.len() == 1 {
            return pool.install(|| choice.chosen.run(run))?;
        }
        // A pool of its own, as playing takes one of its threads.
        threads(pool.current_num_threads().div_ceil(devices.len()))?.install(|| choice.chosen.run(run))?
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = devices.iter().map(|choice| scope.spawn(|| run(choice))).collect();
        // The others go on with what is left, and make the blocks of one that failed.
        let ended =
            threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
        ended.collect::<Vec<_>>().into_iter().collect::<anyhow::Result<()>>()
    })?;
    dataset.close()?;
    report.summary(&board.finish())?;
    Ok(ExitCode::SUCCESS)
}

/// A pool of this many threads, 0 for one a core.
fn threads(n: usize) -> anyhow::Result<rayon::ThreadPool> {
    if n > MOST_THREADS {
        let expected = format_args!("expected 1 to {MOST_THREADS}, or 0 for one a core");
        return Err(BadInput::option(&format!("--threads {n}"), expected));
    }
    rayon::ThreadPoolBuilder::new().num_threads(n).build().context("cannot start threads")
}
