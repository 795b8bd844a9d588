//! The dataset card: what Hugging Face shows of a dataset, and reads to load it.

use crate::verify::missing_of;
use crate::{Columns, Result, Split, Survey, Trust, columns, layout::Layout, reader};
use serde_json::Value;
use std::fmt::Write;
use std::path::Path;

/// The card of a dataset, as a `README.md` beside its data: YAML for programs, Markdown for people.
///
/// # Errors
/// [`crate::Error`] if `dir` is no dataset.
pub fn card(dir: &Path) -> Result<String> {
    let manifest = reader::manifest(dir)?;
    let survey = Survey::of(&Layout::new(dir, &manifest), &manifest, Trust::Names)?;
    let games = |split| -> u64 {
        survey.files.keys().filter(|part| part.split == split).map(|&part| survey.games(part).games()).sum()
    };
    let splits: Vec<(Split, u64)> =
        Split::ALL.into_iter().map(|split| (split, games(split))).filter(|&(_, games)| games > 0).collect();
    let rows = 28 * splits.iter().map(|(_, games)| games).sum::<u64>();

    let mut text = String::from("---\npretty_name: Texas 42 decisions with E[Q]\n");
    write!(text, "tags:\n- dominoes\n- texas-42\n- games\nsize_categories:\n- {}\n", size_category(rows))
        .expect("text");
    if !splits.is_empty() {
        text += "configs:\n- config_name: default\n  data_files:\n";
    }
    for (split, _) in &splits {
        let name = split.name();
        write!(text, "  - split: {name}\n    path: data/{name}/*.parquet\n").expect("text");
    }
    text += "---\n\n# Texas 42 decisions with E[Q]\n\n";
    write!(
        text,
        "{rows} decisions of {} games of Texas 42, made by boneyard {}. One row a decision: what the mover saw, E[Q] of \
         every legal move over sampled worlds, and what was played.\n\n| split | games | rows |\n|---|---|---|\n",
        rows / 28,
        env!("CARGO_PKG_VERSION"),
    )
    .expect("text");
    for (split, games) in &splits {
        writeln!(text, "| {} | {games} | {} |", split.name(), 28 * games).expect("text");
    }
    text += match missing_of(dir, &survey)? {
        Some(0) => "\nThe dataset is finished: all games that were asked for are there.\n",
        _ => "\nThe dataset is not finished: games that were asked for may be missing.\n",
    };
    text += "\nA game's split follows from its seed (modulo 1000: below 900, below 950, the rest), so it is the same in \
             every dataset.\n\n## How it was made\n\n| option | value |\n|---|---|\n";
    for (key, value) in &manifest.configuration {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        writeln!(text, "| {} | `{value}` |", key.replace('_', "-")).expect("text");
    }
    let arithmetic = manifest.arithmetic.as_deref().unwrap_or("whole numbers: the same on every machine");
    writeln!(text, "| arithmetic | {arithmetic} |\n\n## Columns\n").expect("text");
    let has = |key: &str| manifest.configuration.get(key) == Some(&Value::Bool(true));
    let corrects = manifest.configuration.get("evaluator").and_then(Value::as_str);
    let columns = Columns {
        histogram: has("histogram"),
        correction: corrects.is_some_and(|evaluator| evaluator.contains("corrected")),
    };
    text += &columns::table_of(columns);
    Ok(text)
}

fn size_category(rows: u64) -> &'static str {
    match rows {
        0..1_000 => "n<1K",
        1_000..10_000 => "1K<n<10K",
        10_000..100_000 => "10K<n<100K",
        100_000..1_000_000 => "100K<n<1M",
        1_000_000..10_000_000 => "1M<n<10M",
        10_000_000..100_000_000 => "10M<n<100M",
        100_000_000..1_000_000_000 => "100M<n<1B",
        _ => "n>1B",
    }
}
