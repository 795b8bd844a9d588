//! The CUDA edge: listing devices without panicking, opening one.

use cudarc::{
    driver::{result, sys},
    nvrtc,
};

use cubecl::client::ComputeClient;
use cubecl::server::Handle;
use std::any::Any;

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

/// Where memory is, for other users of CUDA in this process. It says nothing of how long: whoever has it keeps the memory too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// Of the device, as CUDA counts them in this process.
    pub ordinal: usize,
    /// In the device's memory.
    pub pointer: u64,
}

/// The addresses of pieces of memory of `client`'s device, after all that was launched on them is done; `None` if `client` is
/// no [`ComputeClient`] of CUDA.
///
/// CubeCL works in the primary context, as CUDA's run-time library does, and so PyTorch: addresses are the same to both.
///
/// # Errors
/// One sentence, if the device fails.
pub fn addresses(client: &dyn Any, memory: &[Handle]) -> Option<Result<Vec<Address>, String>> {
    let client = client.downcast_ref::<ComputeClient<Runtime>>()?;
    Some(addresses_of(client, memory))
}

fn addresses_of(client: &ComputeClient<Runtime>, memory: &[Handle]) -> Result<Vec<Address>, String> {
    let mut pointers = Vec::with_capacity(memory.len());
    for handle in memory {
        let resource = client.get_resource(handle.clone());
        pointers.push(resource.map_err(|error| format!("finding memory failed: {error}"))?.resource().ptr);
    }
    let synchronised = cubecl::future::block_on(client.sync());
    synchronised.map_err(|error| format!("waiting for the device failed: {error}"))?;
    // Where the device's context is the current one.
    let found = client.exclusive(move || pointers.into_iter().map(address).collect());
    found.map_err(|error| format!("asking the device failed: {error}"))?
}

/// With the number of the device whose memory it is.
fn address(pointer: u64) -> Result<Address, String> {
    let mut ordinal: std::ffi::c_int = 0;
    let which = sys::CUpointer_attribute::CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL;
    // SAFETY: the attribute is an `int`, which `ordinal` is; the driver looks at the pointer's number only.
    let told = unsafe { sys::cuPointerGetAttribute((&raw mut ordinal).cast(), which, pointer) };
    if told != sys::CUresult::CUDA_SUCCESS {
        return Err(format!("the NVIDIA driver does not tell whose memory it is: {told:?}"));
    }
    Ok(Address { ordinal: ordinal as usize, pointer })
}
