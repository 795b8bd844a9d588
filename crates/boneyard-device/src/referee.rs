//! The referee: an independent kernel's count of worlds that cannot be.

use crate::backend::DeviceWorlds;
use crate::buffers::{Keep, Wanted, allocate};
use crate::kernels::referee;
use crate::launch::{Grid, Kernel};
use crate::layout::verdict;
use crate::step::DeviceStep;
use boneyard_core::Result;
use cubecl::prelude::*;

/// How many worlds the referee has looked at, and how many of them break a law; one world may break several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Worlds looked at.
    pub checked: u64,
    /// Said to be of another game than the one in whose place they stand.
    pub misplaced: u64,
    /// With a domino that the mover has seen.
    pub strangers: u64,
    /// With a domino in two hands.
    pub twice: u64,
    /// With an unseen domino in no hand.
    pub lost: u64,
    /// With a hand of the wrong size.
    pub sizes: u64,
    /// With a domino in a suit of which its holder has shown to have none.
    pub voids: u64,
}

impl Verdict {
    /// From the words of [`verdict`].
    pub fn from_words(words: &[u32]) -> Self {
        let count = |word: usize| u64::from(words[word]);
        Self {
            checked: count(verdict::CHECKED),
            misplaced: count(verdict::MISPLACED),
            strangers: count(verdict::STRANGERS),
            twice: count(verdict::TWICE),
            lost: count(verdict::LOST),
            sizes: count(verdict::SIZES),
            voids: count(verdict::VOIDS),
        }
    }

    /// Laws broken, over all worlds.
    pub fn violations(&self) -> u64 {
        self.misplaced + self.strangers + self.twice + self.lost + self.sizes + self.voids
    }
}

impl std::ops::AddAssign for Verdict {
    fn add_assign(&mut self, other: Self) {
        self.checked += other.checked;
        self.misplaced += other.misplaced;
        self.strangers += other.strangers;
        self.twice += other.twice;
        self.lost += other.lost;
        self.sizes += other.sizes;
        self.voids += other.voids;
    }
}

impl<R: Runtime> DeviceStep<R> {
    /// Has the worlds of a chunk checked by the referee; waits for the device. For tests and studies.
    ///
    /// # Errors
    /// [`Error::Mismatch`](boneyard_core::Error::Mismatch) for worlds that a [`Fused`](crate::Fused) draws elsewhere;
    /// device errors.
    pub fn referee(&self, worlds: &DeviceWorlds) -> Result<Verdict> {
        worlds.must_be_drawn()?;
        let wanted = [Wanted::copy("the verdict", &[0; verdict::WORDS])];
        let [counts] = allocate(&self.client, Keep::Moment, wanted).map_err(|refused| self.fail(refused))?;
        let grid = Grid::cubes(worlds.games.len(), referee::UNITS);
        self.launch(Kernel::new("referee"), grid, |client, count, dim| {
            // SAFETY: cubes beyond the chunk's games look at no world; items lie between starts that were placed.
            unsafe {
                referee::referee_kernel::launch_unchecked::<R>(
                    client,
                    count,
                    dim,
                    self.buffers.games.arg(),
                    self.buffers.starts.arg(),
                    self.buffers.worlds.arg(),
                    self.buffers.owners.arg(),
                    self.buffers.orders.arg(),
                    counts.arg(),
                    worlds.games.start as u32,
                    worlds.games.len() as u32,
                    self.ply as u32,
                );
            }
        })?;
        let read = self.read("the verdict", vec![counts.handle()])?;
        Ok(Verdict::from_words(&read[0]))
    }
}
