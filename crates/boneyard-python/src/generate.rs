//! Games as batches of decisions, and as datasets.

use crate::batch::{Rows, unknown};
use crate::errors::{of_records, of_run};
use crate::job::{Job, Progress, Results};
use crate::network::Raised;
use crate::options::{Place, Settings, save_kernels, shard, wanted};
use crate::positions::{self, Contracted, Public};
use boneyard::core::{Host, Played, Setup};
use boneyard::record::{Dataset, Provenance, Trust, Wanted, batch, code_version, schema};
use boneyard::rules::Game;
use boneyard::{Configuration, StandardBackend};
use boneyard_run::threads::pool;
use boneyard_run::{Result, Run, Tally, Watch, Watched, place};
use boneyard_runtime::{ComputeClient, DeviceRuntime, OnDevice};
use numpy::PyReadonlyArray3;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::path::PathBuf;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex};

/// The CPU, which looks at about a second's worth of the hardest worlds before it sees whether it is to go on.
pub fn host(threads: usize) -> Host {
    Host { chunk_worlds: 512 * threads }
}

/// Games under way, batch by batch.
#[pyclass(frozen, module = "boneyard._boneyard")]
pub struct Games {
    job: Job<arrow_array::RecordBatch>,
    names: Option<Vec<String>>,
    watcher: Option<Py<PyAny>>,
    raised: Raised,
    device: String,
}

#[pymethods]
impl Games {
    #[new]
    #[pyo3(signature = (settings, *, seed, games, split, device, memory_budget, threads, batch, names, watcher, hands=None,
                        public=None))]
    #[expect(clippy::too_many_arguments, reason = "one an option, as of the command")]
    fn new(
        py: Python<'_>,
        settings: &Settings,
        seed: u64,
        games: u64,
        split: Option<&str>,
        device: &str,
        memory_budget: Option<u64>,
        threads: usize,
        batch: Option<u64>,
        names: Option<Vec<String>>,
        watcher: Option<Py<PyAny>>,
        hands: Option<PyReadonlyArray3<'_, u8>>,
        public: Option<Public<'_>>,
    ) -> PyResult<Self> {
        let configuration = settings.configuration.clone();
        let wanted = wanted(seed, games, split)?;
        let dealt = match (hands, public) {
            (Some(hands), Some(public)) => Some(setups(seed, positions::games(py, &hands, &public)?)?),
            _ => None,
        };
        let empty = arrow_array::RecordBatch::new_empty(schema(configuration.columns()));
        if let Some(name) = names.iter().flatten().find(|name| empty.column_by_name(name).is_none()) {
            return Err(unknown(&empty, name));
        }
        let (place, pool) = py.detach(|| {
            let place = Place::new(device, &configuration, wanted.games(), memory_budget, batch)?.one()?;
            PyResult::Ok((place, pool(threads).map_err(of_run)?))
        })?;
        let device = place.names();
        let job = Job::start(1, move |progress, results| {
            let stream =
                Stream { configuration: &configuration, wanted, dealt, place: &place, progress, results };
            pool.install(|| place.devices[0].chosen.run(stream))?
        })?;
        Ok(Self { job, names, watcher, raised: Arc::clone(&settings.raised), device })
    }

    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Rows>> {
        let batch = self.job.next(py, self.watcher.as_ref(), Some(&self.raised))?;
        batch.map(|batch| Rows::new(batch, self.names.as_deref())).transpose()
    }

    /// Where they are played, such as `cuda:0`.
    #[getter]
    fn device(&self) -> &str {
        &self.device
    }

    /// Ends the games that are under way; there are no more batches.
    fn close(&self) {
        self.job.end();
    }
}

/// Games that begin with given deals; each has the next seed.
fn setups(seed: u64, games: Vec<Contracted<Game>>) -> PyResult<Vec<Setup>> {
    let begun = |(i, it): (u64, Contracted<Game>)| {
        let table = it.at.table();
        if table.ply() > 0 || table.first_leader() != it.bidder {
            return Err(PyValueError::new_err(format!(
                "game {i}: expected a deal without plays, and the bidder to lead"
            )));
        }
        let seed = seed.wrapping_add(i);
        Ok(Setup {
            seed,
            deal: *it.at.deal(),
            declaration: table.declaration(),
            bidder: it.bidder,
            bid: it.bid,
        })
    };
    (0..).zip(games).map(begun).collect()
}

/// Games to be played in batches, in the order of their seeds, which wait for their backend.
struct Stream<'a> {
    configuration: &'a Configuration,
    wanted: Wanted,
    /// Instead of what seeds deal.
    dealt: Option<Vec<Setup>>,
    place: &'a Place,
    progress: &'a Progress,
    results: &'a Results<arrow_array::RecordBatch>,
}

impl OnDevice for Stream<'_> {
    type Output = Result<()>;

    fn on_runtime<R: DeviceRuntime>(self, client: ComputeClient<R>) -> Self::Output {
        let device = self.place.device(client);
        self.play(device)
    }

    fn on_cpu(self) -> Self::Output {
        self.play(host(rayon::current_num_threads()))
    }
}

impl Stream<'_> {
    fn play<B: StandardBackend>(self, backend: B) -> Result<()> {
        let Self { configuration, wanted, dealt, place, progress, results } = self;
        let mut pipeline = configuration.pipeline(backend)?;
        let columns = configuration.columns();
        let Wanted { span, split } = wanted;
        let seeds = (span.first..=span.last)
            .filter(|&seed| split.is_none_or(|split| boneyard::record::Split::of_seed(seed) == split));
        let mut setups: Box<dyn Iterator<Item = Setup>> = match dealt {
            Some(dealt) => Box::new(dealt.into_iter()),
            None => Box::new(seeds.flat_map(|seed| configuration.setups([seed]))),
        };
        let mut first = true;
        loop {
            let setups: Vec<Setup> = setups.by_ref().take(place.batch as usize).collect();
            if setups.is_empty() {
                return Ok(());
            }
            let played = pipeline.play(&setups, &mut Watched { watch: progress, games: setups.len() })?;
            progress.add(&played);
            if std::mem::take(&mut first) {
                save_kernels();
            }
            results.put(batch(played.games.iter().flat_map(|game| &game.decisions), columns))?;
        }
    }
}

impl Progress {
    fn add(&self, played: &Played) {
        let decisions = played.games.iter().flat_map(|game| &game.decisions);
        self.worlds.fetch_add(decisions.map(|it| u64::from(it.worlds_used())).sum(), Relaxed);
        self.games.fetch_add(played.games.len() as u64, Relaxed);
    }
}

/// Counts decisions, and ends games that nobody wants.
impl Watch for Progress {
    fn ply(&self, games: usize) {
        self.decisions.fetch_add(games as u64, Relaxed);
    }

    fn ends(&self) -> bool {
        self.is_unwanted()
    }
}

/// Watches a run for Python.
struct Board<'a> {
    progress: &'a Progress,
    tally: Mutex<Tally>,
}

impl Watch for Board<'_> {
    fn ply(&self, games: usize) {
        self.progress.ply(games);
    }

    fn played(&self, played: &Played) {
        self.progress.add(played);
        let mut tally = self.tally.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if tally.games == 0 {
            save_kernels();
        }
        tally.add(played);
    }

    fn written(&self, files: usize) {
        self.progress.files.fetch_add(files as u64, Relaxed);
    }

    fn ends(&self) -> bool {
        self.progress.ends()
    }
}

/// Plays games and writes the dataset that the command writes, to the byte; says what was done.
#[pyfunction]
#[pyo3(signature = (settings, directory, *, seed, games, split, shard_, trust, device, memory_budget, threads, batch,
                    watcher))]
#[expect(clippy::too_many_arguments, reason = "one an option, as of the command")]
pub fn write<'py>(
    py: Python<'py>,
    settings: &Settings,
    directory: PathBuf,
    seed: u64,
    games: u64,
    split: Option<&str>,
    shard_: Option<&str>,
    trust: bool,
    device: &str,
    memory_budget: Option<u64>,
    threads: usize,
    batch: Option<u64>,
    watcher: Option<Py<PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let configuration = settings.configuration.clone();
    let (wanted, shard) = (wanted(seed, games, split)?, shard(shard_)?);
    let trust = if trust { Trust::Names } else { Trust::Nothing };
    let (place, pool) = py.detach(|| {
        let place = Place::new(device, &configuration, wanted.games(), memory_budget, batch)?;
        PyResult::Ok((place, pool(threads).map_err(of_run)?))
    })?;
    let (choice, names) = (place.devices[0].clone(), place.names());
    let (dataset, survey) = py.detach(|| {
        let arithmetic = place::arithmetic(&choice.chosen, &configuration).map_err(of_run)?;
        let provenance = Provenance { code: code_version(), backend: place::recorded(&choice) };
        let (manifest, columns) = (configuration.manifest(arithmetic), configuration.columns());
        let dataset = Dataset::open(&directory, manifest, columns, provenance).map_err(of_records)?;
        let survey = pool.install(|| dataset.survey(trust)).map_err(of_records)?;
        PyResult::Ok((dataset, survey))
    })?;
    let there = survey.there(wanted);
    let begun = std::time::Instant::now();
    let hash = configuration.manifest(None).configuration_sha256;
    let job = Job::start(1, move |progress, results| {
        let board = Board { progress, tally: Mutex::default() };
        let run = Run {
            configuration: &configuration,
            wanted,
            shard,
            devices: &place.devices,
            pool: &pool,
            batch: place.batch,
            budget: place.budget,
            launch_turns: None,
            host: host(pool.current_num_threads()),
        };
        run.write(&dataset, &survey, &board)?;
        dataset.close()?;
        results.put(board.tally.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner))
    })?;
    let tally = job.next(py, watcher.as_ref(), Some(&settings.raised))?.unwrap_or_default();
    let done = PyDict::new(py);
    done.set_item("directory", directory.display().to_string())?;
    done.set_item("device", names)?;
    done.set_item("games", tally.games)?;
    done.set_item("games_already_there", there)?;
    done.set_item("decisions", tally.decisions)?;
    done.set_item("decisions_evaluated", tally.evaluated)?;
    done.set_item("worlds", tally.worlds)?;
    done.set_item("seconds", begun.elapsed().as_secs_f64())?;
    done.set_item("configuration_sha256", hash)?;
    Ok(done)
}
