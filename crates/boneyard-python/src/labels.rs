//! Labels as arrays.

use crate::errors::{of_core, of_run, refuse};
use crate::generate::host;
use crate::job::{Job, Progress, Results};
use crate::options::{Place, named_split, save_kernels};
use boneyard::core::{ILLEGAL, Sampling};
use boneyard::net::tokenizer::{FEATURES, TOKENS};
use boneyard::net::{Input, Tokens};
use boneyard::record::Split;
use boneyard::{Configuration, rules::View, rules::World};
use boneyard_run::Result;
use boneyard_run::labels::{GAMES_AT_ONCE, Labelled, Labelling, Labels};
use boneyard_run::threads::pool;
use boneyard_runtime::{Chosen, ComputeClient, DeviceRuntime, OnDevice};
use numpy::{IntoPyArray, PyArrayMethods};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use rayon::ThreadPool;
use rayon::prelude::*;
use std::panic::resume_unwind;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// The numbers of a folded token that is not there.
const ABSENT: [u16; 2] = [u16::MAX; 2];

/// Labels of one batch, as columns.
struct Columns {
    next: u64,
    tokens: Vec<i8>,
    folded: Vec<u16>,
    q: Vec<f32>,
    legal: Vec<bool>,
    ply: Vec<u8>,
    seed: Vec<u64>,
}

/// Tokens of a world, one way or the other.
#[derive(Clone, Copy, PartialEq)]
pub enum Form {
    /// `[32, 12]`.
    Features,
    /// `[32, 2]`.
    Folded,
}

impl Form {
    /// By its name.
    pub fn named(name: &str) -> PyResult<Self> {
        match name {
            "features" => Ok(Self::Features),
            "folded" => Ok(Self::Folded),
            _ => Err(refuse("form", name, "features or folded")),
        }
    }
}

/// Tokens of worlds as `[N, 32, 12]`.
pub fn features<'a>(n: usize, world: impl Fn(usize) -> (&'a View, &'a World) + Sync) -> Vec<i8> {
    let mut out = vec![0i8; n * TOKENS * FEATURES];
    out.par_chunks_exact_mut(TOKENS * FEATURES).enumerate().for_each(|(i, out)| {
        let (view, world) = world(i);
        out.copy_from_slice(Tokens::of(view, world).features().as_flattened());
    });
    out
}

/// Tokens of worlds as `[N, 32, 2]`.
pub fn folded<'a>(n: usize, world: impl Fn(usize) -> (&'a View, &'a World) + Sync) -> Vec<u16> {
    let mut out = vec![0u16; n * TOKENS * 2];
    out.par_chunks_exact_mut(TOKENS * 2).enumerate().for_each(|(i, out)| {
        let (view, world) = world(i);
        let words = Input::new(&Tokens::of(view, world), view.seat().index()).folded();
        for (out, word) in out.chunks_exact_mut(2).zip(words) {
            out.copy_from_slice(&[word as u16, (word >> 16) as u16]);
        }
        debug_assert_ne!(out[..2], ABSENT);
    });
    out
}

impl Columns {
    fn new(labelled: &Labelled, form: Form, next: u64) -> Self {
        let Labelled { decisions, labels } = labelled;
        let world = |i: usize| (&decisions[labels[i].decision as usize].1, &labels[i].world);
        let n = labels.len();
        let (tokens, folded) = match form {
            Form::Features => (features(n, world), Vec::new()),
            Form::Folded => (Vec::new(), folded(n, world)),
        };
        let values = labels.iter().flat_map(|label| label.values);
        let of = |i: usize| &decisions[labels[i].decision as usize];
        Self {
            next,
            tokens,
            folded,
            q: values.clone().map(|value| if value == ILLEGAL { 0.0 } else { f32::from(value) }).collect(),
            legal: values.map(|value| value != ILLEGAL).collect(),
            ply: (0..n).map(|i| of(i).1.table().ply() as u8).collect(),
            seed: (0..n).map(|i| of(i).0).collect(),
        }
    }

    fn into_dict(self, py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
        let n = self.ply.len();
        let dict = PyDict::new(py);
        if self.tokens.is_empty() {
            dict.set_item("tokens", self.folded.into_pyarray(py).reshape([n, TOKENS, 2])?)?;
        } else {
            dict.set_item("tokens", self.tokens.into_pyarray(py).reshape([n, TOKENS, FEATURES])?)?;
        }
        dict.set_item("q", self.q.into_pyarray(py).reshape([n, 7])?)?;
        dict.set_item("legal", self.legal.into_pyarray(py).reshape([n, 7])?)?;
        dict.set_item("ply", self.ply.into_pyarray(py))?;
        dict.set_item("seed", self.seed.into_pyarray(py))?;
        dict.set_item("next_seed", self.next)?;
        Ok(dict)
    }
}

/// Labels under way, batch by batch.
#[pyclass(frozen, module = "boneyard._boneyard")]
pub struct LabelStream {
    job: Job<Columns>,
    device: String,
}

#[pymethods]
impl LabelStream {
    #[new]
    #[pyo3(signature = (*, seed, games, worlds, first_ply, end_ply, policies, sensible, split, device, batch, form,
                        shuffle, rank, world_size, memory_budget, threads))]
    #[expect(clippy::too_many_arguments, reason = "one an option")]
    fn new(
        py: Python<'_>,
        seed: u64,
        games: Option<u64>,
        worlds: u32,
        first_ply: usize,
        end_ply: usize,
        policies: Vec<(String, u32)>,
        sensible: u32,
        split: Option<&str>,
        device: &str,
        batch: Option<u64>,
        form: &str,
        shuffle: bool,
        rank: u64,
        world_size: u64,
        memory_budget: Option<u64>,
        threads: usize,
    ) -> PyResult<Self> {
        let policies = policies.into_iter().map(|(text, parts)| Ok((text.parse().map_err(of_core)?, parts)));
        let policies = policies.collect::<PyResult<_>>()?;
        let labels = Labels { worlds, plies: first_ply..end_ply, policies, sensible };
        labels.check().map_err(of_core)?;
        let form = Form::named(form)?;
        let split = named_split(split)?;
        if rank >= world_size {
            return Err(refuse(
                "rank",
                rank,
                format_args!("a number below world_size, which is {world_size}"),
            ));
        }
        let configuration = Configuration { sampling: Sampling::new(worlds), ..Configuration::default() };
        let (place, (pool, for_columns)) = py.detach(|| {
            let games = games.unwrap_or(u64::MAX);
            let mut place = Place::new(device, &configuration, games, memory_budget, batch)?.one()?;
            if batch.is_none() && place.devices[0].chosen != Chosen::Cpu {
                place.batch = GAMES_AT_ONCE;
            }
            // Columns are made on threads of their own: whoever makes labels may wait for them.
            let pools = (pool(threads).map_err(of_run)?, pool(threads).map_err(of_run)?);
            PyResult::Ok((place, pools))
        })?;
        let device = place.names();
        let end = games.map_or(u64::MAX, |games| seed.saturating_add(games));
        let job = Job::start(1, move |progress, results| {
            let which = Which { split, end, shuffle, form, rank, world_size };
            let for_columns = &for_columns;
            let stream =
                Stream { labels: &labels, seed, which, place: &place, for_columns, progress, results };
            pool.install(|| place.devices[0].chosen.run(stream))?
        })?;
        Ok(Self { job, device })
    }

    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        self.job.next(py, None, None)?.map(|columns| columns.into_dict(py)).transpose()
    }

    /// Where they are made, such as `cuda:0`.
    #[getter]
    fn device(&self) -> &str {
        &self.device
    }

    /// Ends what is under way; there are no more batches.
    fn close(&self) {
        self.job.end();
    }
}

/// Which games, and what of them is wanted.
struct Which {
    split: Option<Split>,
    end: u64,
    shuffle: bool,
    form: Form,
    rank: u64,
    world_size: u64,
}

struct Stream<'a> {
    labels: &'a Labels,
    seed: u64,
    which: Which,
    place: &'a Place,
    for_columns: &'a ThreadPool,
    progress: &'a Progress,
    results: &'a Results<Columns>,
}

impl OnDevice for Stream<'_> {
    type Output = Result<()>;

    fn on_runtime<R: DeviceRuntime>(self, client: ComputeClient<R>) -> Self::Output {
        let device = self.place.device(client);
        self.label(device)
    }

    fn on_cpu(self) -> Self::Output {
        self.label(host(rayon::current_num_threads()))
    }
}

/// Labels of a batch, with the seed of its first game and the one after its last.
type Made = (Labelled, u64, u64);

impl Stream<'_> {
    /// Makes labels, and columns of them while the next ones are made.
    fn label<B: Labelling>(&self, backend: B) -> Result<()> {
        let (sender, receiver) = sync_channel(0);
        std::thread::scope(|scope| {
            let columns = scope.spawn(|| self.columns(receiver));
            let labelled = self.labelled(backend, sender);
            // Where nobody wants columns, that is what ended the labels too.
            columns.join().unwrap_or_else(|panic| resume_unwind(panic)).and(labelled)
        })
    }

    fn labelled<B: Labelling>(&self, backend: B, made: SyncSender<Made>) -> Result<()> {
        let Self { labels, seed, which, place, progress, .. } = self;
        let mut labeller = labels.on(backend)?;
        let mut seeds =
            (*seed..which.end).filter(|&seed| which.split.is_none_or(|split| Split::of_seed(seed) == split));
        for turn in 0u64.. {
            let seeds: Vec<u64> = seeds.by_ref().take(place.batch as usize).collect();
            let (Some(&first), Some(last)) = (seeds.first(), seeds.last()) else { break };
            if turn % which.world_size != which.rank {
                continue;
            }
            let labelled = labeller.label(&seeds, &|| progress.is_unwanted())?;
            if turn == which.rank {
                save_kernels();
            }
            progress.games.fetch_add(seeds.len() as u64, Relaxed);
            if made.send((labelled, first, last.saturating_add(1))).is_err() {
                break;
            }
        }
        Ok(())
    }

    fn columns(&self, made: Receiver<Made>) -> Result<()> {
        for (mut labelled, first, next) in made {
            if self.which.shuffle {
                labelled.shuffle(first);
            }
            self.results.put(self.for_columns.install(|| Columns::new(&labelled, self.which.form, next)))?;
        }
        Ok(())
    }
}
