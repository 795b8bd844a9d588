//! Samplers: worlds a second at several plies.

use super::{Entry, Id, Prepared};
use crate::limits::Cost;
use crate::measure::Lap;
use crate::{HostSite, Positions, Site, Size, Stage};
use anyhow::{Result, ensure};
use boneyard::core::{EMPTY, Error, Plan, Sampler, Share};
use boneyard::prelude::*;
use boneyard::rules::{World, tiles_of};

/// The plies at which samplers are measured: nothing seen, one trick, voids shown, few worlds.
const PLIES: [usize; 4] = [0, 5, 10, 13];

/// Every sampler of a site at each ply.
pub fn entries<P: Site + 'static>(site: &P) -> Vec<Box<dyn Entry<P>>> {
    let mut entries: Vec<Box<dyn Entry<P>>> = Vec::new();
    for ply in PLIES {
        entries
            .extend(site.samplers().into_iter().map(|sampler| Box::new(Sampled::<P> { ply, sampler }) as _));
    }
    entries
}

struct Sampled<P: Site> {
    ply: usize,
    sampler: Box<dyn Sampler<P::Backend>>,
}

/// Forced decisions too, so that every game counts.
fn sampling(samples: u32) -> Sampling {
    Sampling { evaluate_forced: true, ..Sampling::new(samples) }
}

impl<P: Site> Entry<P> for Sampled<P> {
    fn id(&self) -> Id {
        Id::new(format!("sample-ply-{}", self.ply), self.sampler.id())
    }

    fn unit(&self) -> &'static str {
        "worlds"
    }

    /// A world is written with its owner: 16 bytes.
    fn cost(&self) -> Cost {
        Cost { bytes: 16.0, ..Cost::default() }
    }

    fn check(&mut self, site: &P, size: Size) -> Result<String> {
        let sampling = sampling(24);
        let positions = Positions::mixed(size.pick(30, 60, 200), self.ply);
        let mut stage = Stage::reach(site, positions, self.ply, &sampling)?;
        let name = self.sampler.id();
        // What a device draws is what the host draws.
        let twin: Option<SamplerSpec> = name.parse().ok().filter(|_| site.name() != HostSite.name());
        let mut compared = 0;
        for chunk in stage.chunks.clone() {
            stage.sample(&mut *self.sampler, chunk.clone())?;
            let drawn = stage.read()?;
            for game in chunk {
                let worlds: Vec<World> =
                    drawn.iter().filter(|it| it.game == game).map(|it| it.world).collect();
                check_found(&name, &stage.positions.setups[game], self.ply, &worlds)?;
                check_worlds(&stage.positions, game, self.ply, &sampling, &name, &worlds)?;
                if let Some(twin) = twin {
                    let seen = stage.positions.observation(game, self.ply, &sampling);
                    if let Plan::Draw(samples) = seen.plan {
                        let mut expected = vec![EMPTY; samples as usize];
                        twin.for_decisions().draw(&seen, &mut Share::all(&mut expected));
                        ensure!(worlds == expected, "game {game} at ply {}: not the host's worlds", self.ply);
                    }
                }
                compared += worlds.len();
            }
        }
        ensure!(compared > 0, "no worlds were drawn");
        Ok(format!("{compared} worlds against the slow reference{}", twin.map_or("", |_| " and the host's")))
    }

    fn prepare<'a>(&'a mut self, site: &'a P, size: Size) -> Result<Prepared<'a>> {
        let sampling = sampling(size.pick(500, 1024, 1024));
        let games = size.pick(64, 512, 8192);
        let mut stage = Stage::reach(site, Positions::mixed(games, self.ply), self.ply, &sampling)?;
        let units = stage.n_worlds(&sampling) as f64;
        if self.sampler.id() == "first-fit" {
            // The only one that may give up: what it does not find must not count as found.
            for chunk in stage.chunks.clone() {
                stage.sample(&mut *self.sampler, chunk)?;
                for of_game in stage.read()?.chunk_by(|a, b| a.game == b.game) {
                    let worlds: Vec<World> = of_game.iter().map(|it| it.world).collect();
                    check_found("first-fit", &stage.positions.setups[of_game[0].game], self.ply, &worlds)?;
                }
            }
        }
        Ok(Prepared::Ready(Box::new(move || {
            let mut seconds = 0.0;
            for chunk in stage.chunks.clone() {
                seconds += stage.sample(&mut *self.sampler, chunk)?;
            }
            Ok(Lap { seconds, units })
        })))
    }
}

/// Whether all worlds of a game were found. The host's samplers say so themselves, a device only at the end of a game.
fn check_found(sampler: &str, setup: &Setup, ply: usize, worlds: &[World]) -> Result<(), Error> {
    let found = worlds.iter().filter(|world| **world != EMPTY).count();
    if found == worlds.len() {
        return Ok(());
    }
    let (found, wanted) = (found as u64, worlds.len() as u64);
    Err(Error::WorldsNotFound {
        sampler: sampler.to_owned(),
        found,
        wanted,
        seed: setup.seed,
        ply: ply as u8,
    })
}

/// Hand sizes, voids and the unseen dominoes by the slow reference; all worlds, each once, where they are enumerated;
/// no repeats from samplers that promise none.
fn check_worlds(
    positions: &Positions,
    game: usize,
    ply: usize,
    sampling: &Sampling,
    sampler: &str,
    worlds: &[World],
) -> Result<()> {
    let seen = positions.observation(game, ply, sampling);
    let view = reference_view(&positions.game(game, ply));
    let (unseen, sizes) = (view.unseen(), view.sizes());
    let allowed: Vec<[bool; 3]> =
        unseen.iter().map(|&domino| [0, 1, 2].map(|opponent| view.may_hold(opponent, domino))).collect();
    for world in worlds {
        for opponent in 0..3 {
            let hand: Vec<usize> = tiles_of(world[opponent]).map(Domino::index).collect();
            ensure!(hand.len() == sizes[opponent], "game {game} at ply {ply}: a hand of {}", hand.len());
            for domino in hand {
                let known = unseen.iter().position(|&it| it == domino);
                let may = known.is_some_and(|known| allowed[known][opponent]);
                ensure!(may, "game {game} at ply {ply}: opponent {opponent} cannot hold domino {domino}");
            }
        }
        let all = world[0] | world[1] | world[2];
        ensure!(
            all.count_ones() as usize == unseen.len(),
            "game {game} at ply {ply}: a domino is held twice"
        );
    }
    let mut distinct = worlds.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let no_repeats = seen.plan == Plan::Enumerate || ["affine", "distinct"].contains(&sampler);
    ensure!(!no_repeats || distinct.len() == worlds.len(), "game {game} at ply {ply}: a world came twice");
    let wanted = seen.most_worlds() as usize;
    ensure!(worlds.len() == wanted, "game {game} at ply {ply}: {} worlds of {wanted}", worlds.len());
    Ok(())
}

/// The mover's view for the slow reference.
pub fn reference_view(game: &Game) -> boneyard_reference::View {
    let table = game.table();
    boneyard_reference::View {
        hand: tiles_of(game.deal().hand(game.mover())).map(Domino::index).collect(),
        history: boneyard_reference::History {
            declaration: table.declaration().index(),
            leader: table.first_leader().index(),
            plays: table.plays().map(Domino::index).collect(),
        },
    }
}
