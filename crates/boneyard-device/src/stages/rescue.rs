//! Worlds that the device did not find, completed on the host.

use crate::connection::{Grid, Kernel};
use crate::device::Device;
use crate::kernels::sample;
use crate::layout::{ITEMS, status};
use crate::stages::observe::DeviceObservations;
use crate::stages::plan::DeviceItems;
use crate::stages::sample::DeviceWorlds;
use boneyard_core::{EMPTY, Error, Observation, Result, SampleReport, Share, WorldSampler};
use boneyard_rules::{tables, tiles_of};
use cubecl::prelude::*;
use std::collections::BTreeMap;

impl<R: Runtime> Device<R> {
    /// Asks a host sampler for the worlds of the chunk that were not found. Waits for the device once, and once
    /// more if there are any; uploads just those.
    ///
    /// # Errors
    /// [`Error::WorldsNotFound`] if it does not find them either; device errors.
    pub fn rescue(
        &self,
        seen: &DeviceObservations,
        items: &DeviceItems,
        worlds: &DeviceWorlds,
        second: &impl WorldSampler,
    ) -> Result<SampleReport> {
        let (worlds, chunk) = (worlds.drawn()?, &worlds.drawn()?.games);
        let mut report = SampleReport::default();
        let state = self.read("the status", vec![seen.status.handle()])?.remove(0);
        let n_missing = state[status::UNFOUND] as usize;
        if n_missing == 0 {
            return Ok(report);
        }
        let unread = (worlds.missing.len() - n_missing) as u64 * 4;
        let handles = vec![
            worlds.missing.handle().offset_end(unread),
            worlds.starts.handle(),
            items.words.handle(),
            seen.games.handle(),
        ];
        let read = self.read("the missing worlds", handles)?;
        let [missing, starts, wanted, games] = read.as_slice() else {
            return Err(self.fail("reading the missing worlds back: too few buffers"));
        };
        let mut by_game: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
        for &item in missing {
            // The last game that begins at or before the item; games without items begin where the next does.
            let k = starts[..chunk.len()].partition_point(|&start| start <= item) - 1;
            by_game.entry(k).or_default().push(item);
        }
        let mut found = Vec::with_capacity(4 * n_missing);
        for (k, items) in by_game {
            let observation = Observation::of_game(&seen.game(chunk.start + k, games)?, &seen.sampling);
            let n = (starts[k + 1] - starts[k]) as usize;
            // Whatever is not empty is left alone.
            let mut worlds = vec![[!0, 0, 0]; n];
            items.iter().for_each(|item| worlds[(item - starts[k]) as usize] = EMPTY);
            let first = wanted[(chunk.start + k) * ITEMS];
            let mut share = Share { first, of: observation.most_worlds(), worlds: &mut worlds };
            let second_report = second.draw(&observation, &mut share);
            if second_report.missing() > 0 {
                return Err(Error::WorldsNotFound {
                    sampler: second.id(),
                    found: second_report.wanted - second_report.missing(),
                    wanted: second_report.wanted,
                    seed: observation.at.seed,
                    ply: observation.at.ply,
                });
            }
            report.tries += second_report.tries;
            report.rescued += second_report.found + second_report.rescued;
            report.rescued_decisions += 1;
            let declaration = observation.view.table().declaration().index();
            for item in items {
                let world = worlds[(item - starts[k]) as usize].map(|hand| by_strength(hand, declaration));
                found.extend([item, world[0], world[1], world[2]]);
            }
        }
        let uploaded = self.upload("the worlds found on the host", &found)?;
        let grid = Grid::units(n_missing, sample::RESCUERS);
        self.launch(Kernel::new("rescue"), grid, |client, count, dim| {
            // SAFETY: units beyond the `n_missing` rows of the upload do nothing; the items were listed by the
            // sampler's kernel and lie below the chunk's total.
            unsafe {
                sample::rescue_kernel::launch_unchecked::<R>(
                    client,
                    count,
                    dim,
                    uploaded.arg(),
                    worlds.hands.arg(),
                    seen.status.arg(),
                    n_missing as u32,
                );
            }
        })?;
        Ok(report)
    }
}

/// A set of ids as a set by strength.
fn by_strength(tiles: u32, declaration: usize) -> u32 {
    tiles_of(tiles).fold(0, |set, domino| set | 1 << tables::STRENGTH[declaration][domino.index()])
}
