//! `verify`: everything that can be found out about a dataset without making it again.

use crate::cli::Verify;
use crate::exit::{self, print};
use boneyard::record::{Verdict, verify};
use boneyard_run::threads;
use serde_json::json;
use std::process::ExitCode;

/// Runs the command.
pub fn run(options: &Verify) -> anyhow::Result<ExitCode> {
    threads::start()?;
    let verdict = exit::quiet(|| verify(&options.dir)).map_err(exit::of_records)?;
    let Verdict { files, games, asked, findings } = &verdict;
    if options.json {
        let findings: Vec<_> = findings
            .iter()
            .map(|it| json!({ "path": it.path.display().to_string(), "what": it.what }))
            .collect();
        let answer = json!({
            "files": files,
            "games": games,
            "games_asked": asked,
            "finished": verdict.is_finished(),
            "findings": findings,
        });
        print(&answer.to_string())?;
    } else {
        for finding in findings {
            print(&format!("{} {}", finding.path.display(), finding.what))?;
        }
        print(&format!(
            "{files} files, {games} of {asked} games: {}",
            match findings.len() {
                0 => "finished, and all is as it should be".to_owned(),
                1 => "1 finding".to_owned(),
                n => format!("{n} findings"),
            }
        ))?;
    }
    Ok(if verdict.is_finished() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
