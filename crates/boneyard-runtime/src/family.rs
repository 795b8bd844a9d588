//! The runtimes that this crate can open: one table. A runtime more is a line here, a file beside this one and a
//! feature in `Cargo.toml`.

use crate::{DeviceInfo, OnDevice, RuntimeError};
use std::fmt;

/// A module of this crate lists its family's devices with `list`, and its `Runtime` is a [`crate::DeviceRuntime`].
macro_rules! families {
    ($($(#[$doc:meta])* $family:ident: $name:literal, $noun:literal, $module:ident, $feature:literal;)+) => {
        /// A kind of devices that one runtime reaches. `auto` prefers them in this order.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Family {
            $($(#[$doc])* $family,)+
        }

        impl Family {
            /// All, in the order of preference.
            pub const ALL: &[Self] = &[$(Self::$family),+];

            /// Its name in a device choice: `cuda`, `wgpu`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$family => $name,)+
                }
            }

            /// What one of its devices is called.
            pub(crate) const fn noun(self) -> &'static str {
                match self {
                    $(Self::$family => $noun,)+
                }
            }

            /// Its devices here, or why there are none.
            pub(crate) fn list(self) -> Result<Vec<DeviceInfo>, String> {
                match self {
                    $(
                        #[cfg(feature = $feature)]
                        Self::$family => crate::$module::list(),
                        #[cfg(not(feature = $feature))]
                        Self::$family => Err(concat!("this build is without the cargo feature `", $feature, "`").into()),
                    )+
                }
            }

            /// Opens the device at `index` and hands it to `work`.
            pub(crate) fn run<W: OnDevice>(self, index: usize, work: W) -> Result<W::Output, RuntimeError> {
                let _ = (index, &work);
                match self {
                    $(
                        #[cfg(feature = $feature)]
                        Self::$family => Ok(work.on_runtime(<crate::$module::Runtime as crate::DeviceRuntime>::open(index)?)),
                        #[cfg(not(feature = $feature))]
                        Self::$family => Err(RuntimeError::DeviceMissing {
                            requested: format!("{self}:{index}"),
                            reason: concat!("this build is without the cargo feature `", $feature, "`").into(),
                        }),
                    )+
                }
            }
        }
    };
}

families! {
    /// NVIDIA devices, through their driver and compiler.
    Cuda: "cuda", "CUDA device", cuda, "cuda";
    /// Vulkan and Metal adapters.
    Wgpu: "wgpu", "wgpu adapter", vulkan, "wgpu";
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
