//! What is said before and after a run, for people and for machines.

use super::timings::Timings;
use crate::cli::Generate;
use crate::exit::{print, say};
use boneyard::core::{Named, SampleReport};
use boneyard::record::{Survey, Trust, Wanted, describe};
use boneyard::{Configuration, ContractRule};
use boneyard_run::Tally;
use boneyard_runtime::Choice;
use serde_json::{Value, json};

/// What is known before the first game.
pub struct Report<'a> {
    pub options: &'a Generate,
    pub configuration: &'a Configuration,
    pub wanted: Wanted,
    pub hash: &'a str,
    /// Where games are played; one at least.
    pub devices: &'a [Choice],
    pub threads: usize,
    /// What is there already; `None` if the directory is new.
    pub survey: Option<&'a Survey>,
}

impl Report<'_> {
    /// Backend, configuration, directory.
    pub fn header(&self) -> anyhow::Result<()> {
        for (path, what) in self.survey.into_iter().flat_map(Survey::damaged) {
            say(&format!("{} {what}; it is made again", path.display()));
        }
        if self.options.json {
            return Ok(());
        }
        let Configuration { declarations, sampler, posterior, evaluator, policy, sampling, adaptive, .. } =
            self.configuration;
        let posterior = if posterior.is_empty() { String::new() } else { format!(", posterior {posterior}") };
        let declared = match self.configuration.contract {
            ContractRule::Fixed => format!("declaration {declarations}"),
            found => format!("contract {found}"),
        };
        let samples = adaptive.map_or_else(
            || format!("{} samples", sampling.samples),
            |adaptive| format!("{} samples", adaptive.id()),
        );
        let Wanted { span, split } = self.wanted;
        let split = split.map(|split| format!(" of the {} split", split.name())).unwrap_or_default();
        print(&format!(
            "backend  {}, {} threads ({})\n\
             run      {} games{split}, seeds {span}, {declared}, {samples}\n\
             \u{20}        sampler {sampler}{posterior}, evaluator {evaluator}, policy {policy}\n\
             hash     {}\n\
             out      {} ({})",
            self.backend(),
            self.threads,
            self.devices[0].reason,
            self.wanted.games(),
            self.hash,
            self.options.out.display(),
            self.standing(),
        ))
    }

    /// What is there, and how far that was checked.
    fn standing(&self) -> String {
        let Some(survey) = self.survey.filter(|survey| survey.files() > 0) else { return "new".to_owned() };
        let checked = match survey.trust() {
            Trust::Nothing => "every file was checked",
            Trust::Names => {
                "as far as names tell: with --trust no checksum, configuration or game was checked"
            }
        };
        format!("{} of {} games are there; {checked}", self.there(), self.wanted.games())
    }

    /// The devices' short ids.
    fn backend(&self) -> String {
        let ids: Vec<String> = self.devices.iter().map(Choice::to_string).collect();
        ids.join(",")
    }

    fn there(&self) -> u64 {
        self.survey.map_or(0, |survey| survey.there(self.wanted))
    }

    /// Ends a dry run.
    pub fn dry_run(&self) -> anyhow::Result<()> {
        let (wanted, there) = (self.wanted.games(), self.there());
        if self.options.json {
            let mut value = self.json();
            value["dry_run"] = true.into();
            print(&value.to_string())
        } else {
            print(&format!("dry run: would play {} of {wanted} games; nothing is written", wanted - there))
        }
    }

    /// Ends a run.
    pub fn summary(&self, tally: &Tally, timings: &Timings) -> anyhow::Result<()> {
        let Tally { games, decisions, evaluated, worlds, files, seconds, .. } = *tally;
        let samples = self.configuration.sampling.samples;
        let (games_rate, worlds_rate) = (tally.per_second(games), tally.per_second(worlds));
        if self.options.json {
            let mut value = self.json();
            let SampleReport { wanted, found, tries, rescued, rescued_decisions } = tally.sampling;
            for (key, number) in [
                ("games", json!(games)),
                ("decisions", json!(decisions)),
                ("decisions_evaluated", json!(evaluated)),
                ("worlds", json!(worlds)),
                ("seconds", json!(seconds)),
                ("games_per_second", json!(games_rate)),
                ("worlds_per_second", json!(worlds_rate)),
                ("files_written", json!(files)),
            ] {
                value[key] = number;
            }
            value["sampling"] = json!({
                "wanted": wanted,
                "found": found,
                "tries": tries,
                "rescued": rescued,
                "rescued_decisions": rescued_decisions,
            });
            if self.options.timings {
                value["timings"] = timings.json(tally);
            }
            if tally.longest_launch > 0.0 {
                value["longest_launch_seconds"] = tally.longest_launch.into();
            }
            if tally.shared > 0 {
                value["worlds_shared_with_cpu"] = tally.shared.into();
                value["worlds_solved_by_cpu"] = tally.on_host.into();
            }
            if tally.agreement.worlds > 0 {
                value["agreement"] = describe(&tally.agreement);
            }
            return print(&value.to_string());
        }
        if games > 0 {
            print(&format!(
                "done     {games} games in {seconds:.2} s: {games_rate:.1} games/s with {samples} samples\n\
                 \u{20}        {decisions} decisions, {evaluated} evaluated; {worlds} worlds, {worlds_rate:.0} worlds/s",
            ))?;
        } else {
            print("done     everything is there")?;
        }
        if tally.longest_launch > 0.0 {
            print(&format!("device   searches in launches of at most {:.0} ms", 1e3 * tally.longest_launch))?;
        }
        if tally.shared > 0 {
            let part = 100.0 * tally.on_host as f64 / tally.shared as f64;
            print(&format!("cpu      solved {} of {} worlds ({part:.0} %)", tally.on_host, tally.shared))?;
        }
        if tally.agreement.worlds > 0 {
            let it = &tally.agreement;
            print(&format!(
                "checked  {} worlds: the network is {:.2} points off, {:+.2} on average, and gives away {:.2}",
                it.worlds,
                it.mae(),
                it.bias(),
                it.q_gap(),
            ))?;
        }
        if self.options.timings {
            print(&timings.text(tally))?;
        }
        print(&format!("files    {files} written; {} games were already there", self.there()))
    }

    /// What every machine-readable answer says.
    fn json(&self) -> Value {
        let damaged: Vec<String> = self
            .survey
            .into_iter()
            .flat_map(Survey::damaged)
            .map(|(path, _)| path.display().to_string())
            .collect();
        json!({
            "backend": self.backend(),
            "backend_reason": self.devices[0].reason,
            "threads": self.threads,
            "out": self.options.out.display().to_string(),
            "seeds": self.wanted.span.to_string(),
            "split": self.wanted.split.map(|split| split.name()),
            "shard": self.options.shard.to_string(),
            "games_wanted": self.wanted.games(),
            "games_already_there": self.there(),
            "files_checked": self.survey.is_none_or(|survey| survey.trust() == Trust::Nothing),
            "files_damaged": damaged,
            "configuration_sha256": self.hash,
            "configuration": self.configuration.to_json(),
        })
    }
}
