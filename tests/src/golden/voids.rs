//! `voids.json`: what the mover of a position knows, and the number of worlds.

use super::found::{Found, Record, Tally};
use super::position::{expect_view, fresh, ids, replay, voids};
use anyhow::{Context, Result, ensure};
use boneyard_rules::{Completions, Game, Seat, View, World, tiles_of};
use serde_json::Value;

pub fn check(file: &Found<'_>, playouts: &Value, tally: &mut Tally) -> Result<()> {
    let file = file.record()?;
    file.get("about")?.text()?;
    let playouts = Found::root(playouts).record()?.get("playouts")?.records()?;
    let mut enumerated = Enumerated::default();
    for found in file.get("states")?.records()? {
        let record = found.record()?;
        let number = record.get("playout")?.below(playouts.len())?;
        let playout = playouts[number].record()?;
        record.get("decl")?.expect(playout.get("decl")?.number()?, tally)?;
        // The play-out is compared in its own file.
        let game = fresh(&playout, "leader", &mut Tally::default())?;
        let game = after_plies(game, &playout, record.get("ply")?.below(28)?)?;
        check_state(&record, &game, &mut enumerated, tally)?;
        record.finish()?;
    }
    enumerated.agree()?;
    let mut enumerated = Enumerated::default();
    for found in file.get("constrained")?.records()? {
        let record = found.record()?;
        let game = replay(fresh(&record, "leader", tally)?, &record.get("slots")?)?;
        record.expect("ply", game.table().ply(), tally)?;
        check_state(&record, &game, &mut enumerated, tally)?;
        // How the original's sampler did on this view, and why it was picked.
        let share = record.get("mrv_invalid")?.float()?;
        let draws = (share * 64.0).round();
        ensure!(
            (0.0..=64.0).contains(&draws) && (share - draws / 64.0).abs() <= 0.000_51,
            "mrv_invalid is {share}, which is no share of 64 draws"
        );
        tally.skip("mrv_invalid");
        record.get("tag")?.text()?;
        tally.skip("tag");
        record.finish()?;
    }
    enumerated.agree()?;
    file.finish()
}

/// Plays the first plies of a play-out.
pub fn after_plies(mut game: Game, playout: &Record<'_>, plies: usize) -> Result<Game> {
    for id in &playout.get("domino")?.all_below(28)?[..plies] {
        game.play(boneyard_rules::Domino::new(*id as u64)?).context("in the play-out")?;
    }
    Ok(game)
}

fn check_state(
    record: &Record<'_>,
    game: &Game,
    enumerated: &mut Enumerated,
    tally: &mut Tally,
) -> Result<()> {
    let view = game.view();
    expect_view(record, &view, tally)?;
    record.expect("my_hand", ids(view.held()), tally)?;
    record.expect("void_pairs", voids(&view).as_flattened().iter().sum::<u8>(), tally)?;

    let worlds = Completions::of(&view);
    record.expect("worlds", worlds.count(), tally)?;
    let free = Completions::new(view.unseen(), view.sizes(), [0; 3]);
    record.expect("unconstrained", free.count(), tally)?;
    let truth: World = view.others().map(|seat: Seat| game.held(seat));
    let rank = worlds.rank(&truth).context("the true deal is not among the worlds")?;
    ensure!(worlds.unrank(rank) == truth, "world {rank} is not the true deal");

    let was_listed = record.get("brute_forced")?.below(2)? == 1;
    enumerated.note(was_listed, worlds.count());
    if was_listed {
        let listed = list_worlds(&view);
        ensure!(listed == worlds.count(), "{listed} worlds by listing them, {} counted", worlds.count());
        tally.compared += 1;
    } else {
        tally.skip("brute_forced = 0");
    }
    Ok(())
}

/// Deals the unseen dominoes in every way that agrees with sizes and voids, one by one.
fn list_worlds(view: &View) -> u32 {
    fn deal(allowed: &[u8], room: &mut [u8; 3]) -> u32 {
        let Some((&first, rest)) = allowed.split_first() else { return 1 };
        let mut worlds = 0;
        for opponent in 0..3 {
            if first >> opponent & 1 == 1 && room[opponent] > 0 {
                room[opponent] -= 1;
                worlds += deal(rest, room);
                room[opponent] += 1;
            }
        }
        worlds
    }
    let excluded = view.excluded();
    let may_hold = |bit| (0..3).fold(0, |seats, o| seats | u8::from(excluded[o] & bit == 0) << o);
    let allowed: Vec<u8> = tiles_of(view.unseen()).map(|domino| may_hold(domino.bit())).collect();
    deal(&allowed, &mut view.sizes())
}

/// Which counts a list of records says were confirmed by listing: the small ones.
#[derive(Default)]
struct Enumerated {
    largest_listed: Option<u32>,
    smallest_not: Option<u32>,
}

impl Enumerated {
    fn note(&mut self, was_listed: bool, count: u32) {
        if was_listed {
            self.largest_listed = self.largest_listed.max(Some(count));
        } else {
            self.smallest_not = Some(self.smallest_not.map_or(count, |least| least.min(count)));
        }
    }

    fn agree(&self) -> Result<()> {
        if let (Some(listed), Some(not)) = (self.largest_listed, self.smallest_not) {
            ensure!(listed < not, "brute_forced is 1 with {listed} worlds, but 0 with {not}");
        }
        Ok(())
    }
}
