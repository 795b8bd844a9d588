//! The laws, a test each, on software Vulkan where there is no GPU; with the feature `cuda` on CUDA too.

use boneyard_tests::{for_each_law, laws};
use cubecl::prelude::*;
use std::sync::{Mutex, PoisonError};

/// One test at a time: they share the device.
static DEVICE: Mutex<()> = Mutex::new(());

/// Holds a runtime's first device to a law.
fn hold<R: Runtime>(law: laws::Law<R>) {
    let _held = DEVICE.lock().unwrap_or_else(PoisonError::into_inner);
    law(R::client(&Default::default()));
}

macro_rules! on_wgpu {
    ($($law:ident,)*) => { $(
        #[test]
        fn $law() {
            super::hold::<cubecl::wgpu::WgpuRuntime>(super::laws::$law);
        }
    )* };
}

mod wgpu {
    super::for_each_law!(on_wgpu);
}

#[cfg(feature = "cuda")]
macro_rules! on_cuda {
    ($($law:ident,)*) => { $(
        #[test]
        fn $law() {
            super::hold::<cubecl::cuda::CudaRuntime>(super::laws::$law);
        }
    )* };
}

#[cfg(feature = "cuda")]
mod cuda {
    super::for_each_law!(on_cuda);
}
