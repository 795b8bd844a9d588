//! What is on this machine. Nothing here opens a device or fails: what is missing is said in words.

use crate::Family;
use std::fmt;

/// What stands behind a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DeviceKind {
    /// A GPU with its own memory.
    Discrete,
    /// A GPU that shares the CPU's memory.
    Integrated,
    /// A GPU seen through a virtual machine.
    Virtual,
    /// The driver does not say.
    Unknown,
    /// The CPU, through a software driver such as Mesa's llvmpipe.
    Software,
}

impl DeviceKind {
    /// Whether `auto` may take such a device.
    #[must_use]
    pub fn is_hardware(self) -> bool {
        matches!(self, Self::Discrete | Self::Integrated | Self::Virtual)
    }
}

impl fmt::Display for DeviceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Discrete => "discrete GPU",
            Self::Integrated => "integrated GPU",
            Self::Virtual => "virtual GPU",
            Self::Unknown => "unknown kind",
            Self::Software => "software",
        })
    }
}

/// A device as its driver describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceInfo {
    /// Which runtime reaches it.
    pub family: Family,
    /// Position in the listing, the `i` of `cuda:i`.
    pub index: usize,
    /// The product name.
    pub name: String,
    /// Hardware or software.
    pub kind: DeviceKind,
    /// Total memory in bytes, if the driver tells.
    pub memory: Option<u64>,
    /// The graphics interface behind an adapter, such as `Vulkan` or `Metal`.
    pub interface: Option<String>,
    /// The driver and its version, as far as known; else empty.
    pub driver: String,
}

/// The CPU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CpuInfo {
    /// Threads that this process may use at once.
    pub threads: usize,
}

/// The devices of one family, or why there are none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// Which.
    pub family: Family,
    /// The devices; a device's index is its position.
    pub devices: Vec<DeviceInfo>,
    /// Why the list is empty; `None` when it is not.
    pub absent: Option<String>,
}

impl Listing {
    /// The devices that were found, or the reason why none were.
    #[must_use]
    pub fn new(family: Family, found: Result<Vec<DeviceInfo>, String>) -> Self {
        match found {
            Ok(devices) => Self { family, devices, absent: None },
            Err(reason) => Self { family, devices: Vec::new(), absent: Some(reason) },
        }
    }

    /// The best device that is known to be hardware: by kind, then by index.
    #[must_use]
    pub fn best_hardware(&self) -> Option<&DeviceInfo> {
        let hardware = self.devices.iter().filter(|info| info.kind.is_hardware());
        hardware.min_by_key(|info| (info.kind, info.index))
    }
}

/// Everything found on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// Every family, in the order of preference.
    pub listings: Vec<Listing>,
    /// The CPU, always here.
    pub cpu: CpuInfo,
}

impl Probe {
    /// The devices of a family.
    ///
    /// # Panics
    /// If the probe was made by hand and lacks it.
    #[must_use]
    pub fn of(&self, family: Family) -> &Listing {
        let mut listings = self.listings.iter();
        listings.find(|listing| listing.family == family).expect("a probe lists every family")
    }

    /// All devices.
    pub fn devices(&self) -> impl Iterator<Item = &DeviceInfo> {
        self.listings.iter().flat_map(|listing| &listing.devices)
    }
}

/// Looks at the machine. Missing drivers are a line in the listing, never a panic.
#[must_use]
pub fn probe() -> Probe {
    Probe {
        listings: Family::ALL.iter().map(|&family| Listing::new(family, family.list())).collect(),
        cpu: CpuInfo::here(),
    }
}

impl CpuInfo {
    fn here() -> Self {
        Self { threads: std::thread::available_parallelism().map_or(1, usize::from) }
    }
}

/// Looks at the machine for devices of one family only, which is sooner done; of the others it says that nobody looked.
pub fn probe_family(family: Family) -> Probe {
    let listing = |it: &Family| {
        let found = if *it == family { it.list() } else { Err("nobody has looked".to_owned()) };
        Listing::new(*it, found)
    };
    Probe { listings: Family::ALL.iter().map(listing).collect(), cpu: CpuInfo::here() }
}

impl fmt::Display for DeviceInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}  {}", self.family, self.index, self.name)?;
        if let Some(memory) = self.memory {
            write!(f, ", {:.1} GiB", memory as f64 / (1u64 << 30) as f64)?;
        }
        if let Some(interface) = &self.interface {
            write!(f, ", {}, {interface}", self.kind)?;
        }
        if self.driver.is_empty() { Ok(()) } else { write!(f, ", {}", self.driver) }
    }
}

impl fmt::Display for CpuInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.threads == 1 { "" } else { "s" };
        write!(f, "cpu     {} thread{plural}", self.threads)
    }
}

/// One line a device; a family without devices is one line with the reason. No final line break.
impl fmt::Display for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Listing { family, devices, absent } in &self.listings {
            for device in devices {
                writeln!(f, "{device}")?;
            }
            if let Some(reason) = absent {
                writeln!(f, "{:7} none: {reason}", family.name())?;
            }
        }
        write!(f, "{}", self.cpu)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_family_that_is_named_is_looked_for() {
        let (some, all) = (probe_family(Family::Wgpu), probe());
        assert_eq!(some.of(Family::Wgpu), all.of(Family::Wgpu));
        assert!(some.of(Family::Cuda).devices.is_empty());
        assert_eq!(some.cpu, all.cpu);
    }
}
