//! Where entries run.

use crate::machine;
use anyhow::Result;
use boneyard::core::{Backend, Chooses, Evaluator, HostObservations, Policy, Sampler, SlotValues};
use boneyard::device::{Device, DeviceObservations, HostPart};
use boneyard::net::{Architecture, Weights};
use boneyard::prelude::{Configuration, EvaluatorSpec, Host, Played, PolicySpec, SamplerSpec, Setup};
use boneyard::rules::World;
use boneyard::strategies::policy::Replay;
use boneyard::{Network, StandardBackend};
use boneyard_tests::batch::Batch;
use cubecl::prelude::{ComputeClient, Runtime};
use std::time::Instant;

/// What stands behind a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The cores of this machine.
    Host,
    /// A device that is really the host: no size, and no deep search, is asked of it.
    Software,
    /// A GPU.
    Gpu,
}

/// What an evaluator promises, and thereby what it is checked against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The exact points of every legal move.
    Exact,
    /// Exactly whether the contract is made.
    Contract,
    /// The points when everybody plays the strongest legal domino.
    Playout,
    /// A network's outputs, nearly.
    Network,
}

/// An evaluator of the catalogue.
pub struct EvaluatorVariant<B: Backend> {
    /// What runs; its id is the variant's.
    pub evaluator: Box<dyn Evaluator<B>>,
    /// What it promises.
    pub claim: Claim,
    /// The network that it asks.
    pub network: Option<Network>,
}

impl<B: Backend> EvaluatorVariant<B> {
    fn new<P: Site<Backend = B>>(site: &P, evaluator: EvaluatorSpec, claim: Claim) -> Self {
        let network = evaluator.networks().first().copied().cloned();
        Self { evaluator: site.evaluator(evaluator), claim, network }
    }
}

/// The sizes of networks whose speed is of interest, with weights that were never trained, by name.
const NETWORKS: [(&str, Architecture); 3] = [
    ("32x2", Architecture { width: 32, heads: 4, layers: 2, feed_forward: 64 }),
    ("128x4", Architecture { width: 128, heads: 8, layers: 4, feed_forward: 512 }),
    ("256x6", Architecture { width: 256, heads: 8, layers: 6, feed_forward: 512 }),
];

/// A network of these sizes.
pub fn network(name: &str) -> Network {
    let (_, architecture) = NETWORKS.iter().find(|(other, _)| *other == name).expect("one of the sizes");
    let weights = Weights::random(*architecture, 1).expect("sizes that a file could have");
    Network::new(name, weights).expect("it outputs points")
}

/// A world with its values.
#[derive(Clone, Copy, Debug)]
pub struct Valued {
    /// The game of the batch it belongs to.
    pub game: usize,
    /// The world.
    pub world: World,
    /// Its values by slot.
    pub values: SlotValues,
}

/// A backend that runs whatever can be described, and plays what it is told.
pub trait Measurable: StandardBackend + Chooses<Replay> {}

impl<B: StandardBackend + Chooses<Replay>> Measurable for B {}

/// A backend that can be measured.
pub trait Site: Sized {
    /// The backend.
    type Backend: Measurable;

    /// `cpu`, `cuda:0`, `wgpu:0`.
    fn name(&self) -> &str;

    /// What it is.
    fn kind(&self) -> Kind;

    /// A fresh backend.
    fn backend(&self) -> Self::Backend;

    /// Waits until everything asked for is done.
    ///
    /// # Errors
    /// If something failed.
    fn wait(&self) -> Result<()>;

    /// Bytes held now, if that can be known.
    fn memory(&self) -> Option<u64>;

    /// The samplers that run here: a new one joins the catalogue here.
    fn samplers(&self) -> Vec<Box<dyn Sampler<Self::Backend>>> {
        let runs_here = |sampler: &SamplerSpec| self.kind() == Kind::Host || sampler.has_kernel();
        SamplerSpec::all().into_iter().filter(runs_here).map(SamplerSpec::build).collect()
    }

    /// The evaluators that run here: a new one joins the catalogue here.
    fn evaluators(&self) -> Vec<EvaluatorVariant<Self::Backend>> {
        let mut evaluators =
            vec![(EvaluatorSpec::Solver, Claim::Exact), (EvaluatorSpec::Playout, Claim::Playout)];
        if self.kind() == Kind::Host {
            evaluators.insert(1, (EvaluatorSpec::Contract, Claim::Contract));
        }
        evaluators.into_iter().map(|(spec, claim)| EvaluatorVariant::new(self, spec, claim)).collect()
    }

    /// The networks that are measured here.
    fn networks(&self) -> &'static [&'static str] {
        match self.kind() {
            Kind::Host => &["32x2", "128x4"],
            Kind::Software => &["32x2"],
            Kind::Gpu => &["128x4", "256x6"],
        }
    }

    /// The networks that are measured here, as evaluators.
    fn network_evaluators(&self) -> Vec<EvaluatorVariant<Self::Backend>> {
        let networks = self.networks().iter().map(|name| EvaluatorSpec::Net(network(name)));
        networks.map(|it| EvaluatorVariant::new(self, it, Claim::Network)).collect()
    }

    /// An evaluator by name.
    fn evaluator(&self, evaluator: EvaluatorSpec) -> Box<dyn Evaluator<Self::Backend>> {
        evaluator.build().expect("every backend runs what can be described")
    }

    /// A policy by name.
    fn policy(&self, policy: PolicySpec) -> Box<dyn Policy<Self::Backend>> {
        policy.build()
    }

    /// The worlds of a chunk with their values, in order; values are arbitrary if nothing was evaluated.
    ///
    /// # Errors
    /// Device errors.
    fn read(
        &self,
        batch: &Batch<Self::Backend>,
        seen: &<Self::Backend as Backend>::Observations,
    ) -> Result<Vec<Valued>>;

    /// Whole games, with the worlds of a step within `budget` bytes if given.
    ///
    /// # Errors
    /// As a pipeline's.
    fn play_within(
        &self,
        budget: Option<u64>,
        configuration: &Configuration,
        setups: &[Setup],
    ) -> Result<Played>;

    /// Whole games.
    ///
    /// # Errors
    /// As a pipeline's.
    fn play(&self, configuration: &Configuration, setups: &[Setup]) -> Result<Played> {
        self.play_within(None, configuration, setups)
    }

    /// Gives back memory that earlier work has left, so that [`memory`](Self::memory) is that of what follows.
    fn release(&self) {}

    /// Seconds that `work` takes, between two synchronisations.
    ///
    /// # Errors
    /// Those of the work.
    fn time<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<(f64, T)> {
        self.wait()?;
        let start = Instant::now();
        let result = work()?;
        self.wait()?;
        Ok((start.elapsed().as_secs_f64(), result))
    }
}

/// A world with its owner and its values in memory.
const HOST_WORLD_BYTES: u64 = 12 + 4 + 14;

/// The threads of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct HostSite;

impl Site for HostSite {
    type Backend = Host;

    fn name(&self) -> &str {
        "cpu"
    }

    fn kind(&self) -> Kind {
        Kind::Host
    }

    fn backend(&self) -> Host {
        Host::default()
    }

    fn wait(&self) -> Result<()> {
        Ok(())
    }

    fn memory(&self) -> Option<u64> {
        machine::resident_bytes()
    }

    fn read(&self, batch: &Batch<Host>, _: &HostObservations) -> Result<Vec<Valued>> {
        let (worlds, values) = (&batch.worlds, &batch.values.slots);
        let valued = |(i, (&game, &world)): (usize, (&u32, &World))| Valued {
            game: game as usize,
            world,
            values: values.get(i).copied().unwrap_or_default(),
        };
        Ok(worlds.owners.iter().zip(&worlds.worlds).enumerate().map(valued).collect())
    }

    fn play_within(
        &self,
        budget: Option<u64>,
        configuration: &Configuration,
        setups: &[Setup],
    ) -> Result<Played> {
        let mut host = Host::default();
        if let Some(bytes) = budget {
            host.chunk_worlds = (bytes / HOST_WORLD_BYTES) as usize;
        }
        Ok(configuration.pipeline(host)?.play(setups, &mut ())?)
    }
}

/// What is used of a device, and beside it.
#[derive(Clone, Copy, Debug)]
pub struct DeviceUse {
    /// Bytes of memory to stay within.
    pub budget: u64,
    /// Searches are launched as on a device with so many multiprocessors; `None` is all.
    pub multiprocessors: Option<u32>,
    /// Most turns of a launch of a search; `None` is the device's.
    pub launch_turns: Option<u32>,
    /// Threads of the CPU have a part in searches.
    pub with_cpu: bool,
    /// It is a GPU, and no software.
    pub is_hardware: bool,
}

impl DeviceUse {
    /// All of a device, but for its memory.
    pub fn within(budget: u64) -> Self {
        Self { budget, multiprocessors: None, launch_turns: None, with_cpu: false, is_hardware: false }
    }

    /// A fresh backend.
    pub fn backend<R: Runtime>(self, client: &ComputeClient<R>, name: &str) -> Device<R> {
        let mut device = Device::new(client.clone(), name).with_budget(self.budget);
        if self.is_hardware {
            device = device.as_hardware();
        }
        if let Some(n) = self.multiprocessors {
            device = device.with_multiprocessors(n);
        }
        if let Some(turns) = self.launch_turns {
            device = device.with_turns(turns);
        }
        if self.with_cpu { device.with_host_part(HostPart::Measured) } else { device }
    }
}

/// A device through a runtime.
pub struct DeviceSite<R: Runtime> {
    /// The device.
    pub client: ComputeClient<R>,
    /// Its short name.
    pub name: String,
    /// A GPU or software.
    pub kind: Kind,
    /// What is used of it.
    pub using: DeviceUse,
}

impl<R: Runtime> Site for DeviceSite<R> {
    type Backend = Device<R>;

    fn name(&self) -> &str {
        &self.name
    }

    fn kind(&self) -> Kind {
        self.kind
    }

    fn backend(&self) -> Device<R> {
        self.using.backend(&self.client, &self.name)
    }

    fn wait(&self) -> Result<()> {
        let done = cubecl::future::block_on(self.client.sync());
        done.map_err(|error| anyhow::anyhow!("{}: {error:?}", self.name))
    }

    fn memory(&self) -> Option<u64> {
        self.client.memory_usage().ok().map(|usage| usage.bytes_reserved)
    }

    fn read(&self, batch: &Batch<Device<R>>, seen: &DeviceObservations) -> Result<Vec<Valued>> {
        let worlds = batch.worlds.drawn()?.read(&batch.on, seen)?;
        let rows = worlds.into_iter().zip(batch.values.read(&batch.on, seen)?);
        Ok(rows.map(|((game, world), values)| Valued { game, world, values }).collect())
    }

    fn play_within(
        &self,
        budget: Option<u64>,
        configuration: &Configuration,
        setups: &[Setup],
    ) -> Result<Played> {
        let backend = self.backend().with_budget(budget.unwrap_or(self.using.budget));
        Ok(configuration.pipeline(backend)?.play(setups, &mut ())?)
    }

    fn release(&self) {
        self.client.memory_cleanup();
    }
}
