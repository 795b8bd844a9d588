//! The samplers on devices.

use super::{AnySampler, Backtracking, FirstFit, OrElse, Unrank};
use boneyard_core::{Error, Result, SampleReport, Sampler, WorldSampler};
use boneyard_device::{CubeSampler, Device, DeviceSampler, DeviceStep, DeviceWorlds};
use cubecl::prelude::Runtime;
use std::ops::Range;

macro_rules! sampler_with_kernel {
    ($sampler:ty) => {
        impl<R: Runtime> Sampler<Device<R>> for $sampler {
            fn id(&self) -> String {
                WorldSampler::id(self)
            }

            fn sample(
                &mut self,
                observations: &DeviceStep<R>,
                chunk: Range<usize>,
                out: &mut DeviceWorlds,
            ) -> Result<SampleReport> {
                Sampler::<Device<R>>::sample(&mut CubeSampler(*self), observations, chunk, out)
            }
        }
    };
}

sampler_with_kernel!(Unrank);
sampler_with_kernel!(FirstFit);

/// The first sampler runs on the device, the second on the host for the worlds that the first left empty. The host
/// waits once a chunk to know whether there are any, and once more to read them if so.
impl<R, A, B> Sampler<Device<R>> for OrElse<A, B>
where
    R: Runtime,
    A: DeviceSampler + Copy,
    B: WorldSampler,
{
    fn id(&self) -> String {
        format!("{}+{}", self.first.id(), self.second.id())
    }

    fn sample(
        &mut self,
        observations: &DeviceStep<R>,
        chunk: Range<usize>,
        out: &mut DeviceWorlds,
    ) -> Result<SampleReport> {
        let first = &mut CubeSampler(self.first);
        let mut report = Sampler::<Device<R>>::sample(first, observations, chunk.clone(), out)?;
        report += observations.rescue(&chunk, &self.second)?;
        Ok(report)
    }
}

/// Refused: a search for the host.
impl<R: Runtime> Sampler<Device<R>> for Backtracking {
    fn id(&self) -> String {
        WorldSampler::id(self)
    }

    fn sample(&mut self, _: &DeviceStep<R>, _: Range<usize>, _: &mut DeviceWorlds) -> Result<SampleReport> {
        Err(Error::Option {
            option: "--sampler",
            got: "backtracking on a device".to_owned(),
            expected: "a sampler with a kernel, such as affine or first-fit+backtracking".to_owned(),
        })
    }
}

impl<R: Runtime> Sampler<Device<R>> for AnySampler {
    fn id(&self) -> String {
        WorldSampler::id(self)
    }

    fn sample(
        &mut self,
        observations: &DeviceStep<R>,
        chunk: Range<usize>,
        out: &mut DeviceWorlds,
    ) -> Result<SampleReport> {
        match self {
            Self::Unrank(sampler) => Sampler::<Device<R>>::sample(sampler, observations, chunk, out),
            Self::FirstFit(sampler) => Sampler::<Device<R>>::sample(sampler, observations, chunk, out),
            Self::Backtracking(sampler) => Sampler::<Device<R>>::sample(sampler, observations, chunk, out),
            Self::Rescued(sampler) => Sampler::<Device<R>>::sample(sampler, observations, chunk, out),
        }
    }
}
