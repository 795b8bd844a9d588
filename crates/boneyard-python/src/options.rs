//! What Python passes as a configuration, checked.

use crate::errors::{of_core, of_run, refuse};
use crate::functions::{self, Part};
use crate::job::same_process;
use crate::network::{Raised, described};
use boneyard::core::{Deals, Sampling};
use boneyard::device::Device;
use boneyard::record::{Shard, Span, Split, Wanted};
use boneyard::rules::{Bid, Seat};
use boneyard::strategies::evaluator::Checking;
use boneyard::strategies::planner::Adaptive;
use boneyard::{Configuration, EvaluatorSpec};
use boneyard_run::place;
use boneyard_run::threads::check_room_for_networks;
use boneyard_runtime::{Choice, Chosen, ComputeClient, DeviceList, DeviceRuntime, KernelCache};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

/// Everything that determines the rows of a game, once its seed is known.
#[pyclass(frozen, module = "boneyard._boneyard")]
pub struct Settings {
    /// As the library has it.
    pub configuration: Configuration,
    /// What a function of Python has raised that is an evaluator in it.
    pub raised: Raised,
}

#[pymethods]
impl Settings {
    #[new]
    #[pyo3(signature = (*, samples, declaration, bid, bidder, contract, deals, sampler, posterior, evaluator, heads, policy,
                        evaluate_forced, histogram, block, adaptive))]
    #[expect(clippy::too_many_arguments, reason = "one an option, as of the command")]
    fn new(
        samples: u32,
        declaration: &str,
        bid: u64,
        bidder: u64,
        contract: &str,
        deals: &str,
        sampler: Part,
        posterior: Option<&str>,
        evaluator: Evaluator,
        heads: Option<usize>,
        policy: Part,
        evaluate_forced: bool,
        histogram: bool,
        block: u64,
        adaptive: Option<Adapting>,
    ) -> PyResult<Self> {
        let plain = |name: &'static str| move |error| PyValueError::new_err(format!("{name}: {error}"));
        let of_contract = |what: String| PyValueError::new_err(format!("contract {contract}: {what}"));
        let raised = Raised::default();
        let (sampler, policy, outside) = functions::described(sampler, policy, &raised);
        let configuration = Configuration {
            declarations: declaration.parse().map_err(plain("declaration"))?,
            bid: Bid::new(bid).map_err(plain("bid"))?,
            bidder: Seat::new(bidder).map_err(plain("bidder"))?,
            contract: contract.parse().map_err(of_contract)?,
            deals: Deals::named(deals).ok_or_else(|| refuse("deals", deals, "python or native"))?,
            sampler: sampler.parse().map_err(of_core)?,
            posterior: posterior.map_or(Ok(Default::default()), str::parse).map_err(of_core)?,
            evaluator: evaluator.described(heads, &raised)?,
            policy: policy.parse().map_err(of_core)?,
            sampling: Sampling { evaluate_forced, histogram, ..Sampling::new(samples) },
            block,
            outside,
            ..Configuration::default()
        };
        let configuration = adapting(configuration, adaptive)?;
        configuration.check().map_err(of_core)?;
        configuration.check_evidence().map_err(of_core)?;
        Ok(Self { configuration, raised })
    }

    /// As JSON, one key an option, as it stands in a dataset.
    fn json(&self) -> String {
        serde_json::Value::from(self.configuration.to_json()).to_string()
    }

    /// SHA-256 of the configuration, as it stands in a dataset.
    fn sha256(&self) -> String {
        self.configuration.manifest(None).configuration_sha256
    }

    /// Whether estimates have standard errors.
    #[getter]
    fn corrects(&self) -> bool {
        self.configuration.evaluator.corrects()
    }
}

/// Samples that adapt, as Python describes them: a target, the least and the most worlds.
pub type Adapting = (String, u32, u32);

/// The same with as many worlds a decision as are wanted.
pub fn adapting(configuration: Configuration, adaptive: Option<Adapting>) -> PyResult<Configuration> {
    let Some((target, least, most)) = adaptive else { return Ok(configuration) };
    let target = target.parse().map_err(of_core)?;
    Ok(configuration.adapting(Adaptive::new(target, least, most).map_err(of_core)?))
}

/// An evaluator as Python describes it: text, or tuples of such.
#[derive(FromPyObject)]
pub enum Evaluator {
    /// As the command describes it.
    Text(String),
    /// A kind, a number, and what it is made of.
    Made(String, u32, Vec<Evaluator>),
    /// A name, most worlds a call, and a function; the same for tokens in the memory of a CUDA device, if there is one.
    Function(String, usize, Py<PyAny>, Option<Py<PyAny>>),
}

impl Evaluator {
    /// What it stands for; `heads` is how many attention heads its networks have, where their files do not say.
    pub fn described(self, heads: Option<usize>, raised: &Raised) -> PyResult<EvaluatorSpec> {
        let evaluator = self.read(heads, raised)?;
        match heads {
            Some(heads) if evaluator.networks().is_empty() => {
                Err(refuse("heads", heads, format_args!("an evaluator with a network, not {evaluator}")))
            }
            _ => Ok(evaluator),
        }
    }

    fn read(self, heads: Option<usize>, raised: &Raised) -> PyResult<EvaluatorSpec> {
        Ok(match self {
            Self::Text(text) => EvaluatorSpec::read(&text, heads).map_err(of_core)?,
            Self::Function(name, batch, function, in_place) => {
                described(name, function, in_place, batch, raised)
            }
            Self::Made(kind, number, parts) => {
                let parts =
                    parts.into_iter().map(|part| part.read(heads, raised)).collect::<PyResult<Vec<_>>>()?;
                let made = match (kind.as_str(), <[_; 2]>::try_from(parts)) {
                    ("cascade", Ok([late, early])) => {
                        EvaluatorSpec::cascade(number.min(255) as u8, late, early)
                    }
                    (kind, Err(mut parts)) if parts.len() == 1 => {
                        let checking = Checking { one_in: number, correct: kind == "corrected" };
                        EvaluatorSpec::checked(checking, parts.remove(0))
                    }
                    (kind, _) => return Err(refuse("evaluator", kind, "cascade, corrected or checked")),
                };
                made.map_err(of_core)?
            }
        })
    }
}

/// The games that are wanted.
pub fn wanted(seed: u64, games: u64, split: Option<&str>) -> PyResult<Wanted> {
    if games == 0 {
        return Err(refuse("games", 0, "at least 1"));
    }
    let span = Span::of(seed, games).ok_or_else(|| {
        let most = (u64::MAX - seed).saturating_add(1);
        refuse(
            "games",
            games,
            format_args!("at most {most} from seed {seed}, so that the last seed fits 64 bits"),
        )
    })?;
    let split = named_split(split)?;
    let wanted = Wanted { span, split };
    if wanted.games() == 0 {
        return Err(PyValueError::new_err(format!(
            "split {}: none of the seeds {span} is of it",
            split.map_or("", |split| split.name())
        )));
    }
    Ok(wanted)
}

/// A split by its name, if one is named.
pub fn named_split(name: Option<&str>) -> PyResult<Option<Split>> {
    let split = name.map(str::parse).transpose();
    split.map_err(|error| PyValueError::new_err(format!("split {error}")))
}

/// A part of the blocks, such as `1/4`.
pub fn shard(text: Option<&str>) -> PyResult<Shard> {
    let shard = text.map(str::parse).transpose();
    shard
        .map(|shard| shard.unwrap_or(Shard::WHOLE))
        .map_err(|error| PyValueError::new_err(format!("shard {error}")))
}

/// Where to run, and with what.
pub struct Place {
    /// One device at least.
    pub devices: Vec<Choice>,
    /// Bytes of memory of each.
    pub budget: u64,
    /// Games in play at once on each.
    pub batch: u64,
}

impl Place {
    /// What is asked for, once it was checked that the configuration can be run there.
    pub fn new(
        device: &str,
        configuration: &Configuration,
        games: u64,
        memory_budget: Option<u64>,
        batch: Option<u64>,
    ) -> PyResult<Self> {
        let list: DeviceList =
            device.parse().map_err(|error| PyValueError::new_err(format!("device: {error}")))?;
        let batch = batch.map(boneyard_run::check_batch).transpose().map_err(of_run)?;
        let devices = place::choose(&list, configuration, games).map_err(of_run)?;
        check_networks(configuration)?;
        if devices[0].chosen != Chosen::Cpu {
            begins(&OPENED)?;
        }
        let budget = place::memory_budget(memory_budget, &devices);
        let batch = batch.unwrap_or_else(|| place::batch(&devices, configuration, budget));
        keep_kernels(&devices);
        Ok(Self { devices, budget, batch })
    }

    /// The same, of one device only.
    pub fn one(self) -> PyResult<Self> {
        match &self.devices[..] {
            [_] => Ok(self),
            _ => Err(refuse("device", self.names(), "one device; `write` takes several")),
        }
    }

    /// The first device as a backend.
    pub fn device<R: DeviceRuntime>(&self, client: ComputeClient<R>) -> Device<R> {
        place::device(client, self.devices[0].uses(), self.budget)
    }

    /// For people.
    pub fn names(&self) -> String {
        let names: Vec<String> = self.devices.iter().map(Choice::to_string).collect();
        names.join(",")
    }
}

/// Compiled kernels, from the first run on a device on, if they are kept.
static KERNELS: Mutex<Option<Option<KernelCache>>> = Mutex::new(None);

/// Finds kernels that were compiled before, when the first device is about to be opened.
fn keep_kernels(devices: &[Choice]) {
    let mut kernels = KERNELS.lock().unwrap_or_else(PoisonError::into_inner);
    if kernels.is_none() && devices[0].chosen != Chosen::Cpu {
        // Without them a run only takes longer.
        *kernels = Some(place::kernel_cache(devices, |_| ()));
    }
}

/// The process that first opened a device, and the one that first computed a network, 0 for none: what these need does not
/// outlive a fork.
static OPENED: AtomicU32 = AtomicU32::new(0);
static COMPUTED: AtomicU32 = AtomicU32::new(0);

/// Refuses in a forked process what its parent has begun.
fn begins(first: &AtomicU32) -> PyResult<()> {
    let process = std::process::id();
    let before = first.compare_exchange(0, process, Relaxed, Relaxed);
    before.map_or_else(same_process, |_| Ok(()))
}

/// Checks that networks can be computed on the CPU here.
fn check_networks(configuration: &Configuration) -> PyResult<()> {
    if configuration.networks().is_empty() {
        return Ok(());
    }
    begins(&COMPUTED)?;
    check_room_for_networks().map_err(of_run)
}

/// Keeps what was compiled, for the next process.
pub fn save_kernels() {
    let kernels = KERNELS.lock().unwrap_or_else(PoisonError::into_inner);
    // As above.
    let _ = kernels.iter().flatten().map(KernelCache::save).collect::<Vec<_>>();
}

/// What this machine can run on: a line of text a device, and which one `auto` takes, and why.
#[pyfunction]
pub fn devices(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let (here, choice) = py.detach(|| {
        let here = boneyard_runtime::probe();
        let choice = boneyard_runtime::choose(boneyard_runtime::DeviceChoice::Auto, &here);
        (here, choice)
    });
    let choice = choice.map_err(|error| of_run(error.into()))?;
    let listed = PyDict::new(py);
    for info in here.listings.iter().flat_map(|listing| &listing.devices) {
        listed.set_item(format!("{}:{}", info.family, info.index), &info.name)?;
    }
    let dict = PyDict::new(py);
    dict.set_item("auto", choice.chosen.to_string())?;
    dict.set_item("reason", choice.reason)?;
    dict.set_item("threads", here.cpu.threads)?;
    dict.set_item("devices", listed)?;
    dict.set_item("text", here.to_string())?;
    Ok(dict)
}
