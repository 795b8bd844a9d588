//! The backend: the stages of a pipeline in their order.

use crate::connection::Connection;
use crate::device::Device;
use crate::games::DeviceGames;
use crate::stages::choose::DeviceChoices;
use crate::stages::evaluate::DeviceValues;
use crate::stages::observe::DeviceObservations;
use crate::stages::plan::DeviceItems;
use crate::stages::reduce::DeviceEstimates;
use crate::stages::sample::DeviceWorlds;
use boneyard_core::{Backend, Design, GameRecord, InPlay, Question, Result, SampleReport, Sampling};
use cubecl::prelude::*;
use std::ops::Range;

impl<R: Runtime> Backend for Device<R> {
    type Games = DeviceGames;
    type Observations = DeviceObservations;
    type Items = DeviceItems;
    type Worlds = DeviceWorlds;
    type Values = DeviceValues;
    type Estimates = DeviceEstimates;
    type Choices = DeviceChoices;

    fn name(&self) -> String {
        Connection::name(self).to_owned()
    }

    fn resume(&mut self, games: &[InPlay], sampling: &Sampling) -> Result<DeviceGames> {
        DeviceGames::resume(self, games, sampling)
    }

    fn observe(&mut self, games: &DeviceGames) -> Result<DeviceObservations> {
        games.observe(self)
    }

    fn items(&mut self, games: &DeviceGames) -> Result<DeviceItems> {
        Ok(games.items.clone())
    }

    fn chunks(&self, seen: &DeviceObservations, _: &DeviceItems) -> Vec<Range<usize>> {
        let starts = (0..seen.n_games()).step_by(seen.games_per_chunk);
        starts.map(|start| start..(start + seen.games_per_chunk).min(seen.n_games())).collect()
    }

    fn worlds(&mut self, games: &DeviceGames) -> Result<DeviceWorlds> {
        Ok(games.worlds.clone())
    }

    fn values(&mut self, games: &DeviceGames) -> Result<DeviceValues> {
        Ok(games.values.clone())
    }

    fn estimates(
        &mut self,
        games: &DeviceGames,
        question: Question,
        design: Design,
    ) -> Result<DeviceEstimates> {
        games.estimates.of_no_world(question, design, &games.sampling, Connection::name(self))
    }

    fn reduce(
        &mut self,
        seen: &DeviceObservations,
        worlds: &DeviceWorlds,
        values: &DeviceValues,
        estimates: &mut DeviceEstimates,
    ) -> Result<()> {
        estimates.add(self, seen, worlds, values)
    }

    fn choices(&mut self, games: &DeviceGames) -> Result<DeviceChoices> {
        Ok(games.choices.clone())
    }

    fn apply(
        &mut self,
        games: &mut DeviceGames,
        seen: &DeviceObservations,
        estimates: DeviceEstimates,
        choices: &DeviceChoices,
    ) -> Result<()> {
        games.apply(self, seen, &estimates, choices)
    }

    fn finish(&mut self, games: DeviceGames) -> Result<(Vec<GameRecord>, SampleReport)> {
        games.read_back(self)
    }
}
