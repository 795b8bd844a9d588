//! Many matches, and a table of them.

use super::Meeting as Played;
use crate::cli::Arena;
use crate::exit::{BadInput, print};
use crate::whole_file;
use boneyard_arena::{Dealt, Meeting, Score, markdown, placed};
use boneyard_run::is_bad_path;
use serde_json::Value;
use std::path::Path;
use std::process::ExitCode;

/// What `--table` says without a file.
pub const KNOWN: &str = "known";

/// Plays the list of meetings. Each keeps its hands, and its result, in a file of its own; what has been played stays.
pub fn run(options: &Arena, list: &str) -> anyhow::Result<ExitCode> {
    let meetings = meetings(list)?;
    let document = options.into.as_deref().map(document).transpose()?;
    // Before anything is played: a document that has no place for a table.
    if let (Some(path), Some(text)) = (&options.into, &document) {
        placed(text, "").map_err(|what| BadInput::option("--into", format!("{}: {what}", path.display())))?;
    }
    if let Some(dir) = &options.out {
        std::fs::create_dir_all(dir).map_err(|error| match is_bad_path(&error) {
            true => BadInput::option("--out", format!("cannot make {}: {error}", dir.display())),
            false => anyhow::Error::from(error).context(format!("cannot make {}", dir.display())),
        })?;
    }
    let (mut rows, mut answers) = (Vec::new(), Vec::new());
    let mut dealt = Dealt::new(options.contracts);
    for meeting in meetings {
        let file = |ending: &str| {
            options.out.as_ref().map(|dir| dir.join(format!("{}.{ending}", meeting.file_stem())))
        };
        let played = Played::play(options, [&meeting.x, &meeting.y], &mut dealt, file("jsonl").as_deref())?;
        let score = Score::of(&played.ended.pairs);
        let answer = played.answer(options, &score)?;
        if let Some(path) = file("json") {
            // What was measured when it was played stays, where nothing was played now.
            if played.ended.hands > 0 || !path.exists() {
                whole_file::write(&path, |out| writeln!(out, "{answer}"))?;
            }
        }
        answers.push(answer);
        rows.push((meeting, score));
    }
    let table = markdown(&rows);
    if let (Some(path), Some(text)) = (&options.into, document) {
        let text = placed(&text, &table).map_err(BadInput)?;
        whole_file::write(path, |out| out.write_all(text.as_bytes()))?;
    }
    print(&if options.json { Value::Array(answers).to_string() } else { table.trim_end().to_owned() })?;
    Ok(ExitCode::SUCCESS)
}

fn meetings(list: &str) -> anyhow::Result<Vec<Meeting>> {
    if list == KNOWN {
        return Ok(Meeting::known());
    }
    let text = read(Path::new(list), "--table")?;
    Meeting::read(&text).map_err(|what| BadInput::option("--table", format!("{list}: {what}")))
}

fn document(path: &Path) -> anyhow::Result<String> {
    read(path, "--into")
}

fn read(path: &Path, option: &str) -> anyhow::Result<String> {
    let name = path.display();
    std::fs::read_to_string(path).map_err(|error| match is_bad_path(&error) {
        true => BadInput::option(option, format!("cannot read {name}: {error}")),
        false => anyhow::Error::from(error).context(format!("cannot read {name}")),
    })
}
