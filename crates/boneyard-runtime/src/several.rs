//! Several devices of one kind.

use crate::{Choice, Chosen, DeviceChoice, Family, Probe, RuntimeError, choose};
use std::fmt;
use std::str::FromStr;

/// One device, or several of a family: `cuda:all`, or `cuda:0,cuda:1`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum DeviceList {
    /// One.
    One(DeviceChoice),
    /// All hardware of a family.
    All(Family),
    /// These of a family, by index; two at least, each once.
    Several(Family, Vec<usize>),
}

impl DeviceList {
    /// What a list can look like, for error messages and help.
    #[must_use]
    pub fn expected() -> String {
        format!("{}; or several: cuda:all, or cuda:0,cuda:1", DeviceChoice::expected())
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
        DeviceList::Several(family, indices) => {
            indices.iter().map(|&index| choose(DeviceChoice::Device(*family, Some(index)), probe)).collect()
        }
        DeviceList::All(family) => {
            let listing = probe.of(*family);
            let hardware = listing.devices.iter().filter(|info| info.kind.is_hardware());
            let chosen = |info: &crate::DeviceInfo| Choice {
                chosen: Chosen::Device(info.clone()),
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
        for text in
            ["auto", "cpu", "cuda", "wgpu:3", "cuda:all", "wgpu:all", "cuda:0,cuda:1", "cuda:4,cuda:2"]
        {
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
    }

    #[test]
    fn devices_that_were_asked_for_are_here_or_an_error() {
        use DeviceKind::{Discrete, Software};
        let ids = |text: &str, kinds: &[DeviceKind]| {
            let chosen = choose_all(&text.parse().unwrap(), &machine(kinds))?;
            Ok::<_, RuntimeError>(chosen.iter().map(|it| it.chosen.to_string()).collect::<Vec<_>>().join(" "))
        };
        assert_eq!(ids("cuda:all", &[Discrete, Software, Discrete]).unwrap(), "cuda:0 cuda:2");
        assert_eq!(ids("cuda:1,cuda:0", &[Discrete, Discrete]).unwrap(), "cuda:1 cuda:0");
        assert_eq!(ids("auto", &[]).unwrap(), "cpu");
        assert!(ids("cuda:0,cuda:1", &[Discrete]).unwrap_err().to_string().contains("cuda:1"));
        assert!(
            ids("cuda:all", &[Software]).unwrap_err().to_string().contains("no CUDA device here is hardware")
        );
        assert!(ids("cuda:all", &[]).unwrap_err().to_string().contains("no driver"));
    }
}
