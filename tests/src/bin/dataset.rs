//! Reads a dataset back and checks that it holds whole games: `dataset DIR GAMES`.

use anyhow::{Context, Result, ensure};
use boneyard_core::Mode;
use boneyard_record::{Row, read_dir};
use boneyard_rules::PLIES;
use std::path::Path;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [dir, games] = arguments.as_slice() else { anyhow::bail!("expected DIR and a number of games") };
    let games: usize = games.parse().context("the number of games")?;
    let rows: Vec<Row> = read_dir(Path::new(dir))?.collect::<Result<_, _>>()?;
    ensure!(rows.len() == games * PLIES, "{} rows in {dir}, expected {}", rows.len(), games * PLIES);
    let mut seen = std::collections::BTreeSet::new();
    for row in &rows {
        let at = format!("game {} ply {}", row.game, row.ply);
        ensure!(seen.insert((row.game, row.ply)), "{at} is there twice");
        ensure!(row.game < games as u64 && usize::from(row.ply) < PLIES, "{at} was not asked for");
        ensure!(row.legal >> row.action & 1 == 1, "{at}: slot {} is not legal", row.action);
        ensure!(row.domino == row.hand[usize::from(row.action)], "{at}: another domino was played");
        let forced = row.mode == Mode::Forced;
        for slot in 0..7 {
            let wanted = !forced && row.legal >> slot & 1 == 1;
            let numbers = [row.e_q[slot], row.q_var[slot], row.p_make[slot]];
            ensure!(numbers.iter().all(|n| n.is_some() == wanted), "{at}: estimates of slot {slot}");
        }
        ensure!(row.exact == (row.worlds_used == row.worlds_total), "{at}: exact");
    }
    println!("{} rows of {games} games read back from {dir}", rows.len());
    Ok(())
}
