//! The device's memory: what is kept there, and how it is made.

use crate::backend::Device;
use crate::kernels::observe;
use crate::launch::{arg, grid};
use cubecl::prelude::*;
use cubecl::server::Handle;

/// The device's buffers; clones share them.
#[derive(Clone)]
pub(crate) struct Buffers {
    pub games: Handle,
    pub observations: Handle,
    pub tables: Handle,
    pub starts: Handle,
    pub worlds: Handle,
    pub owners: Handle,
    pub values: Handle,
    pub missing: Handle,
    pub estimates: Handle,
    pub histograms: Handle,
    pub choices: Handle,
    pub logs: Handle,
    pub status: Handle,
    pub orders: Handle,
}

impl<R: Runtime> Device<R> {
    pub(crate) fn words(&self, n: usize) -> Handle {
        self.client.empty(n.max(1) * 4)
    }

    /// A buffer that holds `value` everywhere.
    pub(crate) fn filled(&self, n: usize, value: u32) -> Handle {
        let handle = self.words(n);
        if n > 0 {
            // SAFETY: units beyond the `n` words of the buffer do nothing.
            unsafe {
                observe::fill_kernel::launch_unchecked::<R>(
                    &self.client,
                    grid(n.div_ceil(observe::FILLERS as usize)),
                    CubeDim::new_1d(observe::FILLERS),
                    arg(&handle, n),
                    n as u32,
                    value,
                );
            }
        }
        handle
    }
}
