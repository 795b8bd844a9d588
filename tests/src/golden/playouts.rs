//! `playouts.json`: whole games.

use super::found::{Found, Tally};
use super::position::fresh;
use anyhow::{Result, ensure};
use boneyard_rules::{Domino, PLIES};

pub fn check(file: &Found<'_>, tally: &mut Tally) -> Result<()> {
    let file = file.record()?;
    file.get("about")?.text()?;
    for found in file.get("playouts")?.records()? {
        check_playout(&found, tally)?;
    }
    file.finish()
}

fn check_playout(found: &Found<'_>, tally: &mut Tally) -> Result<()> {
    let record = found.record()?;
    let mut game = fresh(&record, "leader", tally)?;
    let dominoes = record.get("domino")?.all_below(28)?;
    ensure!(dominoes.len() == PLIES, "{} plays, expected {PLIES}", dominoes.len());
    let (mut player, mut legal, mut slot, mut tricks) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut before = [0; 2];
    for id in dominoes {
        let domino = Domino::new(id as u64)?;
        player.push(game.mover().id());
        legal.push(game.legal_slots());
        slot.push(game.slot(domino));
        game.play(domino)?;
        if game.table().ply().is_multiple_of(4) {
            let banked = game.table().banked();
            let winner = game.table().leader();
            tricks.push(vec![winner.id(), banked[winner.team()] - before[winner.team()]]);
            before = banked;
        }
    }
    record.expect("player", player, tally)?;
    record.expect("legal", legal, tally)?;
    record.expect("slot", slot, tally)?;
    record.expect("tricks", tricks, tally)?;
    record.expect("final", game.table().banked().to_vec(), tally)?;
    record.finish()
}
