//! What is launched, and over how many cubes.

use std::{
    fmt,
    hash::{DefaultHasher, Hash, Hasher},
};

use cubecl::prelude::{CubeCount, CubeDim};

use crate::RuntimeError;

/// A kernel's name and the variant that its compile-time arguments select.
///
/// The first launch of each variant is checked synchronously, so two blueprints that generate different code must
/// be two variants. Equality of the hash decides; nothing is looked up by it but that check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Kernel {
    name: &'static str,
    variant: u64,
}

impl Kernel {
    /// A kernel without compile-time arguments.
    #[must_use]
    pub fn new(name: &'static str) -> Self {
        Self { name, variant: 0 }
    }

    /// A kernel specialised by a blueprint.
    #[must_use]
    pub fn specialised(name: &'static str, blueprint: &impl Hash) -> Self {
        let mut hasher = DefaultHasher::new();
        blueprint.hash(&mut hasher);
        Self { name, variant: hasher.finish() }
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }
}

impl fmt::Display for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// The largest cube count in one dimension that every backend accepts.
const MAX_COUNT: u32 = 65_535;

/// How much work a launch covers: cubes of one dimension, a row of `x` by `y` of them.
///
/// Units are numbered without gaps: `ABSOLUTE_POS = CUBE_POS * CUBE_DIM + UNIT_POS`. A grid may hold more units
/// than work items, so a kernel compares `ABSOLUTE_POS` (or `CUBE_POS`) with the number of items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Grid {
    cubes: u64,
    cube_dim: u32,
}

impl Grid {
    /// One unit an item, `cube_dim` units a cube.
    #[must_use]
    pub fn units(items: usize, cube_dim: u32) -> Self {
        Self { cubes: (items as u64).div_ceil(u64::from(cube_dim.max(1))), cube_dim }
    }

    /// One cube an item, `cube_dim` units a cube.
    #[must_use]
    pub fn cubes(items: usize, cube_dim: u32) -> Self {
        Self { cubes: items as u64, cube_dim }
    }

    /// Whether there is nothing to launch.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cubes == 0
    }

    /// Units in a cube.
    #[must_use]
    pub fn cube_dim(&self) -> u32 {
        self.cube_dim
    }

    /// Cubes along x and y: at least as many as asked for, fewer than one extra row's worth.
    fn shape(&self, max_x: u32) -> (u64, u64) {
        let max_x = u64::from(max_x.clamp(1, MAX_COUNT));
        let rows = self.cubes.div_ceil(max_x);
        (self.cubes.div_ceil(rows.max(1)), rows)
    }
}

/// What a device allows, taken from its properties.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub cube_count: (u32, u32),
    pub cube_dim: u32,
    pub units_per_cube: u32,
}

impl Limits {
    /// The cube count and dimension of a grid, `None` when it is empty.
    pub(crate) fn fit(
        &self,
        runtime: &str,
        kernel: Kernel,
        grid: Grid,
    ) -> Result<Option<(CubeCount, CubeDim)>, RuntimeError> {
        let within = |limit, asked: u64, allowed: u64| {
            if asked <= allowed {
                return Ok(());
            }
            let (runtime, kernel) = (runtime.to_owned(), kernel.to_string());
            Err(RuntimeError::Limit { runtime, kernel, limit, asked, allowed })
        };
        let dim_limit = u64::from(self.cube_dim.min(self.units_per_cube));
        within("units per cube", u64::from(grid.cube_dim), dim_limit)?;
        if grid.cube_dim == 0 {
            return Err(RuntimeError::Launch {
                runtime: runtime.to_owned(),
                kernel: kernel.to_string(),
                reason: "a cube needs at least one unit".into(),
            });
        }
        if grid.is_empty() {
            return Ok(None);
        }
        let (x, y) = grid.shape(self.cube_count.0);
        within("cubes along y", y, u64::from(self.cube_count.1.min(MAX_COUNT)))?;
        // Positions are 32-bit in WGSL.
        within("units in a launch", x * y * u64::from(grid.cube_dim), u64::from(u32::MAX))?;
        Ok(Some((CubeCount::Static(x as u32, y as u32, 1), CubeDim::new_1d(grid.cube_dim))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { cube_count: (65_535, 65_535), cube_dim: 1024, units_per_cube: 256 };

    fn fit(grid: Grid) -> Result<Option<(u32, u32, u32)>, RuntimeError> {
        Ok(LIMITS.fit("test", Kernel::new("probe"), grid)?.map(|(count, _)| match count {
            CubeCount::Static(x, y, z) => (x, y, z),
            CubeCount::Dynamic(_) => unreachable!(),
        }))
    }

    #[test]
    fn counts_cover_the_work_and_stay_within_each_dimension() {
        for items in [1usize, 63, 64, 65, 4_194_240, 4_194_241, 10_000_000, 1_000_000_000] {
            let (x, y, z) = fit(Grid::units(items, 64)).unwrap().unwrap();
            assert!(x >= 1 && y >= 1 && z == 1);
            assert!(x <= 65_535 && y <= 65_535);
            let cubes = (items as u64).div_ceil(64);
            assert!(u64::from(x) * u64::from(y) >= cubes);
            assert!(u64::from(x) * u64::from(y) < cubes + u64::from(y), "{items}: {x} x {y}");
        }
        assert_eq!(fit(Grid::cubes(65_535, 1)), Ok(Some((65_535, 1, 1))));
        assert_eq!(fit(Grid::cubes(65_536, 1)), Ok(Some((32_768, 2, 1))));
    }

    #[test]
    fn nothing_to_do_is_no_launch() {
        assert_eq!(fit(Grid::units(0, 64)), Ok(None));
        assert_eq!(fit(Grid::cubes(0, 64)), Ok(None));
    }

    #[test]
    fn limits_are_named() {
        let message = |grid| fit(grid).unwrap_err().to_string();
        assert_eq!(
            message(Grid::units(1, 512)),
            "kernel probe on test: units per cube is 512, at most 256 allowed"
        );
        assert_eq!(
            message(Grid::units(1, 0)),
            "kernel probe on test could not be launched: a cube needs at least one unit"
        );
        assert_eq!(
            message(Grid::units(5_000_000_000, 256)),
            "kernel probe on test: units in a launch is 5000007168, at most 4294967295 allowed"
        );
    }

    #[test]
    fn a_blueprint_makes_a_variant() {
        assert_ne!(Kernel::specialised("solve", &4u32), Kernel::specialised("solve", &5u32));
        assert_eq!(Kernel::specialised("solve", &4u32), Kernel::specialised("solve", &4u32));
    }
}
