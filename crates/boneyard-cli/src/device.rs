//! Where to run.

use crate::exit::{BadInput, print, translated};
use crate::values::MemoryBudget;
use boneyard::device::DEFAULT_BUDGET;
use boneyard::net::{Arithmetic, Forward};
use boneyard::{Configuration, EvaluatorSpec};
use boneyard_runtime::{
    Choice, Chosen, ComputeClient, DeviceChoice, DeviceInfo, DeviceRuntime, OnDevice, RuntimeError,
    check_configuration, choose as choose_among, probe,
};
use std::process::ExitCode;

/// Takes what `--device` asks for; looks at the machine only if that is needed.
///
/// `auto` stays on the CPU for work that a GPU would not do.
pub fn choose(request: DeviceChoice, configuration: &Configuration) -> anyhow::Result<Choice> {
    let check = || configuration.check_for_device().map_err(translated);
    let cpu = |reason: String| Ok(Choice { chosen: Chosen::Cpu, reason });
    match request {
        DeviceChoice::Cpu => return cpu("asked for".to_owned()),
        DeviceChoice::Auto => {
            if let Err(error) = check() {
                return cpu(format!("auto: {error}"));
            }
        }
        DeviceChoice::Device(..) => {}
    }
    let choice = choose_among(request, &probe()).map_err(|error| BadInput::option("--device", error))?;
    if choice.chosen != Chosen::Cpu {
        check()?;
        // Before anything is written.
        check_configuration().map_err(of_device)?;
    }
    Ok(choice)
}

/// An error of opening a device: a file that CubeCL cannot read is bad input.
fn of_device(error: RuntimeError) -> anyhow::Error {
    match error {
        RuntimeError::Configuration { .. } => BadInput(error.to_string()).into(),
        error => error.into(),
    }
}

/// What is recorded of where blocks were made: the kind of device, not its number, so that any may go on with a dataset.
pub fn recorded(chosen: &Chosen) -> String {
    match chosen {
        Chosen::Cpu => "cpu".to_owned(),
        Chosen::Device(info) => format!("{}: {}", info.family, info.name),
    }
}

/// In what a network is computed, as its answers depend on it: such as `f16 on cuda`. `None` without a network: then all is
/// whole numbers.
pub fn arithmetic(chosen: &Chosen, evaluator: &EvaluatorSpec) -> anyhow::Result<Option<String>> {
    let Some(network) = evaluator.networks().first().copied() else { return Ok(None) };
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
const MOST_UNASKED: u64 = 8 << 30;

/// Bytes of device memory to stay within. `auto` is a quarter of the device's, at most 8 GiB, or what the library takes
/// where the device does not tell.
pub fn memory_budget(budget: MemoryBudget, device: &Chosen) -> u64 {
    match (budget, device) {
        (MemoryBudget::Bytes(bytes), _) => bytes,
        (MemoryBudget::Auto, Chosen::Device(DeviceInfo { memory: Some(memory), .. })) => {
            (memory / 4).min(MOST_UNASKED)
        }
        (MemoryBudget::Auto, _) => DEFAULT_BUDGET,
    }
}

/// Says what is here, which is chosen and why.
pub fn list() -> anyhow::Result<ExitCode> {
    let here = probe();
    let choice = choose_among(DeviceChoice::Auto, &here)?;
    print(&format!("{}\nauto    {} ({})", here.to_string().trim_end(), choice.chosen, choice.reason))?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use boneyard_runtime::{DeviceKind, Family};

    #[test]
    fn a_budget_suits_the_device_unless_it_is_given() {
        let card = |memory| {
            Chosen::Device(DeviceInfo {
                family: Family::Cuda,
                index: 0,
                name: "a card".to_owned(),
                kind: DeviceKind::Discrete,
                memory: Some(memory),
                interface: None,
                driver: String::new(),
            })
        };
        assert_eq!(memory_budget(MemoryBudget::Auto, &card(4 << 30)), 1 << 30);
        assert_eq!(memory_budget(MemoryBudget::Auto, &card(80 << 30)), 8 << 30);
        assert_eq!(memory_budget(MemoryBudget::Auto, &Chosen::Cpu), DEFAULT_BUDGET);
        assert_eq!(memory_budget(MemoryBudget::Bytes(7), &card(4 << 30)), 7);
    }
}
