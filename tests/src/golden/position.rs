//! The fields that positions of several files share.

use super::found::{Found, Record, Tally};
use anyhow::{Context, Result, ensure};
use boneyard_rules::{Deal, Declaration, Game, Seat, Tiles, View, tiles_of};
use serde_json::{Value, json};

/// The ids of a set, ascending.
pub fn ids(set: Tiles) -> Value {
    tiles_of(set).map(|domino| domino.id()).collect::<Vec<_>>().into()
}

/// Four lists of ids.
pub fn hands(deal: &Deal) -> Value {
    deal.hands().map(ids).to_vec().into()
}

/// A fresh game of `seed`, `hands`, `decl` and the field `leader`; the hands must be the seed's.
pub fn fresh(record: &Record<'_>, leader: &str, tally: &mut Tally) -> Result<Game> {
    let deal = Deal::from_seed(record.get("seed")?.number()?);
    record.expect("hands", hands(&deal), tally)?;
    let declaration = Declaration::new(record.get("decl")?.number()?)?;
    Ok(Game::new(deal, declaration, Seat::new(record.get(leader)?.number()?)?))
}

/// The game after the slots played so far.
pub fn replay(mut game: Game, slots: &Found<'_>) -> Result<Game> {
    for (ply, slot) in slots.all_below(7)?.into_iter().enumerate() {
        let domino = tiles_of(game.deal().hand(game.mover())).nth(slot).expect("seven dominoes");
        game.play(domino).with_context(|| format!("slot {slot} of ply {ply}"))?;
    }
    ensure!(!game.table().is_over(), "the game is over: there is no position to check");
    Ok(game)
}

/// What the mover knows: `player`, `pool`, `sizes`, `voids`, by opponent.
pub fn expect_view(record: &Record<'_>, view: &View, tally: &mut Tally) -> Result<()> {
    record.expect("player", view.seat().id(), tally)?;
    record.expect("pool", ids(view.unseen()), tally)?;
    record.expect("sizes", json!(view.sizes()), tally)?;
    record.expect("voids", json!(voids(view)), tally)
}

/// `[opponent][suit]`: 1 for a void that was shown.
pub fn voids(view: &View) -> [[u8; 8]; 3] {
    view.others().map(|seat| {
        let voids = view.table().voids(seat);
        std::array::from_fn(|suit| voids >> suit & 1)
    })
}
