//! `review`: a game looked back on, told to a person.

use crate::asking;
use crate::calculator;
use crate::cli::{Inspect, Review};
use crate::exit::{BadInput, of_arena, print, quiet};
use crate::{inspect, whole_file};
use anyhow::Context;
use boneyard::core::InPlay;
use boneyard::record::Replay;
use boneyard_arena::review::{self, in_play, transcript};
use boneyard_run::threads;
use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

/// Runs the command.
pub fn run(options: &Review) -> anyhow::Result<ExitCode> {
    #[cfg(feature = "viewer")]
    if options.view {
        // Before the game is costed.
        crate::view::check()?;
    }
    let game = game(options)?;
    let recipe = asking::recipe(&options.asking, "p-make".parse().expect("a policy"))?;
    threads::start()?;
    let (mut ask, _) = asking::open(&options.asking, &recipe, 28)?;
    let review = review::Review::of(&game, options.asking.seed, &mut ask).map_err(of_arena)?;
    if let Some(path) = &options.html {
        whole_file::write(path, |out| out.write_all(review.html().as_bytes()))?;
    }
    #[cfg(feature = "viewer")]
    if options.view {
        crate::view::show(crate::view::Viewer::new(&game, review))?;
        return Ok(ExitCode::SUCCESS);
    }
    print(if options.json { serde_json::to_string(&review)? } else { review.to_string() }.trim_end())?;
    Ok(ExitCode::SUCCESS)
}

/// A row of a dataset, a file, `-`, or the game itself.
fn game(options: &Review) -> anyhow::Result<InPlay> {
    let path = Path::new(&options.game);
    let is_file = options.game.len() < 4096 && path.is_file();
    if path.is_dir() || is_file && path.extension().is_some_and(|it| it == "parquet") {
        let Some(seed) = options.of_seed else {
            return Err(BadInput::option("--of-seed", "expected the seed of a game of this dataset"));
        };
        let asked = Inspect { path: path.to_owned(), seed, ply: None };
        let rows = quiet(|| inspect::rows(&asked))?;
        let refuse = |what| BadInput::option(&options.game, format!("seed {seed}: {what}"));
        let replay = Replay::new(rows).map_err(refuse)?;
        let first = &replay.rows()[0];
        let plays = replay.end().table().plays();
        return in_play(*replay.deal(), first.declaration, first.bidder, first.bid, plays).map_err(of_arena);
    }
    let text = if options.game == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("cannot read the input")?;
        text
    } else if is_file {
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?
    } else {
        options.game.clone()
    };
    if !text.trim_start().starts_with('{') {
        return transcript(&text).map_err(of_arena);
    }
    let (game, contracted) = calculator::played(text.as_bytes()).map_err(BadInput)?;
    if game.table().first_leader() != contracted.bidder {
        return Err(BadInput::option("bidder", "expected the seat that led the first trick"));
    }
    let table = game.table();
    in_play(*game.deal(), table.declaration(), contracted.bidder, contracted.bid, table.plays())
        .map_err(of_arena)
}
