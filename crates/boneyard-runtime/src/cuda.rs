//! The CUDA edge: listing devices without panicking, opening one.

use cudarc::{
    driver::{result, sys},
    nvrtc,
};

use cubecl::client::ComputeClient;

use crate::{
    DeviceInfo, DeviceKind, DeviceRuntime, Family, RuntimeError, check_configuration, open::guarded,
};

/// The CUDA runtime.
pub use cubecl::cuda::CudaRuntime as Runtime;

/// Lists the CUDA devices, or says why there are none.
pub(crate) fn list() -> Result<Vec<DeviceInfo>, String> {
    // The driver is opened on first use and a missing library panics there, so look before using it.
    // SAFETY: this only opens the library and closes it again; its initialisers are NVIDIA's own.
    if !unsafe { sys::is_culib_present() } {
        return Err("the NVIDIA driver library (libcuda) was not found".into());
    }
    // SAFETY: as above.
    if !unsafe { nvrtc::sys::is_culib_present() } {
        return Err("the CUDA compiler library (libnvrtc) was not found; kernels need it".into());
    }
    // Kernels include this one; CubeCL panics on its own thread if it has nowhere to look.
    let headers = cubecl::cuda::install::cuda_path().map(|path| path.join("include").join("cuda_runtime.h"));
    if !headers.is_some_and(|file| file.exists()) {
        let what = "the CUDA headers were not found; kernels need them: set CUDA_PATH to a CUDA installation";
        return Err(what.into());
    }
    let say = |what: &str, error: cudarc::driver::DriverError| format!("{what} failed: {error}");
    result::init().map_err(|error| say("starting the NVIDIA driver", error))?;
    let count = result::device::get_count().map_err(|error| say("counting CUDA devices", error))?;
    if count == 0 {
        return Err("the NVIDIA driver sees no device".into());
    }
    let driver = versions()?;
    (0..count)
        .map(|ordinal| {
            let device = result::device::get(ordinal).map_err(|error| say("finding a CUDA device", error))?;
            let name =
                result::device::get_name(device).map_err(|error| say("naming a CUDA device", error))?;
            // SAFETY: `device` came from `cuDeviceGet` just above.
            let memory = unsafe { result::device::total_mem(device) }
                .map_err(|error| say("sizing a CUDA device", error))?;
            Ok(DeviceInfo {
                family: Family::Cuda,
                index: ordinal as usize,
                name,
                kind: DeviceKind::Discrete,
                memory: Some(memory as u64),
                interface: None,
                driver: driver.clone(),
            })
        })
        .collect()
}

/// Of driver and compiler.
fn versions() -> Result<String, String> {
    let (mut driver, mut major, mut minor) = (0, 0, 0);
    // SAFETY: these calls only write the numbers that they are given the addresses of.
    let told = unsafe {
        sys::cuDriverGetVersion(&raw mut driver) == sys::CUresult::CUDA_SUCCESS
            && nvrtc::sys::nvrtcVersion(&raw mut major, &raw mut minor)
                == nvrtc::sys::nvrtcResult::NVRTC_SUCCESS
    };
    if !told {
        return Err("the NVIDIA driver or the CUDA compiler does not tell its version".to_owned());
    }
    Ok(format!("driver for CUDA {}.{}, compiler {major}.{minor}", driver / 1000, driver % 1000 / 10))
}

impl DeviceRuntime for Runtime {
    fn open(index: usize) -> Result<ComputeClient<Self>, RuntimeError> {
        check_configuration()?;
        let device = format!("cuda:{index}");
        let found =
            list().map_err(|reason| RuntimeError::DeviceMissing { requested: device.clone(), reason })?;
        if index >= found.len() {
            let reason = format!("{} CUDA devices here", found.len());
            return Err(RuntimeError::DeviceMissing { requested: device, reason });
        }
        guarded(&device, || <Self as cubecl::Runtime>::client(&cubecl::cuda::CudaDevice::new(index)))
    }
}
