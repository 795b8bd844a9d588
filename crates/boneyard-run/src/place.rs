//! Where a run takes place, and how much of it at once.

use crate::{Error, Result};
use boneyard::core::{Named, Sampling};
use boneyard::device::{DEFAULT_BUDGET, Device, HostPart, bytes_per_game};
use boneyard::net::{Arithmetic, Forward};
use boneyard::{Configuration, EvaluatorSpec};
use boneyard_runtime::{
    Choice, Chosen, ComputeClient, DeviceChoice, DeviceInfo, DeviceList, DeviceRuntime, Family, KernelCache,
    OnDevice, Uses, check_configuration, choose_all, probe, probe_family,
};
use std::num::NonZero;

/// Takes what is asked for, one device or several of a kind; looks at the machine only if that is needed.
///
/// `auto` stays on the CPU for work that a GPU would not do, and for so few games that the CPU is done first.
///
/// # Errors
/// [`Error::Device`] if there is no such device; [`Error::Core`] if it cannot do what the configuration asks;
/// [`Error::Runtime`] for a configuration of CubeCL that cannot be read.
pub fn choose(request: &DeviceList, configuration: &Configuration, games: u64) -> Result<Vec<Choice>> {
    let check = || configuration.check_for_device();
    let cpu = |reason: String| Ok(vec![Choice { chosen: Chosen::Cpu, with_cpu: false, reason }]);
    match request {
        DeviceList::One(DeviceChoice::Cpu) => return cpu("asked for".to_owned()),
        DeviceList::One(DeviceChoice::Auto) => {
            if let Some(outside) = configuration.evaluator.outsides().first() {
                return cpu(format!("auto: evaluator {} runs on the CPU", outside.id()));
            }
            if let Err(error) = check() {
                return cpu(format!("auto: {error}"));
            }
            // Looking for GPUs takes longer than a small run.
            let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
            if let Some(reason) = cpu_is_sooner(configuration, games, threads) {
                return cpu(reason);
            }
        }
        _ => {}
    }
    // Others are only looked for to say what there is instead.
    let named = request.family().and_then(|family| choose_all(request, &probe_family(family)).ok());
    let choices = named.map_or_else(|| choose_all(request, &probe()), Ok).map_err(Error::Device)?;
    if choices[0].chosen != Chosen::Cpu {
        check()?;
        // Before anything is written.
        check_configuration()?;
    }
    Ok(choices)
}

/// A chosen device as a backend, with so many bytes of its memory.
pub fn device<R: DeviceRuntime>(client: ComputeClient<R>, uses: Uses, budget: u64) -> Device<R> {
    let name = R::name(&client);
    let part = if uses.with_cpu { HostPart::Measured } else { HostPart::None };
    let device = Device::new(client, name).with_budget(budget).with_host_part(part);
    if uses.is_hardware { device.as_hardware() } else { device }
}

/// Seconds that a GPU takes for a run however small: to begin, and for the hardest world of every ply. An H100 takes 0.8 s.
const GPU_BEGINS: f64 = 0.7;

/// Why a run is done on this many threads before a GPU would be, if it is.
fn cpu_is_sooner(configuration: &Configuration, games: u64, threads: usize) -> Option<String> {
    let per_second = threads as f64 * worlds_per_second(&configuration.evaluator)?;
    let samples = configuration.sampling.samples;
    let seconds = games as f64 * f64::from(samples) / per_second;
    (seconds < GPU_BEGINS).then(|| {
        format!(
            "auto: {games} games with {samples} samples take {threads} threads about {seconds:.1} s, a GPU longer"
        )
    })
}

/// Games × samples that a thread of a server plays in a second, whole games, about; `None` of networks, which a GPU does
/// better in any number.
fn worlds_per_second(evaluator: &EvaluatorSpec) -> Option<f64> {
    match evaluator {
        EvaluatorSpec::Solver => Some(180.0),
        EvaluatorSpec::Contract => Some(1_000.0),
        evaluator if evaluator.networks().is_empty() && evaluator.outsides().is_empty() => Some(8_000.0),
        _ => None,
    }
}

/// Worlds in play at once that fill a GPU: more are no faster.
const FILLING: u64 = 1 << 20;

/// Games in play at once: on a GPU as many as fill it, within a quarter of its budget; on the CPU a block, or a part of it,
/// so that little is lost when a run is interrupted.
pub fn batch(devices: &[Choice], configuration: &Configuration, budget: u64) -> u64 {
    const FEWEST: u64 = 64;
    const MOST: u64 = 4096;
    if devices[0].chosen == Chosen::Cpu {
        return FEWEST.min(configuration.block);
    }
    let Sampling { samples, histogram, .. } = configuration.sampling;
    let affordable = budget / 4 / bytes_per_game(histogram);
    (FILLING / u64::from(samples)).clamp(FEWEST, MOST).min(affordable.max(1))
}

/// Kernels that were compiled before, where devices compile them at run time; must come before the first device is opened.
/// Without a cache a run only takes longer, so trouble with it is told to `complain` and no error.
pub fn kernel_cache(devices: &[Choice], complain: impl FnOnce(&str)) -> Option<KernelCache> {
    let infos = devices.iter().map(|choice| match &choice.chosen {
        Chosen::Device(info) if info.family == Family::Cuda => {
            Some(format!("{}, {}", info.name, info.driver))
        }
        _ => None,
    });
    let mut names = infos.collect::<Option<Vec<_>>>()?;
    names.dedup();
    // CubeCL keeps kernels of different devices apart by nothing.
    let [device] = &names[..] else { return None };
    let folder = KernelCache::folder()?;
    KernelCache::open(&folder, device).unwrap_or_else(|error| {
        complain(&format!("cannot use kernels compiled before in {}: {error}", folder.display()));
        None
    })
}

/// What is recorded of where blocks were made: the kind of device, not its number, so that any may go on with a dataset.
pub fn recorded(choice: &Choice) -> String {
    match &choice.chosen {
        Chosen::Cpu => "cpu".to_owned(),
        Chosen::Device(info) if choice.with_cpu => format!("{}: {} with cpu", info.family, info.name),
        Chosen::Device(info) => format!("{}: {}", info.family, info.name),
    }
}

/// In what a network is computed, as its answers depend on it: such as `f16 on cuda`. `None` without a network: then all is
/// whole numbers. What is from outside is known by its name only.
///
/// # Errors
/// [`Error::Runtime`] if the device cannot be opened.
pub fn arithmetic(chosen: &Chosen, configuration: &Configuration) -> Result<Option<String>> {
    if let Some(outside) = configuration.evaluator.outsides().first() {
        return Ok(Some(format!("that of {}", outside.id())));
    }
    let Some(network) = configuration.networks().first().copied() else { return Ok(None) };
    let arithmetic = chosen.run(ArithmeticOf(network.forward()))?;
    let kind = match chosen {
        Chosen::Cpu => "cpu".to_owned(),
        Chosen::Device(info) => info.family.to_string(),
    };
    Ok(Some(format!("{arithmetic} on {kind}")))
}

/// Asks in what arithmetic a network is computed.
struct ArithmeticOf<'a>(&'a Forward);

impl OnDevice for ArithmeticOf<'_> {
    type Output = Arithmetic;

    fn on_runtime<R: DeviceRuntime>(self, client: ComputeClient<R>) -> Arithmetic {
        self.0.arithmetic(client.properties())
    }

    fn on_cpu(self) -> Arithmetic {
        Arithmetic::Single
    }
}

/// Most bytes that are taken unasked.
const MOST_UNASKED: u64 = 10 << 30;

/// Bytes of device memory to stay within, unless they are given: a quarter of the device's, at most 10 GiB (so that
/// the solver's table has room for 8), or what the
/// library takes where the device does not tell. Each of several has as much.
pub fn memory_budget(given: Option<u64>, devices: &[Choice]) -> u64 {
    match (given, &devices[0].chosen) {
        (Some(bytes), _) => bytes,
        (None, Chosen::Device(DeviceInfo { memory: Some(memory), .. })) => (memory / 4).min(MOST_UNASKED),
        (None, _) => DEFAULT_BUDGET,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use boneyard_runtime::DeviceKind;

    #[test]
    fn small_runs_stay_on_the_cpu() {
        let sooner = |evaluator: &str, games, samples, threads| {
            let configuration = Configuration {
                evaluator: evaluator.parse().unwrap(),
                sampling: Sampling::new(samples),
                ..Configuration::default()
            };
            cpu_is_sooner(&configuration, games, threads).is_some()
        };
        assert!(sooner("solver", 32, 50, 16));
        assert!(!sooner("solver", 32, 50, 2));
        assert!(!sooner("solver", 1000, 1024, 64));
        assert!(sooner("cascade:5", 100, 50, 4));
        assert!(!sooner("cascade:5", 1000, 1024, 64));
        let network = "../../tests/golden/small.ckpt";
        assert!(!sooner(&format!("cascade:{network}"), 1, 1, 64));
    }

    #[test]
    fn a_budget_suits_the_device_unless_it_is_given() {
        let on = |chosen| [Choice { chosen, with_cpu: false, reason: String::new() }];
        let card = |memory| {
            on(Chosen::Device(DeviceInfo {
                family: Family::Cuda,
                index: 0,
                name: "a card".to_owned(),
                kind: DeviceKind::Discrete,
                memory: Some(memory),
                interface: None,
                driver: String::new(),
            }))
        };
        assert_eq!(memory_budget(None, &card(4 << 30)), 1 << 30);
        assert_eq!(memory_budget(None, &card(80 << 30)), 10 << 30);
        assert_eq!(memory_budget(None, &on(Chosen::Cpu)), DEFAULT_BUDGET);
        assert_eq!(memory_budget(Some(7), &card(4 << 30)), 7);
    }
}
