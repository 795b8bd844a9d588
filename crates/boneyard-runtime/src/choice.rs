//! Which device is meant, and which one that is on this machine.

use std::{fmt, str::FromStr};

use crate::{CudaInfo, Family, Probe, RuntimeError, WgpuInfo};

/// A device as a user asks for it: `auto`, `cuda`, `cuda:1`, `wgpu`, `wgpu:0`, `cpu`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum DeviceChoice {
    /// The first of: a CUDA device, a hardware wgpu adapter, the CPU.
    #[default]
    Auto,
    /// A CUDA device; without an index the first one.
    Cuda(Option<usize>),
    /// A wgpu adapter; without an index the best hardware adapter, else the first software one.
    Wgpu(Option<usize>),
    /// The CPU, without any runtime.
    Cpu,
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cuda(None) => f.write_str("cuda"),
            Self::Cuda(Some(index)) => write!(f, "cuda:{index}"),
            Self::Wgpu(None) => f.write_str("wgpu"),
            Self::Wgpu(Some(index)) => write!(f, "wgpu:{index}"),
            Self::Cpu => f.write_str("cpu"),
        }
    }
}

impl FromStr for DeviceChoice {
    type Err = RuntimeError;

    fn from_str(input: &str) -> Result<Self, RuntimeError> {
        let fail = |problem: String| RuntimeError::ParseDevice { input: input.to_owned(), problem };
        let (name, index) = match input.split_once(':') {
            None => (input, None),
            Some((name, index)) => (name, Some(index)),
        };
        if !matches!(name, "auto" | "cuda" | "wgpu" | "cpu") {
            return Err(fail(format!("there is no device kind {name:?}")));
        }
        let index = match index {
            None => None,
            Some(_) if matches!(name, "auto" | "cpu") => {
                return Err(fail(format!("{name} takes no index")));
            }
            // `usize::from_str` would take a leading plus sign.
            Some(text) if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) => {
                return Err(fail(format!("{text:?} is not an index")));
            }
            Some(text) => {
                Some(text.parse().map_err(|_| fail(format!("{text:?} is too large for an index")))?)
            }
        };
        Ok(match name {
            "auto" => Self::Auto,
            "cuda" => Self::Cuda(index),
            "wgpu" => Self::Wgpu(index),
            _ => Self::Cpu,
        })
    }
}

/// The device that a choice came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chosen {
    /// A CUDA device.
    Cuda(CudaInfo),
    /// A wgpu adapter.
    Wgpu(WgpuInfo),
    /// The CPU.
    Cpu,
}

/// The short id: `cuda:0`, `wgpu:0` or `cpu`.
impl fmt::Display for Chosen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cuda(info) => write!(f, "cuda:{}", info.index),
            Self::Wgpu(info) => write!(f, "wgpu:{}", info.index),
            Self::Cpu => f.write_str("cpu"),
        }
    }
}

/// A device and why it is this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The device.
    pub chosen: Chosen,
    /// The reason, one clause for a person to read.
    pub reason: String,
}

/// Maps a choice onto what is here. A device that was asked for is never replaced by another.
///
/// # Errors
/// [`RuntimeError::DeviceMissing`] when the requested device is not in the probe.
pub fn choose(choice: DeviceChoice, probe: &Probe) -> Result<Choice, RuntimeError> {
    let took = |chosen, reason: &str| Ok(Choice { chosen, reason: reason.to_owned() });
    match choice {
        DeviceChoice::Cpu => took(Chosen::Cpu, "asked for"),
        DeviceChoice::Cuda(index) => {
            let info = pick(choice, "CUDA device", &probe.cuda, index.unwrap_or(0))?;
            let reason = if index.is_some() { "asked for" } else { "the first CUDA device" };
            took(Chosen::Cuda(info), reason)
        }
        DeviceChoice::Wgpu(Some(index)) => {
            took(Chosen::Wgpu(pick(choice, "wgpu adapter", &probe.wgpu, index)?), "asked for")
        }
        DeviceChoice::Wgpu(None) => match best_hardware(probe) {
            Some(info) => took(Chosen::Wgpu(info), "the best hardware wgpu adapter"),
            None => took(
                Chosen::Wgpu(pick(choice, "wgpu adapter", &probe.wgpu, 0)?),
                "wgpu was asked for and no adapter here is known to be hardware",
            ),
        },
        DeviceChoice::Auto => {
            if let Some(info) = probe.cuda.devices.first() {
                return took(Chosen::Cuda(info.clone()), "the first CUDA device");
            }
            let cuda = probe.cuda.absent.as_deref().unwrap_or("none found");
            if let Some(info) = best_hardware(probe) {
                let reason = format!("no CUDA ({cuda}), the best hardware wgpu adapter");
                return took(Chosen::Wgpu(info), &reason);
            }
            let wgpu = match &probe.wgpu.absent {
                Some(reason) => reason.as_str(),
                None => "only software or unknown adapters, which auto does not take",
            };
            took(Chosen::Cpu, &format!("no CUDA ({cuda}), no hardware wgpu adapter ({wgpu})"))
        }
    }
}

fn best_hardware(probe: &Probe) -> Option<WgpuInfo> {
    let hardware = probe.wgpu.devices.iter().filter(|info| info.kind.is_hardware());
    hardware.min_by_key(|info| (info.kind, info.index)).cloned()
}

fn pick<T: Clone>(
    choice: DeviceChoice,
    noun: &str,
    family: &Family<T>,
    index: usize,
) -> Result<T, RuntimeError> {
    family.devices.get(index).cloned().ok_or_else(|| {
        let reason = match (&family.absent, family.devices.len()) {
            (Some(reason), _) => format!("no {noun} here: {reason}"),
            (None, 0) => format!("no {noun} here"),
            (None, 1) => format!("one {noun} here, its index is 0"),
            (None, n) => format!("{n} {noun}s here, indices 0 to {}", n - 1),
        };
        RuntimeError::DeviceMissing { requested: choice.to_string(), reason }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AdapterKind, CpuInfo};

    fn machine(cuda: usize, adapters: &[AdapterKind]) -> Probe {
        let cuda: Vec<_> =
            (0..cuda).map(|index| CudaInfo { index, name: format!("C{index}"), memory: 80 << 30 }).collect();
        let wgpu: Vec<_> = adapters
            .iter()
            .enumerate()
            .map(|(index, &kind)| WgpuInfo {
                index,
                name: format!("A{index}"),
                backend: "Vulkan".into(),
                driver: String::new(),
                kind,
            })
            .collect();
        Probe {
            cuda: if cuda.is_empty() { Family::none("no driver") } else { Family::found(cuda) },
            wgpu: if wgpu.is_empty() { Family::none("no loader") } else { Family::found(wgpu) },
            cpu: CpuInfo { threads: 4 },
        }
    }

    fn check(choice: &str, probe: &Probe, expected: &str) {
        let got = choose(choice.parse().unwrap(), probe)
            .map_or_else(|error| error.to_string(), |choice| choice.chosen.to_string());
        assert_eq!(got, expected, "{choice} on\n{probe}");
    }

    #[test]
    fn text_round_trips() {
        for text in ["auto", "cuda", "cuda:0", "cuda:17", "wgpu", "wgpu:3", "cpu"] {
            assert_eq!(text.parse::<DeviceChoice>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn bad_text_says_what_is_wrong_and_what_is_right() {
        let cases = [
            ("gpu", "there is no device kind \"gpu\""),
            ("", "there is no device kind \"\""),
            ("CUDA", "there is no device kind \"CUDA\""),
            ("cuda:", "\"\" is not an index"),
            ("cuda:-1", "\"-1\" is not an index"),
            ("wgpu:+1", "\"+1\" is not an index"),
            ("wgpu:1:2", "\"1:2\" is not an index"),
            ("cuda:99999999999999999999", "\"99999999999999999999\" is too large for an index"),
            ("cpu:0", "cpu takes no index"),
            ("auto:0", "auto takes no index"),
        ];
        for (input, problem) in cases {
            let message = input.parse::<DeviceChoice>().unwrap_err().to_string();
            assert_eq!(
                message,
                format!(
                    "cannot read device {input:?}: {problem}; \
                     expected auto, cuda, cuda:<index>, wgpu, wgpu:<index> or cpu"
                )
            );
        }
    }

    #[test]
    fn auto_takes_cuda_then_hardware_then_the_cpu() {
        use AdapterKind::*;
        check("auto", &machine(2, &[Discrete]), "cuda:0");
        check("auto", &machine(0, &[Software, Integrated, Discrete]), "wgpu:2");
        check("auto", &machine(0, &[Software, Virtual, Integrated]), "wgpu:2");
        check("auto", &machine(0, &[Software, Unknown]), "cpu");
        check("auto", &machine(0, &[]), "cpu");
    }

    #[test]
    fn software_can_be_asked_for() {
        use AdapterKind::*;
        check("wgpu", &machine(1, &[Software]), "wgpu:0");
        check("wgpu", &machine(0, &[Software, Integrated]), "wgpu:1");
        check("wgpu:0", &machine(0, &[Software, Integrated]), "wgpu:0");
    }

    #[test]
    fn a_missing_device_is_an_error() {
        use AdapterKind::*;
        check(
            "cuda",
            &machine(0, &[Discrete]),
            "device cuda is not available: no CUDA device here: no driver",
        );
        check(
            "cuda:2",
            &machine(2, &[]),
            "device cuda:2 is not available: 2 CUDA devices here, indices 0 to 1",
        );
        check(
            "wgpu:1",
            &machine(1, &[Software]),
            "device wgpu:1 is not available: one wgpu adapter here, its index is 0",
        );
        check("wgpu", &machine(1, &[]), "device wgpu is not available: no wgpu adapter here: no loader");
    }

    #[test]
    fn reasons_explain_the_choice() {
        let choice = choose(DeviceChoice::Auto, &machine(0, &[AdapterKind::Software])).unwrap();
        assert_eq!(
            choice.reason,
            "no CUDA (no driver), no hardware wgpu adapter \
             (only software or unknown adapters, which auto does not take)"
        );
    }

    #[test]
    fn the_listing_shows_every_device_and_every_absence() {
        assert_eq!(
            machine(1, &[AdapterKind::Software]).to_string(),
            "cuda:0  C0, 80.0 GiB\nwgpu:0  A0, software, Vulkan\ncpu     4 threads"
        );
        assert_eq!(
            machine(0, &[]).to_string(),
            "cuda    none: no driver\nwgpu    none: no loader\ncpu     4 threads"
        );
    }
}
