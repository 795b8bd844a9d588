//! A device: a connection, and what one batch may take of it.

use crate::buffers::Words;
use crate::connection::{Connection, Grid, Kernel};
use crate::kernels::items;
use crate::needs::Needs;
use boneyard_core::Result;
use cubecl::prelude::*;
use std::ops::Deref;
use std::time::Duration;

/// Runs on a device through CubeCL. It is a [`Connection`] to the device, and what one batch may take of it.
pub struct Device<R: Runtime> {
    connection: Connection<R>,
    pub(crate) limits: Limits,
}

/// What a batch may take, and what the device has shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Most turns of a search's loop for one question.
    pub cap: u32,
    /// Most turns of a search's loop in one launch.
    pub turns: u32,
    /// Refutations that a unit of a search keeps in shared memory; `None` leaves it to the search.
    pub hints: Option<u32>,
    /// Whether units of a search without a job join others.
    pub joins: bool,
    /// Multiprocessors that searches are launched for.
    pub multiprocessors: u32,
    /// Whether launches take more turns as long as they end soon.
    pub growing: bool,
    /// What part the host's threads have.
    pub host_part: HostPart,
    /// Most worlds of a chunk, as far as the device has shown that it has no room for more.
    pub most_worlds: usize,
    /// What the last batch needed.
    pub last: Option<Needs>,
}

/// What part the host's threads have in what they can do as well as the device: the search for exact values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HostPart {
    /// None.
    #[default]
    None,
    /// As much as brings both to the end at the same time, by guess and then as measured.
    Measured,
    /// Of every step's worlds this part, in percent, and of the others what the device has not finished by then. For tests and
    /// studies.
    Percent(u32),
}

/// Default memory budget in bytes: 1 GiB.
pub const DEFAULT_BUDGET: u64 = 1 << 30;

/// Default for the most turns of a search's loop for one question: thousands of times the dearest one seen.
pub const DEFAULT_CAP: u32 = 1 << 31;

/// Multiprocessors of a device that does not tell.
const MULTIPROCESSORS: u32 = 40;

/// Most turns of a search's loop in one launch, on devices that tell how many multiprocessors they have: CUDA ones. A turn
/// takes each of 100,000 units of an H100 some 3.5 µs, so a launch takes about 0.1 s.
const TURNS: u32 = 25_000;

/// Most turns elsewhere. Mesa's software Vulkan cuts an invocation short after 65,535 iterations, those of inner loops
/// included, of which a turn has 23 at most.
const FEW_TURNS: u32 = 2_000;

/// Multiprocessors that a GPU is taken to have that does not tell: one with fewer works them off one after the other.
const MULTIPROCESSORS_OF_GPUS: u32 = 128;

/// Launches that end sooner may be longer, and those that end later shorter, where turns follow the device.
const SHORT: Duration = Duration::from_millis(40);
const LONG: Duration = Duration::from_millis(90);

impl<R: Runtime> Device<R> {
    /// A backend on `client`; `name` is recorded, such as `cuda:0`.
    pub fn new(client: ComputeClient<R>, name: impl Into<String>) -> Self {
        let multiprocessors = client.properties().hardware.num_streaming_multiprocessors;
        let limits = Limits {
            cap: DEFAULT_CAP,
            turns: if multiprocessors.is_some() { TURNS } else { FEW_TURNS },
            hints: None,
            joins: multiprocessors.is_some(),
            multiprocessors: multiprocessors.unwrap_or(MULTIPROCESSORS),
            growing: false,
            host_part: HostPart::None,
            most_worlds: usize::MAX,
            last: None,
        };
        Self { connection: Connection::new(client, name), limits }.with_budget(DEFAULT_BUDGET)
    }

    /// Keeps all device buffers together within `bytes`: those of the games, of their worlds and values, of tables, networks and
    /// checks. Drivers and their pools may round up what is theirs.
    pub fn with_budget(self, bytes: u64) -> Self {
        self.account().set_budget(bytes);
        self
    }

    /// Lets a search's loop take at most `turns` for one question. A question that takes more makes the batch an error.
    pub fn with_cap(mut self, turns: u32) -> Self {
        self.limits.cap = turns;
        self
    }

    /// Most turns of a search's loop for one question.
    pub fn cap(&self) -> u32 {
        self.limits.cap
    }

    /// Says that this is a GPU and no software, which graphics interfaces do not tell: searches are launched as for a large one,
    /// their units join others, and launches take more turns as long as they end soon. Nothing changes on devices that tell how
    /// many multiprocessors they have. Values do not depend on it.
    pub fn as_hardware(mut self) -> Self {
        if self.properties().hardware.num_streaming_multiprocessors.is_none() {
            self.limits.multiprocessors = MULTIPROCESSORS_OF_GPUS;
            (self.limits.joins, self.limits.growing) = (true, true);
        }
        self
    }

    /// Most turns of the launch of a search that comes after one of `turns` which took so long.
    pub fn turns_after(&self, turns: u32, took: Duration) -> u32 {
        match self.limits.growing {
            true if took < SHORT => (2 * turns).min(TURNS),
            true if took > LONG => (turns / 2).max(FEW_TURNS.min(turns)),
            _ => turns,
        }
    }

    /// Lets a launch of a search take at most `turns` of its loop; the next launch goes on from there. Values do not depend
    /// on it, as long as the device does not cut loops short: that makes the batch an error.
    pub fn with_turns(mut self, turns: u32) -> Self {
        self.limits.turns = turns.max(1);
        self
    }

    /// Most turns of a search's loop in one launch.
    pub fn turns(&self) -> u32 {
        self.limits.turns
    }

    /// Has each unit of a search keep so many refutations in shared memory, to try first what worked before: an even number.
    /// Values do not depend on it; without this the search keeps some where they pay.
    pub fn with_hints(mut self, hints: u32) -> Self {
        self.limits.hints = Some(hints & !1);
        self
    }

    /// Refutations that a unit of a search keeps, if that is not left to the search.
    pub fn hints(&self) -> Option<u32> {
        self.limits.hints
    }

    /// Has units of a search that find no job any more join others that still work, or not. It wants a device whose units really
    /// run side by side; values do not depend on it. Without this, devices do so that tell how many multiprocessors they have.
    pub fn with_joins(mut self, joins: bool) -> Self {
        self.limits.joins = joins;
        self
    }

    /// Whether units of a search join others.
    pub fn joins(&self) -> bool {
        self.limits.joins
    }

    /// Launches searches as on a device with so many multiprocessors. On a larger device their units spread over all of it, and
    /// each has more to itself than on a small one: docs/SOLVER.md says how much. Values do not depend on it.
    pub fn with_multiprocessors(mut self, n: u32) -> Self {
        self.limits.multiprocessors = n.max(1);
        self
    }

    /// Multiprocessors that searches are launched for: the device's, or 40 where it does not tell.
    pub fn multiprocessors(&self) -> u32 {
        self.limits.multiprocessors
    }

    /// Gives the threads of the current rayon pool a part in searches. Values do not depend on it; it pays where worlds are too few to
    /// fill the device.
    pub fn with_host_part(mut self, part: HostPart) -> Self {
        self.limits.host_part = part;
        self
    }

    /// What part the host's threads have in searches.
    pub fn host_part(&self) -> HostPart {
        self.limits.host_part
    }

    /// Bytes that an evaluator may take for as long as it evaluates, within the memory budget.
    pub fn spare_bytes(&self) -> u64 {
        self.account().free()
    }
}

impl<R: Runtime> Deref for Device<R> {
    type Target = Connection<R>;

    fn deref(&self) -> &Connection<R> {
        &self.connection
    }
}

/// Writes `value` to the first `n` words of a buffer.
pub(crate) fn fill<R: Runtime>(device: &Device<R>, words: &Words, n: usize, value: u32) -> Result<()> {
    device.launch(Kernel::new("fill"), Grid::units(n, items::FILLERS), |client, count, dim| {
        // SAFETY: units beyond the `n` words do nothing, and the buffer has as many.
        unsafe {
            items::fill_kernel::launch_unchecked::<R>(client, count, dim, words.arg(), n as u32, value);
        }
    })
}
