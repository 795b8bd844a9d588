//! `tokens.safetensors`: decisions in worlds as tokens.

use super::found::{Found, Tally};
use super::position::fresh;
use super::voids::after_plies;
use anyhow::{Context, Result, bail, ensure};
use boneyard_net::Tokens;
use boneyard_net::tokenizer::{Decision, FEATURES, TOKENS, Token, in_hand};
use boneyard_rules::{Completions, Game, Seat, Tiles, World, tiles_of};
use safetensors::{Dtype, SafeTensors};
use serde_json::Value;
use std::collections::BTreeMap;

/// Name, type and numbers a row of every tensor.
const COLUMNS: [(&str, Dtype, usize); 14] = [
    ("kind", Dtype::I64, 1),
    ("playout", Dtype::I64, 1),
    ("ply", Dtype::I64, 1),
    ("current_player", Dtype::I64, 1),
    ("decl_id", Dtype::I64, 1),
    ("leader", Dtype::I64, 1),
    ("trick_len", Dtype::I64, 1),
    ("legal", Dtype::I32, 1),
    ("remaining", Dtype::I32, 4),
    ("hands", Dtype::I8, 28),
    ("played", Dtype::I8, 28),
    ("trick_players", Dtype::I8, 3),
    ("trick_dominoes", Dtype::I8, 3),
    ("mask", Dtype::I8, TOKENS),
];

/// The tensor that all others explain.
const TOKENS_COLUMN: (&str, Dtype, usize) = ("tokens", Dtype::I8, TOKENS * FEATURES);

/// Whose deal a row shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The true one.
    True,
    /// One of those that agree with what the mover knows.
    World,
    /// One of those, but of what was played only the dominoes of the trick are told: a defect of the original.
    Forgetful,
}

/// One row with the game it belongs to.
#[derive(Clone, Debug)]
pub struct Row {
    /// Whose deal it shows.
    pub kind: Kind,
    /// The true game, at the row's ply.
    pub game: Game,
    /// What the row says the others hold.
    pub world: World,
    /// The tokens on record, one feature after the other.
    pub tokens: Vec<i64>,
    /// All other numbers on record.
    columns: BTreeMap<&'static str, Vec<i64>>,
}

/// Computes every number of the file again.
pub fn check(bytes: &[u8], playouts: &Value, tally: &mut Tally) -> Result<()> {
    for (n, row) in rows(bytes, playouts)?.iter().enumerate() {
        row.check(tally).with_context(|| format!("row {n}"))?;
    }
    Ok(())
}

/// The rows of the file, whose games are in `playouts.json`.
pub fn rows(bytes: &[u8], playouts: &Value) -> Result<Vec<Row>> {
    let file = SafeTensors::deserialize(bytes).context("not safetensors")?;
    let known = COLUMNS.iter().chain([&TOKENS_COLUMN]);
    for name in file.names() {
        ensure!(known.clone().any(|(known, ..)| *known == name), "a tensor {name} is not part of the format");
    }
    let n_rows = file.tensor("kind").context("no tensor kind")?.shape().first().copied().unwrap_or(0);
    let columns = known.map(|&(name, dtype, width)| Ok((name, column(&file, name, dtype, n_rows, width)?)));
    let columns: BTreeMap<_, _> = columns.collect::<Result<_>>()?;
    let playouts = Found::root(playouts).record()?.get("playouts")?.records()?;
    let row = |n: usize| {
        let mut columns: BTreeMap<_, _> =
            columns.iter().map(|(&name, rows)| (name, rows[n].clone())).collect();
        let tokens = columns.remove("tokens").expect("one of the columns");
        row(columns, tokens, &playouts).with_context(|| format!("row {n}"))
    };
    (0..n_rows).map(row).collect()
}

/// The rows of a tensor.
fn column(
    file: &SafeTensors<'_>,
    name: &str,
    dtype: Dtype,
    n_rows: usize,
    width: usize,
) -> Result<Vec<Vec<i64>>> {
    let tensor = file.tensor(name).with_context(|| format!("no tensor {name}"))?;
    let (shape, got) = (tensor.shape(), tensor.dtype());
    ensure!(got == dtype, "{name} holds {got:?}, expected {dtype:?}");
    ensure!(
        shape.first() == Some(&n_rows) && shape.iter().product::<usize>() == n_rows * width,
        "{name} has shape {shape:?}, expected {n_rows} rows of {width}"
    );
    let data = tensor.data();
    let numbers: Vec<i64> = match dtype {
        Dtype::I8 => data.iter().map(|&byte| i64::from(byte as i8)).collect(),
        Dtype::I32 => data.as_chunks().0.iter().map(|&bytes| i64::from(i32::from_le_bytes(bytes))).collect(),
        _ => data.as_chunks().0.iter().map(|&bytes| i64::from_le_bytes(bytes)).collect(),
    };
    Ok(numbers.chunks_exact(width).map(<[i64]>::to_vec).collect())
}

fn row(columns: BTreeMap<&'static str, Vec<i64>>, tokens: Vec<i64>, playouts: &[Found<'_>]) -> Result<Row> {
    let kind = match columns["kind"][0] {
        0 => Kind::True,
        1 => Kind::World,
        2 => Kind::Forgetful,
        other => bail!("kind is {other}, expected 0, 1 or 2"),
    };
    let index = |name, end: usize| {
        let number = columns[name][0];
        usize::try_from(number)
            .ok()
            .filter(|&number| number < end)
            .with_context(|| format!("{name} is {number}, expected less than {end}"))
    };
    let playout = playouts[index("playout", playouts.len())?].record()?;
    // The play-out is compared in its own file.
    let game = fresh(&playout, "leader", &mut Tally::default())?;
    let game = after_plies(game, &playout, index("ply", 28)?)?;
    let held = |seat: Seat| hand(&columns, seat).fold(0, |held, id| held | 1 << id) & !game.table().played();
    let world = game.view().others().map(held);
    Ok(Row { kind, game, world, tokens, columns })
}

/// The dominoes of a seat's hand on record.
fn hand(columns: &BTreeMap<&'static str, Vec<i64>>, seat: Seat) -> impl Iterator<Item = u32> {
    columns["hands"][7 * seat.index()..][..7].iter().filter(|id| (0..28).contains(*id)).map(|&id| id as u32)
}

/// The ids of a set, ascending.
fn ids(tiles: Tiles) -> Vec<i64> {
    tiles_of(tiles).map(|domino| i64::from(domino.id())).collect()
}

impl Row {
    fn check(&self, tally: &mut Tally) -> Result<()> {
        let (view, table) = (self.game.view(), self.game.table());
        let hands = self.hands()?;
        let is_held = |id: i64| id >= 0 && table.played() >> id & 1 == 0;
        let remaining =
            hands.iter().map(|hand| (0..7).map(|slot| i64::from(is_held(hand[slot])) << slot).sum());
        let mut trick: Vec<i64> = table.trick().map(|domino| i64::from(domino.id())).collect();
        let mut players: Vec<i64> =
            (0..trick.len()).map(|turn| table.leader().after(turn).id().into()).collect();
        let n_played = trick.len();
        trick.resize(3, -1);
        players.resize(3, -1);
        let mask = Tokens::of(&view, &self.world).present().map(i64::from).to_vec();
        let expected: [(&str, Vec<i64>); 11] = [
            ("current_player", vec![view.seat().id().into()]),
            ("decl_id", vec![table.declaration().id().into()]),
            ("leader", vec![table.leader().id().into()]),
            ("trick_len", vec![n_played as i64]),
            ("legal", vec![view.legal_slots().into()]),
            ("remaining", remaining.collect()),
            ("hands", hands.concat()),
            ("played", (0..28).map(|id| i64::from(table.played() >> id & 1)).collect()),
            ("trick_players", players),
            ("trick_dominoes", trick),
            ("mask", mask),
        ];
        for (name, expected) in expected {
            compare(name, &self.columns[name], &expected, tally)?;
        }
        let tokens = self.expected(&hands);
        let features: Vec<i64> = tokens.as_flattened().iter().map(|&feature| feature.into()).collect();
        compare("tokens", &self.tokens, &features, tally)
    }

    /// What the four hands on record must be, −1 for dominoes that are not told.
    fn hands(&self) -> Result<Vec<Vec<i64>>> {
        let (view, table) = (self.game.view(), self.game.table());
        ensure!(
            Completions::of(&view).rank(&self.world).is_some(),
            "the hands are no world of what the mover knows"
        );
        if self.kind == Kind::True {
            let held = view.others().map(|seat| self.game.held(seat));
            ensure!(self.world == held, "the hands are not those of the play-out");
        }
        let hand = |seat: Seat| {
            let other = view.others().iter().position(|&other| other == seat);
            match (other, self.kind == Kind::Forgetful) {
                (None, false) => ids(view.hand()),
                (None, true) => {
                    let held = |&id: &i64| if view.held() >> id & 1 == 1 { id } else { -1 };
                    ids(view.hand()).iter().map(held).collect()
                }
                (Some(other), false) => ids(self.world[other] | table.played_by(seat)),
                (Some(other), true) => {
                    let mut hand: Vec<i64> = ids(self.world[other]).into_iter().rev().collect();
                    hand.resize(7, -1);
                    hand
                }
            }
        };
        Ok(Seat::ALL.map(hand).to_vec())
    }

    /// The tokens that the row should have.
    fn expected(&self, hands: &[Vec<i64>]) -> [[i8; FEATURES]; TOKENS] {
        let (view, table) = (self.game.view(), self.game.table());
        let mut tokens = Tokens::of(&view, &self.world).features();
        if self.kind == Kind::Forgetful {
            let [mover, leader] = [view.seat(), table.leader()].map(|seat| u32::from(seat.id()));
            let decision = Decision { mover, declaration: table.declaration().id().into(), leader };
            for (seat, hand) in hands.iter().enumerate() {
                for (slot, &id) in hand.iter().enumerate() {
                    // The original takes −1 for the last domino, 6-6.
                    let (domino, remaining) = if id < 0 { (27, 0) } else { (id as u32, 1) };
                    let Token { first, second, third } = in_hand(&decision, domino, seat as u32, remaining);
                    let bytes = [first, second, third].map(u32::to_le_bytes);
                    tokens[1 + 7 * seat + slot] = std::array::from_fn(|i| bytes[i / 4][i % 4] as i8);
                }
            }
        }
        tokens
    }
}

fn compare(name: &str, got: &[i64], expected: &[i64], tally: &mut Tally) -> Result<()> {
    ensure!(got.len() == expected.len(), "{name} has {} numbers, expected {}", got.len(), expected.len());
    if let Some(i) = (0..got.len()).find(|&i| got[i] != expected[i]) {
        bail!("{name}[{i}] is {}, expected {}", got[i], expected[i]);
    }
    tally.compared += got.len();
    Ok(())
}
