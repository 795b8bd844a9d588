//! What is on this machine. Nothing here opens a device or fails: what is missing is said in words.

use std::fmt;

/// A CUDA device as its driver describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CudaInfo {
    /// The driver's ordinal, the `i` of `cuda:i`.
    pub index: usize,
    /// The product name.
    pub name: String,
    /// Total memory in bytes.
    pub memory: u64,
}

/// What stands behind a wgpu adapter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AdapterKind {
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

impl AdapterKind {
    /// Whether `auto` may take such an adapter.
    #[must_use]
    pub fn is_hardware(self) -> bool {
        matches!(self, Self::Discrete | Self::Integrated | Self::Virtual)
    }
}

impl fmt::Display for AdapterKind {
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

/// A wgpu adapter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WgpuInfo {
    /// Position in the listing, the `i` of `wgpu:i`.
    pub index: usize,
    /// The adapter's name.
    pub name: String,
    /// The graphics interface, `Vulkan` or `Metal`.
    pub backend: String,
    /// The driver and its version, as far as known.
    pub driver: String,
    /// Hardware or software.
    pub kind: AdapterKind,
}

/// The CPU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CpuInfo {
    /// Threads that this process may use at once.
    pub threads: usize,
}

/// The devices of one runtime, or why there are none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Family<T> {
    /// The devices; a device's index is its position.
    pub devices: Vec<T>,
    /// Why the list is empty; `None` when it is not.
    pub absent: Option<String>,
}

impl<T> Family<T> {
    /// A family with these devices.
    #[must_use]
    pub fn found(devices: Vec<T>) -> Self {
        Self { devices, absent: None }
    }

    /// An empty family and the reason.
    #[must_use]
    pub fn none(reason: impl Into<String>) -> Self {
        Self { devices: Vec::new(), absent: Some(reason.into()) }
    }
}

/// Everything found on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// CUDA devices.
    pub cuda: Family<CudaInfo>,
    /// wgpu adapters.
    pub wgpu: Family<WgpuInfo>,
    /// The CPU, always here.
    pub cpu: CpuInfo,
}

/// Looks at the machine. Missing drivers are a line in the listing, never a panic.
#[must_use]
pub fn probe() -> Probe {
    Probe {
        cuda: probe_cuda(),
        wgpu: probe_wgpu(),
        cpu: CpuInfo { threads: std::thread::available_parallelism().map_or(1, usize::from) },
    }
}

#[cfg(feature = "cuda")]
fn probe_cuda() -> Family<CudaInfo> {
    crate::cuda::list().map_or_else(Family::none, Family::found)
}

#[cfg(not(feature = "cuda"))]
fn probe_cuda() -> Family<CudaInfo> {
    Family::none("this build has no CUDA support (cargo feature `cuda`)")
}

#[cfg(feature = "wgpu")]
fn probe_wgpu() -> Family<WgpuInfo> {
    crate::vulkan::list().map_or_else(Family::none, Family::found)
}

#[cfg(not(feature = "wgpu"))]
fn probe_wgpu() -> Family<WgpuInfo> {
    Family::none("this build has no wgpu support (cargo feature `wgpu`)")
}

impl fmt::Display for CudaInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cuda:{}  {}, {:.1} GiB", self.index, self.name, self.memory as f64 / (1u64 << 30) as f64)
    }
}

impl fmt::Display for WgpuInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "wgpu:{}  {}, {}, {}", self.index, self.name, self.kind, self.backend)?;
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
        for device in &self.cuda.devices {
            writeln!(f, "{device}")?;
        }
        if let Some(reason) = &self.cuda.absent {
            writeln!(f, "cuda    none: {reason}")?;
        }
        for adapter in &self.wgpu.devices {
            writeln!(f, "{adapter}")?;
        }
        if let Some(reason) = &self.wgpu.absent {
            writeln!(f, "wgpu    none: {reason}")?;
        }
        write!(f, "{}", self.cpu)
    }
}
