//! Playing: batches of games, whatever blocks they belong to.

use crate::threads::pool;
use crate::{Error, Result, Watch, place};
use boneyard::core::{self, Backend, GameRecord, Host, Observer};
use boneyard::device::Device;
use boneyard::record::{self, Dataset, Shard, Survey, Task, Wanted, Work};
use boneyard::{Configuration, StandardBackend};
use boneyard_runtime::{Choice, ComputeClient, DeviceRuntime, OnDevice, Uses};
use rayon::ThreadPool;
use rayon::prelude::*;
use std::panic::resume_unwind;
use std::time::Instant;

/// Most games in play at once: each takes some 50 KB of memory until it is written.
pub const MOST_IN_PLAY: u64 = 1 << 16;

/// Most blocks that are claimed at a time: each takes an open file, of which a process may have a thousand.
const MOST_BLOCKS: usize = 256;

/// Checks how many games are to be in play at once.
///
/// # Errors
/// [`core::Error::Setting`] for a number out of range.
pub fn check_batch(games: u64) -> Result<u64> {
    if (1..=MOST_IN_PLAY).contains(&games) {
        return Ok(games);
    }
    let expected = format!("1 to {MOST_IN_PLAY} games in play at once");
    Err(core::Error::Setting { setting: "games at once", got: games.to_string(), expected }.into())
}

/// What is to be played, and by what.
pub struct Run<'a> {
    /// How.
    pub configuration: &'a Configuration,
    /// Which games.
    pub wanted: Wanted,
    /// Which part of their blocks.
    pub shard: Shard,
    /// Where; one device at least.
    pub devices: &'a [Choice],
    /// The threads of all devices together.
    pub pool: &'a ThreadPool,
    /// Games that are in play at once on a device.
    pub batch: u64,
    /// Bytes of memory of each device.
    pub budget: u64,
    /// Most turns of a launch of a search, if not the device's own.
    pub launch_turns: Option<u32>,
    /// What plays on the CPU.
    pub host: Host,
}

impl Run<'_> {
    /// Plays and writes what the dataset lacks by what was found there, until all that is wanted is there.
    ///
    /// # Errors
    /// Those of the dataset, of devices and of strategies, when the other devices have done what is left;
    /// [`core::Error::Stopped`] if the watch ends the run: whole blocks are kept.
    pub fn write(&self, dataset: &Dataset, survey: &Survey, watch: &impl Watch) -> Result<()> {
        self.share_out(dataset, survey, |choice, blocks| {
            let part = Part { run: self, blocks, watch, uses: choice.uses(), begun: Instant::now() };
            choice.chosen.run(part)?
        })
    }

    /// Has each device make blocks of what the dataset lacks.
    pub(crate) fn share_out(
        &self,
        dataset: &Dataset,
        survey: &Survey,
        make: impl Fn(&Choice, Blocks<'_>) -> Result<()> + Sync,
    ) -> Result<()> {
        let missing = self.wanted.games() - survey.there(self.wanted);
        let n_devices = self.devices.len();
        let block = self.configuration.block;
        // Each device gets something to do: whole blocks, as nobody plays a part of one.
        let share = missing.div_ceil(n_devices as u64).next_multiple_of(block);
        let batch = self.batch.min(share).max(1) as usize;
        let run = |choice: &Choice| {
            let work = dataset.work(survey.clone(), self.wanted, self.shard)?;
            make(choice, Blocks { work, size: block as usize, batch })
        };
        self.on_each_device(run).map(drop)
    }

    /// A device as this run uses it.
    pub(crate) fn device<R: DeviceRuntime>(&self, client: ComputeClient<R>, uses: Uses) -> Device<R> {
        let device = place::device(client, uses, self.budget);
        match self.launch_turns {
            Some(turns) => device.with_turns(turns),
            None => device,
        }
    }

    /// What `run` returns of each device, each on a thread of its own; the others go on with what is left, and do what one that
    /// failed has left undone.
    pub(crate) fn on_each_device<T: Send>(
        &self,
        run: impl Fn(&Choice) -> Result<T> + Sync,
    ) -> Result<Vec<T>> {
        let run = |choice: &Choice| {
            let n_devices = self.devices.len();
            if n_devices == 1 {
                return self.pool.install(|| run(choice));
            }
            // A pool of its own, as playing takes one of its threads.
            pool(self.pool.current_num_threads().div_ceil(n_devices))?.install(|| run(choice))
        };
        std::thread::scope(|scope| {
            let threads: Vec<_> = self.devices.iter().map(|choice| scope.spawn(|| run(choice))).collect();
            let ended =
                threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
            ended.collect::<Vec<_>>().into_iter().collect()
        })
    }
}

/// A device's part of a run, which waits for its backend.
struct Part<'a, W> {
    run: &'a Run<'a>,
    blocks: Blocks<'a>,
    watch: &'a W,
    uses: Uses,
    /// When its backend was asked for.
    begun: Instant,
}

impl<W: Watch> OnDevice for Part<'_, W> {
    type Output = Result<()>;

    fn on_runtime<R: DeviceRuntime>(self, client: ComputeClient<R>) -> Self::Output {
        let watch = self.watch;
        watch.opened(self.begun.elapsed());
        let device = self.run.device(client, self.uses);
        let device = self.play(device)?;
        watch.device(&device.report());
        Ok(())
    }

    fn on_cpu(self) -> Self::Output {
        let host = self.run.host;
        self.play(host).map(drop)
    }
}

impl<W: Watch> Part<'_, W> {
    /// Plays and writes blocks until none is missing.
    fn play<B: StandardBackend>(mut self, backend: B) -> Result<B> {
        let mut pipeline = self.run.configuration.pipeline(backend)?;
        loop {
            let tasks = self.blocks.next(self.watch)?;
            let Some(first) = tasks.first() else { return Ok(pipeline.backend) };
            let block = first.block();
            let setups = self.run.configuration.setups(tasks.iter().flat_map(Task::seeds));
            let mut games = Vec::with_capacity(setups.len());
            for setups in setups.chunks(self.blocks.batch) {
                let mut observer = Watched { watch: self.watch, games: setups.len() };
                let played = pipeline.play(setups, &mut observer);
                let played = played.map_err(|source| Error::Block { block, source })?;
                self.watch.played(&played);
                games.extend(played.games);
            }
            let mut blocks = Vec::with_capacity(tasks.len());
            for task in tasks {
                let rest = games.split_off(task.games());
                blocks.push((task, std::mem::replace(&mut games, rest)));
            }
            let write = |dataset: &Dataset, task, games: Vec<GameRecord>| dataset.write(task, &games);
            self.blocks.write(self.watch, blocks, write)?;
        }
    }
}

/// The blocks that a device makes of a dataset.
pub(crate) struct Blocks<'a> {
    work: Work<'a>,
    /// Games of a block.
    size: usize,
    /// Games that are made together.
    pub batch: usize,
}

impl Blocks<'_> {
    /// Blocks that fill a batch but do not overfill it, as far as there are free ones; waits only if there is none.
    pub fn next(&mut self, watch: &impl Watch) -> Result<Vec<Task>> {
        let mut tasks: Vec<Task> = Vec::new();
        while tasks.len() < MOST_BLOCKS && (tasks.is_empty() || (tasks.len() + 1) * self.size <= self.batch) {
            let Some(task) = self.work.next_free()? else { break };
            tasks.push(task);
        }
        if tasks.is_empty() {
            tasks.extend(self.work.next(|blocks| watch.waiting(blocks))?);
        }
        Ok(tasks)
    }

    /// Writes every block that can be, whatever becomes of another.
    pub fn write<T: Send>(
        &self,
        watch: &impl Watch,
        blocks: Vec<(Task, T)>,
        write: impl Fn(&Dataset, Task, T) -> record::Result<usize> + Sync,
    ) -> Result<()> {
        let dataset = self.work.dataset();
        let write = |(task, rows)| write(dataset, task, rows);
        let files: Vec<_> = watch.writing(|| blocks.into_par_iter().map(write).collect());
        files.iter().flatten().for_each(|&written| watch.written(written));
        files.into_iter().collect::<Result<Vec<_>, _>>()?;
        Ok(())
    }
}

/// Tells a watch how games go on, and ends them when it wants that.
pub struct Watched<'a, W> {
    /// Who is told.
    pub watch: &'a W,
    /// How many games are played together.
    pub games: usize,
}

impl<B: Backend, W: Watch> Observer<B> for Watched<'_, W> {
    fn valued(&mut self, _: &mut B, _: &B::Observations, _: &B::Worlds, _: &B::Values) -> core::Result<()> {
        if self.watch.ends() { Err(core::Error::Stopped) } else { Ok(()) }
    }

    fn estimated(&mut self) {
        self.watch.ply(self.games);
    }
}
