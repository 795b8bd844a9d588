//! The line to a device: its client, memory that strategies ask for, and the one way to launch a kernel: over a grid that
//! the device takes, and failures are errors that name the kernel.

use crate::account::{Account, Lease, Overdrawn};
use crate::buffers::{Keep, Wanted, Words, allocate};
use boneyard_core::{Error, Result};
use cubecl::ir::{DeviceProperties, HardwareProperties};
use cubecl::prelude::*;
use cubecl::server::Handle;
use std::any::{Any, type_name};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A device under a name, with what is kept there from batch to batch.
pub struct Connection<R: Runtime> {
    client: ComputeClient<R>,
    name: String,
    synchronisations: AtomicU64,
    /// Kernels whose first launch went well.
    known: Mutex<HashSet<Kernel>>,
    kept: Mutex<HashMap<String, Arc<dyn Any + Send + Sync>>>,
    /// The names of what is kept while there is room.
    spare: Mutex<HashSet<String>>,
    account: Arc<Account>,
    ran: Mutex<Ran>,
    report: Mutex<DeviceReport>,
}

/// What a device has done so far, as far as somebody wants to know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeviceReport {
    /// Worlds whose values the host's threads found, where these have a part in it.
    pub on_host: u64,
    /// Worlds in which they had a part, all together.
    pub shared: u64,
    /// The longest launch of a search, with the wait for it.
    pub longest_launch: Duration,
    /// First launches of kernels, all together: each waits until its kernel is compiled, or found among those compiled before.
    pub compiling: Duration,
}

/// The strategies whose kernels ran, for messages.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ran {
    pub samplers: BTreeSet<String>,
    pub evaluators: BTreeSet<String>,
}

/// The names, one after the other.
pub(crate) fn listed(names: &BTreeSet<String>) -> String {
    names.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<R: Runtime> Connection<R> {
    /// A connection through `client`; `name` is recorded, such as `cuda:0`.
    pub fn new(client: ComputeClient<R>, name: impl Into<String>) -> Self {
        Self {
            client,
            name: name.into(),
            synchronisations: AtomicU64::new(0),
            known: Mutex::default(),
            kept: Mutex::default(),
            spare: Mutex::default(),
            account: Arc::new(Account::new(u64::MAX)),
            ran: Mutex::default(),
            report: Mutex::default(),
        }
    }

    /// The device's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The client, for what has no launches: the addresses of buffers.
    pub fn client(&self) -> &ComputeClient<R> {
        &self.client
    }

    /// What the device can do.
    pub fn properties(&self) -> &DeviceProperties {
        self.client.properties()
    }

    /// How often the host has waited for the device: once a batch; with the solver, once more for each of its launches; and
    /// with a sampler that has its missing worlds rescued, once more for each chunk and once more for each chunk with
    /// something to rescue.
    pub fn synchronisations(&self) -> u64 {
        self.synchronisations.load(Ordering::Relaxed)
    }

    /// An error of this device.
    pub fn fail(&self, what: impl std::fmt::Display) -> Error {
        Error::Device { device: self.name.clone(), what: what.to_string() }
    }

    /// Names a sampler whose kernels run, for messages.
    pub fn note_sampler(&self, id: &str) {
        lock(&self.ran).samplers.insert(id.to_owned());
    }

    /// Names an evaluator whose kernels run, for messages.
    pub fn note_evaluator(&self, id: &str) {
        lock(&self.ran).evaluators.insert(id.to_owned());
    }

    /// What the device has done so far.
    pub fn report(&self) -> DeviceReport {
        *lock(&self.report)
    }

    /// A launch of a search took so long.
    pub fn note_launch(&self, took: Duration) {
        let mut report = lock(&self.report);
        report.longest_launch = report.longest_launch.max(took);
    }

    /// Of so many worlds the host's threads found the values of some.
    pub fn note_shared(&self, worlds: usize, on_host: usize) {
        let mut report = lock(&self.report);
        report.shared += worlds as u64;
        report.on_host += on_host as u64;
    }

    pub(crate) fn ran(&self) -> Ran {
        lock(&self.ran).clone()
    }

    /// All of this memory, or none of it. What is kept while there is room is given up for it, if it must.
    ///
    /// # Errors
    /// [`Error::Setting`] if the memory budget has no room for it; [`Error::NoRoom`] naming the first piece that the device
    /// refused.
    pub fn allocate<const N: usize>(&self, keep: Keep, wanted: [Wanted<'_>; N]) -> Result<[Words; N]> {
        let leases = match self.leases(keep, &wanted) {
            Ok(leases) => leases,
            Err(_) => {
                self.give_up_spare();
                self.leases(keep, &wanted).map_err(|Overdrawn { budget, taken }| {
                    let more: u64 = wanted.iter().map(Wanted::bytes).sum();
                    let what = wanted[0].what();
                    Error::Setting {
                        setting: "memory budget",
                        got: format!("{budget} bytes, of which {taken} are taken"),
                        expected: format!("at least {} bytes, {more} of them for {what}", taken + more),
                    }
                })?
            }
        };
        allocate(&self.client, keep, wanted, leases).map_err(|refused| refused.into_error(&self.name))
    }

    /// A part of the budget for each, or for none.
    fn leases<const N: usize>(&self, keep: Keep, wanted: &[Wanted<'_>; N]) -> Result<[Lease; N], Overdrawn> {
        let leases = wanted.iter().map(|it| self.account.take(it.bytes(), keep == Keep::Spare));
        let leases = leases.collect::<Result<Vec<_>, _>>()?;
        Ok(leases.try_into().expect("one for each"))
    }

    /// Gives up what is kept while there is room.
    fn give_up_spare(&self) {
        let names = std::mem::take(&mut *lock(&self.spare));
        let mut kept = lock(&self.kept);
        kept.retain(|name, _| !names.contains(name));
        drop(kept);
        self.client.memory_cleanup();
    }

    pub(crate) fn account(&self) -> &Arc<Account> {
        &self.account
    }

    /// The most bytes of the budget that were taken at once.
    pub fn most_bytes(&self) -> u64 {
        self.account.most()
    }

    /// Memory for `len` words, which hold anything, until it is dropped.
    ///
    /// # Errors
    /// [`Error::NoRoom`]; `what` is named.
    pub fn buffer(&self, what: &'static str, len: usize) -> Result<Words> {
        self.allocate(Keep::Moment, [Wanted::words(what, len)]).map(|[words]| words)
    }

    /// Memory that holds these words, until it is dropped.
    ///
    /// # Errors
    /// [`Error::NoRoom`]; `what` is named.
    pub fn upload(&self, what: &'static str, words: &[u32]) -> Result<Words> {
        self.allocate(Keep::Moment, [Wanted::copy(what, words)]).map(|[words]| words)
    }

    /// The same for what stays from batch to batch, such as weights.
    ///
    /// # Errors
    /// [`Error::NoRoom`]; `what` is named.
    pub fn upload_to_keep(&self, what: &'static str, words: &[u32]) -> Result<Words> {
        self.allocate(Keep::Batch, [Wanted::copy(what, words)]).map(|[words]| words)
    }

    /// What a strategy keeps with the device from batch to batch, such as weights: made when it is first asked for.
    /// `key` names it.
    ///
    /// # Errors
    /// Those of `make`.
    pub fn kept<T: Any + Send + Sync>(&self, key: &str, make: impl FnOnce() -> Result<T>) -> Result<Arc<T>> {
        if let Some(found) = lock(&self.kept).get(key).and_then(|it| Arc::clone(it).downcast().ok()) {
            return Ok(found);
        }
        let made = Arc::new(make()?);
        lock(&self.kept).insert(key.to_owned(), made.clone());
        Ok(made)
    }

    /// The same for what can be made again at any time, from memory of [`Keep::Spare`]: it is given up when others need the room.
    ///
    /// # Errors
    /// Those of `make`.
    pub fn kept_while_room<T: Any + Send + Sync>(
        &self,
        key: &str,
        make: impl FnOnce() -> Result<T>,
    ) -> Result<Arc<T>> {
        lock(&self.spare).insert(key.to_owned());
        self.kept(key, make)
    }

    /// Waits for the device, and reads buffers back.
    ///
    /// # Errors
    /// Device errors, those of earlier launches among them.
    pub fn read(&self, what: &str, handles: Vec<Handle>) -> Result<Vec<Vec<u32>>> {
        self.synchronisations.fetch_add(1, Ordering::Relaxed);
        // wgpu's read does not report failed launches; flush does.
        self.flush(what)?;
        let read = cubecl::future::block_on(self.client.read_async(handles));
        let read = read.map_err(|error| {
            self.fail(format!("reading {what} back: {}", without_backtrace(&error.to_string())))
        })?;
        Ok(read.iter().map(|bytes| u32::from_bytes(bytes).to_vec()).collect())
    }

    /// Submits what was launched, and reports what failed so far.
    pub(crate) fn flush(&self, what: &str) -> Result<()> {
        let flushed = self.client.flush();
        flushed.map_err(|error| self.fail(format!("{what}: {}", without_backtrace(&error.to_string()))))
    }

    /// Launches a kernel over a grid; an empty grid launches nothing. `submit` calls the kernel's
    /// `launch_unchecked` with the client, count and dimension that it is given.
    ///
    /// The first launch of a variant waits until the kernel is compiled and submitted. Without that, a kernel that
    /// does not compile would leave its buffers as they were, and nobody would know.
    ///
    /// # Errors
    /// [`Error::LimitExceeded`] for a grid that the device does not take, [`Error::Kernel`] if it does not compile or
    /// cannot be submitted.
    pub fn launch(
        &self,
        kernel: Kernel,
        grid: Grid,
        submit: impl FnOnce(&ComputeClient<R>, CubeCount, CubeDim) + Send,
    ) -> Result<()> {
        let (client, name) = (&self.client, kernel.name);
        let fit = grid.fit(&client.properties().hardware);
        let fit = fit.map_err(|Excess { what, asked, allowed }| Error::LimitExceeded {
            device: self.name.clone(),
            kernel: name,
            what,
            asked,
            allowed,
        })?;
        let Some((x, y)) = fit else {
            return Ok(());
        };
        let (count, dim) = (CubeCount::Static(x, y, 1), CubeDim::new_1d(grid.units));
        if lock(&self.known).contains(&kernel) {
            submit(client, count, dim);
            return Ok(());
        }
        let begun = Instant::now();
        // A kernel that cannot be generated panics on the device's own thread, which swallows it. Submitting from
        // that thread brings the failure back here.
        let submitted = client.exclusive(move || {
            catch_unwind(AssertUnwindSafe(|| submit(client, count, dim))).map_err(|panic| {
                format!("{} (the cause is the panic before this on standard error)", panic_text(&*panic))
            })
        });
        // In any case: errors of this launch must not be blamed on another one.
        let flushed = client.flush().map_err(|error| error.to_string());
        let failed = match submitted {
            Ok(Ok(())) => flushed.err(),
            Ok(Err(panic)) => flushed.err().or(Some(panic)),
            Err(error) => Some(error.to_string()),
        };
        if let Some(why) = failed {
            let why = without_backtrace(&why);
            return Err(Error::Kernel { device: self.name.clone(), kernel: name, why });
        }
        lock(&self.known).insert(kernel);
        lock(&self.report).compiling += begun.elapsed();
        Ok(())
    }
}

/// A kernel's name, and the variant that its types and compile-time arguments select.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Kernel {
    name: &'static str,
    variant: u64,
}

impl Kernel {
    /// A kernel of one variant.
    pub fn new(name: &'static str) -> Self {
        Self { name, variant: 0 }
    }

    /// A kernel generic over `T`, specialised by a blueprint.
    pub fn of<T>(name: &'static str, blueprint: &impl Hash) -> Self {
        let mut hasher = DefaultHasher::new();
        type_name::<T>().hash(&mut hasher);
        blueprint.hash(&mut hasher);
        Self { name, variant: hasher.finish() }
    }
}

/// The largest cube count in one dimension that every backend takes.
const MOST_CUBES: u32 = 65_535;

/// Cubes of one dimension, in rows: at least as many as asked for. Units are numbered without gaps, so a kernel
/// compares `ABSOLUTE_POS` or `CUBE_POS` with its number of items.
#[derive(Clone, Copy, Debug)]
pub struct Grid {
    cubes: usize,
    units: u32,
}

/// What a launch has too much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Excess {
    what: &'static str,
    asked: u64,
    allowed: u64,
}

impl Grid {
    /// One unit an item, `units` of them a cube.
    pub fn units(items: usize, units: u32) -> Self {
        Self { cubes: items.div_ceil(units as usize), units }
    }

    /// So many cubes of `units` units.
    pub fn cubes(cubes: usize, units: u32) -> Self {
        Self { cubes, units }
    }

    /// Cubes along x and y, of about equal rows; nothing for no cubes. Or the limit that it breaks.
    fn fit(self, hardware: &HardwareProperties) -> Result<Option<(u32, u32)>, Excess> {
        let within = |what, asked: u64, allowed: u64| {
            if asked <= allowed { Ok(()) } else { Err(Excess { what, asked, allowed }) }
        };
        let most_units = hardware.max_cube_dim.0.min(hardware.max_units_per_cube);
        within("units a cube", self.units.into(), most_units.into())?;
        if self.cubes == 0 {
            return Ok(None);
        }
        let cubes = self.cubes as u64;
        let rows = cubes.div_ceil(hardware.max_cube_count.0.min(MOST_CUBES).into());
        let columns = cubes.div_ceil(rows);
        within("rows of cubes", rows, hardware.max_cube_count.1.min(MOST_CUBES).into())?;
        // Positions are 32-bit numbers in WGSL.
        within("units", rows * columns * u64::from(self.units), u32::MAX.into())?;
        Ok(Some((columns as u32, rows as u32)))
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no reason given")
}

/// A runtime's message in one line.
fn without_backtrace(text: &str) -> String {
    let kept = text.split("Backtrace").next().unwrap_or_default();
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use boneyard_runtime::{DeviceRuntime, Wgpu};

    /// Eight-bit buffers do not exist in WGSL, and the code generator panics on them.
    #[cube(launch_unchecked)]
    fn eight_bit_kernel(output: &mut Array<u8>) {
        output[ABSOLUTE_POS] = 7u8;
    }

    #[cube(launch_unchecked)]
    fn greedy_kernel(output: &mut Array<u32>) {
        let mut shared = SharedMemory::<u32>::new(1usize << 20usize);
        shared[UNIT_POS as usize] = UNIT_POS;
        sync_cube();
        output[UNIT_POS as usize] = shared[UNIT_POS as usize];
    }

    #[cube(launch_unchecked)]
    fn visit_kernel(visits: &mut Array<Atomic<u32>>) {
        if ABSOLUTE_POS < visits.len() {
            visits[ABSOLUTE_POS].fetch_add(1u32);
        }
    }

    /// Grids of more rows than one, a failure of each kind, and the device works on.
    #[test]
    fn every_unit_is_visited_once_and_failures_name_the_kernel() {
        let here = Connection::new(Wgpu::open(0).expect("a wgpu adapter"), "here");
        let zeros = vec![0; 70_001];
        let visits = here.upload("visits", &zeros).unwrap();
        let visit = |grid| {
            here.launch(Kernel::new("visit"), grid, |client, count, dim| {
                // SAFETY: the only access is below the buffer's length.
                unsafe { visit_kernel::launch_unchecked::<Wgpu>(client, count, dim, visits.arg()) }
            })
        };
        visit(Grid::units(0, 1)).unwrap();
        visit(Grid::units(70_001, 1)).unwrap();

        let greedy = here.launch(Kernel::new("greedy"), Grid::units(64, 64), |client, count, dim| {
            // SAFETY: indices are below the cube's 64 units, and the buffer is longer.
            unsafe { greedy_kernel::launch_unchecked::<Wgpu>(client, count, dim, visits.arg()) }
        });
        let text = greedy.unwrap_err().to_string();
        assert!(text.starts_with("here: kernel greedy could not be launched: "), "{text}");
        assert!(text.to_lowercase().contains("shared memory"), "{text}");

        let eight = here.launch(Kernel::new("eight"), Grid::units(4, 4), |client, count, dim| {
            // SAFETY: four bytes are less than the buffer holds.
            let bytes = unsafe { ArrayArg::from_raw_parts(visits.handle(), 4) };
            // SAFETY: the grid has four units.
            unsafe { eight_bit_kernel::launch_unchecked::<Wgpu>(client, count, dim, bytes) }
        });
        let text = eight.unwrap_err().to_string();
        assert!(text.starts_with("here: kernel eight could not be launched: "), "{text}");

        let wide = visit(Grid::units(1, 1 << 16)).unwrap_err().to_string();
        assert!(wide.starts_with("here: kernel visit: a launch of 65536 units a cube, at most "), "{wide}");

        visit(Grid::cubes(70_001, 1)).unwrap();
        let read = here.read("the visits", vec![visits.handle()]).unwrap();
        assert!(read[0].iter().all(|&n| n == 2));
    }

    #[test]
    fn grids_cover_the_work_within_each_dimension() {
        let hardware = Wgpu::open(0).expect("a wgpu adapter").properties().hardware.clone();
        for cubes in [1, 65_535, 65_536, 10_000_000] {
            let (x, y) = Grid::cubes(cubes, 64).fit(&hardware).unwrap().expect("something to do");
            assert!(x <= 65_535 && y <= 65_535 && (1..=cubes as u32 + y).contains(&(x * y)), "{x} x {y}");
        }
        assert_eq!(Grid::units(0, 64).fit(&hardware), Ok(None));
        let refused = Grid::units(5_000_000_000, 256).fit(&hardware).unwrap_err();
        assert_eq!(refused, Excess { what: "units", asked: 5_000_007_168, allowed: u32::MAX.into() });
    }

    #[test]
    fn variants_differ_by_type_and_blueprint() {
        let of = |blueprint: u32| Kernel::of::<u8>("sample", &blueprint);
        assert_eq!(of(4), of(4));
        assert_ne!(of(4), of(5));
        assert_ne!(of(4), Kernel::of::<u16>("sample", &4u32));
    }
}
