//! Exact values of moves in worlds, to train networks on.
//!
//! Games are played by a mixture of policies under all kinds of contracts; the worlds that their decisions look at, and
//! what the solver says of them, are the labels. A label is a function of its game's seed and of [`Labels`], whatever
//! the backend, the threads and the games around it.

use boneyard::core::{
    Coordinates, Deals, Error, Host, HostObservations, HostValues, HostWorlds, ILLEGAL, Observer, Purpose,
    Result as Checked, Sampling, Setup, SlotValues,
};
use boneyard::device::{Device, DeviceObservations, DeviceValues, DeviceWorlds};
use boneyard::kernels::Runtime;
use boneyard::record::{Contents, LabelRow, Manifest, Stored};
use boneyard::rules::{Bid, Declaration, PLIES, Seat, Tiles, View, World, tiles_of};
use boneyard::strategies::policy::PolicySpec;
use boneyard::{AnyPipeline, Configuration, StandardBackend};
use serde_json::{Value, json};
use std::ops::Range;

/// Which labels.
#[derive(Clone, Debug, PartialEq)]
pub struct Labels {
    /// Worlds a decision, each a label; fewer where there are fewer.
    pub worlds: u32,
    /// Plies of the decisions, within 0–27.
    pub plies: Range<usize>,
    /// Who plays the games, and in how many parts of all of them.
    pub policies: Vec<(PolicySpec, u32)>,
    /// Of a hundred games, in how many the bidder declares what its hand suggests; in the others anything.
    pub sensible: u32,
}

impl Default for Labels {
    /// The first three tricks, where networks are worst, sixteen worlds a decision.
    fn default() -> Self {
        let policy = |text: &str| text.parse().expect("the name of a policy");
        Self {
            worlds: 16,
            plies: 0..12,
            policies: vec![
                (policy("greedy"), 4),
                (policy("softmax:3"), 3),
                (policy("epsilon:0.25"), 2),
                (policy("epsilon:1"), 1),
            ],
            sensible: 50,
        }
    }
}

/// Games whose labels are made together on a device: enough to fill one with the worlds of each policy's part.
pub const GAMES_AT_ONCE: u64 = 1 << 13;

/// One world of a decision, and the value of each move in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label {
    /// Which of the decisions beside it.
    pub decision: u32,
    /// What the others hold.
    pub world: World,
    /// By slot of the mover, in points.
    pub values: SlotValues,
}

/// Some labels, and the decisions that they belong to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labelled {
    /// What the mover sees, with the seed of its game.
    pub decisions: Vec<(u64, View)>,
    /// Labels, in the order of the games and plies unless shuffled.
    pub labels: Vec<Label>,
}

impl Labels {
    /// Checks what the types leave open.
    ///
    /// # Errors
    /// [`Error::Setting`] for a number out of range.
    pub fn check(&self) -> Checked<()> {
        let refuse = |setting, got: String, expected: &str| {
            Err(Error::Setting { setting, got, expected: expected.to_owned() })
        };
        let Self { worlds, plies: Range { start, end }, policies, sensible } = self;
        if !(1..=1 << 16).contains(worlds) {
            return refuse("worlds", worlds.to_string(), "1 to 65536 worlds a decision");
        }
        if start >= end || *end > PLIES {
            return refuse("plies", format!("{start} to {end}"), "a range within 0 to 28, such as 0 to 12");
        }
        if *sensible > 100 {
            return refuse("sensible", sensible.to_string(), "0 to 100 games of a hundred");
        }
        if policies.iter().all(|(_, parts)| *parts == 0) {
            return refuse("policies", "none".to_owned(), "at least one that plays a part of the games");
        }
        Ok(())
    }

    /// What a dataset of these labels says about itself: everything that determines its rows.
    pub fn manifest(&self, tokens: bool, block: u64) -> Manifest {
        let Self { worlds, plies, policies, sensible } = self;
        let policies: Vec<String> =
            policies.iter().map(|(policy, parts)| format!("{policy}={parts}")).collect();
        let json = json!({
            Contents::KEY: LabelRow::WHAT,
            "worlds": worlds,
            "plies": format!("{}-{}", plies.start, plies.end - 1),
            "policies": policies.join(" "),
            "sensible": sensible,
            "tokens": tokens,
            "block": block,
        });
        let Value::Object(map) = json else { unreachable!("the literal is an object") };
        Manifest::new(map, None)
    }

    /// How the worlds of a decision are valued: those of the affine walk, by the solver. Games come in blocks of so many.
    pub fn configuration(&self, block: u64) -> Configuration {
        Configuration { sampling: Sampling::new(self.worlds), block, ..Configuration::default() }
    }

    /// How the game of a seed begins, and which of the policies plays it.
    pub fn game(&self, seed: u64) -> (Setup, usize) {
        let deal = Deals::Native.deal(seed);
        let mut stream = Coordinates { seed, replicate: 1, ply: 0 }.stream(Purpose::Other, 0);
        let bidder = Seat::ALL[stream.below(4) as usize];
        let any = Declaration::new(stream.below(10).into()).expect("ten declarations");
        let sensible = stream.below(100) < self.sensible;
        let declaration = if sensible { suggested(deal.hand(bidder)) } else { any };
        let mut part = stream.below(self.policies.iter().map(|(_, parts)| parts).sum());
        let policy = self.policies.iter().position(|(_, parts)| {
            let found = part < *parts;
            part = part.saturating_sub(*parts);
            found
        });
        let setup = Setup { seed, deal, declaration, bidder, bid: Bid::THIRTY };
        (setup, policy.expect("a part below their sum"))
    }

    /// What makes labels on a backend.
    ///
    /// # Errors
    /// As [`Labels::check`].
    pub fn on<B: Labelling>(&self, backend: B) -> Checked<Labeller<B>> {
        Ok(Labeller { labels: self.clone(), pipeline: self.pipeline(backend)? })
    }

    /// What values worlds.
    pub(crate) fn pipeline<B: Labelling>(&self, backend: B) -> Checked<AnyPipeline<B>> {
        self.check()?;
        self.configuration(Configuration::default().block).pipeline(backend)
    }
}

/// What a hand suggests to declare: the pip suit with most dominoes, where a double counts half a domino more; doubles, where
/// it has more of them; the lowest number of equals.
fn suggested(hand: Tiles) -> Declaration {
    let strength = |declaration: &Declaration| {
        let trumps = tiles_of(declaration.trumps() & hand);
        trumps.fold(0, |sum, domino| sum + 2 + u32::from(domino.high() == domino.low()))
    };
    let declarations = Declaration::all().filter(|declaration| declaration.id() < 8);
    let mut declarations: Vec<Declaration> = declarations.collect();
    declarations.reverse();
    declarations.into_iter().max_by_key(strength).expect("eight declarations")
}

/// The game of a world, the world, and its values.
pub type Valued = (usize, World, SlotValues);

/// A backend whose worlds and values can be read.
pub trait Labelling: StandardBackend<Values: Clone> {
    /// The ply of the decisions.
    fn ply(seen: &Self::Observations) -> usize;

    /// The games of the chunk.
    fn games(worlds: &Self::Worlds) -> Checked<Range<usize>>;

    /// What the movers of some games see.
    ///
    /// # Errors
    /// Device errors.
    fn views(&mut self, games: Range<usize>, seen: &Self::Observations) -> Checked<Vec<View>>;

    /// The worlds of the chunk with their games, and their values.
    ///
    /// # Errors
    /// Device errors.
    fn read(
        &mut self,
        seen: &Self::Observations,
        worlds: &Self::Worlds,
        values: &Self::Values,
    ) -> Checked<Vec<Valued>>;
}

impl Labelling for Host {
    fn ply(seen: &HostObservations) -> usize {
        seen.first().map_or(0, |first| first.view.table().ply())
    }

    fn games(worlds: &HostWorlds) -> Checked<Range<usize>> {
        Ok(worlds.games.clone())
    }

    fn views(&mut self, games: Range<usize>, seen: &HostObservations) -> Checked<Vec<View>> {
        Ok(seen[games].iter().map(|observation| observation.view).collect())
    }

    fn read(
        &mut self,
        _: &HostObservations,
        worlds: &HostWorlds,
        values: &HostValues,
    ) -> Checked<Vec<Valued>> {
        let owners = worlds.owners.iter().map(|&owner| owner as usize);
        Ok(owners
            .zip(&worlds.worlds)
            .zip(&values.slots)
            .map(|((game, &world), &values)| (game, world, values))
            .collect())
    }
}

impl<R: Runtime> Labelling for Device<R> {
    fn ply(seen: &DeviceObservations) -> usize {
        seen.ply()
    }

    fn games(worlds: &DeviceWorlds) -> Checked<Range<usize>> {
        Ok(worlds.drawn()?.games.clone())
    }

    fn views(&mut self, games: Range<usize>, seen: &DeviceObservations) -> Checked<Vec<View>> {
        let games = seen.read(self, games)?;
        Ok(games.iter().map(|game| game.game().view()).collect())
    }

    fn read(
        &mut self,
        seen: &DeviceObservations,
        worlds: &DeviceWorlds,
        values: &DeviceValues,
    ) -> Checked<Vec<Valued>> {
        let worlds = worlds.drawn()?.read(self, seen)?;
        Ok(worlds
            .into_iter()
            .zip(values.read(self, seen)?)
            .map(|((game, world), values)| (game, world, values))
            .collect())
    }
}

/// Makes labels on a backend.
pub struct Labeller<B: Labelling> {
    labels: Labels,
    pipeline: AnyPipeline<B>,
}

impl<B: Labelling> Labeller<B> {
    /// The labels of the games of these seeds: the games of each policy together, else in the order of the seeds.
    ///
    /// # Errors
    /// [`Error::Stopped`] once `ends` says so; device errors.
    pub fn label(&mut self, seeds: &[u64], ends: &dyn Fn() -> bool) -> Checked<Labelled> {
        let games: Vec<(Setup, usize)> = seeds.iter().map(|&seed| self.labels.game(seed)).collect();
        let mut all = Labelled::default();
        for (policy, (spec, _)) in self.labels.policies.iter().enumerate() {
            let setups: Vec<Setup> = games.iter().filter(|it| it.1 == policy).map(|it| it.0).collect();
            if setups.is_empty() {
                continue;
            }
            self.pipeline.policy = spec.build::<B>();
            let plies = self.labels.plies.clone();
            let mut collector = Collector { setups: &setups, plies, ends, done: false, all: &mut all };
            match self.pipeline.play(&setups, &mut collector) {
                Err(Error::Stopped) if collector.done => {}
                played => drop(played?),
            }
        }
        Ok(all)
    }
}

/// Collects what goes by, and ends the games after the last ply that is wanted.
struct Collector<'a> {
    setups: &'a [Setup],
    plies: Range<usize>,
    ends: &'a dyn Fn() -> bool,
    done: bool,
    all: &'a mut Labelled,
}

impl<B: Labelling> Observer<B> for Collector<'_> {
    fn valued(
        &mut self,
        on: &mut B,
        seen: &B::Observations,
        worlds: &B::Worlds,
        values: &B::Values,
    ) -> Checked<()> {
        if (self.ends)() {
            return Err(Error::Stopped);
        }
        let (ply, games) = (B::ply(seen), B::games(worlds)?);
        if self.plies.contains(&ply) {
            let views = on.views(games.clone(), seen)?;
            let valued = on.read(seen, worlds, values)?;
            let first = self.all.decisions.len() as u32;
            let seeds = self.setups[games.clone()].iter().map(|setup| setup.seed);
            self.all.decisions.extend(seeds.zip(views.iter().copied()));
            for (game, world, values) in valued {
                let at = game - games.start;
                let legal = views[at].legal_slots();
                // A device that cuts loops short says nothing.
                if (0..7).any(|slot| (values[slot] == ILLEGAL) == (legal >> slot & 1 == 1)) {
                    let what = format!("the solver has no value for a move at ply {ply}");
                    return Err(Error::Device { device: on.name(), what });
                }
                self.all.labels.push(Label { decision: first + at as u32, world, values });
            }
        }
        if ply >= self.plies.end || (ply + 1 == self.plies.end && games.end == self.setups.len()) {
            self.done = true;
            return Err(Error::Stopped);
        }
        Ok(())
    }
}

impl Labelled {
    /// Puts the labels into an order that is random but a function of `key`.
    pub fn shuffle(&mut self, key: u64) {
        let mut stream = Coordinates { seed: key, replicate: 2, ply: 0 }.stream(Purpose::Other, 0);
        for i in (1..self.labels.len()).rev() {
            self.labels.swap(i, stream.below(i as u32 + 1) as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use boneyard::core::WorldEvaluator;
    use boneyard::rules::{Domino, Game};
    use boneyard::strategies::evaluator::Solver;
    use std::collections::BTreeSet;

    fn made<B: Labelling>(labels: &Labels, backend: B, seeds: Range<u64>) -> Labelled {
        let seeds: Vec<u64> = seeds.collect();
        labels.on(backend).unwrap().label(&seeds, &|| false).unwrap()
    }

    fn few() -> Labels {
        Labels { worlds: 3, plies: 14..19, ..Labels::default() }
    }

    /// The position that a label is about: the world's hands, and what was played.
    fn position(view: &View, world: &World) -> Game {
        let table = view.table();
        let hands = view.dealt(world);
        let plays: Vec<Domino> = table.plays().collect();
        let deal = boneyard::rules::Deal::new(hands).unwrap();
        Game::after(deal, table.declaration(), table.first_leader(), &plays).unwrap()
    }

    #[test]
    fn labels_are_exact_values_of_positions_that_can_be() {
        let Labelled { decisions, labels } = made(&few(), Host::default(), 0..30);
        let mut scratch = Solver.scratch();
        assert!(labels.len() > 100);
        for Label { decision, world, values } in &labels {
            let (_, view) = &decisions[*decision as usize];
            assert!((14..19).contains(&view.table().ply()));
            assert!(view.legal().count_ones() > 1);
            // Playing it all again checks that the world agrees with every play.
            let game = position(view, world);
            assert_eq!(game.view(), *view);
            assert_eq!(Solver.solve(&game, &mut scratch), *values);
        }
    }

    /// Whatever is beside it, a game's labels are the same, and they differ from game to game.
    #[test]
    fn labels_are_a_function_of_the_seed() {
        let of = |labelled: &Labelled, seed: u64| -> Vec<(View, World, SlotValues)> {
            let decision = |label: &Label| labelled.decisions[label.decision as usize];
            let labels = labelled.labels.iter().filter(|label| decision(label).0 == seed);
            labels.map(|label| (decision(label).1, label.world, label.values)).collect()
        };
        let many = made(&few(), Host::default(), 0..20);
        for seed in 5..8 {
            let alone = made(&few(), Host { chunk_worlds: 1 }, seed..seed + 1);
            assert_eq!(of(&many, seed), of(&alone, seed));
        }
        assert_ne!(of(&many, 5), of(&many, 6));
    }

    #[test]
    fn a_device_makes_the_hosts_labels() {
        struct Make;
        impl boneyard_runtime::OnDevice for Make {
            type Output = Labelled;
            fn on_runtime<R: boneyard_runtime::DeviceRuntime>(
                self,
                client: boneyard_runtime::ComputeClient<R>,
            ) -> Labelled {
                made(&few(), Device::new(client, "wgpu"), 0..12)
            }
            fn on_cpu(self) -> Labelled {
                unreachable!("a device was asked for")
            }
        }
        let choice = "wgpu:0".parse().unwrap();
        let device = boneyard_runtime::choose(choice, &boneyard_runtime::probe()).expect("a wgpu adapter");
        let labelled = device.chosen.run(Make).unwrap();
        assert_eq!(labelled, made(&few(), Host::default(), 0..12));
    }

    #[test]
    fn contracts_and_policies_are_mixed() {
        let labels = Labels::default();
        let games: Vec<(Setup, usize)> = (0..2000).map(|seed| labels.game(seed)).collect();
        let count = |holds: &dyn Fn(&(Setup, usize)) -> bool| games.iter().filter(|it| holds(it)).count();
        for id in 0..10 {
            assert!(count(&|it| it.0.declaration.id() == id) > 60, "declaration {id}");
        }
        for (policy, (_, parts)) in labels.policies.iter().enumerate() {
            let share = count(&|it| it.1 == policy) as i32 - 200 * *parts as i32;
            assert!(share.abs() < 80, "policy {policy}: {share}");
        }
        // What a hand suggests is declared in the half, and by chance in some of the rest.
        let suggested = count(&|(setup, _)| setup.declaration == suggested(setup.deal.hand(setup.bidder)));
        assert!((1000..1200).contains(&suggested), "{suggested}");
    }

    #[test]
    fn shuffling_keeps_all_and_is_a_function_of_its_key() {
        let plain = made(&few(), Host::default(), 0..10);
        let shuffled = |key| {
            let mut labelled = plain.clone();
            labelled.shuffle(key);
            labelled.labels
        };
        let set = |labels: &[Label]| -> BTreeSet<(u32, World)> {
            labels.iter().map(|label| (label.decision, label.world)).collect()
        };
        assert_eq!(shuffled(1), shuffled(1));
        assert_ne!(shuffled(1), shuffled(2));
        assert_ne!(shuffled(1), plain.labels);
        assert_eq!(set(&shuffled(1)), set(&plain.labels));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let refused = |change: fn(&mut Labels)| {
            let mut labels = Labels::default();
            change(&mut labels);
            labels.check().unwrap_err().to_string()
        };
        assert!(refused(|it| it.worlds = 0).starts_with("worlds 0: expected 1 to 65536"));
        assert!(refused(|it| it.plies = 3..3).starts_with("plies 3 to 3: expected a range within 0 to 28"));
        assert!(refused(|it| it.plies = 0..29).starts_with("plies 0 to 29: "));
        assert!(refused(|it| it.sensible = 101).starts_with("sensible 101: "));
        assert!(refused(|it| it.policies.clear()).starts_with("policies none: "));
    }
}
