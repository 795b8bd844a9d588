//! Evaluators: worlds a second by tricks left, at the start of a trick.

use super::samplers::reference_view;
use super::{Entry, Id, Prepared};
use crate::limits::Cost;
use crate::measure::Lap;
use crate::{Claim, EvaluatorVariant, Kind, Positions, Site, Size, Stage, Valued};
use anyhow::{Context, Result, ensure};
use boneyard::core::{Error, HostObservations, HostValues, HostWorlds, ILLEGAL, Observation, SlotValues};
use boneyard::net::UNIT;
use boneyard::prelude::*;
use boneyard::rules::tables::STRENGTH;
use boneyard::rules::{World, tiles_of};
use boneyard::{Network, NetworkBackend};
use rayon::prelude::*;

/// Every evaluator of a site, from seven tricks left to two.
pub fn entries<P: Site + 'static>(site: &P) -> Vec<Box<dyn Entry<P>>> {
    let mut entries: Vec<Box<dyn Entry<P>>> = Vec::new();
    for tricks in (2..=7).rev() {
        // A network takes as long late as early, when the solver is the better choice.
        let networks = if tricks >= 6 { site.network_evaluators() } else { Vec::new() };
        entries.extend(networks.into_iter().map(|variant| Box::new(Evaluated::<P> { tricks, variant }) as _));
        for variant in site.evaluators() {
            // On a software device long searches take too long.
            if variant.claim == Claim::Playout || site.kind() != Kind::Software || tricks <= 3 {
                entries.push(Box::new(Evaluated::<P> { tricks, variant }));
            }
        }
    }
    entries
}

/// Positions the best search found looks at for all moves of a world, by tricks left: measured on the CPU, with a
/// transposition table from four tricks on.
const NODES: [f64; 8] = [0.0, 0.0, 17.0, 127.0, 760.0, 4_582.0, 25_439.0, 95_739.0];

/// Integer operations taken as the least that a position costs: a move picked, a hand updated, the winner and the
/// counts of a trick found, bounds compared, a frame kept.
const OPERATIONS_A_NODE: f64 = 25.0;

struct Evaluated<P: Site> {
    tricks: usize,
    variant: EvaluatorVariant<P::Backend>,
}

impl<P: Site> Evaluated<P> {
    fn ply(&self) -> usize {
        28 - 4 * self.tricks
    }

    /// A stage, its sampling and the number of worlds.
    fn stage<'a>(&self, site: &'a P, games: usize, samples: u32) -> Result<(Stage<'a, P>, f64)> {
        let sampling = Sampling::new(samples);
        let stage = Stage::reach(site, Positions::mixed(games, self.ply()), self.ply(), &sampling)?;
        let units = stage.n_worlds(&sampling) as f64;
        Ok((stage, units))
    }

    /// One pass over all worlds; only evaluation counts.
    fn lap(&mut self, stage: &mut Stage<'_, P>, units: f64) -> Result<Lap> {
        let mut sampler = stage.site.samplers().remove(0);
        let mut seconds = 0.0;
        for chunk in stage.chunks.clone() {
            stage.sample(&mut *sampler, chunk)?;
            seconds += stage.evaluate(&mut *self.variant.evaluator)?;
        }
        Ok(Lap { seconds, units })
    }
}

impl<P: Site> Entry<P> for Evaluated<P> {
    fn id(&self) -> Id {
        let network = self.variant.network.as_ref().map(|network| format!("net:{}", network.file()));
        let variant = network.unwrap_or_else(|| self.variant.evaluator.id());
        Id::new(format!("evaluate-tricks-{}", self.tricks), variant)
    }

    fn unit(&self) -> &'static str {
        "worlds"
    }

    /// A world is read and its values are written, 16 bytes each; the exact search has its positions besides.
    fn cost(&self) -> Cost {
        let nodes = if self.variant.claim == Claim::Exact { NODES[self.tricks] } else { 0.0 };
        let network = self.variant.network.as_ref().map(|network| network.weights().architecture());
        Cost {
            bytes: 32.0,
            operations: nodes * OPERATIONS_A_NODE,
            products: network.map_or(0.0, |architecture| architecture.least_operations()),
        }
    }

    fn check(&mut self, site: &P, size: Size) -> Result<String> {
        // Few worlds where the check is dear.
        let (games, samples) =
            [(0, 0), (0, 0), (40, 8), (20, 6), (10, 4), (10, 4), (10, 2), (10, 1)][self.tricks];
        let games = size.pick(games, 2 * games, 10 * games);
        let (mut stage, _) = self.stage(site, games, samples)?;
        let mut sampler = site.samplers().remove(0);
        let mut valued = Vec::new();
        for chunk in stage.chunks.clone() {
            stage.sample(&mut *sampler, chunk)?;
            stage.evaluate(&mut *self.variant.evaluator)?;
            valued.extend(stage.read()?);
        }
        ensure!(!valued.is_empty(), "nothing was evaluated");
        if let Some(network) = &self.variant.network {
            return check_network(network, &stage.positions, self.ply(), samples, &valued);
        }
        let oracle = Oracle::of(self.variant.claim, self.tricks, site.kind());
        let (positions, ply, sampling) = (stage.positions, self.ply(), Sampling::new(samples));
        let check = |(i, it): (usize, &Valued)| {
            let seen = positions.observation(it.game, ply, &sampling);
            let game = positions.game(it.game, ply);
            let expected = oracle.values(i, &game, &seen, &it.world, positions.setups[it.game].bid);
            ensure!(
                expected.is_none_or(|expected| it.values == expected),
                "world {i}, game {}: {:?}, expected {:?}",
                it.game,
                it.values,
                expected
            );
            Ok(usize::from(expected.is_some()))
        };
        let compared: usize = valued.par_iter().enumerate().map(check).sum::<Result<usize>>()?;
        Ok(format!("{compared} worlds {}", oracle.name()))
    }

    fn prepare<'a>(&'a mut self, site: &'a P, size: Size) -> Result<Prepared<'a>> {
        let tiny = [0, 0, 1024, 256, 64, 24, 12, 12];
        let host = [0, 0, 4096, 1024, 256, 96, 48, 48];
        let gpu = [0, 0, 32_768, 8192, 1024, 512, 128, 64];
        let mut games = size.pick(tiny, host, gpu)[self.tricks];
        // With two tricks left there are at most 90 worlds; where worlds are dear, games are few and samples many.
        let most = match self.tricks {
            2 => 96,
            6 | 7 if size == Size::Gpu => 4096,
            _ => 1024,
        };
        // More worlds until a lap takes long enough to be timed and the device is full, or there are no more.
        let enough = size.pick(0.02, 0.2, 1.0);
        // A GPU is not full before there are many, and its first lap compiles: it takes all at once.
        let mut samples = if size == Size::Gpu { most } else { 16 };
        loop {
            let (mut stage, units) = match self.stage(site, games, samples) {
                Err(error) if games > 64 && is_too_large(&error) => {
                    games /= 2;
                    continue;
                }
                reached => reached.context("reaching the positions")?,
            };
            let lap = self.lap(&mut stage, units)?;
            if samples >= most || lap.seconds > enough {
                return Ok(Prepared::Ready(Box::new(move || self.lap(&mut stage, units))));
            }
            samples = (4 * samples).min(most);
        }
    }
}

/// True if a device has no buffer for so many games.
fn is_too_large(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(Error::Setting { setting: "games at once" | "memory budget", .. }))
}

/// Values from elsewhere.
#[derive(Clone, Copy)]
enum Oracle {
    /// The reference's minimax, for every so manieth world.
    Minimax { one_in: usize },
    /// The host's solver, which searches in another way than kernels do.
    HostSolver,
    /// Points within the range that the contract solver allows: another question to the same rules.
    Contract,
    /// By the host's points, whether the final score makes the contract.
    FinalScore,
    /// The game played out by the rules, domino by domino.
    Strongest,
}

impl Oracle {
    fn of(claim: Claim, tricks: usize, kind: Kind) -> Self {
        match (claim, kind, tricks) {
            (Claim::Playout | Claim::Network, ..) => Self::Strongest,
            (Claim::Contract, ..) => Self::FinalScore,
            (Claim::Exact, Kind::Host, 0..=3) => Self::Minimax { one_in: 1 },
            (Claim::Exact, Kind::Host, 4) => Self::Minimax { one_in: 20 },
            (Claim::Exact, Kind::Host, _) => Self::Contract,
            (Claim::Exact, ..) => Self::HostSolver,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Minimax { .. } => "by plain minimax",
            Self::HostSolver => "by the host's solver",
            Self::Contract => "by the contract at every bid",
            Self::FinalScore => "by final scores",
            Self::Strongest => "by playing out",
        }
    }

    /// The values of world number `i`, or `None` if it is not among those to be compared.
    fn values(
        self,
        i: usize,
        game: &Game,
        seen: &Observation,
        world: &World,
        bid: Bid,
    ) -> Option<SlotValues> {
        match self {
            Self::Minimax { one_in } => i.is_multiple_of(one_in).then(|| minimax(game, world)),
            Self::HostSolver => Some(Solver.values(seen, world, &mut Solver.scratch())),
            Self::Contract => Some(by_contracts(seen, world)),
            Self::FinalScore => Some(by_final_scores(game, seen, world, bid)),
            Self::Strongest => Some(by_playing_out(game, seen, world)),
        }
    }
}

/// Against the reference on the processor, within a twentieth of a point.
fn check_network(
    network: &Network,
    positions: &Positions,
    ply: usize,
    samples: u32,
    valued: &[Valued],
) -> Result<String> {
    let sampling = Sampling::new(samples);
    let seen: HostObservations =
        (0..positions.len()).map(|game| positions.observation(game, ply, &sampling)).collect();
    let worlds = HostWorlds {
        games: 0..seen.len(),
        worlds: valued.iter().map(|it| it.world).collect(),
        owners: valued.iter().map(|it| it.game as u32).collect(),
        ..HostWorlds::default()
    };
    let mut expected = HostValues::default();
    Host::network(network)?.evaluate(&mut Host::default(), &seen, &worlds, &mut expected)?;
    let expected = expected.slots;
    let most = i32::from(UNIT) / 20;
    for (i, (got, expected)) in valued.iter().zip(&expected).enumerate() {
        let near =
            got.values.iter().zip(expected).all(|(&a, &b)| {
                (i32::from(a) - i32::from(b)).abs() <= most && (a == ILLEGAL) == (b == ILLEGAL)
            });
        ensure!(near, "world {i}: {:?}, expected {expected:?} within {most} of 1/{UNIT} point", got.values);
    }
    Ok(format!("{} worlds by the reference, within {most}/{UNIT} point", valued.len()))
}

fn minimax(game: &Game, world: &World) -> SlotValues {
    let hands = world.map(|hand| tiles_of(hand).map(Domino::index).collect());
    let values = boneyard_reference::solve(&reference_view(game).state(&hands));
    values.map(|value| value.map_or(ILLEGAL, |points| points as i16))
}

/// The highest goal that each move reaches.
fn by_contracts(seen: &Observation, world: &World) -> SlotValues {
    let mut scratch = ContractSolver.scratch();
    let mut values = [ILLEGAL; 7];
    let banked = seen.view.table().banked();
    let open = 42 - i32::from(banked[0]) - i32::from(banked[1]);
    for needed in (-open..=open).step_by(2) {
        let reached = ContractSolver.values(&Observation { needed, ..seen.clone() }, world, &mut scratch);
        for (value, reached) in values.iter_mut().zip(reached) {
            if reached == 1 {
                *value = needed as i16;
            }
        }
    }
    values
}

fn by_final_scores(game: &Game, seen: &Observation, world: &World, bid: Bid) -> SlotValues {
    let (team, bidders) = (game.mover().team(), game.table().first_leader().team());
    let banked = game.table().banked();
    let open = 42 - i32::from(banked[0]) - i32::from(banked[1]);
    Solver.values(seen, world, &mut Solver.scratch()).map(|points| {
        if points == ILLEGAL {
            return ILLEGAL;
        }
        let ours = i32::from(banked[team]) + (open + i32::from(points)) / 2;
        let bidders_have = if team == bidders { ours } else { 42 - ours };
        i16::from((bidders_have >= i32::from(bid.points())) == (team == bidders))
    })
}

/// Everybody plays the strongest legal domino, by the public rules of a game.
fn by_playing_out(game: &Game, seen: &Observation, world: &World) -> SlotValues {
    let view = &seen.view;
    let mut hands = [0; 4];
    hands[view.seat().index()] = view.hand();
    for (seat, hand) in view.others().into_iter().zip(world) {
        hands[seat.index()] = hand | view.table().played_by(seat);
    }
    let table = game.table();
    let plays: Vec<Domino> = table.plays().collect();
    let deal = Deal::new(hands).expect("a world completes the hands");
    let start =
        Game::after(deal, table.declaration(), table.first_leader(), &plays).expect("a world fits the plays");
    let strength = &STRENGTH[table.declaration().index()];
    let mut values = [ILLEGAL; 7];
    for domino in tiles_of(start.legal()) {
        let mut playing = start;
        let mut next = domino;
        loop {
            playing.play(next).expect("a legal move");
            match tiles_of(playing.legal()).max_by_key(|domino| strength[domino.index()]) {
                Some(strongest) => next = strongest,
                None => break,
            }
        }
        let won = |team: usize| i16::from(playing.table().banked()[team]) - i16::from(table.banked()[team]);
        let team = start.mover().team();
        values[start.slot(domino)] = won(team) - won(1 - team);
    }
    values
}
