//! `boneyard worlds`: position or view → `{"mover", "unseen", "names", "sizes", "voids", "count", "held"}`, from what the mover
//! knows. The other seats stand in playing order, mover + 1, + 2, + 3; suits are 0–6 and 7 the called one.
//! `names` are the unseen dominoes as text, and `held` says of each, in the same order, in which share of all worlds each of the
//! three holds it: counted, not sampled.
//!
//! `--list` adds `"worlds"`, all of them by index: three lists of ids each. `--draw M` adds `"draws"`, M worlds
//! `{"index", "hands"}` in the order in which the sampler draws them. A sampler that never repeats a world
//! begins again when there are fewer than M.

use super::{
    fields::{Fields, Refusal},
    position,
};
use crate::{cli, exit::BadInput};
use boneyard::{
    core::{Coordinates, EMPTY, Error, Observation, Plan, Sampling, Share},
    rules::{Completions, View, World, notation, tiles_of},
    strategies::sampler::SamplerSpec,
};
use serde::{Serialize, Serializer, ser::SerializeSeq};

/// Most worlds in one answer: about 60 MB of text.
const MOST_WORLDS: u32 = 1_000_000;

/// Options of the command, checked.
pub struct Worlds {
    list: bool,
    draw: Option<u32>,
    sampler: SamplerSpec,
    seed: u64,
}

impl Worlds {
    pub fn new(options: &cli::Worlds) -> anyhow::Result<Self> {
        if let Some(draw) = options.draw
            && !(1..=MOST_WORLDS).contains(&draw)
        {
            return Err(BadInput::option(
                "--draw",
                format!("expected 1 to {MOST_WORLDS} worlds, got {draw}"),
            ));
        }
        let &cli::Worlds { list, draw, sampler, seed } = options;
        Ok(Self { list, draw, sampler, seed })
    }

    pub fn answer(&self, fields: &mut Fields) -> Result<Answer, Refusal> {
        let (view, contracted) = position::view(fields)?;
        let at = Coordinates { seed: self.seed, replicate: 0, ply: view.table().ply() as u8 };
        let sampling = Sampling { evaluate_forced: true, ..Sampling::new(self.draw.unwrap_or(1)) };
        let mut observation = Observation::new(view, contracted.bid, contracted.bidder, &sampling, at)?;
        let count = observation.worlds.count();
        if self.list && count > MOST_WORLDS {
            return Err(Refusal(format!(
                "{count} worlds are too many to list: expected at most {MOST_WORLDS}"
            )));
        }
        let draws = self.draw.map(|n_draws| self.draws(&mut observation, n_draws)).transpose()?;
        Ok(Answer {
            mover: view.seat().id(),
            unseen: tiles_of(view.unseen()).map(|domino| domino.id()).collect(),
            names: tiles_of(view.unseen()).map(notation::domino).collect(),
            held: held(&observation.worlds),
            sizes: view.sizes(),
            voids: voids(&view),
            count,
            worlds: self.list.then_some(All(observation.worlds)),
            draws,
        })
    }

    /// Draws even where enumeration would be cheaper: that is what was asked for.
    fn draws(&self, observation: &mut Observation, n_draws: u32) -> Result<Vec<Drawn>, Refusal> {
        observation.plan = Plan::Draw(n_draws);
        let mut worlds = vec![EMPTY; n_draws as usize];
        let report = self.sampler.for_decisions().draw(observation, &mut Share::all(&mut worlds));
        if report.missing() > 0 {
            let Coordinates { seed, ply, .. } = observation.at;
            let (wanted, found) = (report.wanted, report.wanted - report.missing());
            let sampler = self.sampler.to_string();
            return Err(Error::WorldsNotFound { sampler, found, wanted, seed, ply }.into());
        }
        let drawn = |world: World| {
            let stray = || {
                Refusal(format!("sampler {} drew {world:?}, which is no world of this view", self.sampler))
            };
            Ok(Drawn { index: observation.worlds.rank(&world).ok_or_else(stray)?, hands: Hands(world) })
        };
        worlds.into_iter().map(drawn).collect()
    }
}

#[derive(Serialize)]
pub struct Answer {
    mover: u8,
    unseen: Vec<u8>,
    names: Vec<String>,
    sizes: [u8; 3],
    voids: [[u8; 8]; 3],
    count: u32,
    held: Vec<[f64; 3]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    worlds: Option<All>,
    #[serde(skip_serializing_if = "Option::is_none")]
    draws: Option<Vec<Drawn>>,
}

pub const FIELDS: &[&str] =
    &["mover", "unseen", "names", "sizes", "voids", "count", "held", "worlds", "draws"];

/// By unseen domino, ascending: the share of worlds in which each seat holds it.
fn held(worlds: &Completions) -> Vec<[f64; 3]> {
    let count = f64::from(worlds.count());
    let shares = worlds.marginals().into_iter().map(|held| held.map(|it| f64::from(it) / count));
    let mut by_domino: Vec<_> = worlds.unseen().zip(shares).collect();
    by_domino.sort_by_key(|(domino, _)| *domino);
    by_domino.into_iter().map(|(_, shares)| shares).collect()
}

#[derive(Serialize)]
struct Drawn {
    index: u32,
    hands: Hands,
}

/// `[seat][suit]`: 1 where a seat has shown that it cannot follow.
fn voids(view: &View) -> [[u8; 8]; 3] {
    view.others().map(|seat| [0, 1, 2, 3, 4, 5, 6, 7].map(|suit| view.table().voids(seat) >> suit & 1))
}

/// Every world, written one by one.
struct All(Completions);

impl Serialize for All {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(Hands))
    }
}

/// Three ascending lists of ids.
struct Hands(World);

impl Serialize for Hands {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut hands = serializer.serialize_seq(Some(3))?;
        for hand in self.0 {
            hands.serialize_element(&Ids(hand))?;
        }
        hands.end()
    }
}

/// An ascending list of ids.
struct Ids(u32);

impl Serialize for Ids {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(tiles_of(self.0).map(|domino| domino.id()))
    }
}
