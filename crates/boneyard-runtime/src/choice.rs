//! Which device is meant, and which one that is on this machine.

use std::{fmt, str::FromStr};

use crate::{DeviceInfo, Family, Probe, RuntimeError};

/// A device as a user asks for it: `auto`, `cuda`, `cuda:1`, `wgpu`, `wgpu:0`, `cpu`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum DeviceChoice {
    /// The best hardware of the first family that has any, else the CPU.
    #[default]
    Auto,
    /// A device of a family; without an index the best hardware, else the first.
    Device(Family, Option<usize>),
    /// The CPU, without any runtime.
    Cpu,
}

impl DeviceChoice {
    /// What a choice can look like, for error messages and help.
    #[must_use]
    pub fn expected() -> String {
        let families = Family::ALL.iter().map(|family| format!("{family}, {family}:<index>"));
        format!("auto, {} or cpu", families.collect::<Vec<_>>().join(", "))
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Device(family, None) => write!(f, "{family}"),
            Self::Device(family, Some(index)) => write!(f, "{family}:{index}"),
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
        let plain = match name {
            "auto" => Some(Self::Auto),
            "cpu" => Some(Self::Cpu),
            _ => None,
        };
        match (plain, index) {
            (Some(choice), None) => return Ok(choice),
            (Some(_), Some(_)) => return Err(fail(format!("{name} takes no index"))),
            (None, _) => {}
        }
        let family = Family::ALL.iter().find(|family| family.name() == name);
        let family = *family.ok_or_else(|| fail(format!("there is no device kind {name:?}")))?;
        let index = match index {
            None => None,
            // `usize::from_str` would take a leading plus sign.
            Some(text) if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) => {
                return Err(fail(format!("{text:?} is not an index")));
            }
            Some(text) => {
                Some(text.parse().map_err(|_| fail(format!("{text:?} is too large for an index")))?)
            }
        };
        Ok(Self::Device(family, index))
    }
}

/// The device that a choice came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chosen {
    /// A device of some family.
    Device(DeviceInfo),
    /// The CPU.
    Cpu,
}

/// The short id: `cuda:0`, `wgpu:0` or `cpu`.
impl fmt::Display for Chosen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Device(info) => write!(f, "{}:{}", info.family, info.index),
            Self::Cpu => f.write_str("cpu"),
        }
    }
}

/// A device and why it is this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The device.
    pub chosen: Chosen,
    /// Threads of the CPU do a part of the work beside it.
    pub with_cpu: bool,
    /// The reason, one clause for a person to read.
    pub reason: String,
}

/// What a backend is to know of its device that the device does not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Uses {
    /// Threads of the CPU do a part of the work beside it.
    pub with_cpu: bool,
    /// It is no software.
    pub is_hardware: bool,
}

impl Choice {
    /// What a backend is to know of it.
    #[must_use]
    pub fn uses(&self) -> Uses {
        let is_hardware = matches!(&self.chosen, Chosen::Device(info) if info.kind.is_hardware());
        Uses { with_cpu: self.with_cpu, is_hardware }
    }
}

/// The short id: `cuda:0`, `cuda:0+cpu` or `cpu`.
impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.chosen, if self.with_cpu { "+cpu" } else { "" })
    }
}

/// Maps a choice onto what is here. A device that was asked for is never replaced by another.
///
/// # Errors
/// [`RuntimeError::DeviceMissing`] when the requested device is not in the probe.
pub fn choose(choice: DeviceChoice, probe: &Probe) -> Result<Choice, RuntimeError> {
    let took = |chosen, reason: String| Ok(Choice { chosen, with_cpu: false, reason });
    match choice {
        DeviceChoice::Cpu => took(Chosen::Cpu, "asked for".to_owned()),
        DeviceChoice::Device(family, Some(index)) => {
            took(Chosen::Device(pick(choice, family, probe, index)?), "asked for".to_owned())
        }
        DeviceChoice::Device(family, None) => match probe.of(family).best_hardware() {
            Some(info) => took(Chosen::Device(info.clone()), best(family)),
            None => {
                let noun = family.noun();
                let reason = format!("{family} was asked for and no {noun} here is known to be hardware");
                took(Chosen::Device(pick(choice, family, probe, 0)?), reason)
            }
        },
        DeviceChoice::Auto => {
            let mut without = Vec::new();
            for listing in &probe.listings {
                let family = listing.family;
                if let Some(info) = listing.best_hardware() {
                    without.push(best(family));
                    return took(Chosen::Device(info.clone()), without.join(", "));
                }
                let unknown = "only software or unknown kinds, which auto does not take";
                let why = listing.absent.as_deref().unwrap_or(unknown);
                without.push(format!("no hardware {} ({why})", family.noun()));
            }
            took(Chosen::Cpu, without.join(", "))
        }
    }
}

fn best(family: Family) -> String {
    format!("the best hardware {}", family.noun())
}

fn pick(
    choice: DeviceChoice,
    family: Family,
    probe: &Probe,
    index: usize,
) -> Result<DeviceInfo, RuntimeError> {
    let (noun, listing) = (family.noun(), probe.of(family));
    listing.devices.get(index).cloned().ok_or_else(|| {
        let reason = match (&listing.absent, listing.devices.len()) {
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
    use crate::{CpuInfo, DeviceKind, Listing};

    fn machine(cuda: usize, adapters: &[DeviceKind]) -> Probe {
        let listing = |family, kinds: &[DeviceKind], letter: &str, absent: &str| {
            let device = |(index, &kind)| DeviceInfo {
                family,
                index,
                name: format!("{letter}{index}"),
                kind,
                memory: (family == Family::Cuda).then_some(80 << 30),
                interface: (family == Family::Wgpu).then(|| "Vulkan".to_owned()),
                driver: String::new(),
            };
            let found: Vec<_> = kinds.iter().enumerate().map(device).collect();
            Listing::new(family, if found.is_empty() { Err(absent.to_owned()) } else { Ok(found) })
        };
        Probe {
            listings: vec![
                listing(Family::Cuda, &vec![DeviceKind::Discrete; cuda], "C", "no driver"),
                listing(Family::Wgpu, adapters, "A", "no loader"),
            ],
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
        use DeviceKind::*;
        check("auto", &machine(2, &[Discrete]), "cuda:0");
        check("auto", &machine(0, &[Software, Integrated, Discrete]), "wgpu:2");
        check("auto", &machine(0, &[Software, Virtual, Integrated]), "wgpu:2");
        check("auto", &machine(0, &[Software, Unknown]), "cpu");
        check("auto", &machine(0, &[]), "cpu");
    }

    #[test]
    fn software_can_be_asked_for() {
        use DeviceKind::*;
        check("wgpu", &machine(1, &[Software]), "wgpu:0");
        check("wgpu", &machine(0, &[Software, Integrated]), "wgpu:1");
        check("wgpu:0", &machine(0, &[Software, Integrated]), "wgpu:0");
    }

    #[test]
    fn a_missing_device_is_an_error() {
        use DeviceKind::*;
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
        let choice = choose(DeviceChoice::Auto, &machine(0, &[DeviceKind::Software])).unwrap();
        assert_eq!(
            choice.reason,
            "no hardware CUDA device (no driver), no hardware wgpu adapter \
             (only software or unknown kinds, which auto does not take)"
        );
    }

    #[test]
    fn the_listing_shows_every_device_and_every_absence() {
        assert_eq!(
            machine(1, &[DeviceKind::Software]).to_string(),
            "cuda:0  C0, 80.0 GiB\nwgpu:0  A0, software, Vulkan\ncpu     4 threads"
        );
        assert_eq!(
            machine(0, &[]).to_string(),
            "cuda    none: no driver\nwgpu    none: no loader\ncpu     4 threads"
        );
    }
}
