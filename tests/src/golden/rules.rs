//! `rules.json`: the rule tables.

use super::found::{Found, Tally};
use anyhow::{Result, ensure};
use boneyard_rules::{Declaration, rule};
use serde_json::Value;

pub fn check(file: &Found<'_>, tally: &mut Tally) -> Result<()> {
    let file = file.record()?;
    file.get("about")?.text()?;
    let by_domino = |value: &dyn Fn(u32) -> Value| (0..28).map(value).collect::<Vec<Value>>();
    let by_suit = |value: &dyn Fn(u32, u32) -> u32| {
        (0..8).map(|suit| by_domino(&|domino| value(suit, domino).into())).collect::<Vec<_>>()
    };
    file.expect("dominoes", by_domino(&|id| vec![rule::high_pip(id), rule::low_pip(id)].into()), tally)?;
    file.expect("count_points", by_domino(&|id| rule::count_points(1 << id).into()), tally)?;
    file.expect("decl_names", Declaration::all().map(Declaration::name).collect::<Vec<_>>(), tally)?;

    let declarations = file.get("decls")?.records()?;
    ensure!(declarations.len() == 10, "decls has {} declarations, expected 10", declarations.len());
    for (found, declaration) in declarations.iter().zip(Declaration::all()) {
        let record = found.record()?;
        let id = u32::from(declaration.id());
        let called = rule::called_tiles(id);
        record.expect("decl", id, tally)?;
        record.expect("name", declaration.name(), tally)?;
        record.expect("has_trump_power", u8::from(rule::trump_tiles(id) != 0), tally)?;
        record.expect("called", by_domino(&|domino| (called >> domino & 1).into()), tally)?;
        record.expect("led_suit", by_domino(&|domino| rule::led_suit(domino, id).into()), tally)?;
        let follows = |suit, domino| rule::follow_tiles(suit, id) >> domino & 1;
        record.expect("can_follow", by_suit(&follows), tally)?;
        record.expect("trick_rank", by_suit(&|suit, domino| rule::strength(domino, suit, id)), tally)?;
        let rank = |domino| rule::called_rank(domino, id).into();
        record.expect("trump_rank_feature", by_domino(&rank), tally)?;
        record.finish()?;
    }
    file.finish()
}
