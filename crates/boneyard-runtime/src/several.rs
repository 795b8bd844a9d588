//! Several devices of one kind, and devices with the CPU beside them.

use crate::{Choice, Chosen, DeviceChoice, Family, Probe, RuntimeError, choose};
use std::fmt;
use std::str::FromStr;

/// One device, or several of a family: `cuda:all`, or `cuda:0,cuda:1`; with the CPU's threads beside them: `cuda+cpu`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum DeviceList {
    /// One.
    One(DeviceChoice),
    /// All hardware of a family.
    All(Family),
    /// These of a family, by index; two at least, each once.
    Several(Family, Vec<usize>),
    /// Devices, and threads of the CPU that do a part of the work.
    WithCpu(Box<DeviceList>),
}

impl DeviceList {
    /// The family that it names, if it names one.
    #[must_use]
    pub fn family(&self) -> Option<Family> {
        match self {
            Self::One(DeviceChoice::Device(family, _)) | Self::All(family) | Self::Several(family, _) => {
                Some(*family)
            }
            Self::One(DeviceChoice::Auto | DeviceChoice::Cpu) => None,
            Self::WithCpu(devices) => devices.family(),
        }
    }

    /// What a list can look like, for error messages and help.
    #[must_use]
    pub fn expected() -> String {
        let one = DeviceChoice::expected();
        format!("{one}; or several: cuda:all, or cuda:0,cuda:1; with the CPU beside them: cuda+cpu")
    }
}

impl Default for DeviceList {
    fn default() -> Self {
        Self::One(DeviceChoice::default())
    }
}

impl fmt::Display for DeviceList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(choice) => choice.fmt(f),
            Self::All(family) => write!(f, "{family}:all"),
            Self::WithCpu(devices) => write!(f, "{devices}+cpu"),
            Self::Several(family, indices) => {
                let ids: Vec<String> = indices.iter().map(|index| format!("{family}:{index}")).collect();
                f.write_str(&ids.join(","))
            }
        }
    }
}

impl FromStr for DeviceList {
    type Err = RuntimeError;

    fn from_str(input: &str) -> Result<Self, RuntimeError> {
        let fail =
            |problem: &str| RuntimeError::ParseDevice { input: input.to_owned(), problem: problem.into() };
        if let Some(devices) = input.strip_suffix("+cpu") {
            return match devices.parse()? {
                Self::One(DeviceChoice::Auto | DeviceChoice::Cpu) | Self::WithCpu(_) => {
                    Err(fail("the CPU works beside a device that is named, as in cuda+cpu"))
                }
                devices => Ok(Self::WithCpu(Box::new(devices))),
            };
        }
        let family_named = |name: &str| Family::ALL.iter().copied().find(|family| family.name() == name);
        if let Some(family) = input.strip_suffix(":all").and_then(family_named) {
            return Ok(Self::All(family));
        }
        if !input.contains(',') {
            return input.parse().map(Self::One);
        }
        let mut several: Option<(Family, Vec<usize>)> = None;
        for id in input.split(',') {
            let DeviceChoice::Device(family, Some(index)) = id.trim().parse()? else {
                return Err(fail("of several devices each needs its index"));
            };
            let (first, indices) = several.get_or_insert((family, Vec::new()));
            if *first != family {
                return Err(fail("several devices must be of one kind"));
            }
            if indices.contains(&index) {
                return Err(fail(&format!("{family}:{index} is named twice")));
            }
            indices.push(index);
        }
        let (family, indices) = several.expect("splitting gives one part at least");
        Ok(Self::Several(family, indices))
    }
}

/// Maps a list onto what is here: one device at least.
///
/// # Errors
/// [`RuntimeError::DeviceMissing`] when one that was asked for is not in the probe.
pub fn choose_all(list: &DeviceList, probe: &Probe) -> Result<Vec<Choice>, RuntimeError> {
    match list {
        DeviceList::One(choice) => Ok(vec![choose(*choice, probe)?]),
        DeviceList::WithCpu(devices) => {
            let with_cpu = |choice| Choice { with_cpu: true, ..choice };
            Ok(choose_all(devices, probe)?.into_iter().map(with_cpu).collect())
        }
        DeviceList::Several(family, indices) => {
            indices.iter().map(|&index| choose(DeviceChoice::Device(*family, Some(index)), probe)).collect()
        }
        DeviceList::All(family) => {
            let listing = probe.of(*family);
            let hardware = listing.devices.iter().filter(|info| info.kind.is_hardware());
            let chosen = |info: &crate::DeviceInfo| Choice {
                chosen: Chosen::Device(info.clone()),
                with_cpu: false,
                reason: format!("all hardware {}s", family.noun()),
            };
            let all: Vec<Choice> = hardware.map(chosen).collect();
            if all.is_empty() {
                let reason = listing
                    .absent
                    .clone()
                    .unwrap_or_else(|| format!("no {} here is hardware", family.noun()));
                return Err(RuntimeError::DeviceMissing { requested: list.to_string(), reason });
            }
            Ok(all)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CpuInfo, DeviceInfo, DeviceKind, Listing};

    fn machine(kinds: &[DeviceKind]) -> Probe {
        let info = |(index, &kind)| DeviceInfo {
            family: Family::Cuda,
            index,
            name: format!("card {index}"),
            kind,
            memory: None,
            interface: None,
            driver: String::new(),
        };
        let devices: Vec<DeviceInfo> = kinds.iter().enumerate().map(info).collect();
        let found = if devices.is_empty() { Err("no driver".to_owned()) } else { Ok(devices) };
        Probe {
            listings: vec![
                Listing::new(Family::Cuda, found),
                Listing::new(Family::Wgpu, Err("none".to_owned())),
            ],
            cpu: CpuInfo { threads: 1 },
        }
    }

    #[test]
    fn text_round_trips() {
        let lists = "auto cpu cuda wgpu:3 cuda:all wgpu:all cuda:0,cuda:1 cuda:4,cuda:2 cuda+cpu wgpu:3+cpu \
                     cuda:all+cpu cuda:0,cuda:1+cpu";
        for text in lists.split(' ') {
            assert_eq!(text.parse::<DeviceList>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn bad_lists_say_what_is_wrong() {
        let check = |text: &str, what: &str| {
            let said = text.parse::<DeviceList>().unwrap_err().to_string();
            assert!(said.contains(what), "{text}: {said}");
        };
        check("cuda:0,cuda", "of several devices each needs its index");
        check("cuda:0,cpu", "of several devices each needs its index");
        check("cuda:0,wgpu:0", "several devices must be of one kind");
        check("cuda:1,cuda:1", "cuda:1 is named twice");
        check("cuda:0,", "there is no device kind");
        check("tpu:all", "there is no device kind");
        check("tpu+cpu", "there is no device kind");
        for text in ["cpu+cpu", "auto+cpu", "cuda+cpu+cpu"] {
            check(text, "the CPU works beside a device that is named");
        }
    }

    #[test]
    fn devices_that_were_asked_for_are_here_or_an_error() {
        use DeviceKind::{Discrete, Software};
        let ids = |text: &str, kinds: &[DeviceKind]| {
            let chosen = choose_all(&text.parse().unwrap(), &machine(kinds))?;
            Ok::<_, RuntimeError>(chosen.iter().map(Choice::to_string).collect::<Vec<_>>().join(" "))
        };
        assert_eq!(ids("cuda:all", &[Discrete, Software, Discrete]).unwrap(), "cuda:0 cuda:2");
        assert_eq!(ids("cuda:1,cuda:0", &[Discrete, Discrete]).unwrap(), "cuda:1 cuda:0");
        assert_eq!(ids("auto", &[]).unwrap(), "cpu");
        assert_eq!(ids("cuda+cpu", &[Discrete]).unwrap(), "cuda:0+cpu");
        assert_eq!(ids("cuda:all+cpu", &[Discrete, Discrete]).unwrap(), "cuda:0+cpu cuda:1+cpu");
        assert!(ids("cuda:0,cuda:1", &[Discrete]).unwrap_err().to_string().contains("cuda:1"));
        assert!(
            ids("cuda:all", &[Software]).unwrap_err().to_string().contains("no CUDA device here is hardware")
        );
        assert!(ids("cuda:all", &[]).unwrap_err().to_string().contains("no driver"));
    }
}
