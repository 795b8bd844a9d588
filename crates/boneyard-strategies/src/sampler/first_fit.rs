//! Random deals until one fits.

use super::empty;
use boneyard_core::{EMPTY, Observation, Purpose, SampleReport, Stream, WorldSampler};
use boneyard_rules::{Tiles, World};

/// Deals the unseen dominoes at random and takes the first deal that breaks no void: rejection sampling.
///
/// Law: a world found is exactly uniform among all worlds. Worlds not found within [`limit`](Self::limit) deals
/// stay empty.
///
/// World `i` uses the stream of [`Purpose::World`] and item `i`, each attempt going on where the last one
/// stopped. An attempt is a Fisher-Yates shuffle of the unseen dominoes, ascending: place `k` of `n` swaps with
/// place `k + below(n − k)`. The left opponent takes the first dominoes, then the partner, then the right
/// opponent; an attempt ends at the first domino that its taker cannot hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FirstFit {
    /// Most attempts for a world when nobody has shown a void; see [`limit`](Self::limit).
    pub tries: u32,
}

impl Default for FirstFit {
    fn default() -> Self {
        Self { tries: 16 }
    }
}

impl FirstFit {
    /// Attempts stop doubling at this many voids.
    const MOST_DOUBLINGS: u32 = 10;

    /// Most attempts for a world: `tries`, doubled for each void in which the mover misses a domino, ten times
    /// at most.
    pub fn limit(&self, observation: &Observation) -> u32 {
        let voids = effective_voids(observation).min(Self::MOST_DOUBLINGS);
        self.tries.saturating_mul(1 << voids)
    }
}

/// Voids shown by the other three in suits of which dominoes are unseen.
pub fn effective_voids(observation: &Observation) -> u32 {
    let view = &observation.view;
    let (table, unseen) = (view.table(), view.unseen());
    let shown = |seat, suit: u8| table.voids(seat) >> suit & 1 == 1;
    let bites = |seat, suit: u8| shown(seat, suit) && table.declaration().follow(suit) & unseen != 0;
    view.others().map(|seat| (0..8).filter(|&suit| bites(seat, suit)).count() as u32).iter().sum()
}

impl WorldSampler for FirstFit {
    fn id(&self) -> String {
        "first-fit".to_owned()
    }

    /// A try is an attempt to deal.
    fn draw(&self, observation: &Observation, out: &mut [World]) -> SampleReport {
        let mut report = SampleReport::default();
        let mut dealer = Dealer::new(observation);
        let limit = self.limit(observation);
        for (i, world) in empty(out) {
            report.wanted += 1;
            let mut stream = observation.at.stream(Purpose::World, i);
            for _ in 0..limit {
                report.tries += 1;
                if let Some(fit) = dealer.attempt(&mut stream) {
                    *world = fit;
                    report.found += 1;
                    break;
                }
            }
        }
        report
    }
}

/// The unseen dominoes and who takes how many.
struct Dealer {
    ascending: [Tiles; 21],
    /// By place in the shuffled order: who takes it.
    taker: [u8; 21],
    n: usize,
    excluded: [Tiles; 3],
}

impl Dealer {
    fn new(observation: &Observation) -> Self {
        let worlds = &observation.worlds;
        let mut dealer = Self { ascending: [0; 21], taker: [0; 21], n: 0, excluded: [0; 3] };
        for (i, domino) in worlds.unseen().enumerate() {
            dealer.ascending[i] = domino.bit();
            dealer.n += 1;
            for seat in (0..3).filter(|seat| worlds.allowed(i) >> seat & 1 == 0) {
                dealer.excluded[seat] |= domino.bit();
            }
        }
        let takers = (0..3u8).flat_map(|seat| std::iter::repeat_n(seat, worlds.sizes()[usize::from(seat)].into()));
        dealer.taker.iter_mut().zip(takers).for_each(|(place, seat)| *place = seat);
        dealer
    }

    fn attempt(&mut self, stream: &mut Stream) -> Option<World> {
        let mut order = self.ascending;
        let mut world = EMPTY;
        for place in 0..self.n {
            order.swap(place, place + stream.below((self.n - place) as u32) as usize);
            let seat = usize::from(self.taker[place]);
            if order[place] & self.excluded[seat] != 0 {
                return None;
            }
            world[seat] |= order[place];
        }
        Some(world)
    }
}
