//! What is said before and after a run, for people and for machines.

use crate::cli::Generate;
use crate::exit::print;
use boneyard::Configuration;
use boneyard::core::{Agreement, Played, SampleReport};
use boneyard::record::{Standing, describe};
use boneyard_runtime::Choice;
use serde_json::{Value, json};

/// What a run has done so far.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    pub games: u64,
    pub decisions: u64,
    /// Decisions that were not forced, or evaluated all the same.
    pub evaluated: u64,
    pub worlds: u64,
    pub sampling: SampleReport,
    /// Of values with exact ones, where they were compared.
    pub agreement: Agreement,
    pub files: u64,
    /// Blocks that were already there.
    pub skipped: u64,
    pub seconds: f64,
}

impl Tally {
    /// Adds a block.
    pub fn add(&mut self, played: &Played, files: u64) {
        self.games += played.games.len() as u64;
        self.sampling += played.sampling;
        self.files += files;
        for decision in played.games.iter().flat_map(|game| &game.decisions) {
            self.decisions += 1;
            self.evaluated += u64::from(decision.estimate.is_some());
            self.worlds += u64::from(decision.worlds_used());
            self.agreement.add(decision);
        }
    }

    fn per_second(&self, n: u64) -> f64 {
        if self.seconds > 0.0 { n as f64 / self.seconds } else { 0.0 }
    }
}

/// What is known before the first game.
pub struct Report<'a> {
    pub options: &'a Generate,
    pub configuration: &'a Configuration,
    pub hash: &'a str,
    pub device: &'a Choice,
    /// As it is recorded.
    pub backend: &'a str,
    pub threads: usize,
    pub standing: Standing,
}

impl Report<'_> {
    /// Backend, configuration, directory.
    pub fn header(&self) {
        if self.options.json {
            return;
        }
        let Configuration { games, seed, declarations, sampler, evaluator, policy, sampling, .. } =
            self.configuration;
        print(&format!(
            "backend  {}, {} threads ({})\n\
             run      {games} games from seed {seed}, declaration {declarations}, {} samples\n\
             \u{20}        sampler {sampler}, evaluator {evaluator}, policy {policy}\n\
             hash     {}\n\
             out      {} ({})",
            self.backend,
            self.threads,
            self.device.reason,
            sampling.samples,
            self.hash,
            self.options.out.display(),
            match self.standing {
                Standing::New => "new".to_owned(),
                Standing::Begun { blocks, .. } => {
                    format!("{blocks} of {} blocks are there", self.configuration.blocks().count())
                }
            },
        ));
    }

    /// Ends a dry run.
    pub fn dry_run(&self) {
        let blocks = self.configuration.blocks().count();
        let there = match self.standing {
            Standing::New => 0,
            Standing::Begun { blocks, .. } => blocks,
        };
        if self.options.json {
            let mut value = self.json();
            value["dry_run"] = true.into();
            value["blocks"] = blocks.into();
            value["blocks_there"] = there.into();
            print(&value.to_string());
        } else {
            print(&format!("dry run: would play {} of {blocks} blocks; nothing is written", blocks - there));
        }
    }

    /// Ends a run.
    pub fn summary(&self, tally: &Tally) {
        let Tally { games, decisions, evaluated, worlds, files, skipped, seconds, .. } = *tally;
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
                ("blocks_already_there", json!(skipped)),
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
            if tally.agreement.worlds > 0 {
                value["agreement"] = describe(&tally.agreement);
            }
            print(&value.to_string());
            return;
        }
        if games > 0 {
            print(&format!(
                "done     {games} games in {seconds:.2} s: {games_rate:.1} games/s with {samples} samples\n\
                 \u{20}        {decisions} decisions, {evaluated} evaluated; {worlds} worlds, {worlds_rate:.0} worlds/s",
            ));
        } else {
            print("done     everything was already there");
        }
        if tally.agreement.worlds > 0 {
            let it = &tally.agreement;
            print(&format!(
                "checked  {} worlds: the network is {:.2} points off, {:+.2} on average, and gives away {:.2}",
                it.worlds,
                it.mae(),
                it.bias(),
                it.q_gap(),
            ));
        }
        print(&format!("files    {files} written, {skipped} blocks were already there"));
    }

    /// What every machine-readable answer says.
    fn json(&self) -> Value {
        json!({
            "backend": self.backend,
            "backend_reason": self.device.reason,
            "threads": self.threads,
            "out": self.options.out.display().to_string(),
            "configuration_sha256": self.hash,
            "configuration": self.configuration.to_json(),
        })
    }
}
