//! Where to run.

use crate::exit::{BadInput, translated};
use boneyard::device::DEFAULT_BUDGET;
use boneyard::net::{Arithmetic, Forward};
use boneyard::{Configuration, EvaluatorSpec};
use boneyard_runtime::{
    Choice, Chosen, ComputeClient, DeviceChoice, DeviceInfo, DeviceRuntime, OnDevice, choose as choose_among,
    probe,
};
use std::io::Write;

/// Takes what `--device` asks for; looks at the machine only if that is needed.
///
/// `auto` stays on the CPU for work that a GPU would not do.
pub fn choose(request: &str, configuration: &Configuration) -> anyhow::Result<Choice> {
    let check = || configuration.check_for_device().map_err(translated);
    let refuse = |error| BadInput::option("--device", error);
    let request: DeviceChoice = request.parse().map_err(refuse)?;
    let cpu = |reason: String| Ok(Choice { chosen: Chosen::Cpu, reason });
    match request {
        DeviceChoice::Cpu => return cpu("asked for".to_owned()),
        DeviceChoice::Auto => {
            if let Err(error) = check() {
                return cpu(format!("auto: {error}"));
            }
        }
        _ => {}
    }
    let choice = choose_among(request, &probe()).map_err(refuse)?;
    if choice.chosen != Chosen::Cpu {
        check()?;
    }
    Ok(choice)
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

/// Reads a memory budget such as `512MiB` or `4GiB`; a bare number counts bytes. `auto` is a quarter of the device's
/// memory, at most 8 GiB, or what the library takes where the device does not tell.
pub fn memory_budget(text: &str, device: &Chosen) -> anyhow::Result<u64> {
    if text == "auto" {
        return Ok(match device {
            Chosen::Device(DeviceInfo { memory: Some(memory), .. }) => (memory / 4).min(MOST_UNASKED),
            _ => DEFAULT_BUDGET,
        });
    }
    let units = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("", 1)];
    let read = units.into_iter().find_map(|(unit, bytes): (&str, u64)| {
        text.strip_suffix(unit)?.trim().parse::<u64>().ok()?.checked_mul(bytes)
    });
    let expected = "expected auto or a number of bytes above 0, such as 1GiB, 512MiB or 65536";
    read.filter(|&bytes| bytes > 0).ok_or_else(|| {
        BadInput::option("--memory-budget", format_args!("`{}`: {expected}", text.escape_debug()))
    })
}

/// Says what is here, which is chosen and why.
pub fn list(mut output: impl Write) -> anyhow::Result<()> {
    let here = probe();
    let choice = choose_among(DeviceChoice::Auto, &here)?;
    writeln!(output, "{}", here.to_string().trim_end())?;
    writeln!(output, "auto    {} ({})", choice.chosen, choice.reason)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use boneyard_runtime::{DeviceKind, Family};

    #[test]
    fn budgets_are_read() {
        for (text, bytes) in [("65536", 65_536), ("1KiB", 1024), ("512 MiB", 512 << 20), ("4GiB", 4 << 30)] {
            assert_eq!(memory_budget(text, &Chosen::Cpu).unwrap(), bytes);
        }
        for text in ["", "0", "-1", "1GB", "1.5GiB", "lots", "99999999999GiB"] {
            let error = memory_budget(text, &Chosen::Cpu).unwrap_err().to_string();
            assert!(error.starts_with(&format!("--memory-budget: `{text}`: expected")), "{error}");
        }
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
        assert_eq!(memory_budget("auto", &card(4 << 30)).unwrap(), 1 << 30);
        assert_eq!(memory_budget("auto", &card(80 << 30)).unwrap(), 8 << 30);
        assert_eq!(memory_budget("auto", &Chosen::Cpu).unwrap(), DEFAULT_BUDGET);
    }
}
