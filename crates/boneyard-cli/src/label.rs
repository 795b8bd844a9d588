//! `label`: exact values of moves in worlds of decisions, written as a dataset.

use crate::cli::{Label, Plies};
use crate::exit::{self, of_run, print, say, translated};
use crate::generate::progress::Board;
use crate::generate::timings::Timings;
use crate::generate::{interrupt, options, say_if_unlocked};
use boneyard::core::Host;
use boneyard::record::{Dataset, LabelColumns, Manifest, Provenance, Survey, Trust, Wanted, code_version};
use boneyard_run::labels::{GAMES_AT_ONCE, Labels};
use boneyard_run::threads::pool;
use boneyard_run::{Run, Tally, check_batch, place};
use boneyard_runtime::{Choice, Chosen};
use serde_json::{Value, json};
use std::process::ExitCode;

/// Runs the command.
pub fn run(options: &Label) -> anyhow::Result<ExitCode> {
    let timings = Timings::begin();
    interrupt::install()?;
    let labels = labels(options);
    labels.check().map_err(translated)?;
    let configuration = labels.configuration(options.block);
    configuration.check().map_err(translated)?;
    let wanted = options::wanted(&options.which)?;
    let it = &options.place;
    let batch = it.batch.map(check_batch).transpose().map_err(of_run)?;
    let devices = place::choose(&it.device, &configuration, wanted.games()).map_err(of_run)?;
    let kernels = if it.no_kernel_cache { None } else { place::kernel_cache(&devices, say) };
    let budget = place::memory_budget(it.memory_budget.bytes(), &devices);
    let pool = pool(it.threads).map_err(of_run)?;
    let manifest = labels.manifest(options.tokens, options.block);
    let trust = if options.trust { Trust::Names } else { Trust::Nothing };
    let records = |error| exit::of_records_in("--out", error);
    let report = |survey| Report { options, manifest: &manifest, wanted, devices: &devices, survey };
    if options.dry_run {
        let survey = pool.install(|| Dataset::look(&options.out, &manifest, trust)).map_err(records)?;
        return report(survey.as_ref()).dry_run();
    }
    let columns = LabelColumns { tokens: options.tokens };
    let dataset = {
        let _writing = interrupt::hold();
        let provenance = Provenance { code: code_version(), backend: place::recorded(&devices[0]) };
        Dataset::open(&options.out, manifest.clone(), columns, provenance).map_err(records)?
    };
    let survey = pool.install(|| exit::quiet(|| dataset.survey(trust))).map_err(records)?;
    let report = report(Some(&survey));
    report.header()?;
    say_if_unlocked(&dataset);
    let unasked = match devices[0].chosen {
        Chosen::Cpu => place::batch(&devices, &configuration, budget),
        Chosen::Device(_) => GAMES_AT_ONCE,
    };
    let board = Board::new(wanted.games() - report.there(), kernels, timings);
    let run = Run {
        configuration: &configuration,
        wanted,
        shard: options.shard,
        devices: &devices,
        pool: &pool,
        batch: batch.unwrap_or(unasked),
        budget,
        launch_turns: it.launch_turns,
        host: Host::default(),
    };
    run.label(&labels, columns, &dataset, &survey, &board).map_err(of_run)?;
    dataset.close()?;
    report.summary(&board.finish())?;
    Ok(ExitCode::SUCCESS)
}

fn labels(options: &Label) -> Labels {
    let Label { worlds, plies: Plies { first, last }, policies, sensible, .. } = options;
    let base = Labels { worlds: *worlds, plies: *first..last + 1, sensible: *sensible, ..Labels::default() };
    if policies.is_empty() { base } else { Labels { policies: policies.clone(), ..base } }
}

/// What is said before and after.
struct Report<'a> {
    options: &'a Label,
    manifest: &'a Manifest,
    wanted: Wanted,
    devices: &'a [Choice],
    /// What is there already; `None` if the directory is new.
    survey: Option<&'a Survey>,
}

impl Report<'_> {
    fn there(&self) -> u64 {
        self.survey.map_or(0, |survey| survey.there(self.wanted))
    }

    fn backend(&self) -> String {
        self.devices.iter().map(Choice::to_string).collect::<Vec<_>>().join(",")
    }

    fn header(&self) -> anyhow::Result<()> {
        for (path, what) in self.survey.into_iter().flat_map(Survey::damaged) {
            say(&format!("{} {what}; it is made again", path.display()));
        }
        if self.options.json {
            return Ok(());
        }
        let of = |key: &str| match &self.manifest.configuration[key] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        print(&format!(
            "backend  {} ({})\n\
             labels   {} games, seeds {}, plies {}, {} worlds a decision, {} % sensible, policies {}\n\
             hash     {}\n\
             out      {} ({} of {} games are there)",
            self.backend(),
            self.devices[0].reason,
            self.wanted.games(),
            self.wanted.span,
            of("plies"),
            of("worlds"),
            of("sensible"),
            of("policies"),
            self.manifest.configuration_sha256,
            self.options.out.display(),
            self.there(),
            self.wanted.games(),
        ))
    }

    fn dry_run(&self) -> anyhow::Result<ExitCode> {
        let (wanted, there) = (self.wanted.games(), self.there());
        if self.options.json {
            let mut value = self.json();
            value["dry_run"] = true.into();
            print(&value.to_string())?;
        } else {
            self.header()?;
            print(&format!("dry run: would label {} of {wanted} games; nothing is written", wanted - there))?;
        }
        Ok(ExitCode::SUCCESS)
    }

    fn summary(&self, tally: &Tally) -> anyhow::Result<()> {
        let Tally { games, worlds, files, seconds, .. } = *tally;
        let rate = tally.per_second(worlds);
        if self.options.json {
            let mut value = self.json();
            for (key, number) in [
                ("games", json!(games)),
                ("labels", json!(worlds)),
                ("seconds", json!(seconds)),
                ("labels_per_second", json!(rate)),
                ("files_written", json!(files)),
            ] {
                value[key] = number;
            }
            return print(&value.to_string());
        }
        print(&if games > 0 {
            format!("done     {worlds} labels of {games} games in {seconds:.2} s: {rate:.0} labels/s")
        } else {
            "done     everything is there".to_owned()
        })?;
        print(&format!("files    {files} written; {} games were already there", self.there()))
    }

    /// What every machine-readable answer says.
    fn json(&self) -> Value {
        json!({
            "backend": self.backend(),
            "out": self.options.out.display().to_string(),
            "seeds": self.wanted.span.to_string(),
            "split": self.wanted.split.map(|split| split.name()),
            "shard": self.options.shard.to_string(),
            "games_wanted": self.wanted.games(),
            "games_already_there": self.there(),
            "configuration_sha256": self.manifest.configuration_sha256,
            "configuration": self.manifest.configuration,
        })
    }
}
