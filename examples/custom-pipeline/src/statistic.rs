//! A statistic of one's own: it watches values go by, on any backend.

use boneyard::core::{Backend, HostValues, HostWorlds, ILLEGAL, Observer, Result, SlotValues};
use boneyard::kernels::{Device, Runtime};
use boneyard::prelude::*;

/// By game, in how many worlds of its first decision each slot was the best move, or one of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BestShare(pub Vec<[u32; 7]>);

/// A backend whose values can be read: the game of each world, and its values by slot.
pub trait Readable: Backend {
    /// Before the first play? And if so, what there is.
    ///
    /// # Errors
    /// Device errors.
    fn first_values(
        &mut self,
        seen: &Self::Observations,
        worlds: &Self::Worlds,
        values: &Self::Values,
    ) -> Result<Vec<(usize, SlotValues)>>;
}

impl Readable for Host {
    fn first_values(
        &mut self,
        seen: &Self::Observations,
        worlds: &HostWorlds,
        values: &HostValues,
    ) -> Result<Vec<(usize, SlotValues)>> {
        let is_first = seen[0].view.table().ply() == 0;
        let rows = worlds.owners.iter().map(|&game| game as usize).zip(values.slots.iter().copied());
        Ok(rows.filter(|_| is_first).collect())
    }
}

impl<R: Runtime> Readable for Device<R> {
    fn first_values(
        &mut self,
        seen: &Self::Observations,
        worlds: &Self::Worlds,
        values: &Self::Values,
    ) -> Result<Vec<(usize, SlotValues)>> {
        if seen.ply() > 0 {
            return Ok(Vec::new());
        }
        let games = worlds.drawn()?.read(self, seen)?.into_iter().map(|(game, _)| game);
        Ok(games.zip(values.read(self, seen)?).collect())
    }
}

impl<B: Readable> Observer<B> for BestShare {
    fn valued(
        &mut self,
        on: &mut B,
        seen: &B::Observations,
        worlds: &B::Worlds,
        values: &B::Values,
    ) -> Result<()> {
        for (game, values) in on.first_values(seen, worlds, values)? {
            self.0.resize(self.0.len().max(game + 1), [0; 7]);
            let best = values.into_iter().max().filter(|&best| best != ILLEGAL);
            (0..7).filter(|&slot| Some(values[slot]) == best).for_each(|slot| self.0[game][slot] += 1);
        }
        Ok(())
    }
}
