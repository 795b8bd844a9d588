//! The one way to launch a kernel: over a grid that the device takes, and failures are errors that name the kernel.

use crate::backend::Shared;
use boneyard_core::Result;
use cubecl::ir::HardwareProperties;
use cubecl::prelude::*;
use std::any::{Any, type_name};
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

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

/// Kernels whose first launch went well.
pub(crate) type Known = Mutex<HashSet<Kernel>>;

/// The largest cube count in one dimension that every backend takes.
const MOST_CUBES: u32 = 65_535;

/// Cubes of one dimension, in rows: at least as many as asked for. Units are numbered without gaps, so a kernel
/// compares `ABSOLUTE_POS` or `CUBE_POS` with its number of items.
#[derive(Clone, Copy, Debug)]
pub struct Grid {
    cubes: usize,
    units: u32,
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

    /// Cubes along x and y, of about equal rows; nothing for no cubes. Or what is asked for, and the limit that
    /// it breaks.
    fn fit(self, hardware: &HardwareProperties) -> Result<Option<(u32, u32)>, String> {
        let within = |what, asked: u64, allowed: u64| {
            if asked <= allowed {
                return Ok(());
            }
            Err(format!("a launch of {asked} {what}, at most {allowed} are allowed"))
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

impl Shared {
    /// Launches a kernel over a grid; an empty grid launches nothing. `submit` calls the kernel's
    /// `launch_unchecked` with the client, count and dimension that it is given.
    ///
    /// The first launch of a variant waits until the kernel is compiled and submitted. Without that, a kernel that
    /// does not compile would leave its buffers as they were, and nobody would know.
    ///
    /// # Errors
    /// Device errors that name the kernel, and the limit if one is broken.
    pub fn launch<R: Runtime>(
        &self,
        client: &ComputeClient<R>,
        kernel: Kernel,
        grid: Grid,
        submit: impl FnOnce(&ComputeClient<R>, CubeCount, CubeDim) + Send,
    ) -> Result<()> {
        let name = kernel.name;
        let fit = grid.fit(&client.properties().hardware);
        let fit = fit.map_err(|limit| self.fail(format!("kernel {name}: {limit}")))?;
        let Some((x, y)) = fit else {
            return Ok(());
        };
        let (count, dim) = (CubeCount::Static(x, y, 1), CubeDim::new_1d(grid.units));
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known().contains(&kernel) {
            submit(client, count, dim);
            return Ok(());
        }
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
            return Err(
                self.fail(format!("kernel {name} could not be launched: {}", without_backtrace(&why)))
            );
        }
        known().insert(kernel);
        Ok(())
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no reason given")
}

/// A runtime's message in one line.
pub(crate) fn without_backtrace(text: &str) -> String {
    let kept = text.split("Backtrace").next().unwrap_or_default();
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::buffers::{Keep, Wanted, allocate};
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
        let client = Wgpu::open(0).expect("a wgpu adapter");
        let shared = Shared::new("here");
        let zeros = vec![0; 70_001];
        let [visits] = allocate(&client, Keep::Moment, [Wanted::copy("visits", &zeros)]).unwrap();
        let visit = |grid| {
            shared.launch(&client, Kernel::new("visit"), grid, |client, count, dim| {
                // SAFETY: the only access is below the buffer's length.
                unsafe { visit_kernel::launch_unchecked::<Wgpu>(client, count, dim, visits.arg()) }
            })
        };
        visit(Grid::units(0, 1)).unwrap();
        visit(Grid::units(70_001, 1)).unwrap();

        let greedy =
            shared.launch(&client, Kernel::new("greedy"), Grid::units(64, 64), |client, count, dim| {
                // SAFETY: indices are below the cube's 64 units, and the buffer is longer.
                unsafe { greedy_kernel::launch_unchecked::<Wgpu>(client, count, dim, visits.arg()) }
            });
        let text = greedy.unwrap_err().to_string();
        assert!(text.starts_with("here: kernel greedy could not be launched: "), "{text}");
        assert!(text.to_lowercase().contains("shared memory"), "{text}");

        let eight = shared.launch(&client, Kernel::new("eight"), Grid::units(4, 4), |client, count, dim| {
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
        let read = client.read_one(visits.handle()).unwrap();
        assert!(u32::from_bytes(&read).iter().all(|&n| n == 2));
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
        assert_eq!(refused, "a launch of 5000007168 units, at most 4294967295 are allowed");
    }

    #[test]
    fn variants_differ_by_type_and_blueprint() {
        let of = |blueprint: u32| Kernel::of::<u8>("sample", &blueprint);
        assert_eq!(of(4), of(4));
        assert_ne!(of(4), of(5));
        assert_ne!(of(4), Kernel::of::<u16>("sample", &4u32));
    }
}
