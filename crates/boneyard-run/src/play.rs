//! A device's part of the run: batches of games, whatever blocks they belong to.

use super::interrupt;
use super::progress::Board;
use crate::exit::translated;
use anyhow::Context;
use boneyard::core::{EveryPly, Host};
use boneyard::device::Device;
use boneyard::record::{Task, Work};
use boneyard::{Configuration, StandardBackend};
use boneyard_runtime::{ComputeClient, DeviceRuntime, OnDevice};

/// Most blocks that are claimed at a time: each takes an open file, of which a process may have a thousand.
const MOST_BLOCKS: usize = 256;

/// A device's part of a run, which waits for its backend.
pub struct Run<'a> {
    pub configuration: &'a Configuration,
    pub work: Work<'a>,
    /// Games that are in play at once.
    pub batch: usize,
    pub board: &'a Board,
    /// Bytes of device memory.
    pub budget: u64,
}

impl OnDevice for Run<'_> {
    type Output = anyhow::Result<()>;

    fn on_runtime<R: DeviceRuntime>(self, client: ComputeClient<R>) -> Self::Output {
        let name = R::name(&client);
        let device = Device::new(client, name).with_budget(self.budget);
        self.play(device)
    }

    fn on_cpu(self) -> Self::Output {
        self.play(Host::default())
    }
}

impl Run<'_> {
    /// Plays and writes blocks until none is missing.
    fn play<B: StandardBackend>(mut self, backend: B) -> anyhow::Result<()> {
        let mut pipeline = self.configuration.pipeline(backend).map_err(translated)?;
        loop {
            let tasks = self.next_tasks()?;
            let Some(first) = tasks.first() else { return Ok(()) };
            let block = first.block();
            let setups = self.configuration.setups(tasks.iter().flat_map(Task::seeds));
            let mut games = Vec::with_capacity(setups.len());
            for setups in setups.chunks(self.batch) {
                let played = pipeline.play(setups, &mut EveryPly(|| self.board.ply(setups.len())));
                let played =
                    played.map_err(translated).with_context(|| format!("cannot play block {block}"))?;
                self.board.played(&played);
                games.extend(played.games);
            }
            for task in tasks {
                let rest = games.split_off(task.games());
                let files = {
                    let _writing = interrupt::hold();
                    self.work.dataset().write(task, &games)?
                };
                self.board.written(files);
                games = rest;
            }
        }
    }

    /// Blocks that fill a batch, as far as there are free ones; waits only if there is none.
    fn next_tasks(&mut self) -> anyhow::Result<Vec<Task>> {
        let mut tasks: Vec<Task> = Vec::new();
        let mut games = 0;
        while games < self.batch && tasks.len() < MOST_BLOCKS {
            let Some(task) = self.work.next_free()? else { break };
            games += task.games();
            tasks.push(task);
        }
        if tasks.is_empty() {
            tasks.extend(self.work.next(|blocks| self.board.waiting(blocks))?);
        }
        Ok(tasks)
    }
}
