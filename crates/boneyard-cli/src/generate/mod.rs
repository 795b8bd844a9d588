//! `generate`: plays games and writes their decisions, block by block.

pub(crate) mod interrupt;
pub(crate) mod options;
pub(crate) mod progress;
mod report;
pub(crate) mod timings;

use crate::cli::Generate;
use crate::exit::{self, of_run, say};
use boneyard::core::Host;
use boneyard::record::{Dataset, Provenance, Trust, code_version};
use boneyard_run::threads::{check_room_for_networks, pool};
use boneyard_run::{Run, check_batch, place};
use progress::Board;
use report::Report;
use std::process::ExitCode;
use timings::Timings;

/// Runs the command.
pub fn run(options: &Generate) -> anyhow::Result<ExitCode> {
    let mut timings = Timings::begin();
    interrupt::install()?;
    let Generate { playing, histogram, block, .. } = options;
    let configuration = options::configuration(playing, *histogram, *block)?;
    let wanted = options::wanted(&playing.which)?;
    let batch = playing.place.batch.map(check_batch).transpose().map_err(of_run)?;
    let devices = place::choose(&playing.place.device, &configuration, wanted.games()).map_err(of_run)?;
    let kernels = if playing.place.no_kernel_cache { None } else { place::kernel_cache(&devices, say) };
    timings.looking = timings.begun.elapsed();
    let budget = place::memory_budget(playing.place.memory_budget.bytes(), &devices);
    let pool = pool(playing.place.threads).map_err(of_run)?;
    if !configuration.networks().is_empty() {
        check_room_for_networks().map_err(of_run)?;
    }
    let arithmetic = place::arithmetic(&devices[0].chosen, &configuration).map_err(of_run)?;
    let manifest = configuration.manifest(arithmetic);
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
        let provenance = Provenance { code: code_version(), backend: place::recorded(&devices[0]) };
        Dataset::open(&options.out, manifest.clone(), configuration.columns(), provenance).map_err(records)?
    };
    let survey = pool.install(|| exit::quiet(|| dataset.survey(trust))).map_err(records)?;
    let report = report(Some(&survey));
    report.header()?;
    say_if_unlocked(&dataset);
    let batch = batch.unwrap_or_else(|| place::batch(&devices, &configuration, budget));
    let board = Board::new(wanted.games() - survey.there(wanted), kernels, timings);
    let run = Run {
        configuration: &configuration,
        wanted,
        shard: options.shard,
        devices: &devices,
        pool: &pool,
        batch,
        budget,
        launch_turns: playing.place.launch_turns,
        host: Host::default(),
    };
    run.write(&dataset, &survey, &board).map_err(of_run)?;
    dataset.close()?;
    let tally = board.finish();
    report.summary(&tally, &board.timings())?;
    Ok(ExitCode::SUCCESS)
}

/// Says so where runs that write at once cannot see each other.
pub fn say_if_unlocked(dataset: &Dataset) {
    if !dataset.can_lock() {
        say(
            "this file system cannot lock: runs that write here at once may make some blocks twice, with the same rows",
        );
    }
}
