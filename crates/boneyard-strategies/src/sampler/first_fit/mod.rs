//! Random deals until one fits.

#[cfg(feature = "device")]
mod kernel;

use boneyard_core::{
    Designed, EMPTY, Named, Observation, Purpose, SampleReport, Share, Stream, WorldSampler,
};
use boneyard_rules::{Tiles, World};

#[cfg(feature = "device")]
pub use kernel::{FirstFitBlueprint, FirstFitKernel};

/// Deals the unseen dominoes at random and takes the first deal that breaks no void: rejection sampling.
///
/// Law: a world found is exactly uniform among all worlds. Worlds not found within [`limit`](Self::limit) deals
/// stay empty.
///
/// World `i` uses the stream of [`Purpose::World`] and item `i`, each attempt going on where the last one
/// stopped. An attempt is a Fisher-Yates shuffle of the unseen dominoes, the strongest first: number `k` of `n` swaps with
/// number `k + below(n − k)`. The left opponent takes the first dominoes, then the partner, then the right
/// opponent; an attempt ends at the first domino that its taker cannot hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FirstFit {
    /// Most attempts for a world while nobody has shown a void; see [`limit`](Self::limit).
    pub tries: u32,
}

impl Default for FirstFit {
    /// 64 attempts, so 256 after one void and 16,384 after four or more.
    ///
    /// Of 277,000 decisions of random games with more than 50 worlds, half have shown no void, and there any
    /// deal fits. After one void 48 % of deals fit, in the worst position 4 %; after two 26 %, but in the worst
    /// 1 in 6,000. These limits leave 3 worlds in 100,000 unfound, and touch 2 decisions in 10,000 when each
    /// looks at 50 worlds; on average a world takes 3 attempts.
    fn default() -> Self {
        Self { tries: 64 }
    }
}

impl FirstFit {
    /// Attempts stop growing at this many voids.
    const MOST_VOIDS: u32 = 4;

    /// Most attempts for a world: `tries` · 4^min(v, 4), where v counts the voids that the other three have
    /// shown in suits of which the mover has not seen all dominoes.
    pub fn limit(&self, observation: &Observation) -> u32 {
        Self::attempts(self.tries, voids_that_matter(observation))
    }

    fn attempts(tries: u32, voids: u32) -> u32 {
        tries.saturating_mul(1 << (2 * voids.min(Self::MOST_VOIDS)))
    }
}

fn voids_that_matter(observation: &Observation) -> u32 {
    let view = &observation.view;
    let (table, unseen) = (view.table(), view.unseen());
    let matters =
        |seat, suit: u8| table.voids(seat) >> suit & 1 == 1 && table.declaration().follow(suit) & unseen != 0;
    view.others().map(|seat| (0..8).filter(|&suit| matters(seat, suit)).count() as u32).iter().sum()
}

impl Designed for FirstFit {}

impl Named for FirstFit {
    fn id(&self) -> String {
        "first-fit".to_owned()
    }
}

impl WorldSampler for FirstFit {
    /// A try is an attempt to deal.
    fn draw(&self, observation: &Observation, out: &mut Share<'_>) -> SampleReport {
        let mut report = SampleReport::default();
        let mut dealer = Dealer::new(observation);
        let limit = self.limit(observation);
        for (i, world) in out.empty() {
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
    strongest_first: [Tiles; 21],
    /// By number in the shuffled order: who takes it.
    taker: [u8; 21],
    n: usize,
    excluded: [Tiles; 3],
}

impl Dealer {
    fn new(observation: &Observation) -> Self {
        let worlds = &observation.worlds;
        let mut dealer = Self { strongest_first: [0; 21], taker: [0; 21], n: 0, excluded: [0; 3] };
        for (i, domino) in worlds.unseen().enumerate() {
            dealer.strongest_first[i] = domino.bit();
            dealer.n += 1;
            for seat in (0..3).filter(|seat| worlds.allowed(i) >> seat & 1 == 0) {
                dealer.excluded[seat] |= domino.bit();
            }
        }
        let takers =
            (0..3u8).flat_map(|seat| std::iter::repeat_n(seat, worlds.sizes()[usize::from(seat)].into()));
        dealer.taker.iter_mut().zip(takers).for_each(|(taker, seat)| *taker = seat);
        dealer
    }

    fn attempt(&mut self, stream: &mut Stream) -> Option<World> {
        let mut order = self.strongest_first;
        let mut world = EMPTY;
        for k in 0..self.n {
            order.swap(k, k + stream.below((self.n - k) as u32) as usize);
            let seat = usize::from(self.taker[k]);
            if order[k] & self.excluded[seat] != 0 {
                return None;
            }
            world[seat] |= order[k];
        }
        Some(world)
    }
}
