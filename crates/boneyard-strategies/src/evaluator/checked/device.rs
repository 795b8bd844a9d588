//! Comparing a chunk's values with exact ones of some of its worlds, on devices.

use super::{Checked, Checking, kernel, refuse};
use boneyard_core::{Check, Error, Evaluates, Evaluator, Question, Result};
use boneyard_device::kernels::items;
use boneyard_device::layout::{ITEMS, VALUES, WORLD};
use boneyard_device::{
    Device, DeviceEstimates, DeviceObservations, DeviceValues, DeviceWorlds, DrawnWorlds, Grid, Keep, Kernel,
    Wanted, Words,
};
use cubecl::prelude::*;

/// Some of a chunk's worlds, to be valued like a chunk.
struct Picked {
    worlds: DrawnWorlds,
    values: DeviceValues,
    /// `[G', 2]`: by game of the chunk, how many of its picks came in earlier rounds, and how many are here.
    shares: Words,
    /// `[W']`: by picked world, which one of the chunk it is.
    items: Words,
}

/// Picks one world in `one_in` of each decision of a chunk, but two where there are two: those of [`Check::picks`] that are among
/// the worlds of this round, which have been added to the `estimates`.
fn pick<R: Runtime>(
    on: &Device<R>,
    seen: &DeviceObservations,
    worlds: &DrawnWorlds,
    estimates: &DeviceEstimates,
    one_in: u32,
) -> Result<Picked> {
    let samples = Check::count(seen.sampling().samples, one_in);
    let (chunk, most) = (seen.games_per_chunk(), seen.games_per_chunk() * samples as usize);
    let wanted = [
        Wanted::words("the beginnings of the games' picked worlds", chunk + 1),
        Wanted::words("the games' shares of picked worlds", chunk * ITEMS),
        Wanted::words("the picked worlds", most * WORLD),
        Wanted::words("the owners of the picked worlds", most),
        Wanted::words("the exact values", most * VALUES),
        Wanted::words("the numbers of the picked worlds", most),
    ];
    let [starts, shares, hands, owners, values, numbers] = on.allocate(Keep::Moment, wanted)?;
    let (first, n_games) = (worlds.games.start as u32, worlds.n_games());
    on.launch(Kernel::new("share picks"), Grid::units(n_games, kernel::UNITS), |client, count, dim| {
        // SAFETY: units beyond the games do nothing; there are shares of `games_per_chunk ≥ n_games` games.
        unsafe {
            kernel::share_picks_kernel::launch_unchecked::<R>(
                client,
                count,
                dim,
                seen.rows.arg(),
                estimates.rows.arg(),
                worlds.starts.arg(),
                shares.arg(),
                first,
                n_games as u32,
                one_in,
            );
        }
    })?;
    on.launch(Kernel::new("start picked"), Grid::cubes(1, items::STARTERS), |client, count, dim| {
        // SAFETY: one cube of `STARTERS` units; there are `games_per_chunk + 1 ≥ n_games + 1` starts.
        unsafe {
            kernel::start_picked_kernel::launch_unchecked::<R>(
                client,
                count,
                dim,
                shares.arg(),
                starts.arg(),
                n_games as u32,
            );
        }
    })?;
    on.launch(Kernel::new("pick"), Grid::cubes(n_games, kernel::UNITS), |client, count, dim| {
        // SAFETY: cubes beyond the games do nothing; copies are below the total, for which there is room.
        unsafe {
            kernel::pick_kernel::launch_unchecked::<R>(
                client,
                count,
                dim,
                seen.rows.arg(),
                estimates.rows.arg(),
                worlds.hands.arg(),
                worlds.starts.arg(),
                shares.arg(),
                starts.arg(),
                hands.arg(),
                owners.arg(),
                numbers.arg(),
                first,
                n_games as u32,
                one_in,
            );
        }
    })?;
    let most = n_games * samples as usize;
    let picked = DrawnWorlds { most, starts, hands, owners, weights: None, ..worlds.clone() };
    Ok(Picked { worlds: picked, values: DeviceValues::new(values), shares, items: numbers })
}

impl<R, E, X> Evaluates<Checked<E, X>> for Device<R>
where
    R: Runtime,
    E: Evaluator<Device<R>>,
    X: Evaluator<Device<R>>,
{
    fn evaluate(
        &mut self,
        checked: &mut Checked<E, X>,
        seen: &DeviceObservations,
        worlds: &DeviceWorlds,
        out: &mut DeviceValues,
    ) -> Result<()> {
        checked.estimator.evaluate(self, seen, worlds, out)
    }

    /// What was seen comes back with the records.
    fn amend(
        &mut self,
        checked: &mut Checked<E, X>,
        seen: &DeviceObservations,
        worlds: &DeviceWorlds,
        values: &DeviceValues,
        estimates: &mut DeviceEstimates,
    ) -> Result<()> {
        let (drawn, Checking { one_in, correct }) = (worlds.drawn()?, checked.checking);
        refuse(drawn.weights.is_some(), checked)?;
        let Picked { worlds: picked, values: mut exact, shares, items } =
            pick(self, seen, drawn, estimates, one_in.max(1))?;
        let there = DeviceWorlds::of(picked.clone());
        checked.exact.evaluate(self, seen, &there, &mut exact)?;
        if exact.question != (Question::Points { unit: 1 }) {
            return Err(Error::Mismatch(format!("{:?} are no whole points", exact.question)));
        }
        let checks = estimates.checks(self, seen)?;
        let n_games = drawn.n_games();
        self.launch(Kernel::new("check"), Grid::cubes(n_games, kernel::UNITS), |client, count, dim| {
            // SAFETY: cubes beyond the games write nothing; checks have a row a game and ply; items are worlds of the
            // chunk.
            unsafe {
                kernel::check_kernel::launch_unchecked::<R>(
                    client,
                    count,
                    dim,
                    seen.rows.arg(),
                    drawn.starts.arg(),
                    values.words.arg(),
                    shares.arg(),
                    picked.starts.arg(),
                    exact.words.arg(),
                    items.arg(),
                    estimates.rows.arg(),
                    checks.arg(),
                    seen.status.arg(),
                    drawn.games.start as u32,
                    n_games as u32,
                    seen.n_games() as u32,
                    checked.unit.into(),
                    correct.into(),
                );
            }
        })
    }
}
