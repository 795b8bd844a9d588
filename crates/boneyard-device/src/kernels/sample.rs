//! Worlds from indices, or by rules of your own.

use crate::kernels::{
    count::add_wide,
    random::{Random, stream},
};
use crate::layout::{COMPLETIONS, ITEMS, PIPS, WORLD, seen, status};
use boneyard_core::Purpose;
use core::{fmt::Debug, hash::Hash};
use cubecl::prelude::*;

/// What the three other seats hold, as sets by strength: bit `s` for the domino of strength `s` in
/// `boneyard_rules::tables::BY_STRENGTH`; all zero for a world that was not found.
#[derive(CubeType, CubeTypeMut, Clone, Copy)]
pub struct World {
    /// The left opponent's dominoes.
    pub left: u32,
    /// The partner's.
    pub partner: u32,
    /// The right opponent's.
    pub right: u32,
    /// Candidates looked at to find it, or not to find it; 0 if the search did not come to its end, as on a device
    /// that cuts loops short.
    pub tries: u32,
}

/// One decision as a sampler sees it; all sets of dominoes are by strength, the strongest the highest bit.
///
/// Clones share the cube's memory.
#[derive(CubeType, Clone)]
pub struct Unseen {
    /// The unseen dominoes.
    pub tiles: u32,
    /// How many the left opponent takes.
    pub size_left: u32,
    /// How many the partner takes.
    pub size_partner: u32,
    /// How many the right opponent takes.
    pub size_right: u32,
    /// What the left opponent cannot hold.
    pub not_left: u32,
    /// What the partner cannot hold.
    pub not_partner: u32,
    /// What the right opponent cannot hold.
    pub not_right: u32,
    /// How many worlds there are.
    pub total: u32,
    /// How many may be drawn.
    pub samples: u32,
    /// Low word of the game's seed: first half of the key of its random streams.
    pub key0: u32,
    /// High word of the game's seed.
    pub key1: u32,
    /// The ply.
    pub ply: u32,
    /// How many voids the other three have shown in suits of which the mover has not seen all dominoes.
    pub voids: u32,
    /// The declaration.
    pub declaration: u32,
    /// Who declared it, from the mover.
    pub bidder: u32,
    /// What the bidder has played.
    pub bidder_played: u32,
    /// What [`SamplerKernel::prepare`] leaves for [`SamplerKernel::world`]: [`PREPARED`] words.
    pub prepared: SharedMemory<u32>,
    /// The table of counts that [`unrank`](Unseen::unrank) walks, and the dominoes by pip.
    completions: SharedMemory<u32>,
}

#[cube]
impl Unseen {
    /// What a cube sees of a game; its memory is not written yet.
    pub fn of(observations: &Array<u32>, game: u32) -> Unseen {
        let row = game as usize * comptime!(seen::ROW);
        let sizes = observations[row + comptime!(seen::SIZES)];
        Unseen {
            tiles: observations[row + comptime!(seen::UNSEEN)],
            size_left: sizes & 15u32,
            size_partner: (sizes >> 4u32) & 15u32,
            size_right: (sizes >> 8u32) & 15u32,
            not_left: observations[row + comptime!(seen::EXCLUDED)],
            not_partner: observations[row + comptime!(seen::EXCLUDED + 1)],
            not_right: observations[row + comptime!(seen::EXCLUDED + 2)],
            total: observations[row + comptime!(seen::TOTAL)],
            samples: observations[row + comptime!(seen::MOST)],
            key0: observations[row + comptime!(seen::SEED)],
            key1: observations[row + comptime!(seen::SEED + 1)],
            ply: observations[row + comptime!(seen::PLY)],
            voids: observations[row + comptime!(seen::VOIDS)],
            declaration: observations[row + comptime!(seen::DECLARATION)],
            bidder: observations[row + comptime!(seen::BIDDER)],
            bidder_played: observations[row + comptime!(seen::BIDDER_PLAYED)],
            prepared: SharedMemory::<u32>::new(comptime!(PREPARED)),
            completions: SharedMemory::<u32>::new(comptime!(COMPLETIONS)),
        }
    }

    /// Brings the game's table to the cube's units.
    pub fn load(&mut self, tables: &Array<u32>, game: u32, #[comptime] units: u32) {
        if UNIT_POS < 8u32 {
            let at = comptime!(PIPS) + UNIT_POS as usize;
            self.completions[at] = tables[game as usize * comptime!(COMPLETIONS) + at];
        }
        let mut at = UNIT_POS;
        let used = (self.tiles.count_ones() + 1u32) * 64u32;
        while at < used {
            self.completions[at as usize] = tables[game as usize * comptime!(COMPLETIONS) + at as usize];
            at += units;
        }
    }

    /// The dominoes with a pip of 0–6, or of 7 the doubles.
    pub fn pips(&self, pip: u32) -> u32 {
        self.completions[comptime!(PIPS) + pip as usize]
    }

    /// The random stream for world `i`: the one of `boneyard_core`'s `Purpose::World`.
    pub fn stream(&self, i: u32) -> Random {
        stream(self.key0, self.key1, self.ply | comptime!((Purpose::World as u32) << 8), i)
    }

    /// A second random stream for world `i`: the one of `boneyard_core`'s `Purpose::Accept`.
    pub fn second_stream(&self, i: u32) -> Random {
        stream(self.key0, self.key1, self.ply | comptime!((Purpose::Accept as u32) << 8), i)
    }

    /// The world of rank `index`: see `boneyard_rules::Completions::unrank`.
    pub fn unrank(&self, index: u32) -> World {
        let mut left = 0u32.runtime();
        let mut partner = 0u32.runtime();
        let mut right = 0u32.runtime();
        let mut here = self.size_left * 8u32 + self.size_partner;
        let mut rank = index;
        let mut rest = self.tiles;
        let n = self.tiles.count_ones();
        let mut layer = 64u32.runtime();
        for _ in 0u32..n {
            let bit = 0x8000_0000u32 >> rest.leading_zeros();
            rest ^= bit;
            let mut to_left = 0u32.runtime();
            if here >= 8u32 {
                if self.not_left & bit == 0u32 {
                    to_left = self.completions[(layer + here - 8u32) as usize];
                }
            }
            let mut to_partner = 0u32.runtime();
            if here % 8u32 > 0u32 {
                if self.not_partner & bit == 0u32 {
                    to_partner = self.completions[(layer + here - 1u32) as usize];
                }
            }
            if rank < to_left {
                left |= bit;
                here -= 8u32;
            } else {
                rank -= to_left;
                if rank < to_partner {
                    partner |= bit;
                    here -= 1u32;
                } else {
                    rank -= to_partner;
                    right |= bit;
                }
            }
            layer += 64u32;
        }
        World { left, partner, right, tries: 1u32.runtime() }
    }

    /// True if the world agrees with hand sizes and voids.
    pub fn admits(&self, world: &World) -> bool {
        (world.left | world.partner | world.right == self.tiles)
            & (world.left.count_ones() == self.size_left)
            & (world.partner.count_ones() == self.size_partner)
            & (world.right.count_ones() == self.size_right)
            & (world.left & self.not_left | world.partner & self.not_partner | world.right & self.not_right
                == 0u32)
    }
}

/// Words that a sampler may compute once a decision.
pub const PREPARED: usize = 8;

/// The device face of a sampler.
///
/// Law: the world of item `i` depends on the decision and `i` only, and agrees with hand sizes and voids. A world
/// that does not agree counts as not found.
#[cube]
pub trait SamplerKernel: Send + Sync + 'static {
    /// The blueprint: whatever changes the generated code.
    type Config: Copy + Eq + Hash + Debug + Send + Sync + 'static;

    /// Fills `unseen.prepared`, once a decision, by one unit.
    fn prepare(unseen: &mut Unseen, #[comptime] config: Self::Config);

    /// The world of item `i`.
    fn world(unseen: &Unseen, i: u32, #[comptime] config: Self::Config) -> World;
}

/// Item `i` of a decision: the world of rank `i` where all are enumerated, else the one that the sampler draws.
#[cube]
pub fn world_of<S: SamplerKernel>(
    unseen: &Unseen,
    i: u32,
    enumerate: bool,
    #[comptime] config: S::Config,
) -> World {
    let mut world =
        World { left: 0u32.runtime(), partner: 0u32.runtime(), right: 0u32.runtime(), tries: 1u32.runtime() };
    if enumerate {
        world = unseen.unrank(i);
    } else {
        world = S::world(unseen, i, config);
    }
    world
}

/// Units of a cube of `sample_kernel`.
pub const UNITS: u32 = 128;
/// Items of one cube.
pub const ITEMS_A_CUBE: u32 = 512;

/// Some cubes a game: its worlds, enumerated or sampled, from where they begin in the chunk. Lists the items whose
/// worlds were not found. `stride` is the number of games of the batch.
#[cube(launch_unchecked)]
pub fn sample_kernel<S: SamplerKernel>(
    observations: &Array<u32>,
    items: &Array<u32>,
    tables: &Array<u32>,
    starts: &Array<u32>,
    worlds: &mut Array<u32>,
    owners: &mut Array<u32>,
    missing: &mut Array<u32>,
    tally: &mut Array<Atomic<u32>>,
    first: u32,
    n_games: u32,
    cubes_per_game: u32,
    stride: u32,
    #[comptime] config: S::Config,
) {
    let cube = CUBE_POS as u32;
    let k = u32::min(cube / cubes_per_game, n_games - 1u32);
    let block = cube % cubes_per_game;
    let g = first + k;
    let row = g as usize * comptime!(seen::ROW);
    let enumerate = observations[row + comptime!(seen::PLAN)] == 1u32;
    let from = items[g as usize * comptime!(ITEMS)];
    let mut n = items[g as usize * comptime!(ITEMS) + 1usize];
    if cube / cubes_per_game >= n_games {
        n = 0u32.runtime();
    }
    let mut unseen = Unseen::of(observations, g);
    let begin = block * comptime!(ITEMS_A_CUBE);
    if begin < n {
        unseen.load(tables, g, UNITS);
        if UNIT_POS == 0u32 {
            S::prepare(&mut unseen, config);
        }
    }
    sync_cube();
    if begin < n {
        let start = starts[k as usize];
        let end = u32::min(begin + comptime!(ITEMS_A_CUBE), n);
        let mut i = begin + UNIT_POS;
        let mut sampled = 0u32.runtime();
        let mut wanted = 0u32.runtime();
        let mut unfound = 0u32.runtime();
        let mut tries = 0u32.runtime();
        while i < end {
            let out = start + i;
            let mut world = world_of::<S>(&unseen, from + i, enumerate, config);
            if !enumerate {
                wanted += 1u32;
                tries += world.tries;
            }
            if world.tries > 0u32 {
                sampled += 1u32;
            }
            if !unseen.admits(&world) {
                world.left = 0u32.runtime();
                world.partner = 0u32.runtime();
                world.right = 0u32.runtime();
                unfound += 1u32;
                let at = tally[comptime!(status::UNFOUND)].fetch_add(1u32);
                missing[at as usize] = out;
            }
            let to = out as usize * comptime!(WORLD);
            worlds[to] = world.left;
            worlds[to + 1usize] = world.partner;
            worlds[to + 2usize] = world.right;
            owners[out as usize] = g;
            i += comptime!(UNITS);
        }
        if sampled > 0u32 {
            tally[comptime!(status::SAMPLED)].fetch_add(sampled);
        }
        add_wide(tally, wanted, status::WANTED);
        add_wide(tally, tries, status::TRIES);
        if unfound > 0u32 {
            add_wide(tally, unfound, status::MISSING);
            let decision = unseen.ply * stride + g;
            tally[comptime!(status::FIRST)].fetch_max(!decision);
        }
    }
}

/// Units of a cube of `rescue_kernel`.
pub const RESCUERS: u32 = 64;

/// Puts `n` worlds, four words each with the item first, where they were missing.
#[cube(launch_unchecked)]
pub fn rescue_kernel(found: &Array<u32>, worlds: &mut Array<u32>, tally: &mut Array<Atomic<u32>>, n: u32) {
    if ABSOLUTE_POS < n as usize {
        let from = ABSOLUTE_POS * 4usize;
        let to = found[from] as usize * comptime!(WORLD);
        worlds[to] = found[from + 1usize];
        worlds[to + 1usize] = found[from + 2usize];
        worlds[to + 2usize] = found[from + 3usize];
        if ABSOLUTE_POS == 0usize {
            add_wide(tally, n, status::RESCUED);
        }
    }
}
