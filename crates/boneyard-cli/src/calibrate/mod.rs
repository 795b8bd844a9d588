//! `calibrate`: plays games out, and says what came true of what their decisions promised.

mod picture;
mod tables;

use crate::cli::Calibrate;
use crate::exit::{BadInput, of_run, print, say};
use crate::generate::progress::Board;
use crate::generate::timings::Timings;
use crate::generate::{interrupt, options};
use crate::whole_file;
use boneyard::core::Host;
use boneyard::record::Shard;
use boneyard_run::calibrate::{Stretch, Verdict};
use boneyard_run::threads::{check_room_for_networks, pool};
use boneyard_run::{Run, Tally, check_batch, place};
use boneyard_runtime::Choice;
use serde_json::{Value, json};
use std::process::ExitCode;

/// Most games: what is judged of them is kept in memory, some 2 KB a game.
const MOST_GAMES: u64 = 1_000_000;

/// Blocks have no part in this.
const BLOCK: u64 = 64;

/// Runs the command.
pub fn run(options: &Calibrate) -> anyhow::Result<ExitCode> {
    let timings = Timings::begin();
    interrupt::install()?;
    let playing = &options.playing;
    let configuration = options::configuration(playing, false, BLOCK)?;
    let wanted = options::wanted(&playing.which)?;
    if wanted.games() > MOST_GAMES {
        let what = format_args!("expected at most {MOST_GAMES} games");
        return Err(BadInput::option(&format!("--games {}", wanted.games()), what));
    }
    let batch = playing.place.batch.map(check_batch).transpose().map_err(of_run)?;
    let devices = place::choose(&playing.place.device, &configuration, wanted.games()).map_err(of_run)?;
    let kernels = if playing.place.no_kernel_cache { None } else { place::kernel_cache(&devices, say) };
    let budget = place::memory_budget(playing.place.memory_budget.bytes(), &devices);
    let pool = pool(playing.place.threads).map_err(of_run)?;
    if !configuration.networks().is_empty() {
        check_room_for_networks().map_err(of_run)?;
    }
    let ids: Vec<String> = devices.iter().map(Choice::to_string).collect();
    say(&format!("{} games on {} ({})", wanted.games(), ids.join(","), devices[0].reason));
    let batch = batch.unwrap_or_else(|| place::batch(&devices, &configuration, budget));
    let board = Board::new(wanted.games(), kernels, timings);
    let run = Run {
        configuration: &configuration,
        wanted,
        shard: Shard::WHOLE,
        devices: &devices,
        pool: &pool,
        batch,
        budget,
        launch_turns: playing.place.launch_turns,
        host: Host::default(),
    };
    let judged = run.judge(&board).map_err(of_run)?;
    let tally = board.finish();
    let verdict = Verdict::of(&judged, options.by);
    if let Some(path) = &options.picture {
        let title = format!(
            "{}, {} worlds, {} games",
            configuration.policy, configuration.sampling.samples, verdict.games
        );
        let svg = picture::draw(&title, &Verdict::of(&judged, Stretch::Trick))
            .map_err(|what| anyhow::anyhow!("cannot draw the picture: {what}"))?;
        whole_file::write(path, |out| out.write_all(svg.as_bytes()))?;
    }
    if options.json {
        print(&as_json(&verdict, configuration.to_json(), &tally, &ids)?.to_string())?;
    } else {
        print(&tables::tables(&verdict))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn as_json(
    verdict: &Verdict,
    mut configuration: serde_json::Map<String, Value>,
    tally: &Tally,
    devices: &[String],
) -> anyhow::Result<Value> {
    // These say how rows are stored, and none are.
    for stored in ["block", "histogram"] {
        configuration.remove(stored);
    }
    let mut answer = serde_json::to_value(verdict)?;
    answer["configuration"] = configuration.into();
    answer["devices"] = json!(devices);
    answer["seconds"] = json!(tally.seconds);
    Ok(answer)
}
