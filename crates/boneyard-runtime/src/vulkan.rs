//! The wgpu edge: listing adapters, opening exactly the listed one.
//!
//! CubeCL names a wgpu device by kind and position within that kind, which cannot reach a second software
//! adapter and panics when opening fails. So the adapter is opened here and handed to CubeCL as an existing one.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use cubecl::{
    client::ComputeClient,
    future::block_on,
    wgpu::{
        AutoGraphicsApi, GraphicsApi, MemoryConfiguration, RuntimeOptions, WgpuDevice, WgpuSetup, init_device,
    },
};

use crate::{
    DeviceInfo, DeviceKind, DeviceRuntime, Family, RuntimeError, check_configuration, open::guarded,
};

/// The wgpu runtime.
pub use cubecl::wgpu::WgpuRuntime as Runtime;

/// Lists the adapters in the order that `wgpu:<index>` counts, or says why there are none.
pub(crate) fn list() -> Result<Vec<DeviceInfo>, String> {
    let (_instance, adapters) = adapters();
    if adapters.is_empty() {
        return Err(format!("no {:?} adapter was found", AutoGraphicsApi::backend()));
    }
    Ok(adapters.iter().enumerate().map(|(index, adapter)| describe(index, &adapter.get_info())).collect())
}

fn adapters() -> (wgpu::Instance, Vec<wgpu::Adapter>) {
    let backends = wgpu::Backends::from(AutoGraphicsApi::backend());
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
        backends,
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    });
    let adapters = block_on(instance.enumerate_adapters(backends));
    (instance, adapters)
}

fn describe(index: usize, info: &wgpu::AdapterInfo) -> DeviceInfo {
    let driver = [info.driver.as_str(), info.driver_info.as_str()];
    DeviceInfo {
        family: Family::Wgpu,
        index,
        name: info.name.clone(),
        memory: None,
        interface: Some(format!("{:?}", info.backend)),
        driver: driver.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" "),
        kind: kind(info.device_type, &info.name),
    }
}

fn kind(device_type: wgpu::DeviceType, name: &str) -> DeviceKind {
    let name = name.to_lowercase();
    if ["llvmpipe", "lavapipe", "swiftshader"].iter().any(|software| name.contains(software)) {
        return DeviceKind::Software;
    }
    match device_type {
        wgpu::DeviceType::DiscreteGpu => DeviceKind::Discrete,
        wgpu::DeviceType::IntegratedGpu => DeviceKind::Integrated,
        wgpu::DeviceType::VirtualGpu => DeviceKind::Virtual,
        wgpu::DeviceType::Cpu => DeviceKind::Software,
        wgpu::DeviceType::Other => DeviceKind::Unknown,
    }
}

/// The devices opened so far: CubeCL keeps each for the life of the process, so each is made once.
static OPENED: Mutex<Option<HashMap<usize, WgpuDevice>>> = Mutex::new(None);

fn device(index: usize) -> Result<WgpuDevice, RuntimeError> {
    let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    let opened = opened.get_or_insert_with(HashMap::new);
    if let Some(known) = opened.get(&index) {
        return Ok(known.clone());
    }

    let requested = format!("wgpu:{index}");
    let (instance, adapters) = adapters();
    let count = adapters.len();
    let Some(adapter) = adapters.into_iter().nth(index) else {
        let reason = format!("{count} {:?} adapters here", AutoGraphicsApi::backend());
        return Err(RuntimeError::DeviceMissing { requested, reason });
    };
    let info = adapter.get_info();
    let (device, queue) = block_on(adapter.request_device(&wgpu::DeviceDescriptor {
        label: None,
        // What CubeCL asks for itself, less the experimental features, which its WGSL path does not use.
        required_features: adapter.features().difference(
            wgpu::Features::MAPPABLE_PRIMARY_BUFFERS.union(wgpu::Features::all_experimental_mask()),
        ),
        required_limits: adapter.limits(),
        memory_hints: wgpu::MemoryHints::MemoryUsage,
        trace: wgpu::Trace::Off,
        experimental_features: wgpu::ExperimentalFeatures::disabled(),
    }))
    .map_err(|error| RuntimeError::Open { device: requested.clone(), reason: error.to_string() })?;

    // One buffer a page: what is allocated is what was asked for, and no two buffers share a page.
    let options = RuntimeOptions {
        memory_config: MemoryConfiguration::ExclusivePages,
        ..guarded(&requested, RuntimeOptions::default)?
    };
    let setup = WgpuSetup { instance, adapter, device, queue, backend: info.backend };
    let device = guarded(&requested, || init_device(setup, options))?;
    opened.insert(index, device.clone());
    Ok(device)
}

impl DeviceRuntime for Runtime {
    fn open(index: usize) -> Result<ComputeClient<Self>, RuntimeError> {
        check_configuration()?;
        let device = device(index)?;
        guarded(&format!("wgpu:{index}"), || <Self as cubecl::Runtime>::client(&device))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn software_is_known_by_type_or_by_name() {
        assert_eq!(kind(wgpu::DeviceType::Cpu, "anything"), DeviceKind::Software);
        assert_eq!(kind(wgpu::DeviceType::Other, "llvmpipe (LLVM 15)"), DeviceKind::Software);
        assert_eq!(kind(wgpu::DeviceType::VirtualGpu, "SwiftShader Device"), DeviceKind::Software);
        assert_eq!(kind(wgpu::DeviceType::Other, "Some GPU"), DeviceKind::Unknown);
        assert_eq!(kind(wgpu::DeviceType::DiscreteGpu, "Some GPU"), DeviceKind::Discrete);
    }
}
