//! The referee: an independent kernel's count of worlds that cannot be.

pub mod kernel;

use boneyard_core::Result;
use boneyard_device::{Device, DeviceObservations, DrawnWorlds, Grid, Kernel};
use cubecl::prelude::*;
use kernel::verdict;

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

/// Has the worlds of a chunk checked by the referee; waits for the device.
///
/// # Errors
/// Device errors.
pub fn referee<R: Runtime>(
    on: &Device<R>,
    seen: &DeviceObservations,
    worlds: &DrawnWorlds,
) -> Result<Verdict> {
    let counts = on.upload("the verdict", &[0; verdict::WORDS])?;
    let grid = Grid::cubes(worlds.n_games(), kernel::UNITS);
    on.launch(Kernel::new("referee"), grid, |client, count, dim| {
        // SAFETY: cubes beyond the chunk's games look at no world; items lie between starts.
        unsafe {
            kernel::referee_kernel::launch_unchecked::<R>(
                client,
                count,
                dim,
                seen.games.arg(),
                worlds.starts.arg(),
                worlds.hands.arg(),
                worlds.owners.arg(),
                seen.strengths.arg(),
                counts.arg(),
                worlds.games.start as u32,
                worlds.n_games() as u32,
                seen.ply() as u32,
            );
        }
    })?;
    let read = on.read("the verdict", vec![counts.handle()])?;
    Ok(Verdict::from_words(&read[0]))
}
