//! Arguments and grids of launches.

use cubecl::prelude::*;
use cubecl::server::Handle;

/// Length in words of a buffer as a kernel argument.
pub(crate) fn arg<R: Runtime>(handle: &Handle, words: usize) -> ArrayArg<R> {
    // SAFETY: every buffer is allocated with at least the number of words its layout says, and callers pass that
    // number or one not above it.
    unsafe { ArrayArg::from_raw_parts(handle.clone(), words.max(1)) }
}

/// A grid of at least `cubes` cubes, none of whose sides exceeds what every runtime allows.
pub(crate) fn grid(cubes: usize) -> CubeCount {
    let cubes = cubes.max(1) as u32;
    let x = cubes.min(32_768);
    CubeCount::Static(x, cubes.div_ceil(x), 1)
}
