//! The dataset card: what Hugging Face shows of a dataset, and reads to load it.

use crate::block::Block;
use crate::verify::missing_of;
use crate::{Contents, Result, Split, Survey, Trust, layout::Layout, reader};
use std::fmt::Write;
use std::path::Path;

/// The card of a dataset, as a `README.md` beside its data: YAML for programs, Markdown for people.
///
/// # Errors
/// [`crate::Error`] if `dir` is no dataset.
pub fn card(dir: &Path) -> Result<String> {
    let manifest = reader::manifest(dir)?;
    let layout = Layout::new(dir, &manifest);
    let survey = Survey::of(&layout, &manifest, Trust::Names)?;
    let contents = manifest.contents();
    // By split: games and rows.
    let mut splits: Vec<(Split, u64, u64)> = Vec::new();
    for split in Split::ALL {
        let parts = survey.files.keys().filter(|part| part.split == split);
        let (mut games, mut rows) = (0, 0);
        for &part in parts {
            let its = survey.games(part).games();
            games += its;
            rows += match contents {
                Contents::Decisions(_) => 28 * its,
                Contents::Labels(_) => Block::open(&layout.file(part))?.count(),
            };
        }
        if games > 0 {
            splits.push((split, games, rows));
        }
    }
    let games: u64 = splits.iter().map(|it| it.1).sum();
    let rows: u64 = splits.iter().map(|it| it.2).sum();
    let (title, unit, row) = match contents {
        Contents::Decisions(_) => (
            "Texas 42 decisions with E[Q]",
            "decisions",
            "One row a decision: what the mover saw, E[Q] of every legal move over sampled worlds, and what was played.",
        ),
        Contents::Labels(_) => (
            "Texas 42 positions with exact values",
            "positions",
            "One row a world of a decision: what the mover saw, what the others hold in this world, and what every legal move \
             is worth when all hands are open.",
        ),
    };

    let mut text = format!("---\npretty_name: {title}\n");
    write!(text, "tags:\n- dominoes\n- texas-42\n- games\nsize_categories:\n- {}\n", size_category(rows))
        .expect("text");
    if !splits.is_empty() {
        text += "configs:\n- config_name: default\n  data_files:\n";
    }
    for (split, ..) in &splits {
        let name = split.name();
        write!(text, "  - split: {name}\n    path: data/{name}/*.parquet\n").expect("text");
    }
    write!(
        text,
        "---\n\n# {title}\n\n{rows} {unit} of {games} games of Texas 42, made by boneyard {}. {row}\n\n\
         | split | games | rows |\n|---|---|---|\n",
        env!("CARGO_PKG_VERSION"),
    )
    .expect("text");
    for (split, games, rows) in &splits {
        writeln!(text, "| {} | {games} | {rows} |", split.name()).expect("text");
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
    text += &contents.table();
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
