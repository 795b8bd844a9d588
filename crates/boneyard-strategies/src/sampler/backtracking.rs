//! Complete search.

use boneyard_core::{
    Designed, EMPTY, Named, Observation, Purpose, SampleReport, Share, Stream, WorldSampler,
};
use boneyard_rules::{Completions, World};

/// Deals the most constrained domino first, to a random seat that leaves the rest possible.
///
/// Law: finds a world whenever there is one, in at most 21 steps. The worlds are *not* uniform.
///
/// It is the classic backtracking search with fewest-options-first order and one thing more: its look-ahead is
/// exact, so that it never has to take a step back. With three seats, Hall's theorem boils down to this: what
/// is left can be dealt if and only if every domino has a seat with room, and no seat has less room than
/// dominoes that only it may hold, nor more room than dominoes that it may hold.
///
/// A step chooses among the seats that pass, each with a chance proportional to the room it has, which without
/// voids would make all worlds equally likely. World `i` uses the stream of [`Purpose::Rescue`] and item `i`, so
/// that rescued worlds are independent of the draws that failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Backtracking;

impl Designed for Backtracking {}

impl Named for Backtracking {
    fn id(&self) -> String {
        "backtracking".to_owned()
    }
}

impl WorldSampler for Backtracking {
    /// A try is a domino dealt.
    fn draw(&self, observation: &Observation, out: &mut Share<'_>) -> SampleReport {
        let mut report = SampleReport::default();
        let start = Search::new(&observation.worlds);
        for (i, world) in out.empty() {
            report.wanted += 1;
            let mut search = start.clone();
            if search.run(&mut observation.at.stream(Purpose::Rescue, i)) {
                *world = search.world;
                report.found += 1;
            }
            report.tries += u64::from(search.steps);
        }
        report
    }
}

/// A partial deal.
#[derive(Clone)]
struct Search {
    /// By class, that is the set of seats that may hold a domino: the dominoes left to deal.
    left: [u32; 8],
    /// Dominoes that each seat still takes.
    room: [u32; 3],
    world: World,
    steps: u32,
}

impl Search {
    fn new(worlds: &Completions) -> Self {
        let mut left = [0; 8];
        for (i, domino) in worlds.unseen().enumerate() {
            left[usize::from(worlds.allowed(i))] |= domino.bit();
        }
        Self { left, room: worlds.sizes().map(u32::from), world: EMPTY, steps: 0 }
    }

    /// Deals everything; false if that is impossible.
    fn run(&mut self, stream: &mut Stream) -> bool {
        if !self.possible() {
            return false;
        }
        while let Some(class) = self.most_constrained() {
            let domino = self.left[class] & self.left[class].wrapping_neg();
            self.left[class] &= !domino;
            let seat = self.random_seat(class, stream);
            self.world[seat] |= domino;
            self.room[seat] -= 1;
            self.steps += 1;
        }
        true
    }

    /// The seats that have room, as a set.
    fn open(&self) -> usize {
        (0..3).filter(|&seat| self.room[seat] > 0).fold(0, |open, seat| open | 1 << seat)
    }

    /// The class whose dominoes have the fewest seats to go to; `None` when all is dealt.
    fn most_constrained(&self) -> Option<usize> {
        let open = self.open();
        (0..8).filter(|&class| self.left[class] != 0).min_by_key(|class| (class & open).count_ones())
    }

    /// A seat for a domino of `class`, which is no longer counted among those left.
    fn random_seat(&self, class: usize, stream: &mut Stream) -> usize {
        let mut weights = [0; 3];
        for seat in (0..3).filter(|seat| class >> seat & 1 == 1 && self.room[*seat] > 0) {
            let mut next = self.clone();
            next.room[seat] -= 1;
            if next.possible() {
                weights[seat] = self.room[seat];
            }
        }
        let total: u32 = weights.iter().sum();
        debug_assert!(total > 0, "what was possible before this domino has a seat for it");
        let mut ticket = if total > 0 { stream.below(total) } else { 0 };
        for seat in 0..2 {
            if ticket < weights[seat] {
                return seat;
            }
            ticket -= weights[seat];
        }
        2
    }

    /// Hall's condition; the room adds up to the dominoes left.
    fn possible(&self) -> bool {
        let open = self.open();
        let n_left = |wanted: &dyn Fn(usize) -> bool| -> u32 {
            (0..8).filter(|&class| wanted(class & open)).map(|class| self.left[class].count_ones()).sum()
        };
        n_left(&|_| true) == self.room.iter().sum::<u32>()
            && n_left(&|seats| seats == 0) == 0
            && (0..3).all(|seat| {
                let only_here = n_left(&|seats| seats == 1 << seat);
                let here = n_left(&|seats| seats >> seat & 1 == 1);
                only_here <= self.room[seat] && self.room[seat] <= here
            })
    }
}

#[cfg(feature = "device")]
mod device {
    use super::Backtracking;
    use boneyard_core::{Error, Result, SampleReport, Samples};
    use boneyard_device::{Device, DeviceItems, DeviceObservations, DeviceWorlds};
    use cubecl::prelude::Runtime;
    use std::ops::Range;

    /// Refused: a search for the host.
    impl<R: Runtime> Samples<Backtracking> for Device<R> {
        fn sample(
            &mut self,
            _: &mut Backtracking,
            _: &DeviceObservations,
            _: &DeviceItems,
            _: Range<usize>,
            _: &mut DeviceWorlds,
        ) -> Result<SampleReport> {
            let what =
                "sampler backtracking has no kernel: take affine or first-fit+backtracking on a device";
            Err(Error::Mismatch(what.to_owned()))
        }
    }
}
